//! The best circulation through pools: known optima, certificates, and what is no instance.

mod agreement;
mod certificate;
pub(crate) mod direct;
mod file;
mod gas;
mod many;
pub(crate) mod networks;
mod optima;
mod quotes;
mod random;
mod route;
mod warm;

use std::path::{Path, PathBuf};

use purser::solve::arbitrage::{Answer, Instance, Market, Pool, Solver};

/// The folder with the instances whose optima are known.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arbitrage/instances")
}

fn instance(name: &str) -> Instance {
    Instance::read(&std::fs::read(folder().join(format!("{name}.json.gz"))).unwrap()).unwrap()
}

fn solved(values: &[f64], pools: &[Pool]) -> (Market, Solver, Answer) {
    let market = Market::new(values, pools).unwrap();
    let mut solver = Solver::new(&market);
    let answer = solver.solve(&market);
    (market, solver, answer)
}

/// A pool of the constant product without an end.
fn product(tokens: [usize; 2], reserves: [f64; 2], keeps: f64) -> Pool {
    Pool { tokens, reserves, available: [f64::INFINITY; 2], keeps, weight: 0.5 }
}
