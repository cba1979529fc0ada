//! Which lanes to open: fixed costs make this a choice, not a program.
//!
//! Every choice is valued by the linear program of its lanes alone, a few pivots from the last one. From the
//! relaxation's support the search drops, adds, exchanges and adds pairs while that helps.

use std::collections::BTreeSet;

use crate::solve::rebalance::model::Problem;
use crate::solve::rebalance::program::{Prices, Program, State, rent};
use crate::solve::simplex::{self, Simplex};

/// A choice of lanes with its best flow.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    /// Dollars it is worth, fixed costs paid.
    pub(crate) value: f64,
    /// Lanes used, ascending, and dollars sent over each.
    pub(crate) sent: Vec<(usize, f64)>,
    /// Prices of its program.
    pub(crate) prices: Prices,
}

impl Choice {
    /// To do nothing, which is worth nothing.
    pub(crate) fn nothing(problem: &Problem) -> Self {
        Self { value: 0.0, sent: Vec::new(), prices: Prices::idle(problem) }
    }

    /// Its lanes.
    pub(crate) fn lanes(&self) -> Vec<usize> {
        self.sent.iter().map(|(lane, _)| *lane).collect()
    }
}

/// The search with what it has seen.
pub(crate) struct Search<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) program: &'a Program,
    pub(crate) best: Choice,
    /// The program at the best choice: the next one starts from its basis.
    state: Simplex,
    open: Vec<bool>,
    /// Pivots that may still be made.
    left: u64,
    seen: BTreeSet<Vec<usize>>,
}

impl<'a> Search<'a> {
    /// Starts from doing nothing, which is worth nothing, with the basis of the relaxation.
    pub(crate) fn new(problem: &'a Problem, program: &'a Program, mut state: Simplex, pivots: u64) -> Self {
        for lane in 0..problem.lanes.len() {
            program.set(&mut state, lane, State::Closed);
        }
        let best = Choice::nothing(problem);
        let open = vec![false; problem.lanes.len()];
        Self { problem, program, best, state, open, left: pivots, seen: BTreeSet::new() }
    }

    /// Improvements below a billionth of what is at stake are rounding.
    fn grain(&self) -> f64 {
        1e-9 * self.problem.share * self.problem.misallocated()
    }

    /// Values `lanes` and keeps them when they are the best so far; says whether they are.
    pub(crate) fn offer(&mut self, mut lanes: Vec<usize>) -> bool {
        lanes.sort_unstable();
        lanes.dedup();
        if lanes.is_empty() || self.left == 0 || !self.seen.insert(lanes.clone()) {
            return false;
        }
        let mut state = self.state.clone();
        for (lane, open) in self.open.iter().enumerate() {
            match (open, lanes.binary_search(&lane).is_ok()) {
                (false, true) => self.program.set(&mut state, lane, State::Open),
                (true, false) => self.program.set(&mut state, lane, State::Closed),
                (true, true) | (false, false) => {}
            }
        }
        let before = state.pivots();
        let choice = self.value(&mut state, lanes);
        self.left = self.left.saturating_sub(state.pivots().saturating_sub(before).max(1));
        match choice {
            Some(choice) if choice.value > self.best.value + self.grain() => {
                self.open.fill(false);
                for (lane, _) in &choice.sent {
                    self.open[*lane] = true;
                }
                for (lane, open) in self.open.iter().enumerate() {
                    if !open {
                        self.program.set(&mut state, lane, State::Closed);
                    }
                }
                self.state = state;
                self.best = choice;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The best flow over `lanes`, which `state` has open. Lanes that would carry less than the smallest
    /// transfer or cost too much are closed, the least first.
    fn value(&self, state: &mut Simplex, mut lanes: Vec<usize>) -> Option<Choice> {
        while !lanes.is_empty() {
            state.optimise()?;
            let solution = state.solution()?;
            let sent = self.program.sent(&solution);
            let prices = self.program.prices(self.problem, &solution.duals, None);
            let worth = self.program.worth(self.problem, &solution);
            match settle(self.problem, lanes.iter().map(|&lane| (lane, sent[lane])), worth, prices) {
                Settled::Small(small) => {
                    self.program.set(state, small, State::Closed);
                    lanes.retain(|lane| *lane != small);
                }
                Settled::Used(choice) => return Some(choice),
            }
        }
        None
    }

    /// Drops lanes while that helps.
    pub(crate) fn prune(&mut self) {
        while self.left > 0 && self.drop_one() {}
    }

    /// Improves the best choice with lanes of `pool` until nothing helps.
    ///
    /// A lane that is added can raise the value of the program by its rent at the program's prices and
    /// no more (weak duality): most moves need no program to be ruled out.
    pub(crate) fn improve(&mut self, pool: &[usize]) {
        while self.left > 0 {
            let earns: Vec<(usize, f64)> = pool
                .iter()
                .filter(|lane| self.best.sent.iter().all(|(used, _)| used != *lane))
                .map(|&lane| (lane, self.net(lane)))
                .collect();
            let better =
                self.drop_one() || self.add_one(&earns) || self.exchange(&earns) || self.add_two(&earns);
            if !better {
                break;
            }
        }
    }

    /// The most `lane` can add to the best choice, in dollars; negative where it cannot pay.
    fn net(&self, lane: usize) -> f64 {
        rent(self.problem, &self.best.prices, lane) * self.problem.share - self.problem.lanes[lane].fixed
    }

    fn drop_one(&mut self) -> bool {
        let lanes = self.best.lanes();
        (0..lanes.len()).any(|gone| {
            if -self.net(lanes[gone]) <= self.grain() {
                return false;
            }
            let mut rest = lanes.clone();
            rest.remove(gone);
            self.offer(rest)
        })
    }

    fn add_one(&mut self, earns: &[(usize, f64)]) -> bool {
        let lanes = self.best.lanes();
        let grain = self.grain();
        earns.iter().filter(|(_, net)| *net > grain).any(|&(lane, _)| {
            let mut more = lanes.clone();
            more.push(lane);
            self.offer(more)
        })
    }

    fn exchange(&mut self, earns: &[(usize, f64)]) -> bool {
        let lanes = self.best.lanes();
        let grain = self.grain();
        (0..lanes.len()).any(|gone| {
            let out = &self.problem.lanes[lanes[gone]];
            let saved = -self.net(lanes[gone]);
            earns.iter().filter(|(_, net)| net + saved > grain).any(|&(lane, _)| {
                let new = &self.problem.lanes[lane];
                if new.from != out.from && new.to != out.to {
                    return false;
                }
                let mut other = lanes.clone();
                other[gone] = lane;
                self.offer(other)
            })
        })
    }

    /// Two lanes in a row: neither need pay alone.
    fn add_two(&mut self, earns: &[(usize, f64)]) -> bool {
        let lanes = self.best.lanes();
        let grain = self.grain();
        earns.iter().enumerate().any(|(place, &(one, first))| {
            earns.iter().skip(place.saturating_add(1)).any(|&(two, second)| {
                let (a, b) = (&self.problem.lanes[one], &self.problem.lanes[two]);
                if first + second <= grain || (a.to != b.from && b.to != a.from) {
                    return false;
                }
                let mut more = lanes.clone();
                more.extend([one, two]);
                self.offer(more)
            })
        })
    }
}

/// A flow judged.
pub(crate) enum Settled {
    /// This lane would carry less than the smallest transfer, or cost more than its share.
    Small(usize),
    /// Every lane used carries enough and pays.
    Used(Choice),
}

/// Judges a flow `worth` so many dollars before fixed costs.
fn settle(
    problem: &Problem,
    sent: impl Iterator<Item = (usize, f64)>,
    worth: f64,
    prices: Prices,
) -> Settled {
    let idle = 1e-9 * problem.misallocated();
    let used: Vec<(usize, f64)> = sent.filter(|(_, sent)| *sent > idle).collect();
    let least = problem.least * (1.0 - 1e-9);
    // Without a lane that costs more than it may, the rest is worth more.
    let poor = |lane: usize, sent: f64| problem.lanes[lane].cost(sent) > problem.share * sent * (1.0 + 1e-6);
    let small = used.iter().filter(|&&(lane, sent)| sent < least || poor(lane, sent));
    match small.min_by(|a, b| a.1.total_cmp(&b.1)) {
        Some(&(small, _)) => Settled::Small(small),
        None => {
            let fixed: f64 = used.iter().map(|(lane, _)| problem.lanes[*lane].fixed).sum();
            Settled::Used(Choice { value: worth - fixed, sent: used, prices })
        }
    }
}

/// The best flow over `lanes` alone, from scratch, without those that would carry too little or cost too
/// much; `None` when the simplex method gives up.
pub(crate) fn flow(problem: &Problem, mut lanes: Vec<usize>) -> Option<Choice> {
    while !lanes.is_empty() {
        let open: Vec<(usize, f64)> = lanes.iter().map(|&lane| (lane, 0.0)).collect();
        let program = Program::new(problem, &open);
        let solution = simplex::maximise(&program.lp)?;
        let sent = lanes.iter().copied().zip(program.sent(&solution));
        let prices = program.prices(problem, &solution.duals, None);
        match settle(problem, sent, program.worth(problem, &solution), prices) {
            Settled::Small(small) => lanes.retain(|lane| *lane != small),
            Settled::Used(choice) => return Some(choice),
        }
    }
    Some(Choice::nothing(problem))
}

/// Lanes that could be part of a flow worth more than `value`, `most` being a bound at `prices`: the
/// others fall short of their fixed cost by more than the whole gap.
pub(crate) fn promising(problem: &Problem, prices: &Prices, most: f64, value: f64) -> Vec<usize> {
    let mut ranked: Vec<(usize, f64)> = (0..problem.lanes.len())
        .map(|index| (index, rent(problem, prices, index) * problem.share - problem.lanes[index].fixed))
        .filter(|(_, net)| most + net.min(0.0) > value)
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.into_iter().map(|(index, _)| index).collect()
}
