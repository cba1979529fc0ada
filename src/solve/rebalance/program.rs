//! The linear program of some lanes, and a bound on the whole problem from its prices.
//!
//! Amounts are divided by the misallocation and costs by λ, so that all numbers are about one.

use std::rc::Rc;

use crate::network::Point;
use crate::solve::lp::{Column, Lp, Solution};
use crate::solve::rebalance::model::{Lane, Problem, Spot};
use crate::solve::simplex::Simplex;

/// Prices of a program, in units of λ: what one more dollar is worth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prices {
    /// At every node.
    pub(crate) nodes: Vec<f64>,
    /// Of one dollar less excess.
    pub(crate) excess: f64,
    /// Of one dollar less shortfall.
    pub(crate) shortfall: f64,
    /// Of one dollar more of a shared limit.
    pub(crate) budgets: Vec<f64>,
    /// Of one dollar more at every node that may leave by bridge.
    pub(crate) relays: Vec<f64>,
}

impl Prices {
    /// Prices where nothing moves.
    pub(crate) fn idle(problem: &Problem) -> Self {
        // The larger part of z is what one dollar less of it is worth; the other is worth nothing.
        let short = problem.shortfall >= problem.excess;
        let (excess, shortfall) = if short { (0.0, 1.0) } else { (1.0, 0.0) };
        let nodes = problem.spots.iter().map(|spot| resting(spot, excess, shortfall)).collect();
        let budgets = vec![0.0; problem.budgets.len()];
        Self { nodes, excess, shortfall, budgets, relays: vec![0.0; problem.spots.len()] }
    }
}

/// A price at which a node without lanes neither gives nor takes.
fn resting(spot: &Spot, excess: f64, shortfall: f64) -> f64 {
    if spot.gives[0] > 0.0 {
        -excess
    } else if spot.takes[0] > 0.0 {
        shortfall
    } else {
        0.0
    }
}

/// A linear program with the way back to lanes and nodes.
pub(crate) struct Program {
    pub(crate) lp: Rc<Lp>,
    scale: f64,
    /// Row of every node that takes part.
    rows: Vec<Option<usize>>,
    budget_rows: Vec<Option<usize>>,
    /// Row of every node that bridges enter and leave.
    relay_rows: Vec<Option<usize>>,
    /// First column and number of columns of each lane given.
    spans: Vec<(usize, usize)>,
    /// What the fixed cost adds per unit of each lane given.
    charges: Vec<f64>,
}

/// Row of the excess and of the shortfall.
const EXCESS: usize = 0;
const SHORTFALL: usize = 1;

impl Program {
    /// The program of `lanes`, each with what its fixed cost adds per dollar.
    pub(crate) fn new(problem: &Problem, lanes: &[(usize, f64)]) -> Self {
        let scale = problem.misallocated();
        let mut lp = Lp { rhs: Vec::new(), columns: Vec::new(), basis: Vec::new() };
        lp.columns.push(Column::new(1.0, 1.0).with(EXCESS, 1.0).with(SHORTFALL, 1.0));
        for (row, part) in [(EXCESS, problem.excess), (SHORTFALL, problem.shortfall)] {
            lp.basis.push(lp.columns.len());
            lp.columns.push(Column::new(0.0, f64::INFINITY).with(row, 1.0));
            lp.rhs.push((problem.misallocated() - part) / scale);
        }
        let mut program = Self {
            lp: Rc::new(lp),
            scale,
            rows: vec![None; problem.spots.len()],
            budget_rows: vec![None; problem.budgets.len()],
            relay_rows: vec![None; problem.spots.len()],
            spans: Vec::with_capacity(lanes.len()),
            charges: Vec::with_capacity(lanes.len()),
        };
        program.add_relays(problem, lanes);
        for &(index, slope) in lanes {
            program.add_lane(problem, index, slope);
        }
        program
    }

    /// The program while it is built; nobody else holds it then.
    fn build(&mut self) -> &mut Lp {
        Rc::make_mut(&mut self.lp)
    }

    /// What leaves a node by bridge comes from its stock or from swaps. Where no bridge enters, or none
    /// leaves, the balance says so already.
    fn add_relays(&mut self, problem: &Problem, lanes: &[(usize, f64)]) {
        let mut ends = vec![[false; 2]; problem.spots.len()];
        for lane in lanes.iter().map(|(index, _)| &problem.lanes[*index]).filter(|lane| lane.bridge) {
            ends[lane.from][0] = true;
            ends[lane.to][1] = true;
        }
        for (node, _) in ends.iter().enumerate().filter(|(_, ends)| **ends == [true, true]) {
            let Spot { gives, takes: _ } = problem.spots[node];
            let row = self.limit((gives[0] + gives[1]) / self.scale);
            self.relay_rows[node] = Some(row);
        }
    }

    /// A new row: what is in it ≤ `limit`.
    fn limit(&mut self, limit: f64) -> usize {
        let row = self.lp.rhs.len();
        self.build().rhs.push(limit);
        let slack = self.lp.columns.len();
        self.build().basis.push(slack);
        self.build().columns.push(Column::new(0.0, f64::INFINITY).with(row, 1.0));
        row
    }

    fn add_lane(&mut self, problem: &Problem, index: usize, slope: f64) {
        let lane = &problem.lanes[index];
        let from = self.node(problem, lane.from);
        let to = self.node(problem, lane.to);
        let budget = lane.budget.map(|budget| self.budget(problem, budget));
        let relay = self.relay_rows[if lane.bridge { lane.from } else { lane.to }];
        let first = self.lp.columns.len();
        for pair in lane.envelope.inner.windows(2) {
            let &[left, right] = pair else { continue };
            let width = right.sent - left.sent;
            if width <= 0.0 {
                continue;
            }
            let gain = (right.arrives - left.arrives) / width;
            let extra = (right.extra - left.extra) / width;
            let cost = (lane.rate + (1.0 - gain) + extra + slope) / problem.share;
            let mut column = Column::new(-cost, width / self.scale).with(from, 1.0).with(to, -gain);
            if let Some(row) = budget {
                column = column.with(row, 1.0);
            }
            if let Some(row) = relay {
                column = column.with(row, if lane.bridge { 1.0 } else { -gain });
            }
            self.build().columns.push(column);
        }
        self.spans.push((first, self.lp.columns.len().saturating_sub(first)));
        self.charges.push(slope / problem.share);
    }

    /// The program of all lanes, fixed costs spread over what they can carry: the relaxation.
    pub(crate) fn relaxed(problem: &Problem) -> Self {
        let spread = |(index, lane): (usize, &Lane)| (index, lane.fixed / lane.upper);
        let lanes: Vec<(usize, f64)> = problem.lanes.iter().enumerate().map(spread).collect();
        Self::new(problem, &lanes)
    }

    /// Puts the lane at `place` of those given into `state`.
    pub(crate) fn set(&self, simplex: &mut Simplex, place: usize, state: State) {
        let (first, count) = self.spans[place];
        for column in first..first.saturating_add(count) {
            match state {
                State::Free => simplex.open(column, 0.0),
                State::Open => simplex.open(column, self.charges[place]),
                State::Closed => simplex.close(column),
            }
        }
    }

    /// Row of a node: what leaves − what arrives − given + taken = 0.
    fn node(&mut self, problem: &Problem, node: usize) -> usize {
        if let Some(row) = self.rows[node] {
            return row;
        }
        let row = self.lp.rhs.len();
        self.rows[node] = Some(row);
        let Spot { gives, takes } = problem.spots[node];
        let scale = self.scale;
        let share = |part: f64| part / scale;
        self.build().rhs.push(0.0);
        let slack = self.lp.columns.len();
        self.build().basis.push(slack);
        self.build().columns.push(Column::new(0.0, share(gives[1])).with(row, -1.0));
        for column in [
            Column::new(0.0, share(gives[0])).with(row, -1.0).with(EXCESS, -1.0),
            Column::new(0.0, share(takes[0])).with(row, 1.0).with(SHORTFALL, -1.0),
            Column::new(0.0, share(takes[1])).with(row, 1.0),
        ] {
            if column.upper > 0.0 {
                self.build().columns.push(column);
            }
        }
        row
    }

    fn budget(&mut self, problem: &Problem, budget: usize) -> usize {
        if let Some(row) = self.budget_rows[budget] {
            return row;
        }
        let row = self.limit(problem.budgets[budget] / self.scale);
        self.budget_rows[budget] = Some(row);
        row
    }

    /// Dollars sent over each lane given.
    pub(crate) fn sent(&self, solution: &Solution) -> Vec<f64> {
        self.spans
            .iter()
            .map(|&(first, count)| solution.x.iter().skip(first).take(count).sum::<f64>() * self.scale)
            .collect()
    }

    /// Dollars the program's answer is worth.
    pub(crate) fn worth(&self, problem: &Problem, solution: &Solution) -> f64 {
        solution.value * self.scale * problem.share
    }

    /// Its prices; nodes without a row keep those of `otherwise`, or what makes them rest.
    pub(crate) fn prices(&self, problem: &Problem, duals: &[f64], otherwise: Option<&Prices>) -> Prices {
        let (excess, shortfall) = (duals[EXCESS].max(0.0), duals[SHORTFALL].max(0.0));
        let nodes = problem
            .spots
            .iter()
            .enumerate()
            .map(|(node, spot)| match (self.rows[node], otherwise) {
                (Some(row), _) => duals[row],
                (None, Some(prices)) => prices.nodes[node],
                (None, None) => resting(spot, excess, shortfall),
            })
            .collect();
        let of = |rows: &[Option<usize>]| -> Vec<f64> {
            rows.iter().map(|row| row.map_or(0.0, |row| duals[row].max(0.0))).collect()
        };
        let (budgets, relays) = (of(&self.budget_rows), of(&self.relay_rows));
        Prices { nodes, excess, shortfall, budgets, relays }
    }
}

/// What is known about a lane where a bound is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It may be used or not.
    Free,
    /// Its fixed cost is paid.
    Open,
    /// It is not used.
    Closed,
}

/// The most any flow over the outer polygons can be worth, in dollars, lanes being in `states`: the
/// Lagrangian with node balances, both parts of z, shared limits and relays priced, which bounds from above at
/// any prices of the right sign (weak duality).
pub(crate) fn bound(problem: &Problem, prices: &Prices, states: &[State]) -> f64 {
    let (excess, shortfall) = (prices.excess.max(0.0), prices.shortfall.max(0.0));
    let most = problem.misallocated();
    let floor = -1.0 / problem.share;
    let mut total = (most - problem.excess) * excess + (most - problem.shortfall) * shortfall;
    total += most * (1.0 - excess - shortfall).max(0.0);
    for (limit, price) in problem.budgets.iter().zip(&prices.budgets) {
        total += limit * price.max(0.0);
    }
    for (spot, relay) in problem.spots.iter().zip(&prices.relays) {
        total += (spot.gives[0] + spot.gives[1]) * relay.max(0.0);
    }
    for (spot, price) in problem.spots.iter().zip(&prices.nodes) {
        let price = price.max(floor);
        total += spot.gives[0] * (price + excess).max(0.0) + spot.gives[1] * price.max(0.0);
        total += spot.takes[0] * (shortfall - price).max(0.0) + spot.takes[1] * (-price).max(0.0);
    }
    for (index, state) in states.iter().enumerate() {
        let net = || rent(problem, prices, index) - problem.lanes[index].fixed / problem.share;
        total += match state {
            State::Closed => 0.0,
            State::Open => net(),
            State::Free => net().max(0.0),
        };
    }
    // Rounding of the sums above: far below a micro-dollar per thousand dollars.
    total * problem.share + 1e-11 * most
}

/// The most a lane can earn at these prices before its fixed cost, in units of λ; never negative.
pub(crate) fn rent(problem: &Problem, prices: &Prices, index: usize) -> f64 {
    peak(problem, prices, index, &problem.lanes[index].envelope.outer).1
}

/// Where on a polygon a lane earns most at these prices, and how much in units of λ.
pub(crate) fn peak(problem: &Problem, prices: &Prices, index: usize, polygon: &[Point]) -> (f64, f64) {
    let lane = &problem.lanes[index];
    let floor = -1.0 / problem.share;
    let (here, there) = (prices.nodes[lane.from].max(floor), prices.nodes[lane.to].max(floor));
    let budget =
        lane.budget.and_then(|budget| prices.budgets.get(budget)).map_or(0.0, |price| price.max(0.0));
    let relay = |node: usize| prices.relays[node].max(0.0);
    let (toll, bonus) = if lane.bridge { (budget + relay(lane.from), 0.0) } else { (0.0, relay(lane.to)) };
    polygon.iter().fold((0.0, 0.0), |best: (f64, f64), &Point { sent, arrives, extra }| {
        let cost = lane.rate * sent + (sent - arrives) + extra;
        let earns = (there + bonus) * arrives - (here + toll) * sent - cost / problem.share;
        if earns > best.1 { (sent, earns) } else { best }
    })
}
