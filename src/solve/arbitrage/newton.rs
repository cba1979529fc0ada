//! A projected semismooth Newton method on the dual.
//!
//! The dual g(ν) = Σ arb_i(ν) is convex; its gradient is what all pools together pay out, its Hessian in the
//! logarithms of the prices a Laplacian over the trading pools. At every ν no lower than the tokens' values
//! g(ν) is an upper bound of what any circulation is worth.

use super::blocks::Blocks;
use super::linear::{Factors, Gradients, Pair};
use super::market::Market;
use super::relax::Relaxation;
use super::term::{Price, Term};

/// Most steps.
const STEPS: u32 = 25;
/// The same where nothing else is left to try.
const PATIENT: u32 = 200;
/// Most halvings of one step.
const HALVINGS: u32 = 40;
/// A shorter step than this part of Newton's is a sign of kinks ...
const SHORT: f64 = 0.2;
/// ... and after so many in a row another method is better.
const SHORT_IN_A_ROW: u32 = 3;
/// The most one step changes the logarithm of a price.
pub(super) const FARTHEST: f64 = 1.0;
/// The part of the predicted decrease that must be seen.
const ARMIJO: f64 = 1e-4;
/// The part of the residual that a step leaves when it does not change anything, and one that helps.
const IDLE: f64 = 0.99;
const CALMS: f64 = 0.9;
/// Where the value does not move any more but for its last bits.
const STILL: f64 = 1e-13;
/// What a value that falls loses of itself at least.
const MOVES: f64 = 1e-9;
/// After so many steps without a smaller residual or value rounding is all that is left to fight.
const ASTRAY: u32 = 4;
/// The part of what all pools hold below which a value is none.
pub(super) const NOTHING: f64 = 1e-18;
/// Last digits that what one pool pays may be wrong by.
const SLOPPY: f64 = 16.0;
/// Pools per token above which conjugate gradients beat factors.
const DENSE: f64 = 8.0;
/// Tokens below which factors are cheap in any case.
const FEW: usize = 40;
/// A price closer to its least one than this is moved there.
const CLOSE: f64 = 1e-7;
/// How often every token is brought to its own balance at first, and the part of all that is missing that none of
/// them minds.
const SWEEPS: u32 = 4;
const SETTLED: f64 = 1e-4;
/// What is added to the diagonal, relative to itself.
const REGULAR: f64 = 1e-12;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At the optimum, as far as floats can tell.
    Optimal,
    /// Somewhere else.
    Stuck,
}

/// A point of the dual with everything known there.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Logarithms of the prices.
    pub(super) logs: Vec<f64>,
    pub(super) prices: Vec<Price>,
    /// What is paid out of each token, at its price.
    pub(super) paid: Vec<f64>,
    /// Curvature of all pools of each token.
    pub(super) bends: Vec<f64>,
    /// Each pool's trade.
    pub(super) terms: Vec<Term>,
    /// The dual's value.
    pub(super) value: f64,
    /// What rounding alone may leave: of all that moves, and of what the last digits of the logarithms move.
    pub(super) noise: f64,
}

impl Point {
    pub(super) fn new(market: &Market) -> Self {
        Self {
            logs: vec![0.0; market.tokens()],
            prices: vec![Price::default(); market.tokens()],
            paid: vec![0.0; market.tokens()],
            bends: vec![0.0; market.tokens()],
            terms: vec![Term::default(); market.pools()],
            value: 0.0,
            noise: 0.0,
        }
    }

    /// Computes everything at the prices of `logs`.
    pub(super) fn look(&mut self, market: &Market) {
        for (price, log) in self.prices.iter_mut().zip(&self.logs) {
            *price = Price::of(*log);
        }
        self.paid.fill(0.0);
        self.bends.fill(0.0);
        let (mut value, mut moved) = (0.0, 0.0);
        for (curve, known) in market.curves.iter().zip(&mut self.terms) {
            let [first, second] = curve.tokens();
            let term = curve.term(&self.prices);
            *known = term;
            self.paid[first] += term.out[0];
            self.paid[second] += term.out[1];
            self.bends[first] += term.curvature;
            self.bends[second] += term.curvature;
            value += term.profit;
            moved += term.out[0].abs() + term.out[1].abs();
        }
        let of_token = |(bend, log): (&f64, &f64)| bend * log.abs();
        let in_logs: f64 = self.bends.iter().zip(&self.logs).map(of_token).sum();
        self.value = value;
        self.noise = (SLOPPY * moved + in_logs) * f64::EPSILON;
    }

    /// The same with no price below its least one.
    pub(super) fn look_inside(&mut self, market: &Market) {
        for (log, low) in self.logs.iter_mut().zip(&market.low) {
            *log = log.max(*low);
        }
        self.look(market);
    }

    /// How far from optimal: what is missing of tokens, and what is left over of those above their least
    /// price.
    pub(super) fn residual(&self, market: &Market) -> f64 {
        let rows = self.paid.iter().zip(&self.logs).zip(&market.low);
        rows.map(|((paid, log), low)| if log > low { paid.abs() } else { (-paid).max(0.0) }).sum()
    }

    /// Whether all there is to gain is nothing, next to what the pools hold.
    pub(super) fn is_nothing(&self, market: &Market) -> bool {
        self.value <= NOTHING * market.depth
    }

    fn is_optimal(&self, market: &Market, accuracy: f64) -> bool {
        self.is_nothing(market) || self.residual(market) <= (accuracy * self.value).max(self.noise)
    }
}

/// The vectors of the method.
pub(super) struct Newton {
    trial: Point,
    /// Where the residual was least.
    best: Vec<f64>,
    /// Curvature where a whole step would have led.
    ahead: Vec<f64>,
    /// Pools that bend between two tokens whose prices may move.
    pairs: Vec<Pair>,
    step: Vec<f64>,
    free: Vec<bool>,
    diagonal: Vec<f64>,
    gradients: Gradients,
    blocks: Blocks,
    relaxation: Relaxation,
    is_dense: bool,
}

impl Newton {
    pub(super) fn new(market: &Market) -> Self {
        let (tokens, pools) = (market.tokens(), market.pools());
        Self {
            trial: Point::new(market),
            best: vec![0.0; tokens],
            ahead: vec![0.0; pools],
            pairs: Vec::with_capacity(pools),
            step: vec![0.0; tokens],
            free: vec![false; tokens],
            diagonal: vec![0.0; tokens],
            gradients: Gradients::new(tokens),
            blocks: Blocks::new(market),
            relaxation: Relaxation::new(market),
            is_dense: tokens > FEW && pools as f64 > DENSE * tokens as f64,
        }
    }

    /// Whether the network is so small or so dense that kinks do not hold the method up, from wherever it begins.
    pub(super) fn is_easy(&self) -> bool {
        self.is_dense || self.step.len() <= FEW
    }

    /// Goes on from `point`. Answers how it ended, after how many steps; many short ones in a row end it too,
    /// unless it is `patient`.
    pub(super) fn run(
        &mut self,
        market: &Market,
        factors: &mut Option<Factors>,
        point: &mut Point,
        accuracy: f64,
        patient: bool,
    ) -> (End, u32) {
        point.look_inside(market);
        if !patient && !self.is_easy() {
            let least = SETTLED * point.residual(market);
            for _ in 0..SWEEPS {
                self.relaxation.sweep(market, point, least);
            }
            point.look(market);
        }
        let (mut short, mut astray, mut count) = (0_u32, 0_u32, 0_u32);
        let mut lowest = f64::INFINITY;
        let (mut least, mut cautious) = (f64::INFINITY, false);
        let most = if patient { PATIENT } else { STEPS };
        while count < most && !point.is_optimal(market, accuracy) {
            let residual = point.residual(market);
            if point.value < lowest * (1.0 - MOVES) {
                astray = 0;
            }
            lowest = lowest.min(point.value);
            if residual < least {
                astray = 0;
                least = residual;
                self.best.copy_from_slice(&point.logs);
            } else {
                astray = astray.saturating_add(1);
            }
            if astray >= ASTRAY || (short >= SHORT_IN_A_ROW && !patient) {
                break;
            }
            if !self.direction(market, factors, point, residual, cautious) {
                break;
            }
            let part = self.search(market, point, residual);
            if let Some(part) = part {
                std::mem::swap(point, &mut self.trial);
                short = if part < SHORT { short.saturating_add(1) } else { 0 };
                count = count.saturating_add(1);
            } else if cautious {
                break;
            }
            cautious = part.is_none_or(|part| part < SHORT);
        }
        if point.residual(market) > least {
            point.logs.copy_from_slice(&self.best);
            point.look(market);
        }
        let is_near = point.residual(market) <= super::ACCEPTED * point.value;
        (if is_near || point.is_optimal(market, accuracy) { End::Optimal } else { End::Stuck }, count)
    }

    /// Newton's step over the prices that may move; `false` when there is none. A `cautious` one counts the
    /// curvature of pools that began to trade on the way of the one before, which they held up.
    fn direction(
        &mut self,
        market: &Market,
        factors: &mut Option<Factors>,
        point: &Point,
        residual: f64,
        cautious: bool,
    ) -> bool {
        for (token, free) in self.free.iter_mut().enumerate() {
            *free = point.logs[token] - market.low[token] > CLOSE || point.paid[token] < 0.0;
        }
        if !self.system(market, factors, point, residual, cautious) {
            return false;
        }
        for (token, step) in self.step.iter_mut().enumerate() {
            let above = point.logs[token] - market.low[token];
            *step = if self.free[token] { step.clamp(-FARTHEST, FARTHEST) } else { -above };
        }
        self.step.iter().all(|step| step.is_finite())
    }

    /// Solves for the step of the prices that are free, while the others go down to their least ones.
    fn system(
        &mut self,
        market: &Market,
        factors: &mut Option<Factors>,
        point: &Point,
        residual: f64,
        cautious: bool,
    ) -> bool {
        for (token, free) in self.free.iter().enumerate() {
            let above = point.logs[token] - market.low[token];
            self.step[token] = if *free { -point.paid[token] } else { -above };
        }
        self.diagonal.copy_from_slice(&point.bends);
        self.pairs.clear();
        for (index, (curve, term)) in market.curves.iter().zip(&point.terms).enumerate() {
            let [first, second] = curve.tokens();
            let mut weight = term.curvature;
            if cautious && self.ahead[index] > weight {
                self.diagonal[first] += self.ahead[index] - weight;
                self.diagonal[second] += self.ahead[index] - weight;
                weight = self.ahead[index];
            }
            if weight > 0.0 {
                match (self.free[first], self.free[second]) {
                    (true, true) => {
                        self.pairs.push(Pair { ends: curve.ends, pool: index as u32, weight });
                    }
                    (true, false) => self.step[first] += weight * self.step[second],
                    (false, true) => self.step[second] += weight * self.step[first],
                    (false, false) => {}
                }
            }
        }
        let greatest = self.diagonal.iter().fold(0.0_f64, |greatest, entry| greatest.max(*entry));
        if greatest <= 0.0 {
            return false;
        }
        for (entry, paid) in self.diagonal.iter_mut().zip(&point.paid) {
            *entry = if *entry > 0.0 {
                // Depths differ by many orders of magnitude, so each row has its own measure.
                *entry * (1.0 + REGULAR)
            } else if paid.abs() > 0.0 {
                // Nothing bends here: as far as it goes, until something does.
                paid.abs() / FARTHEST
            } else {
                greatest
            };
        }
        if self.is_dense {
            let accuracy = 0.1 * (residual / point.value).min(0.1);
            self.gradients.solve(&self.pairs, &self.diagonal, &self.free, accuracy, &mut self.step);
        } else {
            let Some(factors) = Factors::of(market, factors) else { return false };
            factors.clear();
            for pair in &self.pairs {
                factors.add(pair.pool as usize, -pair.weight);
            }
            for (token, entry) in self.diagonal.iter().enumerate() {
                factors.add_diagonal(token, if self.free[token] { *entry } else { 1.0 });
            }
            if !factors.factor() {
                return false;
            }
            factors.solve(&mut self.step);
        }
        true
    }

    /// The longest part of the step that helps, halving; the trial is then there. `None` when none does.
    fn search(&mut self, market: &Market, point: &Point, residual: f64) -> Option<f64> {
        let mut part = 1.0;
        for _ in 0..HALVINGS {
            let mut slope = 0.0;
            for token in 0..self.step.len() {
                let log = (point.logs[token] + part * self.step[token]).max(market.low[token]);
                slope += point.paid[token] * (log - point.logs[token]);
                self.trial.logs[token] = log;
            }
            self.trial.look(market);
            let change = self.trial.value - point.value;
            let falls = slope < 0.0 && change <= ARMIJO * slope;
            // Near the optimum the value is at its last bits, and the residual tells more. It may rise in a whole
            // step: where a pool is about to trade, the way on is found from the other side.
            let is_still = change.abs() <= STILL * point.value;
            let left = self.trial.residual(market) / residual;
            if falls || (is_still && !(IDLE..=1.0).contains(&left) && (part >= 1.0 || left < CALMS)) {
                return Some(part);
            }
            if part >= 1.0 {
                // Each part of the network may go as far as helps it.
                for (ahead, term) in self.ahead.iter_mut().zip(&self.trial.terms) {
                    *ahead = term.curvature;
                }
                let (free, step) = (&self.free, &self.step);
                self.blocks.search(market, point, free, step, &mut self.trial);
                self.trial.look(market);
                let change = self.trial.value - point.value;
                let is_still = change.abs() <= STILL * point.value;
                let left = self.trial.residual(market) / residual;
                if change < -STILL * point.value || (is_still && left < IDLE) {
                    return Some(1.0);
                }
            }
            part *= 0.5;
        }
        None
    }
}
