//! The best route through a chain's pools, costs counted.

use std::sync::Arc;

use super::Answer;
use super::chain::{BASE, ChainMarket};
use super::cycles::Keep;
use super::integers::{Route, Share, Unroutable, route};
use super::ways::{Costs, above};
use crate::domain::AssetId;
use crate::domain::pool::Pool;

/// Most pools that are looked at closely.
const MANY: usize = 128;

/// What a route may use and what that costs, in base units of the profit's token.
pub struct RouteTerms<'a> {
    /// Cost of using a pool.
    pub cost: &'a dyn Fn(&Pool) -> u128,
    /// Cost of any route.
    pub fixed: u128,
    /// Most that it may begin with.
    pub most: u128,
    /// Most swaps that it may have.
    pub most_swaps: usize,
    /// Which other tokens can be lent: a circle may run without the token of the profit.
    pub lends: &'a dyn Fn(&AssetId) -> bool,
}

impl Default for RouteTerms<'_> {
    fn default() -> Self {
        Self { cost: &|_| 0, fixed: 0, most: u128::MAX, most_swaps: usize::MAX, lends: &|_| false }
    }
}

/// The best route and how it compares with what is possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The route, exact.
    pub route: Route,
    /// What the circulation without rounding leaves over of the lent token, in base units, costs taken off; rounded
    /// down.
    pub value: u128,
    /// No route is worth more, costs taken off; rounded up.
    pub bound: u128,
    /// The last answer of the solver.
    pub answer: Answer,
}

/// Why there is no route.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoRoute {
    /// Nothing is left after costs.
    #[error("no circulation is worth more than its costs; the bound is {bound} base units")]
    Nothing {
        /// No route is worth more.
        bound: u128,
    },
    /// The solver has no proof.
    #[error(
        "the solver came to no proven answer (gap {gap:.1e}, missing {infeasibility:.1e}); nothing is done"
    )]
    Unproven {
        /// Relative.
        gap: f64,
        /// Relative.
        infeasibility: f64,
    },
    /// Too many pools had to be left out.
    #[error("no route was found in as many rounds as are tried; nothing is done")]
    Rounds,
}

impl ChainMarket {
    /// The best route through `pools` on these terms.
    ///
    /// # Errors
    /// [`NoRoute`] says why there is none; the bound holds.
    pub fn best(&mut self, pools: &[Option<Arc<Pool>>], terms: &RouteTerms<'_>) -> Result<Found, NoRoute> {
        let cost = |pool: usize| pools[pool].as_deref().map_or(0.0, |pool| (terms.cost)(pool) as f64);
        let fixed = terms.fixed as f64;
        let assets = &self.assets;
        let costs = Costs { of: &cost, fixed, through: &[BASE], most: terms.most_swaps, many: MANY };
        let (mut found, bound) = self.ways.circulate(&costs, &mut |tokens, shares, answer| {
            let part = shrink(tokens, shares, terms.most as f64);
            let lends = |token: usize| (terms.lends)(&assets[token]);
            let route = route(shares, pools, tokens, BASE, lends).map_err(|failed| match failed {
                Unroutable::Circle { pool } => beside(tokens, shares).unwrap_or_else(|| vec![pool]),
                _ => failed.pool().into_iter().collect(),
            })?;
            let costs: f64 = route.swaps.iter().map(|swap| cost(swap.pool)).sum();
            let value = part * answer.objective - costs - fixed;
            // The cast saturates.
            Ok((Found { route, value: value as u128, bound: 0, answer }, value))
        })?;
        found.bound = above(bound);
        Ok(found)
    }
}

/// What is on no cycle through the token of the profit while other ways are: where circles cannot be lent for, it is of
/// no use.
fn beside(tokens: &[[usize; 2]], shares: &[Share]) -> Option<Vec<usize>> {
    let keep = Keep { tokens, through: &[BASE], most: usize::MAX, cost: &|_| 0.0 };
    let on = keep.paying(shares, 1.0);
    let beside: Vec<usize> = shares.iter().map(|share| share.pool).filter(|way| !on.contains(way)).collect();
    if beside.is_empty() || on.is_empty() { None } else { Some(beside) }
}

/// Makes the circulation smaller where it would begin with more than `most`; answers which part of it is left. A
/// part of it is worth at least that part of its value, since gains are concave.
fn shrink(tokens: &[[usize; 2]], shares: &mut [Share], most: f64) -> f64 {
    let begins = |share: &&Share| {
        let [first, second] = tokens[share.pool];
        BASE == if share.zero_for_one { first } else { second }
    };
    let lent: f64 = shares.iter().filter(begins).map(|share| share.amount_in).sum();
    let part = if lent > most { most / lent } else { 1.0 };
    for share in shares {
        share.amount_in *= part;
    }
    part
}
