//! Ways between tokens that cost something to use besides their fee, and the best circulation over them.

use std::ops::Range;

use super::cycles::Keep;
use super::integers::Share;
use super::search::NoRoute;
use super::{Answer, Market, MarketError, Pool as Curve, Solver, Status};
use crate::network::pool::curve::ERROR;

/// Rounds in which ways are left out at most: because of their cost, because there are too many, or because no route
/// leads over them.
const ROUNDS: usize = 16;
/// Rounds in which only ways are left out that earn less than [`EARLY`] of their cost: what one loses others may
/// gain.
const EARLY_ROUNDS: usize = 3;
const EARLY: f64 = 0.25;

/// Ways, each of one or several columns of a market, with a solver that begins where the last search ended.
pub(super) struct Ways {
    /// Tokens of each way.
    pub(super) tokens: Vec<[usize; 2]>,
    /// Columns of each way in the market.
    pub(super) columns: Vec<Range<usize>>,
    /// With all ways.
    pub(super) market: Market,
    /// Without those that are left out.
    pub(super) open: Market,
    pub(super) solver: Solver,
    /// Which ways the last search left out, and why: the next one begins without them.
    pub(super) left_out: Vec<Option<Why>>,
}

/// Why a way is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It earns less than it costs.
    Dear,
    /// No route leads over it, or there are too many ways.
    Unused,
}

/// What a circulation may use and what that costs, in the unit of the tokens' values.
pub(super) struct Costs<'a> {
    /// Of using a way.
    pub(super) of: &'a dyn Fn(usize) -> f64,
    /// Of anything at all.
    pub(super) fixed: f64,
    /// Tokens that cycles pass through.
    pub(super) through: &'a [usize],
    /// Most ways that may be used.
    pub(super) most: usize,
    /// Ways of which cycles are looked at: of more, those that do not pay by themselves are left out first.
    pub(super) many: usize,
}

impl Ways {
    /// Over `curves`, of which each way has its `columns`; `values` are those of the tokens.
    ///
    /// # Errors
    /// [`MarketError`] when a number is out of range.
    pub(super) fn new(
        values: &[f64],
        tokens: Vec<[usize; 2]>,
        columns: Vec<Range<usize>>,
        curves: &[Curve],
    ) -> Result<Self, MarketError> {
        let market = Market::new(values, curves)?;
        let (solver, open) = (Solver::new(&market), market.clone());
        let left_out = vec![None; tokens.len()];
        Ok(Self { tokens, columns, market, open, solver, left_out })
    }

    /// What each way does at the prices of the last solve, its columns together; also those that are left out.
    fn shares(&self) -> Vec<Share> {
        let (mut trades, prices) = (self.solver.trades(&self.market), self.solver.prices(&self.market));
        let mut shares = Vec::new();
        for (pool, columns) in self.columns.iter().enumerate() {
            // Profit is not the difference of what goes in and out, which cancels.
            let (mut out, mut profit) = ([0.0_f64; 2], 0.0);
            for (flow, earned) in trades.by_ref().take(columns.len()) {
                out[0] += flow[0];
                out[1] += flow[1];
                profit += earned;
            }
            let [first, second] = self.tokens[pool];
            let (sold, zero_for_one) = if out[0] < 0.0 { (0, true) } else { (1, false) };
            if out[sold] < 0.0 {
                let amount_in = -out[sold];
                let worth = amount_in * prices[if zero_for_one { first } else { second }];
                shares.push(Share { pool, zero_for_one, amount_in, worth, profit });
            }
        }
        shares
    }

    /// Leaves a way out, or takes it in again.
    pub(super) fn leave(&mut self, way: usize, why: Option<Why>) {
        for column in self.columns[way].clone() {
            match why {
                Some(_) => self.open.close(column),
                None => self.open.open(column, &self.market),
            }
        }
        self.left_out[way] = why;
    }

    /// Lets nobody use a way, whatever is searched for.
    pub(super) fn shut(&mut self, way: usize) {
        for column in self.columns[way].clone() {
            self.market.close(column);
            self.open.close(column);
        }
    }

    /// The best circulation that `recover` can turn into something exact, with what no circulation is worth more than
    /// after costs. Where it cannot, it names ways to leave out before it is tried again, or none: then there is nothing.
    pub(super) fn circulate<T>(
        &mut self,
        costs: &Costs<'_>,
        mut recover: impl FnMut(&Self, &mut [Share], Answer) -> Result<T, Vec<usize>>,
    ) -> Result<(T, f64), NoRoute> {
        let cost = costs.of;
        let mut bound = f64::INFINITY;
        for round in 0..ROUNDS {
            let answer = self.solver.solve(&self.open);
            if answer.status != Status::Solved {
                return Err(NoRoute::Unproven { gap: answer.gap, infeasibility: answer.infeasibility });
            }
            let all = self.shares();
            // At any prices Σ(profit − cost)₊ over all ways, also those left out, bounds what is left after costs.
            let after_cost = |share: &Share| (share.profit - cost(share.pool)).max(0.0);
            // Curves are known to a part of what moves along them, and so is the bound.
            let unknown: f64 = all.iter().map(|share| ERROR * share.worth).sum();
            bound = bound.min(all.iter().map(after_cost).sum::<f64>() - costs.fixed + unknown);
            if bound <= 0.0 {
                return Err(NoRoute::Nothing { bound: 0 });
            }
            // What was too dear in the last block may pay in this one.
            if round == 0 && self.take_in_paying(&all, cost) {
                continue;
            }
            let mut shares = all;
            shares.retain(|share| self.left_out[share.pool].is_none());
            if shares.is_empty() {
                return Err(NoRoute::Nothing { bound: above(bound) });
            }
            let keep = Keep { tokens: &self.tokens, through: costs.through, most: costs.most, cost: &cost };
            let parts = if round < EARLY_ROUNDS { [EARLY, 1.0].as_slice() } else { &[1.0] };
            let out =
                parts.iter().map(|part| dear(&keep, costs.many, &shares, *part)).find(|out| !out.is_empty());
            if let Some(out) = out {
                out.into_iter().for_each(|(way, why)| self.leave(way, Some(why)));
                continue;
            }
            match recover(self, &mut shares, answer) {
                Ok(found) => return Ok((found, bound)),
                Err(ways) if ways.is_empty() => return Err(NoRoute::Nothing { bound: above(bound) }),
                Err(ways) => ways.into_iter().for_each(|way| self.leave(way, Some(Why::Unused))),
            }
        }
        Err(NoRoute::Rounds)
    }

    /// Takes in again what was too dear and would pay now; whether there is any.
    fn take_in_paying(&mut self, shares: &[Share], cost: impl Fn(usize) -> f64) -> bool {
        let pays =
            |share: &&Share| self.left_out[share.pool] == Some(Why::Dear) && share.profit > cost(share.pool);
        let paying: Vec<usize> = shares.iter().filter(pays).map(|share| share.pool).collect();
        paying.iter().for_each(|way| self.leave(*way, None));
        !paying.is_empty()
    }
}

/// Ways to leave out: those that earn less than this part of their cost, by themselves and, where they are not too
/// many to look, with the cycles they are in; and where there are too many, those of the least valuable cycles.
fn dear(keep: &Keep<'_>, many: usize, shares: &[Share], part: f64) -> Vec<(usize, Why)> {
    let is_dear = |share: &Share| share.profit < part * (keep.cost)(share.pool);
    let are_too_many = shares.len() > keep.most;
    let dear: Vec<(usize, Why)> =
        shares.iter().filter(|share| is_dear(share)).map(|share| (share.pool, Why::Dear)).collect();
    // Of so many most are noise, and taking their cycles apart would take longer than all the rest.
    let is_noise = shares.len() > many && !dear.is_empty();
    if is_noise || (dear.is_empty() && !are_too_many) {
        return dear;
    }
    let kept = keep.paying(shares, part);
    let out = shares.iter().filter(|share| !kept.contains(&share.pool) && (are_too_many || is_dear(share)));
    out.map(|share| (share.pool, if is_dear(share) { Why::Dear } else { Why::Unused })).collect()
}

/// `bound` in whole units: a rounding may have lowered it a little.
pub(super) fn above(bound: f64) -> u128 {
    // The cast saturates.
    (bound * (1.0 + f64::EPSILON)).ceil() as u128
}
