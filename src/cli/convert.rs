//! `purser convert`: the best way to sell one asset for another, explained; carried out with `--accept`.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::block::block_on;
use crate::cli::context::{self, usd_json};
use crate::cli::plan::verdict;
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::config::Mode;
use crate::cycle::{Cycle, Tick};
use crate::domain::amount::parse_fixed;
use crate::domain::{Amount, AssetId, ChainName, DecisionRecord, Operation, Outcome};
use crate::journal::Journal;
use crate::run::House;
use crate::run::goal::goal;
use crate::run::rules::rules;
use crate::strategies::convert::Request;

/// Arguments of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The chain, by its name in the configuration.
    #[arg(long, value_name = "NAME")]
    pub chain: String,
    /// What to sell, exactly, such as "1000 USDT".
    #[arg(long, value_name = "AMOUNT ASSET")]
    pub sell: String,
    /// What to buy.
    #[arg(long = "for", value_name = "ASSET")]
    pub to: String,
    /// How many percent below its quote a swap may end; at most `execution.slippage`, the default.
    #[arg(long, value_name = "PERCENT")]
    pub slippage: Option<String>,
    /// Hand the plan to the running daemon; without it nothing is written or sent. What the targets do not
    /// want is moved back by a later tick.
    #[arg(long)]
    pub accept: bool,
}

/// What accepting came to.
struct Accepted {
    operations: Vec<Operation>,
    daemon_runs: bool,
}

/// Explains the conversion, and accepts it where that is asked for.
pub fn run(arguments: &ConvertArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    let request = request(arguments, &house)?;
    block_on(async {
        let wallet = house.wallet()?;
        let cycle = Cycle {
            observer: house.observer(wallet)?,
            goal: goal(&house.config)?,
            rules: rules(&house.config, wallet, house.solana_owner()?.unwrap_or_default()),
            metrics: house.metrics.clone(),
            live: house.config.mode == Mode::Live,
        };
        let (tick, accepted) = if arguments.accept {
            house.make_data_dir()?;
            let daemon_runs = context::daemon_runs(&house);
            let journal = Journal::open_beside(&house.journal_path()).await?;
            let mut tick = cycle.preview_convert(&request, Some(&journal)).await?;
            let accepting = cycle.accept_convert(&mut tick, &journal).await;
            journal.close().await;
            (tick, Some(Accepted { operations: accepting?, daemon_runs }))
        } else {
            let journal = context::journal_if_any(&house).await?;
            (cycle.preview_convert(&request, journal.as_ref()).await?, None)
        };
        output.result(&explain(&request, &tick, accepted.as_ref()), &document(&tick, accepted.as_ref()))?;
        Ok(match tick.record.outcome {
            Outcome::Refused { .. } => ExitCode::Findings,
            Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } => {
                ExitCode::Success
            }
        })
    })
}

/// The request the arguments make.
fn request(arguments: &ConvertArgs, house: &House) -> Result<Request, CliError> {
    let name = &arguments.chain;
    let tokens = context::tokens(house, name).ok_or_else(|| context::no_chain(house, name))?;
    let decimals = |asset: &str| {
        let known = || tokens.keys().copied().collect::<Vec<_>>().join(", ");
        tokens
            .get(asset)
            .copied()
            .ok_or_else(|| refused(format!("there is no asset `{asset}` on {name}; there are {}", known())))
    };
    let mut words = arguments.sell.split_whitespace();
    let (Some(number), Some(asset), None) = (words.next(), words.next(), words.next()) else {
        return Err(refused(format!(
            "`{}` is not an amount and an asset, such as \"1000 USDT\"",
            arguments.sell
        )));
    };
    let amount = Amount::parse(AssetId::new(asset), decimals(asset)?, number)
        .map_err(|error| refused(error.to_string()))?;
    decimals(&arguments.to)?;
    if amount.is_zero() || *asset == *arguments.to {
        return Err(refused("sell more than nothing, for another asset".to_owned()));
    }
    let slippage_ppm = arguments.slippage.as_deref().map(|text| slippage(text, house)).transpose()?;
    let to = AssetId::new(&arguments.to);
    Ok(Request { chain: ChainName::new(name), amount, to, slippage_ppm })
}

/// Percent as millionths, never above what the configuration allows.
fn slippage(text: &str, house: &House) -> Result<u32, CliError> {
    let widest = house.config.execution.slippage.ppm();
    let ppm = parse_fixed(text, 4).and_then(|ppm| u32::try_from(ppm).ok()).filter(|ppm| *ppm <= widest);
    ppm.ok_or_else(|| {
        let setting = house.config.execution.slippage;
        refused(format!(
            "`{text}` is not a slippage in percent up to `execution.slippage`, which is {setting}"
        ))
    })
}

fn refused(reason: String) -> CliError {
    CliError::Argument(reason)
}

fn document(tick: &Tick, accepted: Option<&Accepted>) -> Value {
    let ids = |accepted: &Accepted| accepted.operations.iter().map(|one| json!(one.id)).collect::<Vec<_>>();
    json!({
        "decision": tick.record,
        "plan": tick.plan,
        "plan_hash": tick.plan.as_ref().and_then(|plan| plan.hash().ok()),
        "cost_usd": tick.plan.as_ref().map(|plan| usd_json(plan.cost())),
        "operations": accepted.map(ids).unwrap_or_default(),
        "daemon_runs": accepted.map(|accepted| accepted.daemon_runs),
    })
}

fn explain(request: &Request, tick: &Tick, accepted: Option<&Accepted>) -> String {
    let mut out = format!("{request}\n");
    let record = &tick.record;
    if let Some(view) = tick.snapshot.chains.get(&request.chain) {
        let _ = match view {
            Ok(view) => writeln!(out, "{:<12} {}", request.chain, view.block),
            Err(reason) => writeln!(out, "{:<12} cannot be read: {reason}", request.chain),
        };
    }
    for asset in [request.amount.asset(), &request.to] {
        let _ = match tick.snapshot.price(asset) {
            Ok(price) => writeln!(out, "{asset:<12} {price}"),
            Err(reason) => writeln!(out, "{asset:<12} has no usable price: {reason}"),
        };
    }
    quotes(&mut out, record);
    verdict(&mut out, tick);
    if !record.alternatives.is_empty() {
        let _ = writeln!(out, "not chosen");
    }
    for alternative in &record.alternatives {
        let _ = writeln!(out, "  {:<32} {}", alternative.route, alternative.reason);
    }
    ending(&mut out, record, accepted);
    out
}

/// Grouped by way; a verdict over several sizes is said once.
fn quotes(out: &mut String, record: &DecisionRecord) {
    if !record.quotes.is_empty() {
        let _ = writeln!(out, "\nquotes");
    }
    let (mut route, mut verdict) = ("", "");
    for quote in &record.quotes {
        if quote.route != route {
            let _ = writeln!(out, "  {}", quote.route);
            (route, verdict) = (&quote.route, "");
        }
        let bought = quote.bought.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string);
        let said = if quote.verdict == verdict { "" } else { quote.verdict.as_str() };
        let line = format!("    {:>24} {bought:>24}  {said}", quote.sold.to_string());
        let _ = writeln!(out, "{}", line.trim_end());
        verdict = &quote.verdict;
    }
}

/// What happens now, or what would make it happen.
fn ending(out: &mut String, record: &DecisionRecord, accepted: Option<&Accepted>) {
    match (&record.outcome, accepted) {
        (Outcome::Previewed { .. }, None) => {
            let _ = writeln!(
                out,
                "\nnothing was sent; with --accept new quotes are asked for and their plan is carried out"
            );
        }
        (Outcome::Accepted { .. }, Some(accepted)) => {
            let _ = writeln!(out, "\naccepted");
            for operation in &accepted.operations {
                let _ = writeln!(out, "  {}  {}", operation.id, operation.step.route());
            }
            let _ = match accepted.daemon_runs {
                true => {
                    writeln!(out, "the running daemon carries it out; `purser operations show ID` follows it")
                }
                false => writeln!(
                    out,
                    "no daemon runs: start `purser run` before the plan expires, or nothing of it is started; \
                     `purser operations show ID` follows it"
                ),
            };
        }
        (_, _) => {}
    }
}
