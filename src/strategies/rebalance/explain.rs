//! Why this and not something else, in exact figures.

use crate::domain::{Alternative, AssetId, Position, Quoted, Snapshot, Step, Usd};
use crate::network::{Network, Terms, Way};
use crate::solve::rebalance::{Flow, Integers, price_step};

/// Most alternatives a record keeps.
const MOST: usize = 64;

/// What one more dollar is worth at each position, in millionths of a dollar.
pub(super) fn shadow_prices(network: &Network, flow: &Flow) -> Vec<(String, i64)> {
    network
        .nodes
        .iter()
        .zip(flow.micro_prices())
        .map(|(node, micros)| (node.position.to_string(), micros))
        .collect()
}

/// Every quote: those of the swaps that are done, then all that venues were asked for.
pub(super) fn quotes(network: &Network, snapshot: &Snapshot, integers: &Integers) -> Vec<Quoted> {
    let mut all = Vec::new();
    let steps = integers.plan.iter().flat_map(|plan| &plan.steps);
    for (step, &used) in steps.zip(&integers.edges) {
        if let (Step::Swap(swap), Some(edge)) = (step, network.edges.get(used)) {
            all.push(Quoted {
                route: edge.route(network),
                sold: swap.amount_in.clone(),
                bought: Some(swap.quoted_out.clone()),
                verdict: "taken".to_owned(),
            });
        }
    }
    for view in snapshot.quotes.iter().flatten() {
        let position = |asset: &AssetId| Position::new(view.chain.clone(), asset.clone());
        let ends = (network.node_of(&position(&view.from)), network.node_of(&position(&view.to)));
        let (Ok(from), Ok(to)) = ends else { continue };
        let (Some(from), Some(to)) = (network.nodes.get(from), network.nodes.get(to)) else { continue };
        let route = format!("{} {} {}→{}", view.venue, view.chain, view.from, view.to);
        all.extend(view.samples.iter().map(|(sold, bought)| Quoted {
            route: route.clone(),
            sold: from.inventory.with_units(*sold),
            bought: Some(to.inventory.with_units(*bought)),
            verdict: "asked".to_owned(),
        }));
        all.extend(view.refused.iter().map(|(sold, reason)| Quoted {
            route: route.clone(),
            sold: from.inventory.with_units(*sold),
            bought: None,
            verdict: reason.clone(),
        }));
    }
    all.truncate(MOST);
    all
}

/// Moves considered and refused: legs left out, rivals of what is done at the same amount, ways that
/// cannot pay, ways that cannot be used.
pub(super) fn alternatives(
    network: &Network,
    snapshot: &Snapshot,
    flow: &Flow,
    integers: &Integers,
    terms: &Terms,
) -> Vec<Alternative> {
    let mut all = Vec::new();
    for leg in &integers.dropped {
        if let Some(edge) = network.edges.get(leg.edge) {
            all.push(Alternative { route: edge.route(network), reason: leg.reason.clone() });
        }
    }
    if let Some(plan) = &integers.plan {
        for (step, &used) in plan.steps.iter().zip(&integers.edges) {
            rivals(network, snapshot, integers, step, used, terms, &mut all);
        }
    }
    unsplit(network, snapshot, integers, terms, &mut all);
    for (index, ppm) in flow.hopeless_ppm() {
        if let Some(edge) = network.edges.get(index) {
            let limit = terms.cost_share_ppm();
            let reason = format!("costs at least {ppm} ppm of what it could move; the limit is {limit} ppm");
            all.push(Alternative { route: edge.route(network), reason });
        }
    }
    for removed in &network.removed {
        all.push(Alternative { route: removed.route.clone(), reason: removed.reason.clone() });
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|alternative| seen.insert((alternative.route.clone(), alternative.reason.clone())));
    all.truncate(MOST);
    all
}

/// Where several ways share one move: each of them alone, for the whole amount.
fn unsplit(
    network: &Network,
    snapshot: &Snapshot,
    integers: &Integers,
    terms: &Terms,
    all: &mut Vec<Alternative>,
) {
    let Some(plan) = &integers.plan else { return };
    let ends = |edge: usize| network.edges.get(edge).map(|edge| (edge.from, edge.to));
    let is_swap = |edge: &&usize| {
        network.edges.get(**edge).is_some_and(|edge| matches!(edge.way, Way::Swap(_) | Way::Quoted(_)))
    };
    for &index in integers.edges.iter().filter(is_swap) {
        let shared: Vec<&Step> = plan
            .steps
            .iter()
            .zip(&integers.edges)
            .filter(|(_, other)| ends(**other) == ends(index))
            .map(|(step, _)| step)
            .collect();
        let Some(edge) = network.edges.get(index).filter(|_| shared.len() > 1) else { continue };
        let units = shared.iter().fold(0_u128, |sum, step| sum.saturating_add(step.spends().units()));
        let split = shared.iter().fold(Usd::ZERO, |sum, step| sum.saturating_add(step.cost().total()));
        let reason = match price_step(network, edge, units, terms, &snapshot.wallets) {
            Ok(alone) => {
                let (more, step) = (alone.step.cost().total().saturating_sub(split), &alone.step);
                format!(
                    "alone for {} it {}; that costs {more} more than the split",
                    step.spends(),
                    gives(step)
                )
            }
            Err(reason) => format!("alone for the whole amount: {reason}"),
        };
        all.push(Alternative { route: edge.route(network), reason });
    }
}

/// What a step was quoted, as part of a reason.
fn gives(step: &Step) -> String {
    match step {
        Step::Swap(step) => format!("gives {}", step.quoted_out),
        Step::Bridge(step) => format!("keeps up to {}", step.max_fee),
        Step::Route(step) => format!("leaves {}", step.profit),
    }
}

/// The other ways between the same two positions, priced at the step's amount.
fn rivals(
    network: &Network,
    snapshot: &Snapshot,
    integers: &Integers,
    step: &Step,
    used: usize,
    terms: &Terms,
    all: &mut Vec<Alternative>,
) {
    let Some(chosen) = network.edges.get(used) else { return };
    for (index, edge) in network.edges.iter().enumerate() {
        let same = edge.from == chosen.from && edge.to == chosen.to;
        if !same || index == used || integers.edges.contains(&index) {
            continue;
        }
        let units = step.spends().units();
        let reason = match price_step(network, edge, units, terms, &snapshot.wallets) {
            Ok(_) if units > edge.capacity => "the amount is above its capacity".to_owned(),
            Ok(rival) => {
                let (theirs, ours) = (rival.step.cost().total(), step.cost().total());
                let apart = theirs.saturating_sub(ours);
                let amount = step.spends();
                let reason = match apart.cmp(&Usd::ZERO) {
                    std::cmp::Ordering::Greater => {
                        format!("costs {apart} more than {} for {amount}", chosen.route(network))
                    }
                    std::cmp::Ordering::Equal => {
                        format!("costs the same as {} for {amount}", chosen.route(network))
                    }
                    std::cmp::Ordering::Less => {
                        let less = ours.saturating_sub(theirs);
                        format!(
                            "costs {less} less for {amount} taken alone, but a limit or another step stands against it"
                        )
                    }
                };
                format!("{reason}; it {}", gives(&rival.step))
            }
            Err(reason) => reason,
        };
        all.push(Alternative { route: edge.route(network), reason });
    }
}
