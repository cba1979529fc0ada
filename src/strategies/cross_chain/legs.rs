//! From the legs of a gap to steps, those that pay for the others first.

use std::collections::BTreeMap;

use crate::domain::plan::Cost;
use crate::domain::price::Rounding;
use crate::domain::{AssetId, ChainName, Price, Snapshot, Step, SwapStep, TradeRole, Usd};
use crate::network::Network;
use crate::solve::arbitrage::Gap;
use crate::solve::rebalance::price_step;
use crate::strategies::cross_chain::Goal;

/// A step with what it does.
pub(super) struct Priced {
    /// The swap, with a cost below zero where it gains.
    pub(super) step: SwapStep,
    /// What it gains at the reference price after its gas.
    pub(super) gain: Usd,
    /// What goes in is worth so much.
    sent: Usd,
    /// Reference price of what comes out.
    price: Price,
}

impl Priced {
    /// Accepts no less than its part of `spare` below the quote, when all legs are worth `all`.
    fn tighten(&mut self, spare: Usd, all: Usd) -> Option<()> {
        let part = spare.micros().checked_mul(self.sent.micros())?.checked_div(all.micros())?;
        let quoted = &self.step.quoted_out;
        let units = self.price.units_for(Usd::from_micros(part.max(0)), quoted.decimals())?;
        let least = quoted.units().saturating_sub(units).max(self.step.min_out.units());
        self.step.min_out = quoted.with_units(least);
        Some(())
    }
}

/// The part of a trade's value that its legs may lose together until they are done.
const SPARE: i128 = 2;

/// The swap of `units` over an edge, at its own price.
pub(super) fn priced(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    (edge, units): (usize, u128),
    role: TradeRole,
) -> Result<Priced, String> {
    let edge = network.edges.get(edge).ok_or("a leg leads nowhere")?;
    let priced = price_step(network, edge, units, &goal.terms, &snapshot.wallets)?;
    let to = network.nodes.get(edge.to).ok_or("a leg leads nowhere")?;
    let fits = "a value does not fit";
    let arrived = to.value_of(priced.arrives, Rounding::Down).ok_or(fits)?;
    let lost = priced.sent.checked_sub(arrived).ok_or(fits)?;
    let Step::Swap(step) = priced.step else { return Err("a leg is no swap".to_owned()) };
    let slippage = lost.checked_sub(step.cost.fee).ok_or(fits)?;
    let gain = Usd::ZERO.checked_sub(lost).and_then(|gain| gain.checked_sub(edge.gas)).ok_or(fits)?;
    let cost = Cost { slippage, ..step.cost };
    let (sent, price) = (priced.sent, to.price);
    Ok(Priced { step: SwapStep { cost, trade: Some(role), ..step }, gain, sent, price })
}

/// The steps of a gap. A leg that gains by itself goes at once; one that loses waits for those of its asset that pay
/// for it: where these fail it is not done. However much of their slippage somebody takes, half of the trade's value is
/// left.
pub(super) fn legs(
    network: &Network,
    snapshot: &Snapshot,
    goal: &Goal,
    gap: &Gap,
) -> Result<Vec<Step>, String> {
    let mut legs = Vec::new();
    for leg in gap.buys.iter().chain(&gap.sells) {
        legs.push(priced(network, snapshot, goal, *leg, TradeRole::Leg { after: Vec::new() })?);
    }
    enough_gas(network, snapshot, gap)?;
    let all = legs.iter().fold(Usd::ZERO, |sum, leg| sum.saturating_add(leg.sent));
    let spare = Usd::from_micros(gap.value.micros().checked_div(SPARE).unwrap_or(0));
    for leg in &mut legs {
        leg.tighten(spare, all).ok_or("the least output of a leg does not fit")?;
    }
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.gain));
    let mut leaders: BTreeMap<AssetId, Vec<u32>> = BTreeMap::new();
    let mut steps = Vec::with_capacity(legs.len());
    for (index, Priced { step, gain, .. }) in legs.into_iter().enumerate() {
        let asset =
            if *step.amount_in.asset() == goal.base { step.min_out.asset() } else { step.amount_in.asset() };
        let of_asset = leaders.entry(asset.clone()).or_default();
        let after = if gain >= Usd::ZERO || of_asset.is_empty() {
            of_asset.push(u32::try_from(index).map_err(|_| "too many legs")?);
            Vec::new()
        } else {
            of_asset.clone()
        };
        steps.push(Step::Swap(SwapStep { trade: Some(TradeRole::Leg { after }), ..step }));
    }
    Ok(steps)
}

/// Whether every chain has the native coin for all legs on it: an edge knows only its own.
fn enough_gas(network: &Network, snapshot: &Snapshot, gap: &Gap) -> Result<(), String> {
    let mut needed: BTreeMap<&ChainName, u128> = BTreeMap::new();
    for (edge, _) in gap.buys.iter().chain(&gap.sells) {
        let Some(edge) = network.edges.get(*edge) else { continue };
        let sum = needed.entry(&network.position(edge.from).chain).or_default();
        *sum = sum.saturating_add(edge.source_native);
    }
    for (chain, wei) in needed {
        if let Some(Ok(view)) = snapshot.chains.get(chain)
            && view.native.units() < wei
        {
            return Err(format!(
                "not enough native coin for the gas of all legs on {chain}: {} is there",
                view.native
            ));
        }
    }
    Ok(())
}
