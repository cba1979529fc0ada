//! Arbitrage between chains: an asset bought where it is cheap and sold where it is dear, from inventory on both sides.
//!
//! Both legs and the transfer that brings the base asset back are one circulation. What is bought on one chain stands
//! for what is sold on the other, as far as that is there; what the purchase takes of the base asset comes back from
//! the other chain by CCTP, whose fee, gas and time are part of the same problem. So a gap that does not pay for the
//! rebalance it causes is none.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::chain::{UNWANTED, columns_of};
use super::integers::Share;
use super::search::NoRoute;
use super::ways::{Costs, Ways};
use super::{MarketError, Pool as Curve};
use crate::domain::price::Rounding;
use crate::domain::{AssetId, ChainName, Usd};
use crate::network::node::dollars;
use crate::network::{Edge, Network, SwapWay, Way};

/// A way without slippage is a curve that holds so many times what it can give. The more it holds the straighter it is,
/// and the harder to solve: the next is tried where one comes to no proof.
const STRAIGHT: [f64; 3] = [1e6, 1e5, 1e4];
/// More is never bought than this multiple of what a plan may have at stake would buy at the reference price.
const ROOM: f64 = 2.0;
/// What of an asset is bought and not sold may be no more than a part of 2⁻¹⁶.
const NEARLY: u32 = 16;

/// What may be traded and what it costs besides what the network knows.
pub struct CrossTerms<'a> {
    /// What both legs are paid in, and CCTP moves.
    pub base: &'a AssetId,
    /// What may be bought and sold.
    pub assets: &'a BTreeSet<AssetId>,
    /// Where.
    pub chains: &'a BTreeSet<ChainName>,
    /// Most that all purchases may cost.
    pub most: Usd,
    /// What a leg is expected to lose against the other, in millionths of its value.
    pub risk_ppm: u32,
}

/// Legs of one plan, by edges of the network, in base units of what goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Purchases for the base asset.
    pub buys: Vec<(usize, u128)>,
    /// Sales of what they bring, on other chains.
    pub sells: Vec<(usize, u128)>,
    /// Transfers of the base asset that make up for both.
    pub refills: Vec<(usize, u128)>,
    /// What sales bring more than purchases cost, rounded down.
    pub profit: Usd,
    /// What the transfers cost, gas and time included, rounded up.
    pub refill: Usd,
    /// Profit less gas, transfers and expected loss.
    pub value: Usd,
    /// No plan through this network is worth more.
    pub bound: Usd,
}

/// Why there is no gap to close.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoGap {
    /// Nothing pays.
    #[error(
        "no gap between chains pays for its gas and for what brings {base} back; none is worth more than {bound}"
    )]
    Nothing {
        /// The base asset.
        base: AssetId,
        /// No plan is worth more.
        bound: Usd,
    },
    /// The solver came to no answer.
    #[error("the gaps between chains are not known: {0}")]
    Unsolved(NoRoute),
    /// A pool's numbers are out of range.
    #[error(transparent)]
    Market(#[from] MarketError),
}

/// What one way of the market is.
enum What {
    /// A pool, with its edges that sell token0 and token1.
    Pool { edges: [Option<usize>; 2], asset: AssetId, base_first: bool },
    /// A transfer of the base asset.
    Transfer(usize),
    /// What is bought, what is sold, or what is spent of inventory.
    Held,
}

/// A node of the market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    /// The base asset at a chain's pools.
    Base(ChainName),
    /// The base asset that comes back to a chain.
    Returned(ChainName),
    /// An asset at a chain's pools.
    Asset(ChainName, AssetId),
    /// An asset anywhere.
    Anywhere(AssetId),
}

/// The best plan over `network`, exact.
///
/// # Errors
/// [`NoGap`] says why there is none.
pub fn cross_chain(network: &Network, terms: &CrossTerms<'_>) -> Result<Gap, NoGap> {
    let mut last = NoRoute::Rounds;
    for straight in STRAIGHT {
        match with(network, terms, straight) {
            Err(NoGap::Unsolved(reason)) => last = reason,
            other => return other,
        }
    }
    Err(NoGap::Unsolved(last))
}

/// The same with ways that are so straight.
fn with(network: &Network, terms: &CrossTerms<'_>, straight: f64) -> Result<Gap, NoGap> {
    let mut model = Model::of(network, terms, straight);
    model.pools();
    model.transfers();
    model.inventory();
    let is_base = |(token, index): (&Token, &usize)| matches!(token, Token::Base(_)).then_some(*index);
    let through: Vec<usize> = model.index.iter().filter_map(is_base).collect();
    let Model { values, whats, tokens, columns, curves, bent, .. } = model;
    let nothing = |bound| NoGap::Nothing { base: terms.base.clone(), bound };
    if !whats.iter().any(|what| matches!(what, What::Transfer(_))) {
        return Err(nothing(Usd::ZERO));
    }
    let mut ways = Ways::new(&values, tokens, columns, &curves)?;
    let fixed = |way: usize| match &whats[way] {
        What::Pool { edges, .. } => gas_of(network, edges.iter().flatten().copied()),
        What::Transfer(edge) => gas_of(network, [*edge]),
        What::Held => 0.0,
    };
    let costs = Costs { of: &fixed, fixed: 0.0, through: &through, most: usize::MAX };
    let recovery = Recovery { network, terms, whats: &whats };
    let found = ways.circulate(&costs, |_, shares, _| recovery.exact(shares));
    // The cast saturates.
    let micros = |bound: f64| Usd::from_micros((bound + bent).ceil() as i128);
    match found {
        Ok((gap, bound)) => Ok(Gap { bound: micros(bound), ..gap }),
        Err(NoRoute::Nothing { bound }) => Err(nothing(micros(bound as f64))),
        Err(reason @ (NoRoute::Unproven { .. } | NoRoute::Rounds)) => Err(NoGap::Unsolved(reason)),
    }
}

/// The market's values are in millionths of a dollar.
const MICRO: f64 = 1e6;

/// Gas and delay of the dearest of `edges`, in the market's values.
fn gas_of(network: &Network, edges: impl IntoIterator<Item = usize>) -> f64 {
    edges.into_iter().map(|edge| dollars(network.edges[edge].fixed()) * MICRO).fold(0.0, f64::max)
}

/// The market as it is put together.
struct Model<'a> {
    network: &'a Network,
    terms: &'a CrossTerms<'a>,
    index: BTreeMap<Token, usize>,
    values: Vec<f64>,
    whats: Vec<What>,
    tokens: Vec<[usize; 2]>,
    columns: Vec<Range<usize>>,
    curves: Vec<Curve>,
    /// How straight ways without slippage are.
    straight: f64,
    /// What they take all the same at most, in the market's values.
    bent: f64,
}

impl<'a> Model<'a> {
    fn of(network: &'a Network, terms: &'a CrossTerms<'a>, straight: f64) -> Self {
        Self {
            network,
            terms,
            straight,
            bent: 0.0,
            index: BTreeMap::new(),
            values: Vec::new(),
            whats: Vec::new(),
            tokens: Vec::new(),
            columns: Vec::new(),
            curves: Vec::new(),
        }
    }

    /// The index of a token, a unit of which is worth `price` dollars.
    fn token(&mut self, token: Token, price: f64) -> usize {
        let wanted = if matches!(token, Token::Base(_)) { 1.0 } else { UNWANTED };
        let (next, values) = (self.values.len(), &mut self.values);
        *self.index.entry(token).or_insert_with(|| {
            values.push(wanted * price * MICRO);
            next
        })
    }

    /// The token of a position at its chain's pools.
    fn at_pools(&mut self, node: usize) -> usize {
        let node = &self.network.nodes[node];
        let (chain, asset) = (node.position.chain.clone(), node.position.asset.clone());
        let token = if asset == *self.terms.base { Token::Base(chain) } else { Token::Asset(chain, asset) };
        self.token(token, node.unit_price())
    }

    fn add(&mut self, what: What, tokens: [usize; 2], curves: impl IntoIterator<Item = Curve>) {
        let begin = self.curves.len();
        self.curves.extend(curves);
        if self.curves.len() > begin {
            self.whats.push(what);
            self.tokens.push(tokens);
            self.columns.push(begin..self.curves.len());
        }
    }

    /// A way from one token to another without slippage: `rate` of the other for one, less what it does not keep, of
    /// the other at most `most`, and no more than ever moves. A unit of the other is worth `price` dollars.
    fn straight(&mut self, what: What, tokens: [usize; 2], rate: f64, keeps: f64, (most, price): (f64, f64)) {
        let most = most.min(ROOM * dollars(self.terms.most) / price);
        if !(most.is_normal() && rate.is_normal() && keeps > 0.0) {
            return;
        }
        let held = self.straight * most;
        // A curve that holds R gives x·x/R less for x than a straight way.
        self.bent += most / self.straight * price * MICRO;
        let (reserves, available) = ([held / rate, held], [0.0, most]);
        self.add(what, tokens, [Curve { tokens, reserves, available, keeps, weight: 0.5 }]);
    }

    fn is_meant(&self, edge: &Edge) -> bool {
        [edge.from, edge.to].iter().all(|end| self.terms.chains.contains(&self.network.position(*end).chain))
    }

    /// Pools of the base asset and another one that is traded.
    fn pools(&mut self) {
        let mut pools: BTreeMap<_, [Option<usize>; 2]> = BTreeMap::new();
        for (index, edge) in self.network.edges.iter().enumerate().filter(|(_, edge)| self.is_meant(edge)) {
            if let Some(way) = swap(edge) {
                let key = (way.pool.chain.clone(), way.pool.key());
                pools.entry(key).or_default()[usize::from(!way.zero_for_one)] = Some(index);
            }
        }
        for edges in pools.into_values() {
            let Some(way) = edges.iter().flatten().next().and_then(|edge| swap(&self.network.edges[*edge]))
            else {
                continue;
            };
            let base_first = way.pool.assets[0] == *self.terms.base;
            let [other, base] =
                if base_first { [1, 0] } else { [0, 1] }.map(|side: usize| &way.pool.assets[side]);
            if base != self.terms.base || !self.terms.assets.contains(other) {
                continue;
            }
            // Token0 is what the edge that sells it comes from, and what the other one goes to.
            let ends = edges.map(|edge| edge.map(|edge| &self.network.edges[edge]));
            let [first, second] = match ends {
                [Some(edge), _] => [edge.from, edge.to],
                [None, Some(edge)] => [edge.to, edge.from],
                [None, None] => continue,
            };
            let tokens = [self.at_pools(first), self.at_pools(second)];
            let mut curves = columns_of(&way.pool, tokens);
            for curve in &mut curves {
                curve.keeps *= way.kept();
                for (edge, bought) in edges.iter().zip([1, 0]) {
                    if edge.is_none() {
                        curve.available[bought] = 0.0;
                    }
                }
            }
            self.add(What::Pool { edges, asset: other.clone(), base_first }, tokens, curves);
        }
    }

    /// Transfers of the base asset back to where it was spent.
    fn transfers(&mut self) {
        for (index, edge) in self.network.edges.iter().enumerate() {
            let (from, to) = (&self.network.nodes[edge.from], &self.network.nodes[edge.to]);
            let Way::Bridge(way) = &edge.way else { continue };
            let is_base = from.position.asset == *self.terms.base && to.position.asset == *self.terms.base;
            if !is_base || !self.is_meant(edge) || from.inventory.decimals() != to.inventory.decimals() {
                continue;
            }
            let fee = f64::from(way.fee_ppm) / 1e6;
            let minimum = way.min_fee as f64 / 1e7;
            let keeps = 1.0 - fee.max(minimum) - edge.capital_atto as f64 / 1e18;
            let returned = Token::Returned(to.position.chain.clone());
            let tokens = [self.at_pools(edge.from), self.token(returned, to.unit_price())];
            self.straight(What::Transfer(index), tokens, 1.0, keeps, (edge.capacity as f64, to.unit_price()));
        }
    }

    /// What the wallet holds on every chain bounds what is spent there.
    fn inventory(&mut self) {
        for (index, node) in self.network.nodes.iter().enumerate() {
            let (chain, asset) = (&node.position.chain, &node.position.asset);
            if !self.terms.chains.contains(chain) {
                continue;
            }
            let (price, available) = (node.unit_price(), node.available.units() as f64);
            if asset == self.terms.base {
                let tokens = [self.token(Token::Returned(chain.clone()), price), self.at_pools(index)];
                self.straight(What::Held, tokens, 1.0, 1.0, (available, price));
                continue;
            }
            if !self.terms.assets.contains(asset) {
                continue;
            }
            // Anywhere, an asset is counted in whole units: its decimals may differ between chains.
            let whole = 10_f64.powi(i32::from(node.inventory.decimals()));
            let anywhere = self.token(Token::Anywhere(asset.clone()), price * whole);
            let here = self.at_pools(index);
            let keeps = 1.0 - f64::from(self.terms.risk_ppm) / 1e6;
            self.straight(What::Held, [here, anywhere], 1.0 / whole, keeps, (f64::INFINITY, price * whole));
            self.straight(What::Held, [anywhere, here], whole, 1.0, (available, price));
        }
    }
}

fn swap(edge: &Edge) -> Option<&SwapWay> {
    match &edge.way {
        Way::Swap(way) => Some(way),
        Way::Bridge(_) | Way::Quoted(_) => None,
    }
}

/// From a circulation to exact legs.
struct Recovery<'a> {
    network: &'a Network,
    terms: &'a CrossTerms<'a>,
    whats: &'a [What],
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
    fn exact(&self, shares: &[Share]) -> Result<Gap, Vec<usize>> {
        let legs: Vec<Leg<'a>> = shares.iter().filter_map(|share| self.leg(share)).collect();
        let one_sided = self.one_sided(&legs);
        if !one_sided.is_empty() || legs.is_empty() {
            return Err(one_sided);
        }
        let spent: f64 = legs.iter().filter(|leg| leg.is_buy).map(|leg| self.worth(leg)).sum();
        let part = (dollars(self.terms.most) / spent).min(1.0);
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
