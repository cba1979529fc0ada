//! `purser ledger show | book`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::block::block_on;
use crate::cli::{CliError, ExitCode, Global, Output, context};
use crate::domain::{AssetId, ChainName, Position};
use crate::journal::Journal;
use crate::observe::accounting;
use crate::telemetry::clock;

/// The subcommands of `ledger`.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Show what every position should hold, what the chain shows, and what is between chains.
    Show,
    /// Book what conservation cannot explain of one position as a deposit or withdrawal.
    Book(BookArgs),
}

/// Arguments of `ledger book`.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// Chain, by its name in the configuration.
    #[arg(long, value_name = "NAME")]
    pub chain: String,
    /// Asset, by its symbol in the configuration.
    #[arg(long, value_name = "SYMBOL")]
    pub asset: String,
    /// What it was; kept in the ledger.
    #[arg(long)]
    pub reason: String,
}

/// Runs a subcommand.
pub fn run(command: &LedgerCommand, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    let path = house.journal_path();
    block_on(async {
        let observer = house.observer(house.wallet()?)?;
        match command {
            LedgerCommand::Show => {
                let journal = Journal::open_read_only(&path).await?;
                let ledger = journal.ledger().await?;
                let snapshot = observer.snapshot(Some(&journal)).await?;
                let quiet =
                    ledger == journal.ledger().await? && accounting::is_quiet(&journal, &snapshot).await?;
                let imbalance = accounting::imbalance(&ledger, &snapshot);
                let mut text = format!(
                    "{:<12} {:<6} {:>26} {:>26} {:>26} {:>20}   (base units)",
                    "chain", "asset", "opening", "moved", "expected", "unexplained"
                );
                let mut positions = Vec::new();
                for one in &ledger.positions {
                    let found = imbalance.get(&one.position).map(ToString::to_string);
                    text.push_str(&format!(
                        "\n{:<12} {:<6} {:>26} {:>26} {:>26} {:>20}",
                        one.position.chain.as_str(),
                        one.position.asset.as_str(),
                        one.opening.to_string(),
                        one.moved.to_string(),
                        one.expected().to_string(),
                        found.as_deref().unwrap_or("not read"),
                    ));
                    positions.push(json!({
                        "chain": one.position.chain,
                        "asset": one.position.asset,
                        "opening": one.opening.to_string(),
                        "moved": one.moved.to_string(),
                        "expected": one.expected().to_string(),
                        "unexplained": found,
                    }));
                }
                let mut transit = Vec::new();
                for one in &ledger.transit {
                    text.push_str(&format!("\n{} between chains: {}", one.asset, one.in_transit()));
                    transit.push(json!({
                        "asset": one.asset,
                        "burnt": one.burnt.to_string(),
                        "minted": one.minted.to_string(),
                        "fees": one.fees.to_string(),
                        "in_transit": one.in_transit().to_string(),
                    }));
                }
                if !quiet {
                    text.push_str("\nsomething is under way: what is unexplained may be just that");
                }
                output.result(
                    &text,
                    &json!({ "positions": positions, "transit": transit, "quiet": Value::Bool(quiet) }),
                )
            }
            LedgerCommand::Book(arguments) => {
                let position =
                    Position::new(ChainName::new(&arguments.chain), AssetId::new(&arguments.asset));
                let journal = Journal::open_beside(&path).await?;
                let before = journal.ledger().await?;
                let snapshot = observer.snapshot(Some(&journal)).await?;
                let (reason, now) = (&arguments.reason, clock::now());
                let booked = accounting::book(&journal, &before, &snapshot, &position, reason, now).await;
                journal.close().await;
                let booked = booked?;
                let text = format!(
                    "booked a {} of {} base units on {}: {reason}",
                    booked.cause, booked.units, booked.position
                );
                output.result(
                    &text,
                    &json!({
                        "chain": booked.position.chain,
                        "asset": booked.position.asset,
                        "cause": booked.cause.as_str(),
                        "units": booked.units.to_string(),
                        "reason": reason,
                    }),
                )
            }
        }
    })?;
    Ok(ExitCode::Success)
}
