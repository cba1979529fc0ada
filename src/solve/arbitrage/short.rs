//! Short cycles at the pools' own prices.
//!
//! The best circulation through all ways is full of circles that nobody lends the first token of. What can be begun
//! with the token there is, may not be a part of it at all: so the best paths of a few swaps are looked for as well.

use std::ops::Range;

use super::market::Curve;
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

/// The best paths from `base` to each token after one swap, two, and so on; or from each token to it, backwards.
struct Paths<'a> {
    ways: &'a Ways,
    /// Of each way, in the direction in which its first token comes out, and the other.
    hops: &'a [[Option<Hop>; 2]],
    base: usize,
    is_onward: bool,
    /// What makes a path better than others.
    merit: fn(&Hop) -> f64,
    layers: Vec<Vec<Option<Reached>>>,
}

impl Paths<'_> {
    /// Adds the ways of cycles with what each earns.
    fn follow(mut self, cycles: &mut Vec<(f64, Vec<usize>)>) {
        for count in 1..=HOPS {
            let mut layer = vec![None; self.ways.market.tokens()];
            for (way, hops) in self.hops.iter().enumerate() {
                let [first, second] = self.ways.tokens[way];
                for (hop, [sold, bought]) in hops.iter().zip([[second, first], [first, second]]) {
                    let [from, to] = if self.is_onward { [sold, bought] } else { [bought, sold] };
                    // What does not lead back at last leads nowhere.
                    let is_of_use = count < HOPS || to == self.base;
                    let Some(hop) = hop.filter(|_| is_of_use).and_then(|hop| self.join(from, &hop)) else {
                        continue;
                    };
                    if to == self.base {
                        cycles.extend(self.closed(&hop, way, from));
                    } else {
                        self.reach(&mut layer[to], Reached { hop, merit: (self.merit)(&hop), way, from }, to);
                    }
                }
            }
            self.layers.push(layer);
        }
    }

    /// What the best path to `from` does together with one hop more.
    fn join(&self, from: usize, hop: &Hop) -> Option<Hop> {
        match self.layers.last() {
            None => (from == self.base).then_some(*hop),
            Some(last) => {
                let before = last[from].filter(|_| from != self.base)?.hop;
                Some(if self.is_onward { before.then(hop) } else { hop.then(&before) })
            }
        }
    }

    /// Keeps the better one of two paths to a token; none comes through a token or a way twice.
    fn reach(&self, known: &mut Option<Reached>, other: Reached, to: usize) {
        let was_there = |reached: Reached| reached.way == other.way || reached.from == to;
        if known.is_none_or(|known| known.merit < other.merit) && !self.path(other.from).any(was_there) {
            *known = Some(other);
        }
    }

    /// The cycle that ends with `way`, if it pays.
    fn closed(&self, hop: &Hop, way: usize, from: usize) -> Option<(f64, Vec<usize>)> {
        let profit = hop.profit(1.0);
        if profit <= 0.0 || self.path(from).any(|reached| reached.way == way) {
            return None;
        }
        let others = self.path(from).map(|reached| reached.way);
        Some((profit, std::iter::once(way).chain(others).collect()))
    }

    /// The best path to a token, the last swap first.
    fn path(&self, mut token: usize) -> impl Iterator<Item = Reached> {
        self.layers.iter().rev().map_while(move |layer| {
            let reached = layer[token]?;
            token = reached.from;
            Some(reached)
        })
    }
}

/// Ways of short cycles through `base` with what each cycle earns by itself: for every way that ends one the best that
/// leads to it in up to three swaps, and for every way that begins one the best that leads back from it.
pub(super) fn short(ways: &Ways, base: usize) -> Vec<(f64, Vec<usize>)> {
    let hop = |columns: &Range<usize>, side: usize| {
        let hops = ways.market.curves[columns.clone()].iter().map(|curve| Hop::of(curve, side));
        hops.max_by(|a, b| a.rate().total_cmp(&b.rate()))
    };
    let hops: Vec<[Option<Hop>; 2]> =
        ways.columns.iter().map(|columns| [0, 1].map(|side: usize| hop(columns, side))).collect();
    let mut cycles = Vec::new();
    let merits: [fn(&Hop) -> f64; 2] = [Hop::rate, |hop| hop.profit(GAP)];
    for merit in merits {
        for is_onward in [true, false] {
            let paths = Paths { ways, hops: &hops, base, is_onward, merit, layers: Vec::new() };
            paths.follow(&mut cycles);
        }
    }
    cycles
}
