//! How far to go along a step, for each part of the network by itself.
//!
//! Tokens that no trading pool ties to the rest can move far before anything holds them, and then a kink does:
//! where a pool begins to trade. One length for all would be the shortest that any of them needs. A block is
//! tokens tied by trading pools; along the step its slope is a function of one length, and close to linear
//! between kinks.

use super::market::Market;
use super::newton::{FARTHEST, Point};
use super::sorted::{NONE, Sorted};
use super::term::Price;

/// A block's slope is at rest when it is this part of what it was.
const REST: f64 = 0.5;
/// Most looks at one block.
const LOOKS: u32 = 24;
/// The parts of a network that move by themselves.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    /// While tokens are tied together: another token of the same block.
    parents: Vec<u32>,
    blocks: Vec<u32>,
    tokens: Sorted,
    pools: Sorted,
    logs: Vec<f64>,
    prices: Vec<Price>,
}

impl Blocks {
    pub(super) fn new(market: &Market) -> Self {
        let (tokens, pools) = (market.tokens(), market.pools());
        Self {
            parents: Vec::with_capacity(tokens),
            blocks: Vec::with_capacity(tokens),
            tokens: Sorted::with_room(tokens, tokens),
            pools: Sorted::with_room(tokens, pools.saturating_mul(2)),
            logs: Vec::with_capacity(tokens),
            prices: Vec::with_capacity(tokens),
        }
    }

    /// Puts into `logs` where each block goes along `step` from `point`; tokens that are not `free` go all the
    /// way. Blocks are tied by `pairs`.
    pub(super) fn search(
        &mut self,
        market: &Market,
        point: &Point,
        free: &[bool],
        step: &[f64],
        trial: &mut Point,
    ) {
        let count = self.tie(market, point, free);
        self.prices.clone_from(&point.prices);
        self.logs.clone_from(&point.logs);
        for token in 0..market.tokens() {
            if !free[token] && step[token] < 0.0 {
                self.logs[token] = (point.logs[token] + step[token]).max(market.low[token]);
                self.prices[token] = Price::of(self.logs[token]);
            }
        }
        for block in 0..count {
            let of_token = |token: &u32| point.paid[*token as usize] * step[*token as usize];
            let slope: f64 = self.tokens.of(block).iter().map(of_token).sum();
            if slope < 0.0 {
                self.along(market, block, (point, trial), step, slope);
            }
        }
        trial.logs.copy_from_slice(&self.logs);
    }

    /// Finds the blocks; answers how many.
    fn tie(&mut self, market: &Market, point: &Point, free: &[bool]) -> usize {
        self.parents.clear();
        self.parents.extend((0_u32..).take(free.len()));
        for (curve, term) in market.curves.iter().zip(&point.terms) {
            if term.curvature > 0.0 && curve.tokens().into_iter().all(|token| free[token]) {
                let [first, second] = curve.ends.map(|token| root(&mut self.parents, token));
                self.parents[first.max(second) as usize] = first.min(second);
            }
        }
        self.blocks.clear();
        self.blocks.resize(free.len(), NONE);
        let mut count = 0_u32;
        for (token, is_free) in free.iter().enumerate() {
            if *is_free {
                let root = root(&mut self.parents, token as u32) as usize;
                // A root is the first token of its block.
                if root == token {
                    self.blocks[token] = count;
                    count = count.saturating_add(1);
                } else {
                    self.blocks[token] = self.blocks[root];
                }
            }
        }
        let blocks = &self.blocks;
        self.tokens.sort(count as usize, free.len(), |token| [blocks[token], NONE]);
        self.pools.sort(count as usize, market.pools(), |pool| {
            let [first, second] = market.curves[pool].tokens().map(|token| blocks[token]);
            [first, if first == second { NONE } else { second }]
        });
        count as usize
    }

    /// Goes along the step of one block, whose slope there is `slope`, until it is at rest.
    fn along(
        &mut self,
        market: &Market,
        block: usize,
        (point, trial): (&Point, &Point),
        step: &[f64],
        slope: f64,
    ) {
        let (mut low, mut high, mut part) = (0.0, 1.0, 1.0_f64);
        let ahead = self.slope_at(market, block, trial, step);
        if ahead > 0.0 {
            part = slope / (slope - ahead);
        } else if ahead <= REST * slope {
            // Nothing bends along the step yet.
            let farthest = |token: &u32| step[*token as usize].abs();
            let farthest = self.tokens.of(block).iter().map(farthest).fold(f64::MIN_POSITIVE, f64::max);
            high = (FARTHEST / farthest).max(1.0);
            part = high;
        }
        for look in 0..LOOKS {
            let clips = self.go(market, block, point, step, part);
            let now = self.look(market, block, step);
            let mut rises = now.slope > 0.0;
            if !rises && clips {
                // Where prices are at their least ones the slope does not say what they had to give up.
                let profit = |pool: &u32| point.terms[*pool as usize].profit;
                rises = now.value > self.pools.of(block).iter().map(profit).sum();
            }
            if now.slope.abs() <= -REST * slope && !(rises && clips) || (!rises && part >= high) {
                return;
            }
            if rises {
                high = part;
            } else {
                low = part;
            }
            let next = part - now.slope / now.bend;
            let is_inside = next > low && next < high;
            // From beyond a kink Newton's step leads right behind it.
            part = if is_inside && look % 4 != 3 { next } else { 0.5 * (low + high) };
        }
        self.go(market, block, point, step, low);
    }

    /// The slope of a block at `trial`, where all have gone the whole way.
    fn slope_at(&self, market: &Market, block: usize, trial: &Point, step: &[f64]) -> f64 {
        let of_token = |token: &u32| {
            let token = *token as usize;
            if trial.logs[token] > market.low[token] { trial.paid[token] * step[token] } else { 0.0 }
        };
        self.tokens.of(block).iter().map(of_token).sum()
    }

    /// Puts a block that far along its step; answers whether prices end at their least ones.
    fn go(&mut self, market: &Market, block: usize, point: &Point, step: &[f64], part: f64) -> bool {
        let mut clips = false;
        for &token in self.tokens.of(block) {
            let token = token as usize;
            let log = point.logs[token] + part * step[token];
            clips |= log < market.low[token];
            self.logs[token] = log.max(market.low[token]);
            self.prices[token] = Price::of(self.logs[token]);
        }
        clips
    }

    /// What the pools of a block are worth, how fast that changes along the step, and how fast that does.
    fn look(&self, market: &Market, block: usize, step: &[f64]) -> Look {
        let mut look = Look { value: 0.0, slope: 0.0, bend: 0.0 };
        let moves = |token: u32| {
            let token = token as usize;
            let moves = self.blocks[token] as usize == block && self.logs[token] > market.low[token];
            if moves { step[token] } else { 0.0 }
        };
        for &pool in self.pools.of(block) {
            let curve = &market.curves[pool as usize];
            let term = curve.term(&self.prices);
            let [first, second] = curve.ends.map(moves);
            look.value += term.profit;
            look.slope += first * term.out[0] + second * term.out[1];
            look.bend += term.curvature * (first - second) * (first - second);
        }
        look
    }
}

/// A block at one point of its step.
struct Look {
    value: f64,
    slope: f64,
    bend: f64,
}

/// The token that stands for the block of `token`; what is passed on the way points closer to it then.
fn root(parents: &mut [u32], mut token: u32) -> u32 {
    while parents[token as usize] != token {
        let above = parents[parents[token as usize] as usize];
        parents[token as usize] = above;
        token = above;
    }
    token
}
