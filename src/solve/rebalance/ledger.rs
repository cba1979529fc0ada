//! What a plan does to every position, limit and gas balance, in exact units.

use std::collections::BTreeMap;

use crate::domain::plan::Certificate;
use crate::domain::price::Rounding;
use crate::domain::{ChainName, Snapshot, Usd};
use crate::network::{Edge, Network, Terms, Way};
use crate::solve::rebalance::Band;
use crate::solve::rebalance::cost::{Priced, price_step};

/// Everything booked so far.
pub(super) struct Ledger<'a> {
    pub(super) network: &'a Network,
    /// Base units that can be spent now, per node.
    available: Vec<u128>,
    /// Value that left each node.
    gave: Vec<Usd>,
    /// Value that arrives at each node, never more than was sent for it.
    took: Vec<Usd>,
    /// Base units of every shared limit that are not taken.
    budgets: Vec<u128>,
    /// Transfers booked on each bridge route, whatever their speed.
    flights: BTreeMap<(usize, usize), u32>,
    /// Wei promised on each chain.
    native: BTreeMap<ChainName, u128>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(network: &'a Network) -> Self {
        Self {
            network,
            available: network.nodes.iter().map(|node| node.available.units()).collect(),
            gave: vec![Usd::ZERO; network.nodes.len()],
            took: vec![Usd::ZERO; network.nodes.len()],
            budgets: network.budgets.iter().map(|budget| budget.units).collect(),
            flights: BTreeMap::new(),
            native: BTreeMap::new(),
        }
    }

    /// Base units that `sent` dollars over `edge` are, within what is here up to rounding and within
    /// the limits of the edge.
    pub(super) fn wanted(&self, edge: &Edge, sent: f64) -> u128 {
        let Some(node) = self.network.nodes.get(edge.from) else { return 0 };
        let mut units = node.units_for(sent).min(edge.capacity);
        if let Way::Bridge(way) = &edge.way
            && let Some(limit) = way.budget.and_then(|budget| self.budgets.get(budget))
        {
            units = units.min(*limit);
        }
        let here = self.available.get(edge.from).copied().unwrap_or(0);
        // A part in a million is rounding; more is money that is not here.
        if units.saturating_sub(here) <= units.div_ceil(1_000_000) { units.min(here) } else { units }
    }

    /// Whether `units` can be spent now.
    pub(super) fn here(&self, edge: &Edge, units: u128) -> bool {
        self.available.get(edge.from).is_some_and(|here| units <= *here)
    }

    /// The steps that send `units` over `edge`, or why there are none.
    pub(super) fn leg(
        &self,
        snapshot: &Snapshot,
        edge: &Edge,
        units: u128,
        terms: &Terms,
    ) -> Result<Vec<Priced>, String> {
        let node = self.network.nodes.get(edge.from).ok_or("the source is missing")?;
        // One unit of rounding must not make the smallest transfer too small.
        let grain = node.value_of(1, Rounding::Up).unwrap_or(Usd::ZERO);
        let share = terms.cost_share_ppm();
        let mut leg = Vec::new();
        let flown = self.flights.get(&(edge.from, edge.to)).copied().unwrap_or(0);
        for part in parts(edge, units, flown)? {
            let priced = price_step(self.network, edge, part, terms, &snapshot.wallets)?;
            if priced.sent.saturating_add(grain) < terms.min_transfer {
                let least = terms.min_transfer;
                return Err(format!("{} is below the smallest transfer of {least}", priced.sent));
            }
            let total = priced.step.cost().total();
            if !within(total, priced.sent, share) {
                return Err(format!("it costs {total} to move {}, more than {share} ppm", priced.sent));
            }
            leg.push(priced);
        }
        self.gas(snapshot, edge, leg.len())?;
        Ok(leg)
    }

    /// Whether both chains hold the native coin for `count` more transfers over `edge`.
    fn gas(&self, snapshot: &Snapshot, edge: &Edge, count: usize) -> Result<(), String> {
        for (node, native) in [(edge.from, edge.source_native), (edge.to, edge.destination_native)] {
            let chain = &self.network.position(node).chain;
            let Some(Ok(view)) = snapshot.chains.get(chain) else {
                return Err(format!("chain {chain} cannot be read"));
            };
            let promised = self.native.get(chain).copied().unwrap_or(0);
            let more = u128::try_from(count).ok().and_then(|count| count.checked_mul(native));
            let needed = more.and_then(|more| more.checked_add(promised)).ok_or("gas does not fit")?;
            if needed > view.native.units() {
                return Err(format!("not enough native coin for gas on {chain}: {} is there", view.native));
            }
        }
        Ok(())
    }

    /// Books one step, out of what is `here` or of what will be; `None` when a number does not fit.
    pub(super) fn book(&mut self, edge: &Edge, priced: &Priced, here: bool) -> Option<()> {
        let units = priced.step.spends().units();
        if here {
            let available = self.available.get_mut(edge.from)?;
            *available = available.checked_sub(units)?;
        }
        let sent = self.network.nodes.get(edge.from)?.value_of(units, Rounding::Down)?;
        let value = self.network.nodes.get(edge.to)?.value_of(priced.arrives, Rounding::Down)?;
        let gave = self.gave.get_mut(edge.from)?;
        *gave = gave.checked_add(sent)?;
        let took = self.took.get_mut(edge.to)?;
        *took = took.checked_add(value.min(sent))?;
        if let Way::Bridge(way) = &edge.way {
            let flown = self.flights.entry((edge.from, edge.to)).or_insert(0);
            *flown = flown.checked_add(1)?;
            if let Some(budget) = way.budget {
                let limit = self.budgets.get_mut(budget)?;
                *limit = limit.checked_sub(units)?;
            }
        }
        for (node, native) in [(edge.from, edge.source_native), (edge.to, edge.destination_native)] {
            let promised = self.native.entry(self.network.position(node).chain.clone()).or_insert(0);
            *promised = promised.checked_add(native)?;
        }
        Some(())
    }

    /// Whether nobody gives below his band or takes above it.
    pub(super) fn check(&self, bands: &[Band]) -> Result<(), String> {
        let still = vec![Usd::ZERO; self.gave.len()];
        let stake = self.misallocated(bands, &still, &still).unwrap_or(Usd::ZERO);
        let flows = self.gave.iter().zip(&self.took);
        for ((node, band), (gave, took)) in self.network.nodes.iter().zip(bands).zip(flows) {
            let fits = || format!("the value of {} does not fit; nothing is moved", node.position);
            let net = took.checked_sub(*gave).ok_or_else(fits)?;
            let after = node.value.checked_add(net).ok_or_else(fits)?;
            // Floats round by parts in 10⁹ of what is held or moved, gains are refined to 10⁻⁸ of what
            // has to move, and a base unit may be worth more.
            let unit = node.value_of(2, Rounding::Up).unwrap_or(Usd::ZERO);
            let held = [node.value, *gave, *took, stake]
                .iter()
                .fold(0_i128, |sum, part| sum.saturating_add(part.micros()));
            let slack = Usd::from_micros(held >> 25).saturating_add(unit).saturating_add(Usd::from_micros(2));
            let below = net < Usd::ZERO && after.saturating_add(slack) < band.low;
            let above = net > Usd::ZERO && after > band.high.saturating_add(slack);
            if below || above {
                return Err(format!("{} would leave its band with {after}; nothing is moved", node.position));
            }
        }
        Ok(())
    }

    /// Value of the booked steps, rounded down, against `bound`.
    pub(super) fn certificate(
        &self,
        bands: &[Band],
        costs: &[Usd],
        bound: Usd,
        terms: &Terms,
    ) -> Result<Certificate, String> {
        let fits = || "the plan's value does not fit; nothing is moved".to_owned();
        let still = vec![Usd::ZERO; self.gave.len()];
        let before = self.misallocated(bands, &still, &still).ok_or_else(fits)?;
        let after = self.misallocated(bands, &self.gave, &self.took).ok_or_else(fits)?;
        let less = before.checked_sub(after).ok_or_else(fits)?.micros();
        let benefit =
            less.checked_mul(i128::from(terms.cost_share_ppm())).ok_or_else(fits)?.div_euclid(1_000_000);
        let mut value = Usd::from_micros(benefit);
        for cost in costs {
            value = value.checked_sub(*cost).ok_or_else(fits)?;
        }
        if value > bound {
            return Err(format!("the plan's value {value} is above its bound {bound}; nothing is moved"));
        }
        Ok(Certificate { value, bound })
    }

    /// The dollars that have to move at least: the larger of all excess and all shortfall.
    fn misallocated(&self, bands: &[Band], gave: &[Usd], took: &[Usd]) -> Option<Usd> {
        let (mut excess, mut shortfall) = (Usd::ZERO, Usd::ZERO);
        let flows = gave.iter().zip(took);
        for ((node, band), (gave, took)) in self.network.nodes.iter().zip(bands).zip(flows) {
            let value = node.value.checked_add(*took)?.checked_sub(*gave)?;
            excess = excess.checked_add(value.checked_sub(band.high)?.max(Usd::ZERO))?;
            shortfall = shortfall.checked_add(band.low.checked_sub(value)?.max(Usd::ZERO))?;
        }
        Some(excess.max(shortfall))
    }
}

/// `units` in equal transfers none of which is above the largest allowed, as many as the route takes
/// with `flown` booked already.
fn parts(edge: &Edge, units: u128, flown: u32) -> Result<Vec<u128>, String> {
    let (chunk, most) = match &edge.way {
        Way::Bridge(way) => (way.chunk, way.flights.saturating_sub(flown)),
        Way::Swap(_) | Way::Quoted(_) => (edge.capacity, 1),
    };
    if most == 0 {
        return Err("the route carries as many transfers as are allowed".to_owned());
    }
    let fits = || "the largest transfer is zero".to_owned();
    let units = units.min(chunk.saturating_mul(u128::from(most)));
    let count = units.checked_add(chunk.saturating_sub(1)).and_then(|sum| sum.checked_div(chunk));
    let count = count.ok_or_else(fits)?.max(1);
    let (even, odd) = (units.checked_div(count), units.checked_rem(count));
    let (even, odd) = (even.ok_or_else(fits)?, odd.ok_or_else(fits)?);
    Ok((0..count).map(|index| if index < odd { even.saturating_add(1) } else { even }).collect())
}

/// Whether `cost` is at most `share_ppm` millionths of `value`.
pub(crate) fn within(cost: Usd, value: Usd, share_ppm: u32) -> bool {
    match (cost.micros().checked_mul(1_000_000), value.micros().checked_mul(i128::from(share_ppm))) {
        (Some(cost), Some(limit)) => cost <= limit,
        (None, _) | (_, None) => false,
    }
}
