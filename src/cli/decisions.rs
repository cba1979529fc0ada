//! `purser decisions list | show`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::block::block_on;
use crate::cli::context::{self, percent_text, usd_text};
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::domain::{DecisionRecord, Outcome};
use crate::journal::StoredDecision;

/// The subcommands of `decisions`.
#[derive(Debug, Subcommand)]
pub enum DecisionsCommand {
    /// List decisions, newest first.
    List(ListArgs),
    /// Show one decision: inputs, deviations, alternatives, policy, certificate.
    Show(ShowArgs),
}

/// Arguments of `decisions list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// At most this many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

/// Arguments of `decisions show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The decision's number; without one the newest.
    pub number: Option<i64>,
}

/// Runs a subcommand.
pub fn run(command: &DecisionsCommand, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    block_on(async {
        let journal = context::journal_if_any(&house).await?;
        match command {
            DecisionsCommand::List(arguments) => {
                let found = match &journal {
                    Some(journal) => journal.decisions(arguments.limit).await?,
                    None => Vec::new(),
                };
                list(&found, output)
            }
            DecisionsCommand::Show(arguments) => {
                let found = match (&journal, arguments.number) {
                    (Some(journal), Some(number)) => journal.decision(number).await?,
                    (Some(journal), None) => journal.last_decision().await?,
                    (None, _) => None,
                };
                show(&found.ok_or(CliError::NoDecision)?, output)
            }
        }
    })?;
    Ok(ExitCode::Success)
}

/// The word and the text of an outcome.
fn outcome(record: &DecisionRecord) -> (&'static str, String) {
    match &record.outcome {
        Outcome::Nothing { reason } => ("nothing", reason.clone()),
        Outcome::Refused { reason } => ("refused", reason.clone()),
        Outcome::Previewed { plan } => ("previewed", format!("plan {plan}")),
        Outcome::Accepted { plan } => ("accepted", format!("plan {plan}")),
    }
}

fn list(found: &[StoredDecision], output: Output) -> Result<(), CliError> {
    let mut text = format!("{:>8}  {:<24}  {:<9}  why", "number", "at", "outcome");
    for one in found {
        let (word, why) = outcome(&one.record);
        text.push_str(&format!("\n{:>8}  {:<24}  {word:<9}  {why}", one.id, one.record.at.to_string()));
    }
    if found.is_empty() {
        text = "no decisions yet".to_owned();
    }
    let decisions: Vec<Value> = found
        .iter()
        .map(|one| {
            let (word, why) = outcome(&one.record);
            json!({ "number": one.id, "at": one.record.at.to_string(), "outcome": word, "why": why })
        })
        .collect();
    output.result(&text, &json!({ "decisions": decisions }))
}

fn show(found: &StoredDecision, output: Output) -> Result<(), CliError> {
    let record = &found.record;
    let (word, why) = outcome(record);
    let mut text = format!("decision {}  {}\n{word}: {why}", found.id, record.at);
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n\n{title}"));
            lines.iter().for_each(|line| text.push_str(&format!("\n  {line}")));
        }
    };
    section("asked for", record.asked.iter().cloned().collect());
    let read = record.blocks.iter().map(|(chain, block)| format!("{chain} {block}"));
    section("read at", read.collect());
    let weights = record.deviations.iter().map(|one| {
        let (held, target) = (percent_text(one.weight_ppm), percent_text(one.target_ppm));
        format!("{} on {}: {} ({held}, target {target})", one.asset, one.chain, usd_text(one.value))
    });
    section("positions", weights.collect());
    section("policy", record.policy.clone());
    let quotes = record.quotes.iter().map(|one| {
        let bought = one.bought.as_ref().map_or_else(|| "no quote".to_owned(), ToString::to_string);
        format!("{}: {} for {}: {}", one.route, bought, one.sold, one.verdict)
    });
    section("quotes", quotes.collect());
    let refused = record.alternatives.iter().map(|one| format!("{}: {}", one.route, one.reason));
    section("not taken", refused.collect());
    let prices =
        record.shadow_prices.iter().map(|(position, ppm)| format!("{position}: {}", percent_text(*ppm)));
    section("worth of one more dollar", prices.collect());
    let proof = record.certificate.iter().map(|proof| {
        let (value, bound, gap) = (usd_text(proof.value), usd_text(proof.bound), usd_text(proof.gap()));
        format!("value {value}, no plan is worth more than {bound}, gap {gap}")
    });
    section("certificate", proof.collect());
    let document = serde_json::to_value(record).map_err(std::io::Error::other)?;
    output.result(&text, &json!({ "number": found.id, "decision": document }))
}
