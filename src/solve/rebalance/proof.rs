//! Branch and bound over the lanes that could still be in a better choice: it finds what the search
//! missed and lowers the bound. It stops after a given number of pivots; the bound then is what is
//! left open.

use crate::solve::rebalance::Relaxed;
use crate::solve::rebalance::program::{State, bound};
use crate::solve::rebalance::search::{Search, promising};
use crate::solve::simplex::Simplex;

struct Leaf {
    bound: f64,
    states: Vec<State>,
    /// The program at the parent's optimum.
    simplex: Simplex,
}

/// Lowers the bound of `root`, the relaxation, as far as `pivots` allow or until the gap is `enough` of
/// what is at stake; offers better choices to `search`.
pub(crate) fn prove(search: &mut Search<'_>, root: &Relaxed, pivots: u64, enough: f64) -> f64 {
    let problem = search.problem;
    let (prices, most) = (&root.prices, root.bound);
    let grain = enough * problem.share * problem.misallocated();
    if most <= search.best.value + grain {
        return most;
    }
    let mut states = vec![State::Closed; problem.lanes.len()];
    for lane in promising(problem, prices, most, search.best.value) {
        states[lane] = State::Free;
    }
    let mut simplex = root.simplex.clone();
    for (lane, state) in states.iter().enumerate() {
        search.program.set(&mut simplex, lane, *state);
    }
    let mut open = vec![Leaf { bound: most, states, simplex }];
    let mut done = search.best.value;
    let mut left = pivots;
    while left > 0 {
        // The highest bound first; of equal ones the newest.
        let Some(next) =
            (0..open.len()).max_by(|&a, &b| open[a].bound.total_cmp(&open[b].bound).then(a.cmp(&b)))
        else {
            break;
        };
        if open[next].bound <= search.best.value + grain {
            break;
        }
        let mut leaf = open.swap_remove(next);
        let before = leaf.simplex.pivots();
        let (highest, divides) = branch(search, &mut leaf, grain);
        left = left.saturating_sub(leaf.simplex.pivots().saturating_sub(before).max(1));
        let Some(lane) = divides else {
            done = done.max(highest);
            continue;
        };
        for state in [State::Closed, State::Open] {
            let (mut states, mut simplex) = (leaf.states.clone(), leaf.simplex.clone());
            states[lane] = state;
            search.program.set(&mut simplex, lane, state);
            open.push(Leaf { bound: highest, states, simplex });
        }
    }
    let rest = open.iter().fold(done.max(search.best.value), |rest, leaf| rest.max(leaf.bound));
    rest.min(most)
}

/// The most any flow of the leaf is worth, and the lane that divides it if that is still too much.
fn branch(search: &mut Search<'_>, leaf: &mut Leaf, grain: f64) -> (f64, Option<usize>) {
    let problem = search.problem;
    if leaf.simplex.optimise().is_none() {
        return (leaf.bound, None);
    }
    let Some(solution) = leaf.simplex.solution() else { return (leaf.bound, None) };
    let prices = search.program.prices(problem, &solution.duals, None);
    let highest = bound(problem, &prices, &leaf.states).min(leaf.bound);
    let sent = search.program.sent(&solution);
    let idle = 1e-9 * problem.misallocated();
    let used = || sent.iter().enumerate().filter(|(_, sent)| **sent > idle);
    search.offer(used().map(|(lane, _)| lane).collect());
    if highest <= search.best.value + grain {
        return (highest, None);
    }
    // The lane whose fixed cost the relaxation pays least of.
    let divides = used()
        .filter(|(lane, _)| leaf.states[*lane] == State::Free)
        .map(|(lane, sent)| (lane, problem.lanes[lane].fixed * (1.0 - sent / problem.lanes[lane].upper)))
        .filter(|(_, unpaid)| *unpaid > 1e-9)
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    (highest, divides.map(|(lane, _)| lane))
}
