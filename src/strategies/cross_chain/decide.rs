//! One decision.

use crate::domain::plan::Certificate;
use crate::domain::{Alternative, DecisionRecord, Plan, Snapshot, Step, Usd};
use crate::network::{self, Network};
use crate::solve::arbitrage::{CrossTerms, Gap, NoGap, cross_chain};
use crate::strategies::cross_chain::legs::legs;
use crate::strategies::cross_chain::{Goal, unwind};
use crate::strategies::decision::{Considered, Decision, blank};
use crate::strategies::peg::sound_price;

/// Decides from one snapshot. The same input gives the same plan.
pub fn decide(snapshot: &Snapshot, goal: &Goal) -> Decision {
    let mut record = blank(snapshot);
    let considered = consider(snapshot, goal, &mut record);
    Decision::of(record, considered)
}

/// The decision itself; `Err` is a refusal.
fn consider(snapshot: &Snapshot, goal: &Goal, record: &mut DecisionRecord) -> Result<Considered, String> {
    if let Some(trade) = goal.trades.iter().find(|trade| trade.is_open) {
        return Ok(Considered::Nothing(format!("the legs of plan {} are under way", trade.plan)));
    }
    let traded = goal.traded();
    for asset in &traded {
        sound_price(snapshot, &goal.pegs, asset)?;
    }
    let network = network::build(snapshot, &traded, &goal.terms, &goal.open);
    if let Some(unwound) = unwind::consider(&network, snapshot, goal)? {
        return Ok(unwound);
    }
    let terms = CrossTerms {
        base: &goal.base,
        assets: &goal.assets,
        chains: &goal.chains,
        most: goal.max_exposure,
        risk_ppm: goal.risk_ppm,
    };
    let gap = match cross_chain(&network, &terms) {
        Ok(gap) => gap,
        Err(reason @ NoGap::Nothing { bound, .. }) => {
            record.certificate = Some(Certificate { value: Usd::ZERO, bound });
            record.alternatives = removed(&network);
            return Ok(Considered::Nothing(reason.to_string()));
        }
        Err(reason @ (NoGap::Unsolved(_) | NoGap::Market(_))) => return Err(reason.to_string()),
    };
    let certificate = Certificate { value: gap.value, bound: gap.bound };
    record.certificate = Some(certificate);
    record.alternatives = refills(&network, &gap);
    if gap.value < goal.min_profit {
        return Ok(Considered::Nothing(format!(
            "the best gap between chains is worth {} after gas and what brings {} back, less than the {} worth a trade",
            gap.value, goal.base, goal.min_profit
        )));
    }
    let steps = legs(&network, snapshot, goal, &gap)?;
    if gap.profit > goal.max_profit {
        let routes: Vec<String> = steps.iter().map(Step::route).collect();
        return Err(format!(
            "the best gap between chains would leave {}, more than the {} that is believed: a pool, token or price \
             may be a trap ({})",
            gap.profit,
            goal.max_profit,
            routes.join(", ")
        ));
    }
    Ok(Considered::Plan(plan(snapshot, goal, steps, certificate)))
}

/// A plan of these steps.
pub(super) fn plan(snapshot: &Snapshot, goal: &Goal, steps: Vec<Step>, certificate: Certificate) -> Plan {
    Plan {
        decided_at: snapshot.taken_at,
        expires_at: snapshot.taken_at.plus(goal.terms.plan_valid),
        steps,
        certificate,
    }
}

/// How the base asset comes back: counted in the decision, and left to the rebalance.
fn refills(network: &Network, gap: &Gap) -> Vec<Alternative> {
    let of = |(edge, units): &(usize, u128)| {
        let edge = network.edges.get(*edge)?;
        let amount = network.nodes.get(edge.from)?.inventory.with_units(*units);
        let reason =
            format!("counted for {amount} that come back, {} in all; the rebalance decides when", gap.refill);
        Some(Alternative { route: edge.route(network), reason })
    };
    gap.refills.iter().filter_map(of).collect()
}

/// Ways that could not be used.
fn removed(network: &Network) -> Vec<Alternative> {
    let of = |removed: &network::Removed| Alternative {
        route: removed.route.clone(),
        reason: removed.reason.clone(),
    };
    network.removed.iter().map(of).collect()
}
