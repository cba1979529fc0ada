//! Some of the ways as a market of their own, which is solved in next to no time, and what is best chosen of them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::cycles::Keep;
use super::integers::Share;
use super::market::Market;
use super::search::NoRoute;
use super::ways::{Costs, Ways};
use super::{Answer, Solver, Status};

/// Rounds in which ways are left out at most: because of their cost, because there are too many, or because no route
/// leads over them.
const ROUNDS: usize = 64;
/// Rounds in which only ways are left out that earn less than [`EARLY`] of their cost: what one loses others may
/// gain.
const EARLY_ROUNDS: usize = 3;
const EARLY: f64 = 0.25;
/// One in so many goes at a time where it is not known which are of no use: that changes with what is gone.
const GOING: usize = 4;

/// Makes a circulation exact: from the tokens of all ways, what is left of the ways and the solver's answer to what it
/// is and what it is worth after costs. Where it cannot, it names ways to leave out before it is tried again, or none:
/// then there is nothing.
pub(super) type Recover<'a, T> =
    dyn FnMut(&[[usize; 2]], &mut [Share], Answer) -> Result<(T, f64), Vec<usize>> + 'a;

/// The best that was found.
pub(super) struct Best<T> {
    /// What it is.
    pub(super) found: T,
    /// What it is worth after costs.
    pub(super) value: f64,
    /// The ways it uses.
    pub(super) ways: Vec<usize>,
}

/// A few ways of a market, with a solver that begins at the prices of all.
pub(super) struct Part {
    /// The ways, by their index among all.
    ways: Vec<usize>,
    /// Columns of each.
    columns: Vec<Range<usize>>,
    market: Market,
    solver: Solver,
}

impl Part {
    /// The part of `all` that `ways` are, at the prices with these logarithms.
    pub(super) fn of(all: &Ways, ways: BTreeSet<usize>, logs: &[f64]) -> Self {
        let ways: Vec<usize> = ways.into_iter().collect();
        let (mut columns, mut begin) = (Vec::with_capacity(ways.len()), 0_usize);
        for way in &ways {
            let end = begin.saturating_add(all.columns[*way].len());
            columns.push(begin..end);
            begin = end;
        }
        let (market, tokens) = all.market.part(ways.iter().flat_map(|way| all.columns[*way].clone()));
        let mut solver = Solver::new(&market);
        solver.begin_at(tokens.iter().map(|token| logs[*token]));
        Self { ways, columns, market, solver }
    }

    /// The best circulation through it; `tokens` are those of all ways.
    pub(super) fn best<T>(
        mut self,
        tokens: &[[usize; 2]],
        costs: &Costs<'_>,
        recover: &mut Recover<'_, T>,
    ) -> Result<Best<T>, NoRoute> {
        for round in 0..ROUNDS {
            let answer = self.solver.solve(&self.market);
            if answer.status != Status::Solved {
                return Err(NoRoute::Unproven { gap: answer.gap, infeasibility: answer.infeasibility });
            }
            let mut shares =
                self.solver.shares(&self.market, self.ways.iter().copied().zip(self.columns.iter().cloned()));
            if shares.is_empty() {
                return Err(NoRoute::Nothing { bound: 0 });
            }
            let most = costs.most.max(shares.len().saturating_sub(shares.len() / GOING));
            let keep = Keep { tokens, through: costs.through, most, cost: costs.of };
            let parts = if round < EARLY_ROUNDS { [EARLY, 1.0].as_slice() } else { &[1.0] };
            let out = parts.iter().map(|part| dear(&keep, &shares, *part)).find(|out| !out.is_empty());
            if let Some(out) = out {
                self.leave(&out);
                continue;
            }
            let ways = shares.iter().map(|share| share.pool).collect();
            match recover(tokens, &mut shares, answer) {
                Ok((found, value)) => return Ok(Best { found, value, ways }),
                Err(out) if out.is_empty() => return Err(NoRoute::Nothing { bound: 0 }),
                Err(out) => self.leave(&out),
            }
        }
        Err(NoRoute::Rounds)
    }

    /// Leaves ways out from now on.
    fn leave(&mut self, out: &[usize]) {
        for (_, columns) in self.ways.iter().zip(&self.columns).filter(|(way, _)| out.contains(way)) {
            columns.clone().for_each(|column| self.market.close(column));
        }
    }
}

/// Ways to leave out: those that earn less than this part of their cost, by themselves and with the cycles they are in;
/// and where there are too many, those of the least valuable cycles.
fn dear(keep: &Keep<'_>, shares: &[Share], part: f64) -> Vec<usize> {
    let is_dear = |share: &Share| share.profit < part * (keep.cost)(share.pool);
    let are_too_many = shares.len() > keep.most;
    if !are_too_many && !shares.iter().any(is_dear) {
        return Vec::new();
    }
    let kept = keep.paying(shares, part);
    let goes = |share: &&Share| !kept.contains(&share.pool) && (are_too_many || is_dear(share));
    let mut out: Vec<&Share> = shares.iter().filter(goes).collect();
    if kept.is_empty() {
        // What pays may come to light where circles beside it are cut open.
        out.sort_by(|a, b| a.profit.total_cmp(&b.profit));
        out.truncate(out.len().div_ceil(GOING));
    }
    out.into_iter().map(|share| share.pool).collect()
}
