//! From a continuous flow to exact steps. Every number is recomputed in integers, rounded against
//! ourselves; what no longer pays or fits is dropped with a reason.
//!
//! A leg whose input is not on chain yet waits for a later tick. The certificate counts it with the
//! legs that feed it: they are paid for its sake.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Plan, Snapshot, Step, Usd};
use crate::network::{Network, Terms};
use crate::solve::rebalance::ledger::Ledger;
use crate::solve::rebalance::{Band, Flow};

/// A leg of the flow that is not in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Which edge.
    pub edge: usize,
    /// Why.
    pub reason: String,
}

/// The exact plan of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integers {
    /// The plan; without steps there is none.
    pub plan: Option<Plan>,
    /// Edge of every step.
    pub edges: Vec<usize>,
    /// Legs left out.
    pub dropped: Vec<Dropped>,
}

/// The exact plan of `flow`, or why nothing may be done.
///
/// # Errors
/// When the exact figures contradict the continuous ones: a position would leave its band, a limit
/// would be broken, or the plan would be worth more than the bound.
pub fn plan(
    network: &Network,
    snapshot: &Snapshot,
    bands: &[Band],
    flow: &Flow,
    terms: &Terms,
) -> Result<Integers, String> {
    let mut legs = ordered(network, &flow.sent);
    let mut dropped = Vec::new();
    // Every round leaves out at least one leg, so there are no more rounds than legs.
    loop {
        let mut draft = Draft::new(network);
        match draft.add_all(snapshot, &legs, terms) {
            Ok(()) => {
                dropped.append(&mut draft.waiting);
                return draft.finish(snapshot, bands, flow, terms, dropped);
            }
            Err(failed) => {
                let gone = chain(network, &legs, failed.edge);
                dropped.push(failed);
                legs.retain(|(edge, _)| !gone.contains(edge));
            }
        }
    }
}

struct Draft<'a> {
    ledger: Ledger<'a>,
    steps: Vec<Step>,
    edges: Vec<usize>,
    /// Legs whose input is on its way by another leg, and the steps they would take.
    waiting: Vec<Dropped>,
    later: Vec<Step>,
}

impl<'a> Draft<'a> {
    fn new(network: &'a Network) -> Self {
        let ledger = Ledger::new(network);
        Self { ledger, steps: Vec::new(), edges: Vec::new(), waiting: Vec::new(), later: Vec::new() }
    }

    /// Books every leg that can start now; the error is a leg that cannot be had at all.
    fn add_all(&mut self, snapshot: &Snapshot, legs: &[(usize, f64)], terms: &Terms) -> Result<(), Dropped> {
        let network = self.ledger.network;
        for &(index, sent) in legs {
            let Some(edge) = network.edges.get(index) else { continue };
            let fed = legs.iter().any(|(other, _)| ends_at(network, *other, edge.from));
            let units = self.ledger.wanted(edge, sent);
            let here = self.ledger.here(edge, units);
            if !here && !fed {
                let reason = format!("{} is not there to be spent", network.position(edge.from));
                return Err(Dropped { edge: index, reason });
            }
            let drop = |reason: String| Dropped { edge: index, reason };
            let leg = self.ledger.leg(snapshot, edge, units, terms).map_err(drop)?;
            for priced in leg {
                let booked = self.ledger.book(edge, &priced, here);
                booked.ok_or_else(|| drop("an amount does not fit".to_owned()))?;
                if here {
                    self.edges.push(index);
                    self.steps.push(priced.step);
                } else {
                    self.later.push(priced.step);
                }
            }
            if !here {
                let node = network.position(edge.from);
                let reason = format!("its input first arrives at {node}; a later tick continues");
                self.waiting.push(Dropped { edge: index, reason });
            }
        }
        Ok(())
    }

    fn finish(
        self,
        snapshot: &Snapshot,
        bands: &[Band],
        flow: &Flow,
        terms: &Terms,
        dropped: Vec<Dropped>,
    ) -> Result<Integers, String> {
        let Self { ledger, steps, edges, waiting: _, later } = self;
        if steps.is_empty() {
            return Ok(Integers { plan: None, edges, dropped });
        }
        ledger.check(bands)?;
        let costs: Vec<Usd> = steps.iter().chain(&later).map(|step| step.cost().total()).collect();
        let certificate = ledger.certificate(bands, &costs, flow.bound_usd(), terms)?;
        let decided_at = snapshot.taken_at;
        let expires_at = decided_at.plus(terms.plan_valid);
        Ok(Integers { plan: Some(Plan { decided_at, expires_at, steps, certificate }), edges, dropped })
    }
}

fn ends_at(network: &Network, edge: usize, node: usize) -> bool {
    network.edges.get(edge).is_some_and(|edge| edge.to == node)
}

/// Legs in the order money runs: by how many legs feed them in a row, then by edge.
fn ordered(network: &Network, sent: &[(usize, f64)]) -> Vec<(usize, f64)> {
    let mut depths: BTreeMap<usize, usize> = sent.iter().map(|(edge, _)| (*edge, 0)).collect();
    for _ in sent {
        let mut moved = false;
        for (index, _) in sent {
            let Some(edge) = network.edges.get(*index) else { continue };
            let feeders = sent.iter().filter(|(other, _)| ends_at(network, *other, edge.from));
            let depth = feeders.filter_map(|(other, _)| depths.get(other)).max();
            let depth = depth.map_or(0, |depth| depth.saturating_add(1)).min(sent.len());
            moved |= depths.insert(*index, depth) != Some(depth);
        }
        if !moved {
            break;
        }
    }
    let mut legs = sent.to_vec();
    legs.sort_by_key(|(index, _)| (depths.get(index).copied(), *index));
    legs
}

/// `edge` and every leg that feeds it or that it feeds: without it they have no purpose.
fn chain(network: &Network, legs: &[(usize, f64)], edge: usize) -> BTreeSet<usize> {
    let mut gone = BTreeSet::from([edge]);
    for _ in legs {
        for (index, _) in legs {
            let Some(leg) = network.edges.get(*index) else { continue };
            let touches = gone.iter().filter_map(|other| network.edges.get(*other));
            if touches.into_iter().any(|other| other.to == leg.from || other.from == leg.to) {
                gone.insert(*index);
            }
        }
    }
    gone
}
