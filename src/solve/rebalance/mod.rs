//! Rebalance: inventory into its bands at the least cost, with a certificate.
//!
//! Maximises λ·(less misallocation) − Σ costs, see [`model`]: relaxation with fixed costs spread over
//! capacities → prices and bound; search over supports; refinement of swap gains around the answer;
//! branch and bound; then Clarabel solves the relaxation and the final support independently. Only its
//! `Solved` and its agreement let an answer through.

mod cost;
mod integers;
mod ledger;
mod model;
mod program;
mod proof;
mod search;

use crate::domain::Usd;
use crate::network::Network;
use crate::network::node::dollars;
use crate::solve::conic::{self, SolveError};
use crate::solve::simplex;

pub use cost::{Priced, price_step};
pub use integers::{Dropped, Integers, plan};
use model::{Problem, Range};
use program::{Prices, Program, State, bound};
use proof::{prove, spread};
use search::{Search, promising};

/// The range a node's value should lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Lower end, never negative.
    pub low: Usd,
    /// Upper end.
    pub high: Usd,
}

/// How much work a solve may take, in linear programs: bounds in work, not in time, keep equal inputs
/// giving equal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Small programs of the search.
    pub search: u32,
    /// Programs of the proof.
    pub proof: u32,
    /// Rounds of refinement of swap gains.
    pub refine: u32,
    /// Lanes the search considers besides those in use.
    pub pool: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { search: 400, proof: 40, refine: 12, pool: 40 }
    }
}

/// The solver's continuous answer with its certificate.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Edges used, ascending, and dollars sent over each.
    pub sent: Vec<(usize, f64)>,
    /// What one more dollar at each node is worth, in dollars.
    pub prices: Vec<f64>,
    /// Dollars the flow is worth: λ·(less misallocation) − costs.
    pub value: f64,
    /// No flow is worth more (dual function over outer polygons).
    pub bound: f64,
    /// Edges that cannot pay whatever else happens, with the least share of the amount they cost.
    pub hopeless: Vec<(usize, f64)>,
}

impl Flow {
    /// `bound − value`, in dollars.
    pub fn gap(&self) -> f64 {
        self.bound - self.value
    }

    /// What one more dollar at each node is worth, in micro-dollars.
    pub fn micro_prices(&self) -> Vec<i64> {
        self.prices.iter().map(|price| (price * 1e6).round() as i64).collect()
    }

    /// Edges that cannot pay, with the least they cost in millionths of the amount, cheapest first.
    pub fn hopeless_ppm(&self) -> Vec<(usize, u64)> {
        let mut all: Vec<(usize, u64)> =
            self.hopeless.iter().map(|&(edge, share)| (edge, (share * 1e6).ceil() as u64)).collect();
        all.sort_by_key(|&(edge, ppm)| (ppm, edge));
        all
    }

    /// The bound in micro-dollars, rounded up.
    pub fn bound_usd(&self) -> Usd {
        // The cast saturates. One more for values that were rounded to a micro-dollar before.
        Usd::from_micros(((self.bound * 1e6).ceil() as i128).saturating_add(1))
    }
}

/// Solves the rebalance problem of `network`; `bands` and its nodes are parallel.
///
/// # Errors
/// When Clarabel does not end as `Solved`, or the two solvers disagree: nothing may be moved then.
pub fn solve(
    network: &Network,
    bands: &[Band],
    terms: &crate::network::Terms,
    effort: &Effort,
) -> Result<Flow, SolveError> {
    if bands.len() != network.nodes.len() {
        return Err(SolveError::Refused("every node needs a band".to_owned()));
    }
    let ranges: Vec<Range> =
        bands.iter().map(|band| Range { low: dollars(band.low), high: dollars(band.high) }).collect();
    let share = f64::from(terms.cost_share_ppm()) / 1e6;
    let mut problem = Problem::new(network, &ranges, share, dollars(terms.min_transfer));
    let mut flow = Flow {
        sent: Vec::new(),
        prices: vec![0.0; network.nodes.len()],
        value: 0.0,
        bound: 0.0,
        hopeless: std::mem::take(&mut problem.hopeless),
    };
    if problem.lanes.is_empty() {
        return Ok(flow);
    }
    let relaxed = relax(&problem);
    let (pool, start) = match &relaxed {
        Some(relaxed) => (promising(&problem, &relaxed.prices, effort.pool), relaxed.used.clone()),
        None => ((0..problem.lanes.len()).take(effort.pool).collect(), Vec::new()),
    };
    let lanes = choose(&problem, &pool, start, effort);
    let lanes = refine(network, &mut problem, lanes, effort);
    // With the gains now exact around the answer: prices, bound, proof, and a last look.
    let relaxed = relax(&problem);
    let mut search = Search::new(&problem, effort.search);
    search.offer(lanes);
    let mut highest = f64::INFINITY;
    if let Some(relaxed) = &relaxed {
        search.offer(relaxed.used.clone());
        highest = relaxed.bound;
        highest = highest.min(prove(&mut search, &relaxed.prices, relaxed.bound, effort.proof));
    }
    let best = search.best;
    let certified = certify(&problem, relaxed.as_ref(), &best)?;
    flow.bound = highest.min(certified.bound).max(0.0);
    flow.prices = certified.prices.nodes.iter().map(|price| price * share).collect();
    flow.value = best.value;
    flow.sent = best.sent.iter().map(|&(lane, sent)| (problem.lanes[lane].edge, sent)).collect();
    flow.sent.sort_by_key(|(edge, _)| *edge);
    if flow.value > flow.bound + 1e-9 * (1.0 + flow.bound) {
        return Err(SolveError::Disagree(format!("value {} above its bound {}", flow.value, flow.bound)));
    }
    Ok(flow)
}

struct Relaxed {
    prices: Prices,
    used: Vec<usize>,
    bound: f64,
}

/// The relaxation over all lanes.
fn relax(problem: &Problem) -> Option<Relaxed> {
    let lanes: Vec<(usize, f64)> =
        (0..problem.lanes.len()).map(|lane| (lane, spread(problem, lane))).collect();
    let program = Program::new(problem, &lanes);
    let solution = simplex::maximise(&program.lp)?;
    let prices = program.prices(problem, &solution.duals, None);
    let idle = 1e-9 * problem.misallocated();
    let used = program
        .sent(&solution)
        .into_iter()
        .enumerate()
        .filter(|(_, sent)| *sent > idle)
        .map(|(lane, _)| lane)
        .collect();
    let bound = bound(problem, &prices, &vec![State::Free; problem.lanes.len()]);
    Some(Relaxed { prices, used, bound })
}

/// The best support from the relaxation's and from nothing.
fn choose(problem: &Problem, pool: &[usize], start: Vec<usize>, effort: &Effort) -> Vec<usize> {
    let mut search = Search::new(problem, effort.search);
    search.offer(start);
    search.improve(pool);
    search.best.lanes()
}

/// Samples the gains of used swaps around the answer until nothing changes.
fn refine(network: &Network, problem: &mut Problem, mut lanes: Vec<usize>, effort: &Effort) -> Vec<usize> {
    for _ in 0..effort.refine {
        let Some(choice) = search::value(problem, lanes.clone()) else { break };
        lanes = choice.lanes();
        let mut changed = false;
        for (lane, sent) in choice.sent {
            let lane = &mut problem.lanes[lane];
            changed |= lane.envelope.refine(network, &network.edges[lane.edge], sent);
        }
        if !changed {
            break;
        }
    }
    lanes
}

struct Certified {
    prices: Prices,
    bound: f64,
}

/// Clarabel's word: on the relaxation of the lanes that matter (prices and bound), and on the chosen
/// support, where it must agree with the simplex method.
fn certify(
    problem: &Problem,
    relaxed: Option<&Relaxed>,
    best: &search::Choice,
) -> Result<Certified, SolveError> {
    let mut lanes: Vec<usize> = match relaxed {
        Some(relaxed) => {
            let mut lanes = promising(problem, &relaxed.prices, CERTIFIED_LANES);
            lanes.extend(&relaxed.used);
            lanes
        }
        None => (0..problem.lanes.len()).collect(),
    };
    lanes.extend(best.lanes());
    lanes.sort_unstable();
    lanes.dedup();
    let spread: Vec<(usize, f64)> = lanes.iter().map(|&lane| (lane, spread(problem, lane))).collect();
    let program = Program::new(problem, &spread);
    let solution = conic::maximise(&program.lp)?;
    let prices = program.prices(problem, &solution.duals, relaxed.map(|relaxed| &relaxed.prices));
    let bound = bound(problem, &prices, &vec![State::Free; problem.lanes.len()]);
    if !best.sent.is_empty() {
        let open: Vec<(usize, f64)> = best.sent.iter().map(|&(lane, _)| (lane, 0.0)).collect();
        let program = Program::new(problem, &open);
        let solution = conic::maximise(&program.lp)?;
        let fixed: f64 = best.sent.iter().map(|&(lane, _)| problem.lanes[lane].fixed).sum();
        let value = program.worth(problem, &solution) - fixed;
        let stake = problem.share * problem.misallocated();
        if (value - best.value).abs() > AGREE * stake {
            return Err(SolveError::Disagree(format!("{value} and {} dollars", best.value)));
        }
    }
    Ok(Certified { prices, bound })
}

/// Lanes Clarabel's relaxation sees besides the relaxation's own.
const CERTIFIED_LANES: usize = 48;
/// How far the two solvers may differ, relative to what is at stake.
const AGREE: f64 = 1e-6;
