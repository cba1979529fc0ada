//! Branch and bound over the lanes that could still be in a better choice: it finds what the search
//! missed and lowers the bound. It stops after a given number of programs; the bound then is what is
//! left open.

use crate::solve::rebalance::model::Problem;
use crate::solve::rebalance::program::{Prices, Program, State, bound, rent};
use crate::solve::rebalance::search::Search;
use crate::solve::simplex;

struct Leaf {
    bound: f64,
    states: Vec<State>,
}

/// Lowers `most`, a bound at `prices`, as far as `programs` allow; offers better choices to `search`.
pub(crate) fn prove(search: &mut Search<'_>, prices: &Prices, most: f64, programs: u32) -> f64 {
    let problem = search.problem;
    let grain = 1e-9 * problem.share * problem.misallocated();
    // A flow that uses a lane is worth at most the bound plus what the lane falls short of its fixed
    // cost: where that is no better than what we have, the lane can be closed.
    let states: Vec<State> = (0..problem.lanes.len())
        .map(|index| {
            let short = rent(problem, prices, index) * problem.share - problem.lanes[index].fixed;
            if most + short.min(0.0) <= search.best.value { State::Closed } else { State::Free }
        })
        .collect();
    let mut open = vec![Leaf { bound: most, states }];
    let mut done = search.best.value;
    for _ in 0..programs {
        // The highest bound first; of equal ones the newest.
        let Some(next) =
            (0..open.len()).max_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound).then(a.cmp(&b)))
        else {
            break;
        };
        if open[next].bound <= search.best.value + grain {
            break;
        }
        let leaf = open.swap_remove(next);
        match branch(search, &leaf) {
            Branch::Split(highest, lane) => {
                for state in [State::Closed, State::Open] {
                    let mut states = leaf.states.clone();
                    states[lane] = state;
                    open.push(Leaf { bound: highest, states });
                }
            }
            Branch::Done(highest) => done = done.max(highest),
        }
    }
    let rest = open.iter().fold(done.max(search.best.value), |rest, leaf| rest.max(leaf.bound));
    rest.min(most)
}

enum Branch {
    /// No flow of the leaf is worth more; the lane divides it.
    Split(f64, usize),
    /// No flow of the leaf is worth more, and nothing is left to divide.
    Done(f64),
}

fn branch(search: &mut Search<'_>, leaf: &Leaf) -> Branch {
    let problem = search.problem;
    let lanes: Vec<(usize, f64)> = leaf
        .states
        .iter()
        .enumerate()
        .filter_map(|(index, state)| match state {
            State::Free => Some((index, spread(problem, index))),
            State::Open => Some((index, 0.0)),
            State::Closed => None,
        })
        .collect();
    let program = Program::new(problem, &lanes);
    let Some(solution) = simplex::maximise(&program.lp) else { return Branch::Done(leaf.bound) };
    let prices = program.prices(problem, &solution.duals, None);
    let highest = bound(problem, &prices, &leaf.states).min(leaf.bound);
    let sent = program.sent(&solution);
    let idle = 1e-9 * problem.misallocated();
    let used: Vec<(usize, f64)> = lanes
        .iter()
        .zip(&sent)
        .filter(|(_, sent)| **sent > idle)
        .map(|((lane, _), sent)| (*lane, *sent))
        .collect();
    search.offer(used.iter().map(|(lane, _)| *lane).collect());
    if highest <= search.best.value {
        return Branch::Done(highest);
    }
    let unpaid = |&(lane, sent): &(usize, f64)| {
        let all = &problem.lanes[lane];
        all.fixed * (1.0 - sent / all.upper)
    };
    let divides = used
        .iter()
        .filter(|(lane, _)| leaf.states[*lane] == State::Free)
        .map(|used| (used.0, unpaid(used)))
        .filter(|(_, unpaid)| *unpaid > 1e-9)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    match divides {
        Some((lane, _)) => Branch::Split(highest, lane),
        None => Branch::Done(highest),
    }
}

/// The fixed cost per dollar of a lane that carries all it can: the relaxation's price of opening it.
pub(crate) fn spread(problem: &Problem, index: usize) -> f64 {
    let lane = &problem.lanes[index];
    lane.fixed / lane.upper
}
