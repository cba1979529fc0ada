//! Which ways a circulation is best cut down to, where using one costs something or there may be only so many.
//!
//! A circulation is a sum of cycles. They are taken apart, the widest first, and the most valuable ones are kept that
//! pay for what they need and the others do not: a way may earn next to nothing by itself, because it is deep, and
//! still be half of a cycle that pays for both.

use std::collections::{BTreeMap, BTreeSet};

use super::integers::Share;

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
        let ends = |share: &Share| {
            let [first, second] = self.tokens[share.pool];
            if share.zero_for_one { (first, second) } else { (second, first) }
        };
        let mut leaving: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, share) in shares.iter().enumerate() {
            leaving.entry(ends(share).0).or_default().push(index);
        }
        let mut left: Vec<f64> = shares.iter().map(|share| share.worth).collect();
        let mut cycles: Vec<(f64, Vec<usize>)> = Vec::new();
        for base in self.through {
            while cycles.len() < CYCLES
                && let Some(path) = cycle(&leaving, &mut left, *base, |index| ends(&shares[index]).1)
            {
                let width = path.iter().map(|index| left[*index]).fold(f64::INFINITY, f64::min);
                let earned = |index: &usize| shares[*index].profit * width / shares[*index].worth;
                let value = path.iter().map(earned).sum();
                for index in &path {
                    left[*index] -= width;
                }
                cycles.push((value, path));
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

/// A cycle through `base` along the widest shares; circles on the way are taken out of what is left.
fn cycle(
    leaving: &BTreeMap<usize, Vec<usize>>,
    left: &mut [f64],
    base: usize,
    to: impl Fn(usize) -> usize,
) -> Option<Vec<usize>> {
    // Every turn but the last takes a share out for good, or makes the path longer.
    let (mut path, mut visited): (Vec<usize>, Vec<usize>) = (Vec::new(), vec![base]);
    loop {
        let token = *visited.last()?;
        let widest = leaving.get(&token).into_iter().flatten().copied().filter(|index| left[*index] > 0.0);
        let Some(next) = widest.max_by(|a, b| left[*a].total_cmp(&left[*b])) else {
            // What came here is left over: it is no part of a cycle.
            let last = path.pop()?;
            visited.pop();
            left[last] = 0.0;
            continue;
        };
        path.push(next);
        let reached = to(next);
        if reached == base {
            return Some(path);
        }
        match visited.iter().position(|token| *token == reached) {
            Some(place) => {
                let circle = path.split_off(place);
                let width = circle.iter().map(|index| left[*index]).fold(f64::INFINITY, f64::min);
                for index in circle {
                    left[index] -= width;
                }
                visited.truncate(place.saturating_add(1));
            }
            None => visited.push(reached),
        }
    }
}
