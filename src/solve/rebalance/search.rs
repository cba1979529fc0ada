//! Which lanes to open: fixed costs make this a choice, not a program.
//!
//! Every choice is valued by the linear program of its lanes alone, which takes microseconds. From the
//! relaxation's support the search drops, adds, exchanges and adds pairs while that helps.

use std::collections::BTreeMap;

use crate::solve::rebalance::model::Problem;
use crate::solve::rebalance::program::{Prices, Program, rent};
use crate::solve::simplex;

/// A choice of lanes with its best flow.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Choice {
    /// Dollars it is worth, fixed costs paid.
    pub(crate) value: f64,
    /// Lanes used, ascending, and dollars sent over each.
    pub(crate) sent: Vec<(usize, f64)>,
}

impl Choice {
    /// Its lanes.
    pub(crate) fn lanes(&self) -> Vec<usize> {
        self.sent.iter().map(|(lane, _)| *lane).collect()
    }
}

/// The search with what it has seen.
pub(crate) struct Search<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) best: Choice,
    /// Programs that may still be solved.
    left: u32,
    seen: BTreeMap<Vec<usize>, ()>,
}

impl<'a> Search<'a> {
    /// Starts from doing nothing, which is worth nothing.
    pub(crate) fn new(problem: &'a Problem, programs: u32) -> Self {
        Self { problem, best: Choice::default(), left: programs, seen: BTreeMap::new() }
    }

    /// Values `lanes` and keeps them when they are the best so far; says whether they are.
    pub(crate) fn offer(&mut self, mut lanes: Vec<usize>) -> bool {
        lanes.sort_unstable();
        lanes.dedup();
        if lanes.is_empty() || self.left == 0 || self.seen.insert(lanes.clone(), ()).is_some() {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        let Some(choice) = value(self.problem, lanes) else { return false };
        // Improvements below a billionth of what is at stake are rounding.
        let grain = 1e-9 * self.problem.share * self.problem.misallocated();
        if choice.value > self.best.value + grain {
            self.best = choice;
            return true;
        }
        false
    }

    /// Improves the best choice with lanes of `pool`, most promising first, until nothing helps.
    pub(crate) fn improve(&mut self, pool: &[usize]) {
        while self.left > 0
            && (self.drop_one() || self.add_one(pool) || self.exchange(pool) || self.add_two(pool))
        {}
    }

    fn drop_one(&mut self) -> bool {
        let lanes = self.best.lanes();
        (0..lanes.len()).any(|gone| {
            let mut rest = lanes.clone();
            rest.remove(gone);
            self.offer(rest)
        })
    }

    fn add_one(&mut self, pool: &[usize]) -> bool {
        let lanes = self.best.lanes();
        pool.iter().filter(|lane| !lanes.contains(lane)).any(|&lane| {
            let mut more = lanes.clone();
            more.push(lane);
            self.offer(more)
        })
    }

    fn exchange(&mut self, pool: &[usize]) -> bool {
        let lanes = self.best.lanes();
        (0..lanes.len()).any(|gone| {
            let out = &self.problem.lanes[lanes[gone]];
            pool.iter().any(|&lane| {
                let new = &self.problem.lanes[lane];
                if lanes.contains(&lane) || (new.from != out.from && new.to != out.to) {
                    return false;
                }
                let mut other = lanes.clone();
                other[gone] = lane;
                self.offer(other)
            })
        })
    }

    /// Two lanes in a row, or two that meet: neither need pay alone.
    fn add_two(&mut self, pool: &[usize]) -> bool {
        let lanes = self.best.lanes();
        let most = if self.problem.lanes.len() <= 24 { pool.len() } else { 12 };
        let pool: Vec<usize> = pool.iter().copied().filter(|lane| !lanes.contains(lane)).take(most).collect();
        pool.iter().enumerate().any(|(place, &one)| {
            pool.iter().skip(place.saturating_add(1)).any(|&two| {
                let (a, b) = (&self.problem.lanes[one], &self.problem.lanes[two]);
                if a.to != b.from && b.to != a.from {
                    return false;
                }
                let mut more = lanes.clone();
                more.extend([one, two]);
                self.offer(more)
            })
        })
    }
}

/// The best flow over `lanes` alone. Lanes that would carry less than the smallest transfer are closed,
/// the least first.
pub(crate) fn value(problem: &Problem, mut lanes: Vec<usize>) -> Option<Choice> {
    loop {
        let open: Vec<(usize, f64)> = lanes.iter().map(|&lane| (lane, 0.0)).collect();
        let program = Program::new(problem, &open);
        let solution = simplex::maximise(&program.lp)?;
        let sent = program.sent(&solution);
        let idle = 1e-9 * problem.misallocated();
        let used: Vec<(usize, f64)> =
            lanes.iter().copied().zip(sent).filter(|(_, sent)| *sent > idle).collect();
        let small = used
            .iter()
            .filter(|(_, sent)| *sent < problem.least * (1.0 - 1e-9))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some(&(small, _)) = small {
            lanes = used.iter().map(|(lane, _)| *lane).filter(|lane| *lane != small).collect();
            if lanes.is_empty() {
                return None;
            }
            continue;
        }
        let fixed: f64 = used.iter().map(|(lane, _)| problem.lanes[*lane].fixed).sum();
        return Some(Choice { value: program.worth(problem, &solution) - fixed, sent: used });
    }
}

/// Lanes by what they promise at `prices`, best first: what they earn if they carry all they can.
pub(crate) fn promising(problem: &Problem, prices: &Prices, most: usize) -> Vec<usize> {
    let mut ranked: Vec<(usize, f64)> = (0..problem.lanes.len())
        .map(|index| {
            let lane = &problem.lanes[index];
            let first = lane.envelope.outer.get(1).map_or((0.0, 1.0), |point| (point.arrives, point.sent));
            let gain = first.0 / first.1;
            let (toll, bonus) =
                if lane.bridge { (prices.relays[lane.from], 0.0) } else { (0.0, prices.relays[lane.to]) };
            let price = (prices.nodes[lane.to] + bonus) * gain
                - prices.nodes[lane.from]
                - toll
                - (lane.fixed / lane.upper + lane.rate + 1.0 - gain) / problem.share;
            (index, price.max(rent(problem, prices, index) / problem.misallocated()))
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(most);
    ranked.into_iter().map(|(index, _)| index).collect()
}
