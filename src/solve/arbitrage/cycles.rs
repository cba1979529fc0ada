//! Which pools a circulation is best cut down to, where a route may have only so many swaps.
//!
//! A circulation is a sum of cycles. Those through the token of the profit are taken apart, the widest first, and the
//! pools of the most valuable ones are kept: each cycle alone is a circulation, which pools picked by their own profit
//! need not be.

use std::collections::{BTreeMap, BTreeSet};

use super::integers::Share;

/// Most cycles that are taken apart.
const CYCLES: usize = 256;

/// Pools of the most valuable cycles of `shares` through `base`, at most `most` of them. `tokens` has each pool's
/// tokens in the contract's order.
pub(super) fn most_valuable(
    shares: &[Share],
    tokens: &[[usize; 2]],
    base: usize,
    most: usize,
) -> BTreeSet<usize> {
    let ends = |share: &Share| {
        let [first, second] = tokens[share.pool];
        if share.zero_for_one { (first, second) } else { (second, first) }
    };
    let mut leaving: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, share) in shares.iter().enumerate() {
        leaving.entry(ends(share).0).or_default().push(index);
    }
    let mut left: Vec<f64> = shares.iter().map(|share| share.worth).collect();
    let mut cycles: Vec<(f64, Vec<usize>)> = Vec::new();
    while cycles.len() < CYCLES
        && let Some(path) = cycle(&leaving, &mut left, base, |index| ends(&shares[index]).1)
    {
        let width = path.iter().map(|index| left[*index]).fold(f64::INFINITY, f64::min);
        let part = |index: &usize| shares[*index].profit * width / shares[*index].worth;
        let value = path.iter().map(part).sum();
        for index in &path {
            left[*index] -= width;
        }
        cycles.push((value, path));
    }
    cycles.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut kept = BTreeSet::new();
    for (_, path) in cycles {
        let with: BTreeSet<usize> =
            path.iter().map(|index| shares[*index].pool).chain(kept.iter().copied()).collect();
        if with.len() <= most {
            kept = with;
        }
    }
    kept
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
