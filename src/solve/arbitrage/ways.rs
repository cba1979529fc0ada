//! Ways between tokens that cost something to use besides their fee, and the best circulation over them.
//!
//! What ways cost makes the problem a choice, and a choice over all of them at every block would be slow. So all ways
//! are solved together, without costs, only now and then: at those prices it is known of each what it may be worth at
//! most, and which of them are parts of cycles worth a closer look. These few are chosen from as a market of their
//! own ([`Part`]). What was chosen is chosen from again at the next block, with what changed meanwhile, until that may
//! have become worth more than what there is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::cycles::Keep;
use super::integers::Share;
use super::part::{Best, Part, Recover};
use super::search::NoRoute;
use super::short::short;
use super::term::Term;
use super::{Market, MarketError, Pool as Curve, Solver};
use crate::network::pool::curve::ERROR;

/// After so many searches all ways are looked at, whatever changed.
const SEARCHES: u32 = 32;
/// They are looked at before when so much may have been added, relative to what was found, or is gone of it.
const MORE: f64 = 0.05;
/// How near the best circulation through all ways it is decided which of them are looked at closely.
const NEAR: f64 = 1e-4;

/// Ways, each of one or several columns of a market, with what the last search knew of them.
pub(super) struct Ways {
    /// Tokens of each way.
    pub(super) tokens: Vec<[usize; 2]>,
    /// Columns of each way in the market.
    pub(super) columns: Vec<Range<usize>>,
    /// All of them.
    pub(super) market: Market,
    /// Its prices are those of the last look at all ways.
    solver: Solver,
    /// What was seen then.
    seen: Option<Seen>,
    /// Ways of the last circulation.
    used: Vec<usize>,
}

/// What a look at all ways came to.
struct Seen {
    /// What each way does at its prices, brought up to date with what changed.
    does: Vec<Does>,
    /// What no circulation was worth more than after costs.
    bound: f64,
    /// What the best was worth that was found.
    value: f64,
    /// Ways that changed since, and what each earned before.
    changed: BTreeMap<usize, f64>,
    /// Searches since.
    searches: u32,
}

impl Seen {
    /// How much more the ways that changed may be worth at most than before.
    fn added(&self, costs: &Costs<'_>) -> f64 {
        let more = |(way, before): (&usize, &f64)| {
            let cost = (costs.of)(*way);
            ((self.does[*way].profit - cost).max(0.0) - (before - cost).max(0.0)).max(0.0)
        };
        self.changed.iter().map(more).sum()
    }
}

/// What a way does at given prices.
#[derive(Debug, Clone, Copy, Default)]
struct Does {
    /// What that earns.
    profit: f64,
    /// What goes in is worth so much.
    worth: f64,
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
    /// Most ways that are looked at closely.
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
        let solver = Solver::new(&market);
        Ok(Self { tokens, columns, market, solver, seen: None, used: Vec::new() })
    }

    /// Lets nobody use a way until its columns are others.
    pub(super) fn shut(&mut self, way: usize) {
        self.columns[way].clone().for_each(|column| self.market.close(column));
        self.note(way);
    }

    /// Notes that a way's columns are others.
    pub(super) fn note(&mut self, way: usize) {
        let Some(seen) = &mut self.seen else { return };
        let Term { out, profit, .. } = self.solver.would(&self.market, self.columns[way].clone());
        let now = Does { profit, worth: -out[0].min(out[1]) };
        let before = std::mem::replace(&mut seen.does[way], now);
        seen.changed.entry(way).or_insert(before.profit);
    }

    /// The best circulation that `recover` can make exact, with what no circulation is worth more than after costs.
    ///
    /// # Errors
    /// [`NoRoute`] says why there is none; the bound holds.
    pub(super) fn circulate<T>(
        &mut self,
        costs: &Costs<'_>,
        recover: &mut Recover<'_, T>,
    ) -> Result<(T, f64), NoRoute> {
        let mut bound = self.seen.as_mut().map_or(f64::INFINITY, |seen| {
            seen.searches = seen.searches.saturating_add(1);
            bound(&seen.does, costs)
        });
        if bound <= 0.0 {
            return Err(NoRoute::Nothing { bound: 0 });
        }
        let mut best = self.again(costs, recover);
        if !self.is_enough(&best, bound, costs) {
            let (looked, found) = self.look(costs, recover);
            best = better(best, found);
            bound = bound.min(looked.bound);
            let value = best.as_ref().map_or(0.0, |best| best.value.max(0.0));
            self.seen = Some(Seen { value, ..looked });
        }
        self.used.clear();
        match best {
            Ok(best) => {
                self.used = best.ways;
                Ok((best.found, bound))
            }
            Err(NoRoute::Nothing { .. }) => Err(NoRoute::Nothing { bound: above(bound) }),
            Err(reason @ (NoRoute::Unproven { .. } | NoRoute::Rounds)) => Err(reason),
        }
    }

    /// The best of what the last circulation used and what changed since the last look.
    fn again<T>(&self, costs: &Costs<'_>, recover: &mut Recover<'_, T>) -> Result<Best<T>, NoRoute> {
        if self.used.is_empty() {
            return Err(NoRoute::Nothing { bound: 0 });
        }
        let changed = self.seen.iter().flat_map(|seen| seen.changed.keys());
        self.best_of(self.used.iter().chain(changed).copied().collect(), costs, recover)
    }

    /// Whether what was found among these few is enough, as far as is known of all.
    fn is_enough<T>(&self, best: &Result<Best<T>, NoRoute>, bound: f64, costs: &Costs<'_>) -> bool {
        let Some(seen) = &self.seen else { return false };
        let value = match best {
            Ok(best) => best.value.max(0.0),
            Err(_) if self.used.is_empty() => 0.0,
            // What was found last is gone: something else may be next.
            Err(_) => return false,
        };
        seen.searches <= SEARCHES
            && seen.changed.len() <= costs.many
            && value >= (1.0 - MORE) * seen.value
            && bound <= (1.0 + MORE) * seen.bound
            && seen.added(costs) <= MORE * value
    }

    /// The best of what is worth a closer look among all ways.
    fn look<T>(
        &mut self,
        costs: &Costs<'_>,
        recover: &mut Recover<'_, T>,
    ) -> (Seen, Result<Best<T>, NoRoute>) {
        self.solver.approach(&self.market, NEAR);
        let shares = self.solver.shares(&self.market, self.columns.iter().cloned().enumerate());
        let mut does = vec![Does::default(); self.tokens.len()];
        for share in &shares {
            does[share.pool] = Does { profit: share.profit, worth: share.worth };
        }
        let seen =
            Seen { bound: bound(&does, costs), does, value: 0.0, changed: BTreeMap::new(), searches: 0 };
        if seen.bound <= 0.0 {
            return (seen, Err(NoRoute::Nothing { bound: 0 }));
        }
        let best = self.best_of(self.of_all(&shares, costs), costs, recover);
        (seen, better(best, self.best_of(self.of_short(costs), costs, recover)))
    }

    /// The best of some of the ways.
    fn best_of<T>(
        &self,
        ways: BTreeSet<usize>,
        costs: &Costs<'_>,
        recover: &mut Recover<'_, T>,
    ) -> Result<Best<T>, NoRoute> {
        if ways.is_empty() {
            return Err(NoRoute::Nothing { bound: 0 });
        }
        Part::of(self, ways, self.solver.logs()).best(&self.tokens, costs, recover)
    }

    /// All ways where they are few; else those of the most valuable cycles of the circulation through all.
    fn of_all(&self, shares: &[Share], costs: &Costs<'_>) -> BTreeSet<usize> {
        if self.tokens.len() <= costs.many {
            (0..self.tokens.len()).collect()
        } else if shares.len() <= costs.many {
            shares.iter().map(|share| share.pool).collect()
        } else {
            // What they cost does not matter yet: alone each cycle is worth more than beside all the others.
            let keep =
                Keep { tokens: &self.tokens, through: costs.through, most: costs.many, cost: &|_| 0.0 };
            keep.paying(shares, 1.0)
        }
    }

    /// Ways of the most valuable short cycles.
    fn of_short(&self, costs: &Costs<'_>) -> BTreeSet<usize> {
        let mut cycles: Vec<(f64, Vec<usize>)> =
            costs.through.iter().flat_map(|base| short(self, *base)).collect();
        cycles.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut ways = BTreeSet::new();
        for (profit, path) in cycles {
            let cost: f64 = path.iter().map(|way| (costs.of)(*way)).sum();
            if profit > cost && ways.len().saturating_add(path.len()) <= costs.many {
                ways.extend(path);
            }
        }
        ways
    }
}

/// The one that is worth more; of two failures the second.
fn better<T>(one: Result<Best<T>, NoRoute>, other: Result<Best<T>, NoRoute>) -> Result<Best<T>, NoRoute> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(if one.value < other.value { other } else { one }),
        (Ok(one), Err(_)) => Ok(one),
        (Err(_), other) => other,
    }
}

/// At any prices Σ(profit − cost)₊ over all ways bounds what a circulation is worth after costs.
fn bound(does: &[Does], costs: &Costs<'_>) -> f64 {
    let after_cost = |(way, does): (usize, &Does)| {
        // Curves are known to a part of what moves along them, and so is the bound.
        if does.worth > 0.0 { (does.profit - (costs.of)(way)).max(0.0) + ERROR * does.worth } else { 0.0 }
    };
    does.iter().enumerate().map(after_cost).sum::<f64>() - costs.fixed
}

/// `bound` in whole units: a rounding may have lowered it a little.
pub(super) fn above(bound: f64) -> u128 {
    // The cast saturates.
    (bound * (1.0 + f64::EPSILON)).ceil() as u128
}
