//! One decision.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use alloy::primitives::U256;

use crate::domain::plan::Certificate;
use crate::domain::price::Rounding;
use crate::domain::{DecisionRecord, Plan, Position, Snapshot, Step, Usd};
use crate::network::{self, Network, Way};
use crate::solve::convert::{Split, solve};
use crate::solve::rebalance::price_step;
use crate::strategies::convert::goal::ready;
use crate::strategies::convert::{Goal, explain};
use crate::strategies::decision::{Considered, Decision, blank};

/// One, in millionths.
const WHOLE: u32 = 1_000_000;

/// Decides from one snapshot. The same input gives the same plan.
pub fn decide(snapshot: &Snapshot, goal: &Goal) -> Decision {
    let mut record = blank(snapshot);
    record.asked = Some(goal.request.to_string());
    let considered = consider(snapshot, goal, &mut record).map(Considered::Plan);
    Decision::of(record, considered)
}

/// The plan; `Err` is a refusal.
fn consider(snapshot: &Snapshot, goal: &Goal, record: &mut DecisionRecord) -> Result<Plan, String> {
    let view = ready(snapshot, goal)?;
    let request = &goal.request;
    let assets = BTreeSet::from([request.amount.asset().clone(), request.to.clone()]);
    let network = network::build(snapshot, &assets, &goal.terms, &goal.open);
    let node = |asset| network.node_of(&Position::new(request.chain.clone(), asset));
    let (from, to) = (node(request.amount.asset().clone())?, node(request.to.clone())?);
    let leads = |index: &usize| {
        network.edges.get(*index).is_some_and(|edge| {
            edge.from == from && edge.to == to && matches!(edge.way, Way::Swap(_) | Way::Quoted(_))
        })
    };
    let edges: Vec<usize> = (0..network.edges.len()).filter(leads).collect();
    let solved = solve(&network, &edges, request.amount.units());
    let split = match &solved {
        Ok(split) => split,
        Err(error) => {
            explain::unsolved(&network, snapshot, goal, &edges, record);
            return Err(error.to_string());
        }
    };
    explain::solved(&network, snapshot, goal, split, record);
    let mut steps = steps(&network, snapshot, goal, split)?;
    let native = split.parts.iter().filter_map(|part| network.edges.get(part.edge));
    let native = native.fold(0_u128, |sum, edge| sum.saturating_add(edge.source_native));
    if view.native.units() < native {
        return Err(format!(
            "not enough native coin for the gas of all steps on {}: {} is there",
            request.chain, view.native
        ));
    }
    // Quotes age faster than what is read from the chain: they go first, then the larger amounts.
    steps.sort_by_key(|(quoted, step)| (!quoted, Reverse(step.spends().units())));
    let certificate = Certificate { value: split.value, bound: split.bound };
    record.certificate = Some(certificate);
    record.shadow_prices = vec![(network.position(from).to_string(), split.marginal)];
    Ok(Plan {
        decided_at: snapshot.taken_at,
        expires_at: snapshot.taken_at.plus(goal.terms.plan_valid),
        steps: steps.into_iter().map(|(_, step)| step).collect(),
        certificate,
    })
}

/// One step per part, and whether it goes by a quote.
fn steps(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    split: &Split,
) -> Result<Vec<(bool, Step)>, String> {
    let mut steps = Vec::with_capacity(split.parts.len());
    for part in &split.parts {
        let edge = network.edges.get(part.edge).ok_or("an edge of the split is missing")?;
        let (source, target) = match (network.nodes.get(edge.from), network.nodes.get(edge.to)) {
            (Some(source), Some(target)) => (source, target),
            (None, _) | (_, None) => return Err("an end of the route is missing".to_owned()),
        };
        let priced = price_step(network, edge, part.units, &goal.terms, &snapshot.wallets)?;
        if priced.arrives != part.out {
            return Err(format!("{} gives two answers for one amount", edge.route(network)));
        }
        let arrived = target.value_of(part.out, Rounding::Down).ok_or("a value does not fit")?;
        if is_too_dear(priced.sent, arrived, goal.max_loss_ppm) {
            return Err(format!(
                "{} would give {} for {}: {arrived} for {}, more than {} ppm below the reference price; \
                 sell less, or look into the price",
                edge.route(network),
                target.inventory.with_units(part.out),
                source.inventory.with_units(part.units),
                priced.sent,
                goal.max_loss_ppm
            ));
        }
        steps.push((matches!(edge.way, Way::Quoted(_)), priced.step));
    }
    Ok(steps)
}

/// Compared as products: a quotient rounded down would let a loss just above the limit pass.
fn is_too_dear(sent: Usd, arrived: Usd, limit_ppm: u32) -> bool {
    let keeps = U256::from(WHOLE.saturating_sub(limit_ppm));
    let micros = |usd: Usd| U256::from(u128::try_from(usd.micros()).unwrap_or(0));
    let arrived = micros(arrived).checked_mul(U256::from(WHOLE));
    let needed = micros(sent).checked_mul(keeps);
    !matches!((arrived, needed), (Some(arrived), Some(needed)) if arrived >= needed)
}
