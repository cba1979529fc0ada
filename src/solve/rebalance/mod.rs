//! Rebalance: inventory into its bands at the least cost, with a certificate.
//!
//! Maximises λ·(less misallocation) − Σ costs, see [`model`]: relaxation with fixed costs spread over
//! capacities → prices and bound; search over supports; branch and bound; refinement of swap gains around
//! the answer; then Clarabel solves the relaxation independently. Only its `Solved` and its agreement let
//! an answer through.

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
use crate::solve::simplex::{self, Simplex};

pub use cost::{Priced, price_step};
pub use integers::{Dropped, Integers, plan};
use model::{Problem, Range};
use program::{Prices, Program, State, bound, peak};
use proof::prove;
use search::{Choice, Search, promising};

/// The range a node's value should lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Lower end, never negative.
    pub low: Usd,
    /// Upper end.
    pub high: Usd,
}

/// How much work a solve may take. Bounds in work, not in time, keep equal inputs giving equal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Pivots of the search over supports, for a large network; small ones get more.
    pub search: u64,
    /// Pivots of the proof, likewise.
    pub proof: u64,
    /// Rounds of refinement of the gains in use.
    pub refine: u32,
    /// Rounds of refinement of the relaxation's gains.
    pub sharpen: u32,
    /// Gap at which the proof stops, in 10⁻⁹ of what is at stake.
    pub enough: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self { search: 50, proof: 5, refine: 12, sharpen: 6, enough: 100_000 }
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
    let (program, relaxed) = sharpen(network, &mut problem, effort.sharpen)?;
    let lanes = {
        // Pivots of small programs cost little: they get more of them.
        let ease = u64::from(share_of(240, problem.lanes.len()).clamp(1, 8));
        let mut search =
            Search::new(&problem, &program, relaxed.simplex.clone(), effort.search.saturating_mul(ease));
        search.offer(relaxed.lanes());
        search.prune();
        search.improve(&promising(&problem, &relaxed.prices, relaxed.bound, search.best.value));
        let enough = f64::from(effort.enough) / 1e9;
        let proven = prove(&mut search, &relaxed, effort.proof.saturating_mul(ease), enough);
        flow.bound = proven.min(relaxed.bound);
        search.best.lanes()
    };
    let best = refine(network, &mut problem, lanes, effort.refine)?;
    for &(lane, sent) in &relaxed.used {
        if best.sent.iter().all(|(used, _)| *used != lane) {
            problem.lanes[lane].envelope.trim(sent);
        }
    }
    let certified = certify(&problem, &relaxed, &best)?;
    flow.bound = flow.bound.min(certified.bound).max(0.0);
    flow.prices = certified.prices.nodes.iter().map(|price| price * share).collect();
    flow.value = best.value;
    flow.sent = best.sent.iter().map(|&(lane, sent)| (problem.lanes[lane].edge, sent)).collect();
    flow.sent.sort_by_key(|(edge, _)| *edge);
    if flow.value > flow.bound + 1e-9 * (1.0 + flow.bound) {
        return Err(SolveError::Disagree(format!("value {} above its bound {}", flow.value, flow.bound)));
    }
    Ok(flow)
}

/// The relaxation at its optimum.
pub(crate) struct Relaxed {
    simplex: Simplex,
    prices: Prices,
    /// Lanes used, ascending, and dollars sent over each.
    used: Vec<(usize, f64)>,
    bound: f64,
}

impl Relaxed {
    fn lanes(&self) -> Vec<usize> {
        self.used.iter().map(|(lane, _)| *lane).collect()
    }
}

/// The relaxation over all lanes; `None` when the simplex method gives up.
fn relax(problem: &Problem, program: &Program) -> Option<Relaxed> {
    let mut simplex = Simplex::new(&program.lp)?;
    simplex.optimise()?;
    let solution = simplex.solution()?;
    let prices = program.prices(problem, &solution.duals, None);
    let idle = 1e-9 * problem.misallocated();
    let sent = program.sent(&solution);
    let used = sent.into_iter().enumerate().filter(|(_, sent)| *sent > idle).collect();
    let bound = bound(problem, &prices, &vec![State::Free; problem.lanes.len()]);
    Some(Relaxed { simplex, prices, used, bound })
}

/// The relaxation, with the gains of swaps sampled where it promises more than is proven to be there.
fn sharpen(network: &Network, problem: &mut Problem, rounds: u32) -> Result<(Program, Relaxed), SolveError> {
    // Few lanes are sharpened to the last cent; for many the first rounds do.
    let most = share_of(240, problem.lanes.len());
    let mut left = rounds.min(most.max(2));
    loop {
        let program = Program::relaxed(problem);
        let relaxed = relax(problem, &program);
        let relaxed = relaxed.ok_or_else(no_vertex)?;
        let enough = 1e-6 * problem.misallocated();
        let used = relaxed.lanes();
        let mut open = false;
        for index in 0..problem.lanes.len() {
            let lane = &problem.lanes[index];
            if left == 0 || lane.bridge {
                continue;
            }
            let (_, promised) = peak(problem, &relaxed.prices, index, &lane.envelope.outer);
            if promised * problem.share > lane.fixed || used.binary_search(&index).is_ok() {
                open |= settle(network, problem, &relaxed.prices, index, enough, SHARPEN_LOOKS);
            }
        }
        if !open {
            return Ok((program, relaxed));
        }
        left = left.saturating_sub(1);
    }
}

/// The best flow over `lanes` with gains exact around it. Lanes that would carry less than the smallest
/// transfer or cost too much are left out, the least first.
fn refine(
    network: &Network,
    problem: &mut Problem,
    lanes: Vec<usize>,
    rounds: u32,
) -> Result<Choice, SolveError> {
    // Few lanes are refined to the last cent; for many the first rounds do.
    let mut left = rounds.min(share_of(48, lanes.len())).max(2);
    let enough = 1e-8 * problem.misallocated();
    // Solved anew: the prices the search came by may be others than those at which gains are wanted.
    let mut best = search::flow(problem, lanes).ok_or_else(no_vertex)?;
    loop {
        let mut open = false;
        for &(index, sent) in best.sent.iter().take_while(|_| left > 0) {
            if !problem.lanes[index].bridge
                && settle(network, problem, &best.prices, index, enough, REFINE_LOOKS)
            {
                open = true;
                problem.lanes[index].envelope.trim(sent);
            }
        }
        if !open {
            break;
        }
        left = left.saturating_sub(1);
        best = search::flow(problem, best.lanes()).ok_or_else(no_vertex)?;
    }
    Ok(if best.value > 0.0 { best } else { Choice::nothing(problem) })
}

fn no_vertex() -> SolveError {
    SolveError::Refused("no vertex was found".to_owned())
}

/// `rounds` divided by a number of lanes.
fn share_of(rounds: u32, lanes: usize) -> u32 {
    rounds.checked_div(u32::try_from(lanes).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// Samples one lane where its outer polygon promises most at `prices`, until that is within `enough` of
/// what the inner one gives there; says whether it was not.
fn settle(
    network: &Network,
    problem: &mut Problem,
    prices: &Prices,
    index: usize,
    enough: f64,
    looks: u32,
) -> bool {
    for step in 0..looks {
        let envelope = &problem.lanes[index].envelope;
        let (there, promised) = peak(problem, prices, index, &envelope.outer);
        let (_, earned) = peak(problem, prices, index, &envelope.inner);
        if promised - earned <= enough {
            return step > 0;
        }
        let lane = &mut problem.lanes[index];
        lane.envelope.refine(network, &network.edges[lane.edge], &[there]);
    }
    true
}

/// Values looked up for one lane at one set of prices: of the relaxation, which move on, and of
/// the answer.
const SHARPEN_LOOKS: u32 = 5;
const REFINE_LOOKS: u32 = 8;

struct Certified {
    prices: Prices,
    bound: f64,
}

/// Clarabel's word on the relaxation: it must agree with the simplex method about its value, and its
/// prices bound the whole problem. It sees the lanes the relaxation and the answer use; more cannot
/// change the relaxation's optimum.
fn certify(problem: &Problem, relaxed: &Relaxed, best: &Choice) -> Result<Certified, SolveError> {
    let mut lanes = best.lanes();
    lanes.extend(relaxed.lanes());
    lanes.sort_unstable();
    lanes.dedup();
    if lanes.is_empty() {
        // Nothing can move in the relaxation: there is no program to ask about.
        let prices = relaxed.prices.clone();
        return Ok(Certified { prices, bound: relaxed.bound });
    }
    let fixed = |lane: usize| problem.lanes[lane].fixed / problem.lanes[lane].upper;
    let spread: Vec<(usize, f64)> = lanes.iter().map(|&lane| (lane, fixed(lane))).collect();
    let program = Program::new(problem, &spread);
    let vertex = simplex::maximise(&program.lp);
    let vertex = vertex.ok_or_else(no_vertex)?;
    let interior = conic::confirm(&program.lp, &vertex)?;
    if (vertex.value - interior.value).abs() > AGREE * (1.0 + vertex.value.abs()) {
        return Err(SolveError::Disagree(format!("{} and {}", vertex.value, interior.value)));
    }
    let prices = program.prices(problem, &interior.duals, Some(&relaxed.prices));
    let bound = bound(problem, &prices, &vec![State::Free; problem.lanes.len()]);
    Ok(Certified { prices, bound })
}

/// How far the two solvers may differ, relative to what is at stake.
const AGREE: f64 = 1e-5;
