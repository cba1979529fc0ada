//! The rebalance problem of a network: which ways could ever pay, scaled to about one.
//!
//! The misallocation is z = max(Σ excess over the bands, Σ shortfall below them): the dollars that
//! have to move at least. Maximised is λ·(z₀ − z) − Σ costs, λ being the largest share of an amount
//! that a move may cost. Removing what flows through one way raises z by at most that flow, so no
//! optimal flow pays more than λ of it, whatever the fixed costs are. For the same reason nobody gives
//! below the lower end of his band and nobody takes above the upper end: neither lowers z.
//!
//! A bridge never relays what another bridge brings: CCTP joins every pair of chains directly, and a
//! relay would save cents of gas for twice the wait. Swaps before and after a bridge are allowed.

use crate::network::node::dollars;
use crate::network::{Edge, Envelope, Network, Way};

/// The range a node's value should lie in, in dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What one node may give and take. The first part counts for z, the second does not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spot {
    pub(crate) gives: [f64; 2],
    pub(crate) takes: [f64; 2],
}

/// An edge that could pay.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lane {
    pub(crate) edge: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Fixed cost in dollars.
    pub(crate) fixed: f64,
    /// Price of capital on its way, per dollar sent.
    pub(crate) rate: f64,
    /// Most dollars that can usefully pass.
    pub(crate) upper: f64,
    pub(crate) envelope: Envelope,
    pub(crate) budget: Option<usize>,
    /// Whether it is a bridge, not a swap.
    pub(crate) bridge: bool,
}

impl Lane {
    /// What it costs to send `sent` dollars: fixed cost, capital on its way, what is lost.
    pub(crate) fn cost(&self, sent: f64) -> f64 {
        let points = &self.envelope.inner;
        let place = points.partition_point(|point| point.sent < sent).max(1);
        let lost = match points.get(place.saturating_sub(1)..=place) {
            Some([left, right]) if right.sent > left.sent => {
                let part = (sent - left.sent) / (right.sent - left.sent);
                let between = |left: f64, right: f64| left + (right - left) * part;
                sent - between(left.arrives, right.arrives) + between(left.extra, right.extra)
            }
            // At the last corner, give or take rounding.
            Some(_) | None => points.last().map_or(0.0, |last| sent - last.arrives + last.extra),
        };
        self.fixed + self.rate * sent + lost
    }
}

/// The problem in dollars.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) share: f64,
    pub(crate) spots: Vec<Spot>,
    pub(crate) excess: f64,
    pub(crate) shortfall: f64,
    pub(crate) budgets: Vec<f64>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) least: f64,
    /// Edges left out because they cannot pay, with the least share they would cost.
    pub(crate) hopeless: Vec<(usize, f64)>,
}

/// Sizes sampled of every swap before the answer is known.
const SAMPLES: u32 = 4;

impl Problem {
    /// Dollars that have to move at least.
    pub(crate) fn misallocated(&self) -> f64 {
        self.excess.max(self.shortfall)
    }

    /// Builds it; nodes and ranges are parallel.
    pub(crate) fn new(network: &Network, ranges: &[Range], share: f64, least: f64) -> Self {
        let mut problem = Self {
            share,
            spots: Vec::with_capacity(network.nodes.len()),
            excess: 0.0,
            shortfall: 0.0,
            budgets: Vec::new(),
            lanes: Vec::new(),
            least,
            hopeless: Vec::new(),
        };
        for (node, range) in network.nodes.iter().zip(ranges) {
            let value = dollars(node.value);
            let spendable = node.dollars(node.available.units());
            let gives = spendable.min(value - range.low).max(0.0);
            let excess = (value - range.high).max(0.0);
            let shortfall = (range.low - value).max(0.0);
            let takes = (range.high - value).max(0.0);
            problem.excess += excess;
            problem.shortfall += shortfall;
            problem.spots.push(Spot {
                gives: [gives.min(excess), gives - gives.min(excess)],
                takes: [takes.min(shortfall), takes - takes.min(shortfall)],
            });
        }
        for budget in &network.budgets {
            let node = network.nodes.iter().find(|node| node.position.asset == budget.asset);
            problem.budgets.push(node.map_or(0.0, |node| node.dollars(budget.units)));
        }
        if share > 0.0 && problem.misallocated() > 0.0 {
            problem.add_lanes(network);
        }
        problem
    }

    fn add_lanes(&mut self, network: &Network) {
        // Every useful path starts in an excess or ends in a shortfall.
        let most = self.excess + self.shortfall / (1.0 - self.share);
        let mut upper: Vec<f64> = network
            .edges
            .iter()
            .map(|edge| {
                let capacity = network.nodes.get(edge.from).map_or(0.0, |node| node.dollars(edge.capacity));
                let budget = match &edge.way {
                    Way::Bridge(way) => way.budget.and_then(|index| self.budgets.get(index)),
                    Way::Swap(_) | Way::Quoted(_) => None,
                };
                capacity.min(most).min(budget.copied().unwrap_or(f64::INFINITY))
            })
            .collect();
        // What can leave a node is what it gives and what enters it; three rounds tighten enough.
        let mut reach = vec![most; upper.len()];
        let bridges = |edge: &Edge| matches!(edge.way, Way::Bridge(_));
        for _ in 0..3 {
            // By swaps and from stock alone, and by bridges.
            let mut leaves: Vec<[f64; 2]> =
                self.spots.iter().map(|spot| [spot.gives[0] + spot.gives[1], 0.0]).collect();
            let mut enters: Vec<[f64; 2]> =
                self.spots.iter().map(|spot| [spot.takes[0] + spot.takes[1], 0.0]).collect();
            for (edge, limit) in network.edges.iter().zip(&upper) {
                let kind = usize::from(bridges(edge));
                leaves[edge.to][kind] += limit;
                enters[edge.from][kind] += limit;
            }
            for ((edge, limit), reach) in network.edges.iter().zip(&mut upper).zip(&mut reach) {
                let (from, to) = (leaves[edge.from], enters[edge.to]);
                let relayed = if bridges(edge) { 0.0 } else { 1.0 };
                *reach = reach.min(from[0] + relayed * from[1]);
                *reach = reach.min((to[0] + relayed * to[1]) / (1.0 - self.share));
                *limit = limit.min(*reach);
            }
        }
        for (index, (edge, &limit)) in network.edges.iter().zip(&upper).enumerate() {
            if limit <= 0.0 || limit < self.least {
                continue;
            }
            let fixed = dollars(edge.fixed());
            let rate = edge.capital_atto as f64 / 1e18;
            let Some(steepest) = Envelope::best_slope(network, edge) else { continue };
            let cheapest = fixed / limit + rate + (1.0 - steepest);
            if cheapest > self.share {
                self.hopeless.push((index, cheapest));
                continue;
            }
            let Some((envelope, upper)) = Envelope::of(network, edge, limit, SAMPLES) else { continue };
            let steepest = slope(&envelope.outer, 0);
            let cheapest = fixed / upper + rate + (1.0 - steepest);
            if upper < self.least || cheapest > self.share {
                self.hopeless.push((index, cheapest));
                continue;
            }
            let (budget, bridge) = match &edge.way {
                Way::Bridge(way) => (way.budget, true),
                Way::Swap(_) | Way::Quoted(_) => (None, false),
            };
            let (from, to) = (edge.from, edge.to);
            self.lanes.push(Lane { edge: index, from, to, fixed, rate, upper, envelope, budget, bridge });
        }
        self.drop_dominated(&reach);
    }

    /// Drops a lane when another between the same nodes is never dearer, not even its last dollar
    /// against the first of this one, and can carry by itself whatever can pass between them.
    fn drop_dominated(&mut self, reach: &[f64]) {
        let worst = |lane: &Lane| {
            let last = lane.envelope.inner.len().saturating_sub(2);
            let extra = lane.envelope.inner.last().map_or(0.0, |point| point.extra);
            if extra > 0.0 { f64::INFINITY } else { lane.rate + 1.0 - slope(&lane.envelope.inner, last) }
        };
        let best = |lane: &Lane| lane.rate + 1.0 - slope(&lane.envelope.outer, 0);
        let beats = |rival: &Lane, lane: &Lane| {
            rival.from == lane.from
                && rival.to == lane.to
                && rival.edge != lane.edge
                && rival.budget.is_none()
                && rival.upper >= reach[rival.edge]
                && rival.fixed <= lane.fixed
                && worst(rival) <= best(lane)
                // Of two equal lanes the first stays.
                && (rival.edge < lane.edge || rival.fixed < lane.fixed || worst(rival) < best(lane))
        };
        let beaten = |lane: &Lane| self.lanes.iter().any(|rival| beats(rival, lane));
        let beaten: Vec<bool> = self.lanes.iter().map(beaten).collect();
        let mut beaten = beaten.into_iter();
        self.lanes.retain(|_| beaten.next() != Some(true));
    }
}

/// Gain per dollar of one side of a polygon.
pub(crate) fn slope(points: &[crate::network::Point], side: usize) -> f64 {
    match points.get(side..side.saturating_add(2)) {
        Some([left, right]) if right.sent > left.sent => {
            (right.arrives - left.arrives) / (right.sent - left.sent)
        }
        Some(_) | None => 0.0,
    }
}
