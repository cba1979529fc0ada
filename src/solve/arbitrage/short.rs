//! Short cycles at the pools' own prices.
//!
//! The best circulation through all ways is full of circles that nobody lends the first token of. What can be begun
//! with the token there is, may not be a part of it at all: so the best paths of a few swaps are looked for as well.

use std::ops::Range;

use super::market::{Curve, Market};
use super::ways::Ways;

/// Most ways of a cycle.
const HOPS: usize = 4;
/// A path may be the best because of its rate, or because of what it brings where the rest of the cycle has a gap like
/// this.
const GAP: f64 = 1.02;

/// A way in one direction, or several one after another: `x` of value that go in bring `a·x/(b + c·x)`.
#[derive(Debug, Clone, Copy)]
struct Hop {
    a: f64,
    b: f64,
    c: f64,
}

impl Hop {
    /// Through the curve, out of whose side the value comes. A weighted pool counts as a product.
    fn of(curve: &Curve, side: usize) -> Self {
        // At even prices R′/γ = R/s², with s what the root of the price has to gain.
        let (out, root) = (curve.reserves[side], 1.0 + curve.shift[side]);
        Self { a: out * root * root, b: out, c: root * root }
    }

    /// One after the other.
    fn then(&self, next: &Self) -> Self {
        Self { a: next.a * self.a, b: next.b * self.b, c: next.b * self.c + next.c * self.a }
    }

    /// What comes out of next to nothing, relative to it.
    fn rate(&self) -> f64 {
        self.a / self.b
    }

    /// The most that can come out above what goes in, where what comes out is worth so many times its value.
    fn profit(&self, worth: f64) -> f64 {
        let above = (self.a * worth).sqrt() - self.b.sqrt();
        if above > 0.0 { above * above / self.c } else { 0.0 }
    }
}

/// The best way to a token so far: what it does, the way it ends with, and where that begins.
#[derive(Debug, Clone, Copy)]
struct Reached {
    hop: Hop,
    /// What makes it better than others.
    merit: f64,
    way: usize,
    from: usize,
}

/// The best ways to each token after one swap, two, and so on.
struct Layers(Vec<Vec<Option<Reached>>>);

impl Layers {
    /// The best way to a token so far, the last swap first.
    fn path(&self, mut token: usize) -> impl Iterator<Item = Reached> {
        self.0.iter().rev().map_while(move |layer| {
            let reached = layer[token]?;
            token = reached.from;
            Some(reached)
        })
    }

    /// What the best way to a token does; nothing yet where all begin.
    fn before(&self, token: usize, base: usize) -> Option<Option<Hop>> {
        match self.0.last() {
            None => (token == base).then_some(None),
            Some(last) => last[token].filter(|_| token != base).map(|reached| Some(reached.hop)),
        }
    }

    /// Whether the best way to `from` goes through `way` or `to`.
    fn has_been(&self, from: usize, way: usize, to: usize) -> bool {
        self.path(from).any(|reached| reached.way == way || reached.from == to)
    }
}

/// Ways of short cycles through `base` with what each cycle earns by itself: for every way that ends one the best that
/// leads to it in up to three swaps, and for every way that begins one the best that leads back from it.
pub(super) fn short(ways: &Ways, base: usize) -> Vec<(f64, Vec<usize>)> {
    let Market { curves, .. } = &ways.market;
    let hop = |columns: &Range<usize>, side: usize| {
        let hops = curves[columns.clone()].iter().map(|curve| Hop::of(curve, side));
        hops.max_by(|a, b| a.rate().total_cmp(&b.rate()))
    };
    let hops: Vec<[Option<Hop>; 2]> =
        ways.columns.iter().map(|columns| [0, 1].map(|side: usize| hop(columns, side))).collect();
    let mut cycles = Vec::new();
    let by_rate: fn(&Hop) -> f64 = Hop::rate;
    let by_profit: fn(&Hop) -> f64 = |hop| hop.profit(GAP);
    for (is_onward, label) in [(true, by_rate), (false, by_rate), (true, by_profit), (false, by_profit)] {
        let mut layers = Layers(Vec::new());
        for count in 1..=HOPS {
            let mut layer: Vec<Option<Reached>> = vec![None; ways.market.tokens()];
            for (way, hops) in hops.iter().enumerate() {
                let [first, second] = ways.tokens[way];
                for (hop, [sold, bought]) in hops.iter().zip([[second, first], [first, second]]) {
                    let [from, to] = if is_onward { [sold, bought] } else { [bought, sold] };
                    // What does not lead back at last leads nowhere.
                    if count == HOPS && to != base {
                        continue;
                    }
                    let Some((hop, before)) = hop.zip(layers.before(from, base)) else { continue };
                    let hop = match before {
                        Some(before) if is_onward => before.then(&hop),
                        Some(after) => hop.then(&after),
                        None => hop,
                    };
                    let merit = if to == base { hop.profit(1.0) } else { label(&hop) };
                    let is_better = if to == base {
                        merit > 0.0
                    } else {
                        layer[to].is_none_or(|known| known.merit < merit)
                    };
                    // It ends where it began; otherwise it comes nowhere twice.
                    let nowhere = ways.market.tokens();
                    if !is_better || layers.has_been(from, way, if to == base { nowhere } else { to }) {
                        continue;
                    }
                    if to != base {
                        layer[to] = Some(Reached { hop, merit, way, from });
                    } else {
                        let path = std::iter::once(way).chain(layers.path(from).map(|reached| reached.way));
                        cycles.push((merit, path.collect()));
                    }
                }
            }
            layers.0.push(layer);
        }
    }
    cycles
}
