//! Arbitrage between chains: an asset bought where it is cheap and sold where it is dear, from inventory on both sides.
//!
//! Both legs and the transfer that brings the base asset back are one circulation. What is bought on one chain stands
//! for what is sold on the other, as far as that is there; what the purchase takes of the base asset comes back from
//! the other chain by CCTP, whose fee, gas and time are part of the same problem. So a gap that does not pay for the
//! rebalance it causes is none.

mod legs;
mod model;

use std::collections::BTreeSet;

use super::MarketError;
use super::search::NoRoute;
use super::ways::{Costs, Ways};
use crate::domain::{AssetId, ChainName, Usd};
use crate::network::Network;
use crate::network::node::dollars;

use legs::Recovery;
use model::{Model, Token, What};

/// A way without slippage is a curve that holds so many times what it can give. The more it holds the straighter it is,
/// and the harder to solve: the next is tried where one comes to no proof.
const STRAIGHT: [f64; 3] = [1e6, 1e5, 1e4];
/// What may be traded and what it costs besides what the network knows.
pub struct CrossTerms<'a> {
    /// What both legs are paid in, and CCTP moves.
    pub base: &'a AssetId,
    /// What may be bought and sold.
    pub assets: &'a BTreeSet<AssetId>,
    /// Where.
    pub chains: &'a BTreeSet<ChainName>,
    /// Most that all purchases, or all sales, may be worth.
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
    let costs = Costs { of: &fixed, fixed: 0.0, through: &through, most: usize::MAX, many: usize::MAX };
    let recovery = Recovery { network, terms, whats: &whats };
    let found = ways.circulate(&costs, &mut |_, shares, _| {
        let gap = recovery.exact(shares)?;
        let value = dollars(gap.value) * MICRO;
        Ok((gap, value))
    });
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

/// Gas and delay of the cheapest of `edges`, in the market's values.
fn gas_of(network: &Network, edges: impl IntoIterator<Item = usize>) -> f64 {
    edges.into_iter().map(|edge| dollars(network.edges[edge].fixed()) * MICRO).reduce(f64::min).unwrap_or(0.0)
}
