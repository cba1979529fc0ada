//! The same problem in Clarabel's cones: an independent solution to compare with.
//!
//! Per pool what is tendered and received of both tokens, relative to its reserves and to how far its price is
//! off; per pool one cone that says its invariant does not fall; per token one row that says nothing is missing.

use std::time::Duration;

use clarabel::algebra::CscMatrix;
use clarabel::solver::SupportedConeT::{NonnegativeConeT, PowerConeT, SecondOrderConeT};
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use purser::solve::arbitrage::Pool;

/// The smallest scale of a pool's trades.
const LEAST: f64 = 1e-2;

/// Rows of A·x + s = b with s in a product of cones.
#[derive(Default)]
struct Rows {
    /// Row, column, value.
    entries: Vec<(usize, usize, f64)>,
    right: Vec<f64>,
    cones: Vec<SupportedConeT<f64>>,
}

impl Rows {
    /// The row s = `constant` + Σ value·x.
    fn row(&mut self, constant: f64, terms: &[(usize, f64)]) {
        let row = self.right.len();
        self.entries.extend(terms.iter().map(|(column, value)| (row, *column, -value)));
        self.right.push(constant);
    }

    fn matrix(&self, columns: usize) -> CscMatrix<f64> {
        let mut sorted = self.entries.clone();
        sorted.sort_by_key(|(row, column, _)| (*column, *row));
        let mut starts = vec![0; columns + 1];
        for (_, column, _) in &sorted {
            starts[column + 1] += 1;
        }
        for column in 0..columns {
            starts[column + 1] += starts[column];
        }
        let (rows, values) = sorted.iter().map(|(row, _, value)| (*row, *value)).unzip();
        CscMatrix::new(self.right.len(), columns, starts, rows, values)
    }
}

/// The optimum, where Clarabel ends as solved within `limit`.
pub(crate) fn solve(values: &[f64], pools: &[Pool], limit: Duration) -> Option<f64> {
    let columns = 4 * pools.len();
    let mut rows = Rows::default();
    let mut left: Vec<Vec<(usize, f64)>> = vec![Vec::new(); values.len()];
    for (index, pool) in pools.iter().enumerate() {
        let worth = [0, 1].map(|side: usize| pool.reserves[side] * values[pool.tokens[side]]);
        let price = worth[0] * (1.0 - pool.weight) / (worth[1] * pool.weight);
        let scale = price.ln().abs().max(LEAST);
        // Tendered and received of both tokens, in units of `scale` of the reserves.
        let [given0, given1, had0, had1] = [0, 1, 2, 3].map(|column| 4 * index + column);
        for (column, side, sign) in [(given0, 0, -1.0), (given1, 1, -1.0), (had0, 0, 1.0), (had1, 1, 1.0)] {
            left[pool.tokens[side]].push((column, sign * scale * worth[side]));
        }
        invariant(&mut rows, pool, scale, [(given0, had0), (given1, had1)]);
    }
    for given in 0..columns {
        rows.row(0.0, &[(given, 1.0)]);
    }
    for (index, pool) in pools.iter().enumerate() {
        let price = pool.reserves[0] * values[pool.tokens[0]] * (1.0 - pool.weight)
            / (pool.reserves[1] * values[pool.tokens[1]] * pool.weight);
        let scale = price.ln().abs().max(LEAST);
        for side in 0..2 {
            let most = pool.available[side] / pool.reserves[side];
            if most < 1.0 {
                rows.row(most / scale, &[(4 * index + 2 + side, -1.0)]);
            }
        }
    }
    for terms in &left {
        rows.row(0.0, terms);
    }
    let mut cones = rows.cones.clone();
    cones.push(NonnegativeConeT(rows.right.len() - 3 * pools.len()));
    let mut gain = vec![0.0; columns];
    for (column, value) in left.iter().flatten() {
        gain[*column] -= value;
    }
    let settings = DefaultSettings {
        verbose: false,
        max_threads: 1,
        tol_gap_abs: 1e-9,
        tol_gap_rel: 1e-9,
        tol_feas: 1e-9,
        max_iter: 300,
        time_limit: limit.as_secs_f64(),
        ..DefaultSettings::default()
    };
    let nothing = CscMatrix::zeros((columns, columns));
    let matrix = rows.matrix(columns);
    let mut solver = DefaultSolver::new(&nothing, &gain, &matrix, &rows.right, &cones, settings).ok()?;
    solver.solve();
    (solver.solution.status == SolverStatus::Solved).then(|| -solver.solution.obj_val)
}

/// With a = γδ₀ − λ₀ and b = γδ₁ − λ₁ in units of ε of the reserves: of the product (1 + εa)·(a + b)/ε ≥ a²,
/// which stays well scaled where next to nothing is traded; else (1 + εa)^w·(1 + εb)^(1−w) ≥ 1.
fn invariant(rows: &mut Rows, pool: &Pool, scale: f64, [first, second]: [(usize, usize); 2]) {
    let change = |(given, had): (usize, usize), by: f64| [(given, by * pool.keeps), (had, -by)];
    let of = |by0: f64, by1: f64| [change(first, by0), change(second, by1)].concat();
    if pool.weight.total_cmp(&0.5).is_eq() {
        let (x, y) = ([scale, 0.0], [1.0 / scale, 1.0 / scale]);
        rows.row(1.0, &of(x[0] + y[0], x[1] + y[1]));
        rows.row(1.0, &of(x[0] - y[0], x[1] - y[1]));
        rows.row(0.0, &of(2.0, 0.0));
        rows.cones.push(SecondOrderConeT(3));
    } else {
        rows.row(1.0, &change(first, scale));
        rows.row(1.0, &change(second, scale));
        rows.row(1.0, &[]);
        rows.cones.push(PowerConeT(pool.weight));
    }
}
