//! `purser balances`: what is where, what is on its way, and how far from the targets.

use std::collections::BTreeMap;

use alloy::primitives::I256;
use clap::Args;
use serde_json::{Map, Number, Value, json};

use crate::cli::block::block_on;
use crate::cli::context::{self, percent_text, usd_json, usd_text};
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::domain::price::Rounding;
use crate::domain::snapshot::{Balance, Reading};
use crate::domain::{Amount, AssetId, ChainName, Position, Snapshot, Usd};
use crate::journal::Journal;
use crate::observe::accounting;
use crate::run::House;

/// Arguments of `balances`.
#[derive(Debug, Args)]
pub struct BalancesArgs {
    /// Only this chain, by its name in the configuration; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub chain: Vec<String>,
}

/// One position as shown.
struct Row {
    position: Position,
    balance: Balance,
    value: Option<Usd>,
    target_ppm: i64,
}

/// Reads and prints.
pub fn run(arguments: &BalancesArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    if let Some(name) = arguments.chain.iter().find(|name| !context::is_chain(&house, name)) {
        return Err(context::no_chain(&house, name));
    }
    block_on(async {
        let wallet = house.wallet()?;
        let journal = context::journal_if_any(&house).await?;
        let snapshot = house.observer(wallet)?.snapshot(journal.as_ref()).await?;
        let conservation = match &journal {
            Some(journal) => conservation(journal, &snapshot).await?,
            None => BTreeMap::new(),
        };
        print(&house, arguments, &snapshot, &conservation, output)
    })
}

/// What the ledger cannot explain, by asset. Meaningful while nothing is under way.
async fn conservation(journal: &Journal, snapshot: &Snapshot) -> Result<BTreeMap<AssetId, I256>, CliError> {
    let ledger = journal.ledger().await?;
    Ok(accounting::by_asset(&accounting::imbalance(&ledger, snapshot)))
}

fn print(
    house: &House,
    arguments: &BalancesArgs,
    snapshot: &Snapshot,
    conservation: &BTreeMap<AssetId, I256>,
    output: Output,
) -> Result<ExitCode, CliError> {
    let targets = house.config.targets();
    let target = |position: &Position| {
        let found = targets
            .iter()
            .find(|one| one.chain == position.chain.as_str() && one.asset == position.asset.as_str());
        found.map_or(0, |found| i64::from(found.weight.ppm()))
    };
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    for (chain, view) in &snapshot.chains {
        match view {
            Ok(view) => rows.extend(view.balances.iter().map(|(asset, balance)| {
                let position = Position::new(chain.clone(), asset.clone());
                let value = worth(snapshot, balance);
                Row { target_ppm: target(&position), position, balance: balance.clone(), value: value.ok() }
            })),
            Err(reason) => problems.push(format!("{chain}: {reason}")),
        }
    }
    for (asset, price) in &snapshot.prices {
        if let Err(reason) = price {
            problems.push(format!("{asset}: {reason}"));
        }
    }
    let total = rows.iter().filter_map(|row| row.value).fold(Usd::ZERO, Usd::saturating_add);
    let band = i64::from(house.config.rebalance.trigger.ppm());
    let is_complete = problems.is_empty();
    let inside = is_complete
        && total > Usd::ZERO
        && rows.iter().all(|row| {
            weight(row, total).is_some_and(|held| held.abs_diff(row.target_ppm) <= band.unsigned_abs())
        });
    let shown = |chain: &ChainName| {
        arguments.chain.is_empty() || arguments.chain.iter().any(|one| one == chain.as_str())
    };

    let mut text = format!(
        "{:<12} {:<6} {:>18} {:>16} {:>16} {:>16} {:>9} {:>9}",
        "chain", "asset", "on chain", "reserved", "in flight", "value", "weight", "target"
    );
    let mut positions = Vec::new();
    for row in rows.iter().filter(|row| shown(&row.position.chain)) {
        let held = weight(row, total);
        text.push_str(&format!(
            "\n{:<12} {:<6} {:>18} {:>16} {:>16} {:>16} {:>9} {:>9}",
            row.position.chain.as_str(),
            row.position.asset.as_str(),
            bare(&row.balance.on_chain),
            bare(&row.balance.reserved),
            bare(&row.balance.in_flight),
            row.value.map_or_else(|| "no price".to_owned(), usd_text),
            held.map_or_else(|| "–".to_owned(), percent_text),
            percent_text(row.target_ppm),
        ));
        positions.push(json!({
            "chain": row.position.chain,
            "asset": row.position.asset,
            "decimals": row.balance.on_chain.decimals(),
            "on_chain": row.balance.on_chain.units().to_string(),
            "reserved": row.balance.reserved.units().to_string(),
            "in_flight": row.balance.in_flight.units().to_string(),
            "usd": row.value.map_or(Value::Null, usd_json),
            "weight_ppm": held,
            "target_ppm": row.target_ppm,
        }));
    }
    let mut native = Vec::new();
    for (chain, view) in snapshot.chains.iter().filter(|(chain, _)| shown(chain)) {
        let Ok(view) = view else { continue };
        text.push_str(&format!(
            "\n{:<12} {:<6} {:>18}  for gas",
            chain.as_str(),
            view.native.asset().as_str(),
            bare(&view.native)
        ));
        native.push(
            json!({ "chain": chain, "asset": view.native.asset(), "units": view.native.units().to_string() }),
        );
    }
    text.push_str(&format!("\ntotal {}", usd_text(total)));
    text.push_str(if inside {
        ", every position inside its band"
    } else {
        ", NOT every position inside its band"
    });
    for problem in &problems {
        text.push_str(&format!("\nproblem: {problem}"));
    }
    let document = json!({
        "wallet": snapshot.wallets.evm.to_string(),
        "solana_wallet": snapshot.wallets.solana.as_ref().map(|(_, address)| address.to_string()),
        "positions": positions,
        "native": native,
        "total_usd": usd_json(total),
        "inside_bands": inside,
        "conservation": conservation_json(conservation),
        "problems": problems,
    });
    output.result(&text, &document)?;
    Ok(if is_complete { ExitCode::Success } else { ExitCode::Findings })
}

fn worth(snapshot: &Snapshot, balance: &Balance) -> Reading<Usd> {
    let held =
        balance.on_chain.checked_add(&balance.in_flight).and_then(|sum| sum.checked_sub(&balance.reserved));
    let held = held.map_err(|error| error.to_string())?;
    snapshot.worth(&held, Rounding::Down)
}

/// Share of the whole in millionths.
fn weight(row: &Row, total: Usd) -> Option<i64> {
    let scaled = row.value?.micros().checked_mul(1_000_000)?;
    i64::try_from(scaled.checked_div(total.micros())?).ok()
}

/// The number without its asset.
fn bare(amount: &Amount) -> String {
    crate::domain::amount::format_fixed(amount.units(), u32::from(amount.decimals()))
}

/// Numbers of any size as JSON numbers.
fn conservation_json(conservation: &BTreeMap<AssetId, I256>) -> Value {
    let entry = |(asset, units): (&AssetId, &I256)| {
        let number = units.to_string().parse::<Number>().map_or(Value::Null, Value::Number);
        (asset.as_str().to_owned(), number)
    };
    Value::Object(conservation.iter().map(entry).collect::<Map<_, _>>())
}
