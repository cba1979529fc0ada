//! Clarabel: the interior-point solver that certifies.

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{NonnegativeConeT, ZeroConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus};

use crate::solve::lp::{Lp, Solution};

/// Why there is no answer. Nothing moves without one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SolveError {
    /// The solver ended without a solution.
    #[error("the solver ended as `{status}`: {meaning}. Nothing is moved; the next tick tries again")]
    NotSolved {
        /// Its status.
        status: &'static str,
        /// What that means.
        meaning: &'static str,
    },
    /// The solver did not accept the problem.
    #[error("the solver refused the problem: {0}. Nothing is moved")]
    Refused(String),
    /// The two solvers disagree.
    #[error("two solvers disagree about the same problem ({0}). Nothing is moved")]
    Disagree(String),
}

/// What a status means; `Ok` for the only one that acts.
pub fn judge(status: SolverStatus) -> Result<(), SolveError> {
    let (status, meaning) = match status {
        SolverStatus::Solved => return Ok(()),
        SolverStatus::Unsolved => ("unsolved", "it has not run"),
        SolverStatus::PrimalInfeasible => ("primal infeasible", "no flow meets the limits"),
        SolverStatus::DualInfeasible => ("dual infeasible", "the value is unbounded, so a limit is missing"),
        SolverStatus::AlmostSolved => ("almost solved", "the answer is less accurate than promised"),
        SolverStatus::AlmostPrimalInfeasible => {
            ("almost primal infeasible", "probably no flow meets the limits")
        }
        SolverStatus::AlmostDualInfeasible => ("almost dual infeasible", "the value is probably unbounded"),
        SolverStatus::MaxIterations => ("iteration limit", "it needs more iterations than are allowed"),
        SolverStatus::MaxTime => ("time limit", "it needs more time than is allowed"),
        SolverStatus::NumericalError => ("numerical error", "the numbers are too far apart"),
        SolverStatus::InsufficientProgress => {
            ("insufficient progress", "it stopped improving before the end")
        }
        SolverStatus::CallbackTerminated => ("stopped by callback", "it was interrupted"),
    };
    Err(SolveError::NotSolved { status, meaning })
}

/// Which bounds of a column the solver is told.
#[derive(Debug, Clone, Copy)]
struct Told {
    lower: bool,
    upper: bool,
}

/// Solves `lp` by Clarabel. Columns that cannot move are left out: an interior point needs an interior.
///
/// # Errors
/// When Clarabel does not end as `Solved`.
pub fn maximise(lp: &Lp) -> Result<Solution, SolveError> {
    run(lp, |_| Told { lower: true, upper: true })
}

/// The optimum of `lp` by Clarabel, where `vertex` is said to be one.
///
/// Bounds that do not bind at `vertex` are not told. What is left is a relaxation: its optimum is no
/// less than that of `lp`. If it equals the value of `vertex`, which is feasible, the vertex is optimal;
/// if `vertex` is not optimal, the values differ. Where `vertex` is strictly inside a bound, that
/// bound's price is zero in all optimal prices (complementary slackness): they stay what they were.
///
/// # Errors
/// When Clarabel does not end as `Solved`, not even with every bound.
pub fn confirm(lp: &Lp, vertex: &Solution) -> Result<Solution, SolveError> {
    let told = |index: usize| {
        let (column, x) = (&lp.columns[index], vertex.x[index]);
        // Where a column earns nothing either way, many answers are optimal: they stay bounded.
        let tie = column.reduced(&vertex.duals).abs() < TIE;
        Told { lower: tie || x <= INSIDE, upper: tie || x >= column.upper - INSIDE }
    };
    run(lp, told).or_else(|_| maximise(lp))
}

/// Reduced costs below this are a tie.
const TIE: f64 = 1e-7;
/// How far from a bound is inside.
const INSIDE: f64 = 1e-9;

fn run(lp: &Lp, told: impl Fn(usize) -> Told) -> Result<Solution, SolveError> {
    if !lp.is_finite() {
        return Err(SolveError::Refused("a coefficient is not a finite number".to_owned()));
    }
    let free: Vec<usize> = (0..lp.columns.len()).filter(|&index| lp.columns[index].upper > 1e-12).collect();
    let rows = lp.rhs.len();
    let mut starts = vec![0];
    let (mut at, mut entries) = (Vec::new(), Vec::new());
    let mut right = lp.rhs.clone();
    for &index in &free {
        let column = &lp.columns[index];
        let mut sorted: Vec<(usize, f64)> = column.entries().collect();
        sorted.sort_unstable_by_key(|(row, _)| *row);
        let Told { lower, upper } = told(index);
        if lower {
            sorted.push((right.len(), -1.0));
            right.push(0.0);
        }
        if upper && column.upper.is_finite() {
            sorted.push((right.len(), 1.0));
            right.push(column.upper);
        }
        for (row, value) in sorted {
            at.push(row);
            entries.push(value);
        }
        starts.push(at.len());
    }
    let matrix = CscMatrix::new(right.len(), free.len(), starts, at, entries);
    let quadratic = CscMatrix::zeros((free.len(), free.len()));
    let linear: Vec<f64> = free.iter().map(|&index| -lp.columns[index].gain).collect();
    let cones = [ZeroConeT(rows), NonnegativeConeT(right.len().saturating_sub(rows))];
    let run = |iterative_refinement_enable: bool| {
        let settings = DefaultSettings {
            verbose: false,
            max_threads: 1,
            iterative_refinement_enable,
            ..DefaultSettings::default()
        };
        let mut solver = DefaultSolver::new(&quadratic, &linear, &matrix, &right, &cones, settings)
            .map_err(|error| SolveError::Refused(error.to_string()))?;
        solver.solve();
        judge(solver.solution.status).map(|()| solver.solution)
    };
    // Refining every inner system takes a fifth of the time and changes nothing where the plain way
    // ends within the same tolerances; where it does not, it is done again with refinement.
    let answer = run(false).or_else(|_| run(true))?;
    let mut x = vec![0.0; lp.columns.len()];
    for (&index, &value) in free.iter().zip(&answer.x) {
        x[index] = value.clamp(0.0, lp.columns[index].upper);
    }
    let duals: Vec<f64> = answer.z.iter().take(rows).copied().collect();
    // Of what Clarabel was told: where a bound was not, more than the column may carry is no answer
    // but tells how much a relaxation is worth.
    let value = -answer.obj_val;
    if duals.len() != rows || !value.is_finite() || duals.iter().any(|dual| !dual.is_finite()) {
        return Err(SolveError::Refused("the answer is not finite".to_owned()));
    }
    Ok(Solution { x, duals, value })
}
