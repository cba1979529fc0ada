//! The simplex method against Clarabel, and every status of Clarabel.

use std::rc::Rc;

use clarabel::solver::SolverStatus;
use proptest::prelude::*;
use purser::solve::conic::{self, SolveError, judge};
use purser::solve::lp::{Column, Lp, Solution};
use purser::solve::simplex;

use super::networks::Random;

/// A random program with slack columns as its first basis; every other column is bounded.
fn random_program(seed: u64, degenerate: bool) -> Lp {
    let mut random = Random(seed);
    let rows = 2 + random.below(12) as usize;
    let mut lp = Lp::default();
    for row in 0..rows {
        lp.rhs.push(if degenerate && random.below(2) == 0 {
            0.0
        } else {
            random.below(1_000) as f64 / 250.0
        });
        lp.basis.push(lp.columns.len());
        lp.columns.push(Column::new(0.0, f64::INFINITY).with(row, 1.0));
    }
    for _ in 0..(5 + random.below(60)) {
        let mut column = Column::new(
            random.below(2_000) as f64 / 1_000.0 - 0.5,
            0.05 + random.below(1_000) as f64 / 500.0,
        );
        let first = random.below(rows as u64) as usize;
        for step in 0..1 + random.below(3) as usize {
            let value = random.below(2_000) as f64 / 1_000.0 - 0.8;
            if step < rows {
                column = column.with((first + step) % rows, value);
            }
        }
        lp.columns.push(column);
    }
    lp
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_solvers_find_the_same_value_and_prices_that_prove_it(seed in any::<u64>(), degenerate in any::<bool>()) {
        let lp = random_program(seed, degenerate);
        let vertex = simplex::maximise(&Rc::new(lp.clone())).expect("bounded and feasible");
        let interior = conic::maximise(&lp).expect("bounded and feasible");
        prop_assert!((vertex.value - interior.value).abs() <= 1e-5 * (1.0 + vertex.value.abs()));
        // Weak duality: rhs·y + Σ upper·(gain − A·y)₊ bounds the value for y ≥ 0, and is met: by the
        // vertex to rounding, by the interior point to its tolerance.
        for (duals, tolerance) in [(&vertex.duals, 1e-8), (&interior.duals, 1e-5)] {
            let mut bound: f64 = lp.rhs.iter().zip(duals.iter()).map(|(b, y)| b * y.max(0.0)).sum();
            let prices: Vec<f64> = duals.iter().map(|y| y.max(0.0)).collect();
            for column in lp.columns.iter().filter(|column| column.upper.is_finite()) {
                bound += column.upper * column.reduced(&prices).max(0.0);
            }
            prop_assert!(bound >= vertex.value - 1e-7);
            prop_assert!(bound <= vertex.value + tolerance * (1.0 + vertex.value.abs()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A true optimum is confirmed; of any other vertex Clarabel finds that more can be had.
    #[test]
    fn only_an_optimal_vertex_is_confirmed(seed in any::<u64>(), degenerate in any::<bool>()) {
        let lp = random_program(seed, degenerate);
        let best = simplex::maximise(&Rc::new(lp.clone())).expect("bounded and feasible");
        let confirmed = conic::confirm(&lp, &best).expect("solved");
        prop_assert!((best.value - confirmed.value).abs() <= 1e-6 * (1.0 + best.value.abs()));
        // Optimal for other gains, and feasible here.
        let mut other = lp.clone();
        for column in &mut other.columns {
            column.gain = -column.gain;
        }
        let worst = simplex::maximise(&Rc::new(other)).expect("bounded and feasible");
        let value = lp.columns.iter().zip(&worst.x).map(|(column, x)| column.gain * x).sum();
        let claimed = Solution { value, ..worst };
        if let Ok(found) = conic::confirm(&lp, &claimed) {
            prop_assert!(found.value >= best.value - 1e-6 * (1.0 + best.value.abs()));
        }
    }
}

#[test]
fn only_solved_lets_an_answer_through() {
    assert_eq!(judge(SolverStatus::Solved), Ok(()));
    let others = [
        SolverStatus::Unsolved,
        SolverStatus::PrimalInfeasible,
        SolverStatus::DualInfeasible,
        SolverStatus::AlmostSolved,
        SolverStatus::AlmostPrimalInfeasible,
        SolverStatus::AlmostDualInfeasible,
        SolverStatus::MaxIterations,
        SolverStatus::MaxTime,
        SolverStatus::NumericalError,
        SolverStatus::InsufficientProgress,
        SolverStatus::CallbackTerminated,
    ];
    let mut said = std::collections::BTreeSet::new();
    for status in others {
        let Err(SolveError::NotSolved { status, meaning }) = judge(status) else {
            panic!("{status:?} must not act");
        };
        assert!(said.insert(meaning), "every status is explained in its own words");
        assert!(!status.is_empty());
    }
}

#[test]
fn a_program_without_a_feasible_start_or_with_odd_numbers_is_refused() {
    let column = Column::new(1.0, 1.0).with(0, f64::NAN);
    let slack = Column::new(0.0, f64::INFINITY).with(0, 1.0);
    let odd = Lp { rhs: vec![1.0], columns: vec![slack, column], basis: vec![0] };
    assert!(simplex::maximise(&Rc::new(odd.clone())).is_none());
    assert!(matches!(conic::maximise(&odd), Err(SolveError::Refused(_))));
    let infeasible = Lp { rhs: vec![-1.0], columns: vec![slack], basis: vec![0] };
    assert!(simplex::maximise(&Rc::new(infeasible.clone())).is_none());
    assert!(matches!(conic::maximise(&infeasible), Err(SolveError::NotSolved { .. })));
    let unbounded = Column::new(1.0, f64::INFINITY).with(0, -1.0);
    let unbounded = Lp { rhs: vec![1.0], columns: vec![slack, unbounded], basis: vec![0] };
    assert!(simplex::maximise(&Rc::new(unbounded.clone())).is_none());
    assert!(matches!(conic::maximise(&unbounded), Err(SolveError::NotSolved { .. })));
}
