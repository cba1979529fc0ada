//! `purser plan`: what the next tick would do and why; sends nothing and writes nothing.

use std::fmt::Write as _;

use alloy::primitives::Address;
use clap::Args;
use serde_json::json;
use solana_address::Address as SolanaAddress;

use crate::cli::block::block_on;
use crate::cli::context::{self, percent_text, usd_json, usd_text};
use crate::cli::{CliError, ExitCode, Global, Output};
use crate::cycle::{Cycle, Tick};
use crate::domain::{DecisionRecord, Outcome, Plan, Step};
use crate::run::goal::goal;
use crate::run::rules::rules;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Also show every alternative that was refused; otherwise the first few.
    #[arg(long)]
    pub alternatives: bool,
}

/// Alternatives shown without being asked for.
const FEW: usize = 6;

/// Goes through one tick without consequences.
pub fn run(arguments: &PlanArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    block_on(async {
        // Without a wallet the chains and prices are examined all the same: all findings at once.
        let (wallet, missing) = match house.wallet() {
            Ok(wallet) => (wallet, None),
            Err(error) => {
                (Address::ZERO, Some(format!("there is no wallet: {error}. `purser keys new` makes a key")))
            }
        };
        let (owner, missing) = match (house.solana_owner(), missing) {
            (Ok(owner), missing) => (owner.unwrap_or_default(), missing),
            (Err(error), None) => (SolanaAddress::default(), Some(error.to_string())),
            (Err(error), Some(missing)) => (SolanaAddress::default(), Some(format!("{missing}; {error}"))),
        };
        let journal = context::journal_if_any(&house).await?;
        let cycle = Cycle {
            observer: house.observer_of(wallet, owner)?,
            goal: goal(&house.config)?,
            rules: rules(&house.config, wallet, owner),
            metrics: house.metrics.clone(),
            live: false,
        };
        let mut tick = cycle.preview(journal.as_ref()).await?;
        if let Some(reason) = missing {
            tick.record.outcome = Outcome::Refused { reason };
            tick.plan = None;
        }
        let text = explain(&tick, if arguments.alternatives { usize::MAX } else { FEW });
        let document = json!({
            "decision": tick.record,
            "plan": tick.plan,
            "plan_hash": tick.plan.as_ref().and_then(|plan| plan.hash().ok()),
            "cost_usd": tick.plan.as_ref().map(|plan| usd_json(plan.cost())),
        });
        output.result(&text, &document)?;
        Ok(match tick.record.outcome {
            Outcome::Refused { .. } => ExitCode::Findings,
            Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } => {
                ExitCode::Success
            }
        })
    })
}

fn explain(tick: &Tick, alternatives: usize) -> String {
    let mut out = String::new();
    let record = &tick.record;
    for (chain, view) in &tick.snapshot.chains {
        let _ = match view {
            Ok(view) => writeln!(out, "{chain:<12} {}", view.block),
            Err(reason) => writeln!(out, "{chain:<12} cannot be read: {reason}"),
        };
    }
    for (asset, price) in &tick.snapshot.prices {
        let _ = match price {
            Ok(view) => {
                writeln!(out, "{asset:<12} {} from {} ({} agree)", view.price, view.source, view.agreeing)
            }
            Err(reason) => writeln!(out, "{asset:<12} has no usable price: {reason}"),
        };
    }
    for reason in tick.snapshot.bridges.iter().filter_map(|bridge| bridge.as_ref().err()) {
        let _ = writeln!(out, "{reason}");
    }
    deviations(&mut out, record);
    verdict(&mut out, tick);
    if !record.alternatives.is_empty() {
        let _ = writeln!(out, "not chosen");
        for alternative in record.alternatives.iter().take(alternatives) {
            let _ = writeln!(out, "  {:<32} {}", alternative.route, alternative.reason);
        }
        let hidden = record.alternatives.len().saturating_sub(alternatives);
        if hidden > 0 {
            let _ = writeln!(out, "  and {hidden} more (`purser plan --alternatives`)");
        }
    }
    out
}

/// What was decided, and what policy says of it.
pub(super) fn verdict(out: &mut String, tick: &Tick) {
    let record = &tick.record;
    match (&record.outcome, &tick.plan) {
        (Outcome::Nothing { reason }, _) => {
            let _ = writeln!(out, "\nnothing to do: {reason}");
        }
        (Outcome::Refused { reason }, _) => {
            let _ = writeln!(out, "\nrefused: {reason}");
        }
        (Outcome::Previewed { plan: hash } | Outcome::Accepted { plan: hash }, Some(plan)) => {
            let _ = writeln!(out, "\nplan {hash}");
            steps(out, plan);
        }
        (Outcome::Previewed { .. } | Outcome::Accepted { .. }, None) => {}
    }
    for line in &record.policy {
        let _ = writeln!(out, "policy: {line}");
    }
}

fn deviations(out: &mut String, record: &DecisionRecord) {
    if record.deviations.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{:<12} {:<6} {:>16} {:>9} {:>9}", "chain", "asset", "value", "weight", "target");
    for one in &record.deviations {
        let _ = writeln!(
            out,
            "{:<12} {:<6} {:>16} {:>9} {:>9}",
            one.chain.as_str(),
            one.asset,
            usd_text(one.value),
            percent_text(one.weight_ppm),
            percent_text(one.target_ppm)
        );
    }
}

/// The steps of a plan with what they cost, and its certificate.
fn steps(out: &mut String, plan: &Plan) {
    for (index, step) in (1_usize..).zip(&plan.steps) {
        let cost = step.cost();
        let gets = match step {
            Step::Bridge(bridge) => format!("keeps at most {}", bridge.max_fee),
            Step::Swap(swap) => format!("gives at least {}", swap.min_out),
            Step::Route(route) => {
                format!(
                    "through {} pools, leaves {}, at least {}",
                    route.legs.len(),
                    route.profit,
                    route.min_profit
                )
            }
        };
        let _ = writeln!(out, "  {index}. {:<32} {}, {gets}", step.route(), step.spends());
        let _ = writeln!(
            out,
            "     cost {}: fee {}, gas {}, slippage {}, time {}",
            usd_text(cost.total()),
            usd_text(cost.fee),
            usd_text(cost.gas),
            usd_text(cost.slippage),
            usd_text(cost.time)
        );
    }
    let certificate = &plan.certificate;
    let _ = writeln!(
        out,
        "  all steps cost {}; certificate: worth {}, no plan can be worth more than {} (gap {})",
        usd_text(plan.cost()),
        usd_text(certificate.value),
        usd_text(certificate.bound),
        usd_text(certificate.gap())
    );
}
