//! One decision.

use crate::domain::plan::Certificate;
use crate::domain::{Alternative, DecisionRecord, Outcome, Plan, Snapshot, Usd};
use crate::network::{self, Network};
use crate::solve::rebalance as solver;
use crate::strategies::rebalance::weights::{Weights, unready, weigh};
use crate::strategies::rebalance::{Goal, explain};

/// What was decided and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The record, kept also when nothing is done. A plan's outcome is `Previewed` until the caller
    /// accepts it.
    pub record: DecisionRecord,
    /// The plan, if anything should move.
    pub plan: Option<Plan>,
}

/// Decides from one snapshot. The same input gives the same plan.
pub fn decide(snapshot: &Snapshot, goal: &Goal) -> Decision {
    let mut record = DecisionRecord {
        at: snapshot.taken_at,
        blocks: snapshot
            .chains
            .iter()
            .filter_map(|(chain, view)| Some((chain.clone(), view.as_ref().ok()?.block)))
            .collect(),
        deviations: Vec::new(),
        outcome: Outcome::Nothing { reason: String::new() },
        certificate: None,
        shadow_prices: Vec::new(),
        alternatives: Vec::new(),
        policy: Vec::new(),
    };
    let (outcome, plan) = match consider(snapshot, goal, &mut record) {
        Ok(Considered::Nothing(reason)) => (Outcome::Nothing { reason }, None),
        Ok(Considered::Plan(plan)) => match plan.hash() {
            Ok(hash) => (Outcome::Previewed { plan: hash }, Some(plan)),
            Err(error) => (Outcome::Refused { reason: format!("the plan cannot be written: {error}") }, None),
        },
        Err(reason) => (Outcome::Refused { reason }, None),
    };
    record.outcome = outcome;
    Decision { record, plan }
}

enum Considered {
    Nothing(String),
    Plan(Plan),
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
