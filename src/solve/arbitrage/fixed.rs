//! What every pool that is used costs besides its fee: gas.
//!
//! A pool's best trade is then worth (arb − q)₊ at given prices, and the sum of that bounds what any circulation
//! is worth net of costs, whatever the prices are. The circulation is found by closing pools that do not earn
//! their cost and solving again from the prices of before: first those far below it, since closing a pool makes
//! others earn more, then all.

use super::market::{Curve, Market};
use super::{Answer, Solver, Status};

/// Rounds in which only pools are closed that earn less than `FAR_BELOW` of their cost ...
const LENIENT: u32 = 3;
const FAR_BELOW: f64 = 0.25;
/// ... and rounds in all.
const ROUNDS: u32 = 40;
/// Of the pools that do not earn their cost one in so many is closed in a round.
const AT_ONCE: usize = 4;

/// The best circulation that was found net of costs, with its certificate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetAnswer {
    /// The circulation itself; its value, bound and gap are those of the pools that are left open, without costs.
    pub answer: Answer,
    /// What the pools cost that it uses.
    pub costs: f64,
    /// What it leaves over net of them.
    pub net: f64,
    /// No circulation through any of the pools is worth more, net of costs.
    pub bound: f64,
    /// How many pools it uses.
    pub used: usize,
}

impl NetAnswer {
    /// Nothing is done.
    fn nothing(answer: Answer, bound: f64) -> Self {
        let answer = Answer { objective: 0.0, gap: 0.0, infeasibility: 0.0, ..answer };
        Self { answer, costs: 0.0, net: 0.0, bound, used: 0 }
    }
}

impl Market {
    /// Lets nobody trade with a pool any more.
    pub(super) fn close(&mut self, pool: usize) {
        let curve = &mut self.curves[pool];
        // As if its price were infinitely far away, in either direction.
        curve.shift = curve.shift_of_never();
        curve.most = [0.0; 2];
    }

    /// Lets everybody trade with a pool again as in `whole`, of which this market is a part.
    pub(super) fn open(&mut self, pool: usize, whole: &Self) {
        self.curves[pool] = whole.curves[pool];
    }
}

impl Solver {
    /// The best circulation net of `costs`, one per pool that is used, in the unit of the tokens' values. A
    /// missing one is zero. [`Self::prices`] and [`Self::flows`] are those of its answer then.
    pub fn solve_net(&mut self, market: &Market, costs: &[f64]) -> NetAnswer {
        let cost = |pool: usize| costs.get(pool).copied().unwrap_or(0.0).max(0.0);
        let mut answer = self.solve(market);
        let mut open = market.clone();
        let mut bound = self.net_bound(market, cost);
        let mut best = NetAnswer::nothing(answer, bound);
        let mut found: Option<(Vec<f64>, Vec<bool>)> = None;
        let mut closed = vec![false; market.pools()];
        let mut failing = Vec::new();
        for round in 0..ROUNDS {
            let used = self.point.terms.iter().enumerate().filter(|(_, term)| term.moves());
            let (mut count, mut total) = (0_usize, 0.0);
            for (pool, _) in used {
                (count, total) = (count.saturating_add(1), total + cost(pool));
            }
            let net = answer.objective - total;
            if answer.status == Status::Solved && net > best.net {
                best = NetAnswer { answer, costs: total, net, bound, used: count };
                found = Some((self.point.logs.clone(), closed.clone()));
            }
            let part = if round < LENIENT { FAR_BELOW } else { 1.0 };
            failing.clear();
            failing.extend(self.point.terms.iter().enumerate().filter_map(|(pool, term)| {
                let earned = term.profit - part * cost(pool);
                (term.moves() && earned < 0.0).then_some((earned, pool))
            }));
            if failing.is_empty() {
                if round < LENIENT {
                    continue;
                }
                break;
            }
            // The worst part of them: what they leave may be enough for the others.
            failing.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
            failing.truncate(failing.len().div_ceil(AT_ONCE));
            for (_, pool) in &failing {
                open.close(*pool);
                closed[*pool] = true;
            }
            answer = self.solve(&open);
            bound = bound.min(self.net_bound(market, cost));
        }
        best.bound = bound;
        match found {
            Some((logs, of)) => (self.point.logs, self.closed) = (logs, of),
            None => self.closed.fill(true),
        }
        open.clone_from(market);
        for pool in (0..market.pools()).filter(|pool| self.closed[*pool]) {
            open.close(pool);
        }
        self.point.look(&open);
        best
    }

    /// The sum of what every pool's best trade is worth net of its cost at the prices of the last answer.
    fn net_bound(&self, market: &Market, cost: impl Fn(usize) -> f64) -> f64 {
        let of_pool =
            |(pool, curve): (usize, &Curve)| (curve.term(&self.point.prices).profit - cost(pool)).max(0.0);
        market.curves.iter().enumerate().map(of_pool).sum()
    }
}
