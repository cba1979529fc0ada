//! From a circulation to legs in base units.

use std::collections::{BTreeMap, BTreeSet};

use super::super::integers::Share;
use super::model::What;
use super::{CrossTerms, Gap};
use crate::domain::price::Rounding;
use crate::domain::{AssetId, Usd};
use crate::network::node::dollars;
use crate::network::{Edge, Network, Way};

/// What of an asset is bought and not sold may be no more than a part of 2⁻¹⁶.
const NEARLY: u32 = 16;

/// From a circulation to exact legs.
pub(super) struct Recovery<'a> {
    pub(super) network: &'a Network,
    pub(super) terms: &'a CrossTerms<'a>,
    pub(super) whats: &'a [What],
}

/// One leg before it is exact.
#[derive(Clone, Copy)]
struct Leg<'a> {
    way: usize,
    edge: usize,
    asset: &'a AssetId,
    is_buy: bool,
    share: Share,
}

impl<'a> Recovery<'a> {
    /// The legs in base units; `Err` names pools to leave out, or none: then nothing pays.
    pub(super) fn exact(&self, shares: &[Share]) -> Result<Gap, Vec<usize>> {
        let legs: Vec<Leg<'a>> = shares.iter().filter_map(|share| self.leg(share)).collect();
        let one_sided = self.one_sided(&legs);
        if !one_sided.is_empty() || legs.is_empty() {
            return Err(one_sided);
        }
        let worth = |is_buy: bool| -> f64 {
            legs.iter().filter(|leg| leg.is_buy == is_buy).map(|leg| self.worth(leg)).sum()
        };
        let part = (dollars(self.terms.most) / worth(true).max(worth(false))).min(1.0);
        let (mut buys, mut sells) = (Vec::new(), Vec::new());
        let assets: BTreeSet<&AssetId> = legs.iter().map(|leg| leg.asset).collect();
        let mut held: BTreeMap<usize, u128> = BTreeMap::new();
        for asset in assets {
            let of = |is_buy: bool| legs.iter().filter(move |leg| leg.asset == asset && leg.is_buy == is_buy);
            let mut bought = 0_u128;
            for leg in of(true) {
                let edge = &self.network.edges[leg.edge];
                // The cast saturates.
                let wanted = (leg.share.amount_in * part) as u128;
                let units = self.take(&mut held, edge, wanted);
                let out = edge.arrives(units).ok().and_then(|out| self.common(edge.to, asset, out));
                bought = out.and_then(|out| bought.checked_add(out)).ok_or_else(|| vec![leg.way])?;
                buys.push((leg.edge, units));
            }
            let whole: f64 = of(false).map(|leg| self.common_in(leg)).sum();
            let (mut left, count) = (bought, of(false).count());
            for (place, leg) in of(false).enumerate() {
                let edge = &self.network.edges[leg.edge];
                let is_last = place.saturating_add(1) == count;
                // The cast saturates.
                let wanted =
                    if is_last { left } else { (bought as f64 * (self.common_in(leg) / whole)) as u128 };
                let wanted = self.units(edge.from, asset, wanted.min(left));
                let units = self.take(&mut held, edge, wanted);
                let sold = self.common(edge.from, asset, units).filter(|sold| *sold > 0);
                left = left.saturating_sub(sold.ok_or_else(|| vec![leg.way])?);
                sells.push((leg.edge, units));
            }
            if left > bought >> NEARLY {
                let least = of(false).min_by(|a, b| a.share.worth.total_cmp(&b.share.worth));
                return Err(least.map(|leg| leg.way).into_iter().collect());
            }
        }
        self.settle(buys, sells, shares).ok_or_else(Vec::new)
    }

    fn leg(&self, share: &Share) -> Option<Leg<'a>> {
        let What::Pool { edges, asset, base_first } = &self.whats[share.pool] else { return None };
        let edge = edges[usize::from(!share.zero_for_one)]?;
        let is_buy = share.zero_for_one == *base_first;
        Some(Leg { way: share.pool, edge, asset, is_buy, share: *share })
    }

    /// Pools whose asset is bought and not sold, or the other way round, or less of it than on the other side of its own
    /// chain: what one chain alone has to offer is for atomic routes.
    fn one_sided(&self, legs: &[Leg<'_>]) -> Vec<usize> {
        let chain = |leg: &Leg<'_>| &self.network.position(self.network.edges[leg.edge].from).chain;
        let worth = |at: &Leg<'_>, is_buy: bool| -> f64 {
            let here =
                |leg: &&Leg<'_>| leg.asset == at.asset && leg.is_buy == is_buy && chain(leg) == chain(at);
            legs.iter().filter(here).map(|leg| leg.share.worth).sum()
        };
        let is_less = |leg: &&Leg<'_>| worth(leg, leg.is_buy) < worth(leg, !leg.is_buy);
        let less: Vec<usize> = legs.iter().filter(is_less).map(|leg| leg.way).collect();
        if !less.is_empty() {
            return less;
        }
        let has_other =
            |at: &Leg<'_>| legs.iter().any(|leg| leg.asset == at.asset && leg.is_buy != at.is_buy);
        legs.iter().filter(|leg| !has_other(leg)).map(|leg| leg.way).collect()
    }

    /// What goes into a leg, in dollars at the reference price.
    fn worth(&self, leg: &Leg<'_>) -> f64 {
        let from = &self.network.nodes[self.network.edges[leg.edge].from];
        leg.share.amount_in * from.unit_price()
    }

    /// Base units of `wanted` that are there and that the pool takes.
    fn take(&self, held: &mut BTreeMap<usize, u128>, edge: &Edge, wanted: u128) -> u128 {
        let left = held.entry(edge.from).or_insert_with(|| self.network.nodes[edge.from].available.units());
        let units = wanted.min(edge.capacity).min(*left);
        *left = left.saturating_sub(units);
        units
    }

    /// The most decimals that `asset` has on any chain.
    fn decimals(&self, asset: &AssetId) -> u8 {
        let nodes = self.network.nodes.iter().filter(|node| node.position.asset == *asset);
        nodes.map(|node| node.inventory.decimals()).max().unwrap_or(0)
    }

    fn scale(&self, node: usize, asset: &AssetId) -> Option<u128> {
        let here = self.network.nodes[node].inventory.decimals();
        10_u128.checked_pow(u32::from(self.decimals(asset).saturating_sub(here)))
    }

    /// Base units at a node in those of most decimals.
    fn common(&self, node: usize, asset: &AssetId, units: u128) -> Option<u128> {
        units.checked_mul(self.scale(node, asset)?)
    }

    /// And back, rounded down.
    fn units(&self, node: usize, asset: &AssetId, common: u128) -> u128 {
        self.scale(node, asset).and_then(|scale| common.checked_div(scale)).unwrap_or(0)
    }

    fn common_in(&self, leg: &Leg<'_>) -> f64 {
        let scale = self.scale(self.network.edges[leg.edge].from, leg.asset).unwrap_or(1);
        leg.share.amount_in * scale as f64
    }

    /// What the legs are worth with the transfers that make up for them; `None` where that is nothing.
    fn settle(&self, buys: Vec<(usize, u128)>, sells: Vec<(usize, u128)>, shares: &[Share]) -> Option<Gap> {
        let (mut profit, mut costs, mut risk) = (Usd::ZERO, Usd::ZERO, Usd::ZERO);
        // What each chain has less of the base asset, and more.
        let mut less: BTreeMap<usize, u128> = BTreeMap::new();
        let mut more: BTreeMap<usize, u128> = BTreeMap::new();
        for (edge, units) in &buys {
            let edge = &self.network.edges[*edge];
            let cost = self.network.nodes[edge.from].value_of(*units, Rounding::Up)?;
            profit = profit.checked_sub(cost)?;
            costs = costs.checked_add(edge.fixed())?;
            let part = cost.micros().checked_mul(i128::from(self.terms.risk_ppm))?.checked_add(999_999)?;
            risk = risk.checked_add(Usd::from_micros(part.checked_div(1_000_000)?))?;
            let spent = less.entry(edge.from).or_default();
            *spent = spent.checked_add(*units)?;
        }
        for (edge, units) in &sells {
            let edge = &self.network.edges[*edge];
            let out = edge.arrives(*units).ok()?;
            profit = profit.checked_add(self.network.nodes[edge.to].value_of(out, Rounding::Down)?)?;
            costs = costs.checked_add(edge.fixed())?;
            let gained = more.entry(edge.to).or_default();
            *gained = gained.checked_add(out)?;
        }
        let mut refill = Usd::ZERO;
        let mut refills = Vec::new();
        for (node, units) in less {
            let mut missing = units.saturating_sub(more.get(&node).copied().unwrap_or(0));
            let mut into: Vec<(usize, f64)> =
                shares.iter().filter_map(|share| self.into(share, node)).collect();
            into.sort_by(|one, other| other.1.total_cmp(&one.1));
            let count = into.len();
            for (place, (index, flow)) in into.into_iter().enumerate() {
                let is_last = place.saturating_add(1) == count;
                // The cast saturates.
                let sent = if is_last { missing } else { missing.min(flow as u128) };
                let cost = self.transfer(&self.network.edges[index], sent)?;
                refill = refill.checked_add(cost)?;
                missing = missing.saturating_sub(sent);
                if sent > 0 {
                    refills.push((index, sent));
                }
            }
            if missing > 0 {
                return None;
            }
        }
        let value = profit.checked_sub(costs)?.checked_sub(refill)?.checked_sub(risk)?;
        (value > Usd::ZERO).then_some(Gap { buys, sells, refills, profit, refill, value, bound: value })
    }

    /// A transfer to `node` with what it carries.
    fn into(&self, share: &Share, node: usize) -> Option<(usize, f64)> {
        let What::Transfer(index) = self.whats[share.pool] else { return None };
        (self.network.edges[index].to == node).then_some((index, share.amount_in))
    }

    /// What carrying `units` over a transfer costs, as often as it has to go.
    fn transfer(&self, edge: &Edge, units: u128) -> Option<Usd> {
        let Way::Bridge(way) = &edge.way else { return None };
        let times = units.div_ceil(way.chunk.max(1));
        let node = &self.network.nodes[edge.from];
        let fee = node.value_of(way.fee(units)?, Rounding::Up)?;
        let capital = node.value_of(units, Rounding::Up)?.micros();
        let capital =
            capital.checked_mul(i128::try_from(edge.capital_atto.div_ceil(1_000_000_000_000)).ok()?)?;
        let capital = Usd::from_micros(capital.checked_add(999_999)?.checked_div(1_000_000)?);
        let fixed = edge.fixed().micros().checked_mul(i128::try_from(times).ok()?)?;
        fee.checked_add(capital)?.checked_add(Usd::from_micros(fixed))
    }
}
