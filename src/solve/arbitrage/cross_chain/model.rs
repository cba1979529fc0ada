//! The gaps between chains as a market: pools, transfers of the base asset, and what is held on either side.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::Pool as Curve;
use super::super::chain::{UNWANTED, columns_of};
use super::{CrossTerms, MICRO};
use crate::domain::{AssetId, ChainName};
use crate::network::node::dollars;
use crate::network::{Edge, Network, SwapWay, Way};

/// More is never bought than this multiple of what a plan may have at stake would buy at the reference price.
const ROOM: f64 = 2.0;

/// What one way of the market is.
pub(super) enum What {
    /// A pool, with its edges that sell token0 and token1.
    Pool { edges: [Option<usize>; 2], asset: AssetId, base_first: bool },
    /// A transfer of the base asset.
    Transfer(usize),
    /// What is bought, what is sold, or what is spent of inventory.
    Held,
}

/// A node of the market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Token {
    /// The base asset at a chain's pools.
    Base(ChainName),
    /// The base asset that comes back to a chain.
    Returned(ChainName),
    /// An asset at a chain's pools.
    Asset(ChainName, AssetId),
    /// An asset anywhere.
    Anywhere(AssetId),
}

/// The market as it is put together.
pub(super) struct Model<'a> {
    network: &'a Network,
    terms: &'a CrossTerms<'a>,
    pub(super) index: BTreeMap<Token, usize>,
    pub(super) values: Vec<f64>,
    pub(super) whats: Vec<What>,
    pub(super) tokens: Vec<[usize; 2]>,
    pub(super) columns: Vec<Range<usize>>,
    pub(super) curves: Vec<Curve>,
    /// How straight ways without slippage are.
    straight: f64,
    /// What they take all the same at most, in the market's values.
    pub(super) bent: f64,
}

impl<'a> Model<'a> {
    pub(super) fn of(network: &'a Network, terms: &'a CrossTerms<'a>, straight: f64) -> Self {
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
    pub(super) fn pools(&mut self) {
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
    pub(super) fn transfers(&mut self) {
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
    pub(super) fn inventory(&mut self) {
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
