//! Concave gains as two polygons: an inner one that can be had, an outer one that cannot be beaten.

use crate::network::{Edge, Network, QuotedWay, SwapWay, Way, pool};

/// A corner of a polygon, in dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Value sent.
    pub sent: f64,
    /// Value that arrives, never more than was sent: a pool that pays above the reference price is
    /// free, not a profit.
    pub arrives: f64,
    /// Cost besides what is lost: more transfers when a move has to be split.
    pub extra: f64,
}

/// The gain of one edge for values `0..=upper`.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    samples: Vec<(f64, f64)>,
    /// First slope that cannot be beaten.
    steepest: f64,
    /// Corners of the chords between sampled values, concave.
    pub inner: Vec<Point>,
    /// Corners of a line no value lies above.
    pub outer: Vec<Point>,
}

/// Sizes closer than this, relative to themselves, are one.
const SAME: f64 = 1e-9;

impl Envelope {
    /// The envelope of `edge` up to `upper` dollars, sampled at `points` sizes; `None` where it gives
    /// nothing. Returns it with the largest value it covers.
    pub fn of(network: &Network, edge: &Edge, upper: f64, points: u32) -> Option<(Self, f64)> {
        match &edge.way {
            Way::Bridge(way) => {
                let from = network.nodes.get(edge.from)?;
                let gain = 1.0 - (f64::from(way.fee_ppm) / 1e6).max(way.min_fee as f64 / 1e7);
                let chunk = from.dollars(way.chunk);
                let mut corners = vec![(0.0, 0.0)];
                if upper > chunk {
                    corners.push((chunk, 0.0));
                }
                // From the second transfer on at least the fixed cost per chunk is paid again.
                let fixed = super::node::dollars(edge.fixed());
                corners.push((upper, fixed * (upper / chunk - 1.0).max(0.0)));
                let inner: Vec<Point> = corners
                    .into_iter()
                    .map(|(sent, extra)| Point { sent, arrives: sent * gain, extra })
                    .collect();
                let outer = inner.clone();
                Some((Self { samples: Vec::new(), steepest: gain, inner, outer }, upper))
            }
            Way::Swap(way) => {
                let (from, to) = (network.nodes.get(edge.from)?, network.nodes.get(edge.to)?);
                let steepest = steepest(way, from.unit_price(), to.unit_price())?;
                let mut envelope =
                    Self { samples: vec![(0.0, 0.0)], steepest, inner: Vec::new(), outer: Vec::new() };
                let mut size = upper;
                for _ in 0..points {
                    envelope.sample(network, edge, size);
                    size /= 4.0;
                }
                envelope.redraw();
                (envelope.samples.len() > 1).then_some((envelope, upper))
            }
            Way::Quoted(way) => {
                let corners = quoted(network, edge, way, upper)?;
                let last = corners.last().map(|point| point.sent).filter(|sent| *sent > 0.0)?;
                let steepest = slope_of(corners.get(1)?);
                let (inner, outer) = (corners.clone(), corners);
                Some((Self { samples: Vec::new(), steepest, inner, outer }, last))
            }
        }
    }

    /// The first slope of `edge` that nothing can beat; `None` where that is not known.
    pub fn best_slope(network: &Network, edge: &Edge) -> Option<f64> {
        match &edge.way {
            Way::Bridge(way) => Some(1.0 - f64::from(way.fee_ppm) / 1e6),
            Way::Swap(way) => {
                let (from, to) = (network.nodes.get(edge.from)?, network.nodes.get(edge.to)?);
                steepest(way, from.unit_price(), to.unit_price())
            }
            Way::Quoted(way) => quoted(network, edge, way, f64::INFINITY)?.get(1).map(slope_of),
        }
    }

    /// Adds the values at `sizes`.
    pub fn refine(&mut self, network: &Network, edge: &Edge, sizes: &[f64]) {
        if self.samples.is_empty() {
            return;
        }
        for &size in sizes {
            self.sample(network, edge, size);
        }
        self.redraw();
    }

    /// Forgets values far from `sent`: its neighbours, the first and the last stay.
    pub fn trim(&mut self, sent: f64) {
        // What a flow carries is a corner only up to rounding.
        let place = self.samples.partition_point(|(x, _)| *x < sent * (1.0 - SAME));
        let near = place.saturating_sub(1)..place.saturating_add(2);
        let last = self.samples.len().saturating_sub(1);
        let mut index = 0_usize;
        self.samples.retain(|_| {
            let keep = index == 0 || index == last || near.contains(&index);
            index = index.saturating_add(1);
            keep
        });
        if !self.samples.is_empty() {
            self.redraw();
        }
    }

    fn sample(&mut self, network: &Network, edge: &Edge, sent: f64) {
        let (Some(from), Some(to)) = (network.nodes.get(edge.from), network.nodes.get(edge.to)) else {
            return;
        };
        let Way::Swap(way) = &edge.way else { return };
        let units = sent / from.unit_price();
        let Some(out) = pool::curve::amount_out(&way.pool, way.zero_for_one, units) else { return };
        let out = out * way.kept();
        if out < 1.0 {
            return;
        }
        let arrives = (out * to.unit_price()).min(sent);
        let place = self.samples.partition_point(|(x, _)| *x < sent);
        let near = |at: Option<&(f64, f64)>| at.is_some_and(|(x, _)| (x - sent).abs() <= SAME * sent);
        let left = place.checked_sub(1).and_then(|index| self.samples.get(index));
        if sent > 0.0 && !near(left) && !near(self.samples.get(place)) {
            self.samples.insert(place, (sent, arrives));
        }
    }

    fn redraw(&mut self) {
        hull(&self.samples, &mut self.inner);
        roof(&self.samples, self.steepest, &mut self.outer);
    }
}

/// The line of a quote up to `upper` dollars: it is known everywhere, so nothing has to be sampled. It
/// never rises above what was sent.
fn quoted(network: &Network, edge: &Edge, way: &QuotedWay, upper: f64) -> Option<Vec<Point>> {
    let (from, to) = (network.nodes.get(edge.from)?, network.nodes.get(edge.to)?);
    let mut points = vec![Point { sent: 0.0, arrives: 0.0, extra: 0.0 }];
    let mut before = (0.0, 0.0);
    for &(sold, bought) in way.corners.iter().skip(1) {
        let (mut sent, mut arrives) = (from.dollars(sold), to.dollars(bought));
        let rate = (arrives - before.1) / (sent - before.0);
        let ends = sent >= upper;
        if ends {
            (sent, arrives) = (upper, before.1 + rate * (upper - before.0));
        }
        // Where the line falls below what was sent: (x − x₀)·rate + y₀ = x.
        if before.1 > before.0 && arrives < sent {
            let crossing = before.0 + (before.1 - before.0) / (1.0 - rate);
            points.push(Point { sent: crossing, arrives: crossing, extra: 0.0 });
        }
        points.push(Point { sent, arrives: arrives.min(sent), extra: 0.0 });
        before = (sent, arrives);
        if ends {
            break;
        }
    }
    Some(points)
}

/// Dollars out per dollar in at the first corner.
fn slope_of(point: &Point) -> f64 {
    point.arrives / point.sent
}

/// Average dollars out per dollar in that no size can beat, and never above one.
fn steepest(way: &SwapWay, from: f64, to: f64) -> Option<f64> {
    let (numerator, denominator) = pool::spot_rate(&way.pool, way.zero_for_one).ok()?;
    let rate = f64::from(numerator) / f64::from(denominator) * (to / from) * way.kept();
    rate.is_finite().then_some((rate * (1.0 + 1e-12)).min(1.0))
}

/// Upper concave hull into `corners`: floors of a concave function can dent its chords by a base unit.
fn hull(samples: &[(f64, f64)], corners: &mut Vec<Point>) {
    corners.clear();
    for &(sent, arrives) in samples {
        while let [.., first, last] = corners.as_slice()
            && (last.arrives - first.arrives) * (sent - last.sent)
                <= (arrives - last.arrives) * (last.sent - first.sent)
        {
            corners.pop();
        }
        corners.push(Point { sent, arrives, extra: 0.0 });
    }
}

/// Between two samples a concave function lies below both neighbouring chords prolonged; at the ends
/// below the steepest slope and below the last value. Writes into `corners`.
fn roof(samples: &[(f64, f64)], steepest: f64, corners: &mut Vec<Point>) {
    let high = |(x, y): (f64, f64)| (y * (1.0 + pool::curve::ERROR)).min(x);
    let point = |sent: f64, arrives: f64| Point { sent, arrives, extra: 0.0 };
    corners.clear();
    corners.push(point(0.0, 0.0));
    let mut before: Option<(f64, f64)> = None;
    for (index, pair) in samples.windows(2).enumerate() {
        let &[left, right] = pair else { continue };
        let rise = match before {
            Some(previous) => ((high(left) - previous.1) / (left.0 - previous.0)).min(steepest),
            None => steepest,
        };
        let fall = match samples.get(index.saturating_add(2)) {
            Some(&next) => ((next.1 - high(right)) / (next.0 - right.0)).max(0.0),
            None => 0.0,
        };
        // high(left) + rise·t = high(right) − fall·(width − t)
        let width = right.0 - left.0;
        let crossing = (high(right) - high(left) - fall * width) / (rise - fall);
        if crossing.is_finite() && crossing > 0.0 && crossing < width {
            corners.push(point(left.0 + crossing, high(left) + rise * crossing));
        }
        corners.push(point(right.0, high(right)));
        before = Some(left);
    }
}
