//! Which ways a circulation is best cut down to, where using one costs something or there may be only so many.
//!
//! A circulation is a sum of cycles. They are taken apart, the widest first, and the most valuable ones are kept that
//! pay for what they need and the others do not: a way may earn next to nothing by itself, because it is deep, and
//! still be half of a cycle that pays for both.

use std::collections::BTreeSet;

use super::integers::Share;
use super::sorted::{NONE, Sorted};

/// Most cycles that are taken apart.
const CYCLES: usize = 256;
/// Most looks at the cycles: what one pays for, others need not.
const LOOKS: usize = 4;

/// What is kept of a circulation.
pub(super) struct Keep<'a> {
    /// Tokens of each way, the one that is sold where the first is first.
    pub(super) tokens: &'a [[usize; 2]],
    /// Tokens that cycles pass through.
    pub(super) through: &'a [usize],
    /// Most ways that are kept.
    pub(super) most: usize,
    /// What using a way costs.
    pub(super) cost: &'a dyn Fn(usize) -> f64,
}

impl Keep<'_> {
    /// The ways of the most valuable cycles of `shares` that are worth this part of what they cost.
    pub(super) fn paying(&self, shares: &[Share], part: f64) -> BTreeSet<usize> {
        let mut flows = Flows::of(self.tokens, shares, self.through);
        let mut cycles: Vec<(f64, Vec<usize>)> = Vec::new();
        for base in self.through {
            while cycles.len() < CYCLES
                && let Some(path) = flows.cycle(*base)
            {
                let width = flows.take(&path);
                let earned = |index: &usize| shares[*index].profit * width / shares[*index].worth;
                cycles.push((path.iter().map(earned).sum(), path));
            }
        }
        cycles.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut kept = BTreeSet::new();
        for _ in 0..LOOKS {
            let before = kept.len();
            for (value, path) in &cycles {
                let new: BTreeSet<usize> =
                    path.iter().map(|index| shares[*index].pool).filter(|way| !kept.contains(way)).collect();
                let cost: f64 = new.iter().map(|way| (self.cost)(*way)).sum();
                if *value >= part * cost && kept.len().saturating_add(new.len()) <= self.most {
                    kept.extend(new);
                }
            }
            if kept.len() == before {
                break;
            }
        }
        kept
    }
}

/// Shares by the token that is sold, with what is left of each.
struct Flows {
    /// By index.
    leaving: Sorted,
    /// The token that each buys.
    bought: Vec<usize>,
    left: Vec<f64>,
}

impl Flows {
    fn of(tokens: &[[usize; 2]], shares: &[Share], through: &[usize]) -> Self {
        let ends = |share: &Share| {
            let [first, second] = tokens[share.pool];
            if share.zero_for_one { [first, second] } else { [second, first] }
        };
        let count = shares
            .iter()
            .flat_map(ends)
            .chain(through.iter().copied())
            .max()
            .map_or(0, |last| last.saturating_add(1));
        let leaving = Sorted::by(count, shares.len(), |share| [ends(&shares[share])[0] as u32, NONE]);
        let bought = shares.iter().map(|share| ends(share)[1]).collect();
        Self { leaving, bought, left: shares.iter().map(|share| share.worth).collect() }
    }

    /// A cycle through `base` along the widest shares; circles on the way are taken out of what is left.
    fn cycle(&mut self, base: usize) -> Option<Vec<usize>> {
        // Every turn but the last takes a share out for good, or makes the path longer.
        let (mut path, mut visited): (Vec<usize>, Vec<usize>) = (Vec::new(), vec![base]);
        loop {
            let token = *visited.last()?;
            let left = |share: &usize| self.left[*share];
            let leaving = self.leaving.of(token).iter().map(|share| *share as usize);
            let widest = leaving.filter(|share| left(share) > 0.0).max_by(|a, b| left(a).total_cmp(&left(b)));
            let Some(share) = widest else {
                // What came here is left over: it is no part of a cycle.
                let last = path.pop()?;
                visited.pop();
                self.left[last] = 0.0;
                continue;
            };
            path.push(share);
            let reached = self.bought[share];
            if reached == base {
                return Some(path);
            }
            match visited.iter().position(|token| *token == reached) {
                Some(place) => {
                    let circle = path.split_off(place);
                    self.take(&circle);
                    visited.truncate(place.saturating_add(1));
                }
                None => visited.push(reached),
            }
        }
    }

    /// Takes as much out of a path as it is wide.
    fn take(&mut self, path: &[usize]) -> f64 {
        let width = path.iter().map(|share| self.left[*share]).fold(f64::INFINITY, f64::min);
        for share in path {
            self.left[*share] -= width;
        }
        width
    }
}
