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
use crate::solve::simplex::Simplex;

pub use cost::{Priced, price_step};
pub use integers::{Dropped, Integers, plan};
use model::{Problem, Range};
use program::{Prices, Program, State, bound, peak};
use proof::prove;
use search::{Search, promising};

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
    /// Pivots of the search over supports.
    pub search: u64,
    /// Pivots of the proof.
    pub proof: u64,
    /// Rounds of refinement of the gains in use.
    pub refine: u32,
    /// Rounds of refinement of the relaxation's gains.
    pub sharpen: u32,
    /// Times search and refinement take turns.
    pub rounds: u32,
    /// Gap at which the proof stops, in 10⁻⁹ of what is at stake.
    pub enough: u32,
}

impl Default for Effort {
    fn default() -> Self {
        Self { search: 1_500, proof: 1_500, refine: 12, sharpen: 3, rounds: 2, enough: 20_000 }
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
    // The relaxation's support, with gains exact around it, then the search, then the same once more.
    let mut lanes = {
        let program = Program::relaxed(&problem);
        let relaxed = relax(&problem, &program);
        relaxed.map_or_else(Vec::new, |relaxed| relaxed.used)
    };
    let (mut best, mut highest, mut last) = (None, f64::INFINITY, None);
    for _ in 0..effort.rounds {
        refine(network, &mut problem, &lanes, effort.refine);
        sharpen(network, &mut problem, effort.sharpen);
        let program = Program::relaxed(&problem);
        let Some(relaxed) = relax(&problem, &program) else { break };
        let mut search = Search::new(&problem, &program, relaxed.simplex.clone(), effort.search);
        search.offer(relaxed.used.clone());
        search.offer(lanes.clone());
        search.prune();
        search.improve(&promising(&problem, &relaxed.prices, relaxed.bound, search.best.value));
        let enough = f64::from(effort.enough) / 1e9;
        let root = &relaxed.simplex;
        let proven = prove(&mut search, root, &relaxed.prices, relaxed.bound, effort.proof, enough);
        highest = highest.min(proven).min(relaxed.bound);
        let found = search.best;
        let (before, after) = (lanes, found.lanes());
        last = Some((relaxed.prices, relaxed.used, relaxed.bound));
        // Swaps that were not refined yet may be worth more or less than their chords say.
        let news = after.iter().any(|lane| !problem.lanes[*lane].bridge && !before.contains(lane));
        lanes = after;
        best = Some(found);
        if !news {
            break;
        }
    }
    let Some(best) = best else { return Err(SolveError::Refused("no vertex was found".to_owned())) };
    let certified = certify(&problem, last.as_ref(), &best)?;
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

struct Relaxed<'a> {
    simplex: Simplex<'a>,
    prices: Prices,
    used: Vec<usize>,
    bound: f64,
}

/// The relaxation over all lanes; `None` when the simplex method gives up.
fn relax<'a>(problem: &Problem, program: &'a Program) -> Option<Relaxed<'a>> {
    let mut simplex = Simplex::new(&program.lp)?;
    simplex.optimise()?;
    let solution = simplex.solution()?;
    let prices = program.prices(problem, &solution.duals, None);
    let idle = 1e-9 * problem.misallocated();
    let sent = program.sent(&solution);
    let used = sent.iter().enumerate().filter(|(_, sent)| **sent > idle).map(|(lane, _)| lane).collect();
    let bound = bound(problem, &prices, &vec![State::Free; problem.lanes.len()]);
    Some(Relaxed { simplex, prices, used, bound })
}

/// Makes the gains of `lanes` exact around their flow, one program per round.
fn refine(network: &Network, problem: &mut Problem, lanes: &[usize], rounds: u32) {
    for _ in 0..rounds {
        if lanes.iter().all(|lane| problem.lanes[*lane].bridge) {
            return;
        }
        let Some(choice) = search::flow(problem, lanes) else { return };
        let enough = 1e-8 * problem.misallocated();
        let mut open = false;
        for (index, sent) in choice.sent {
            if !problem.lanes[index].bridge && settle(network, problem, &choice.prices, index, enough) {
                open = true;
                problem.lanes[index].envelope.trim(sent);
            }
        }
        if !open {
            return;
        }
    }
}

/// Samples the gains of swaps where the relaxation promises more than is proven to be there.
fn sharpen(network: &Network, problem: &mut Problem, rounds: u32) {
    for _ in 0..rounds {
        let program = Program::relaxed(problem);
        let Some(relaxed) = relax(problem, &program) else { return };
        let enough = 1e-6 * problem.misallocated();
        let mut open = false;
        for index in 0..problem.lanes.len() {
            let lane = &problem.lanes[index];
            let (_, promised) = peak(problem, &relaxed.prices, index, &lane.envelope.outer);
            if !lane.bridge && promised * problem.share > lane.fixed {
                open |= settle(network, problem, &relaxed.prices, index, enough);
            }
        }
        if !open {
            return;
        }
    }
}

/// Samples one lane where its outer polygon promises most at `prices`, until that is within `enough` of
/// what the inner one gives there; says whether it was not.
fn settle(network: &Network, problem: &mut Problem, prices: &Prices, index: usize, enough: f64) -> bool {
    for step in 0..LOOKS {
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

/// Exact values looked up for one lane at one set of prices.
const LOOKS: u32 = 8;

struct Certified {
    prices: Prices,
    bound: f64,
}

/// Clarabel's word: on the relaxation of the lanes that matter (prices and bound), and on the chosen
/// support, where it must agree with the simplex method.
fn certify(
    problem: &Problem,
    relaxed: Option<&(Prices, Vec<usize>, f64)>,
    best: &search::Choice,
) -> Result<Certified, SolveError> {
    let mut lanes: Vec<usize> = match relaxed {
        Some((prices, used, bound)) => {
            let mut lanes = promising(problem, prices, *bound, best.value);
            lanes.truncate(CERTIFIED_LANES);
            lanes.extend(used);
            lanes
        }
        None => (0..problem.lanes.len()).collect(),
    };
    lanes.extend(best.lanes());
    lanes.sort_unstable();
    lanes.dedup();
    let fixed = |lane: usize| problem.lanes[lane].fixed / problem.lanes[lane].upper;
    let spread: Vec<(usize, f64)> = lanes.iter().map(|&lane| (lane, fixed(lane))).collect();
    let program = Program::new(problem, &spread);
    let solution = conic::maximise(&program.lp)?;
    let prices = program.prices(problem, &solution.duals, relaxed.map(|(prices, _, _)| prices));
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
const AGREE: f64 = 1e-5;
