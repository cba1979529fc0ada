//! One decision.

use crate::domain::plan::Certificate;
use crate::domain::{Alternative, DecisionRecord, Snapshot, Usd};
use crate::network::{self, Network};
use crate::solve::rebalance as solver;
use crate::strategies::decision::{Considered, Decision, blank};
use crate::strategies::rebalance::weights::{Weights, unready, weigh};
use crate::strategies::rebalance::{Goal, explain};

/// Decides from one snapshot. The same input gives the same plan.
pub fn decide(snapshot: &Snapshot, goal: &Goal) -> Decision {
    let mut record = blank(snapshot);
    let considered = consider(snapshot, goal, &mut record);
    Decision::of(record, considered)
}

/// The decision itself; `Err` is a refusal.
fn consider(snapshot: &Snapshot, goal: &Goal, record: &mut DecisionRecord) -> Result<Considered, String> {
    unready(snapshot, goal)?;
    let network = network::build(snapshot, &goal.assets, &goal.terms, &goal.open);
    let weights = weigh(&network, goal)?;
    record.deviations.clone_from(&weights.deviations);
    if weights.total <= Usd::ZERO {
        return Ok(Considered::Nothing("there is no inventory to place".to_owned()));
    }
    if !weights.triggered {
        return Ok(Considered::Nothing(quiet(&network, &weights, goal)));
    }
    let flow = solver::solve(&network, &weights.bands, &goal.terms, &goal.effort)
        .map_err(|error| error.to_string())?;
    record.shadow_prices = explain::shadow_prices(&network, &flow);
    let integers = solver::plan(&network, snapshot, &weights.bands, &flow, &goal.terms)?;
    record.quotes = explain::quotes(&network, snapshot, &integers);
    record.alternatives = explain::alternatives(&network, snapshot, &flow, &integers, &goal.terms);
    match integers.plan {
        Some(plan) => {
            record.certificate = Some(plan.certificate);
            Ok(Considered::Plan(plan))
        }
        None => {
            record.certificate = Some(Certificate { value: Usd::ZERO, bound: flow.bound_usd() });
            Ok(Considered::Nothing(unpaid(&weights, &network, &record.alternatives)))
        }
    }
}

fn quiet(network: &Network, weights: &Weights, goal: &Goal) -> String {
    let figures = furthest(network, weights);
    format!("{figures}, within the trigger of {} ppm", goal.trigger_ppm())
}

fn unpaid(weights: &Weights, network: &Network, alternatives: &[Alternative]) -> String {
    let figures = furthest(network, weights);
    let why = alternatives.first().map_or_else(
        || "no usable way leads where it is wanted".to_owned(),
        |first| format!("{}: {}", first.route, first.reason),
    );
    format!("{figures}, but no move pays; {why}")
}

fn furthest(network: &Network, weights: &Weights) -> String {
    match weights.furthest {
        Some((index, off)) => {
            format!("furthest from its target is {} by {off:+} ppm", network.position(index))
        }
        None => "there is no position".to_owned(),
    }
}
