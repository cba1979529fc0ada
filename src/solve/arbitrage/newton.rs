//! A projected semismooth Newton method on the dual.
//!
//! The dual g(ν) = Σ arb_i(ν) is convex; its gradient is what all pools together pay out, its Hessian in the
//! logarithms of the prices a Laplacian over the trading pools. At every ν no lower than the tokens' values
//! g(ν) is an upper bound of what any circulation is worth.

use super::linear::{Factors, Gradients};
use super::market::Market;

/// Most steps.
const STEPS: u32 = 25;
/// Most halvings of one step.
const HALVINGS: u32 = 40;
/// A shorter step than this part of Newton's is a sign of kinks ...
const SHORT: f64 = 0.2;
/// ... and after so many in a row another method is better.
const SHORT_IN_A_ROW: u32 = 3;
/// The most one step changes the logarithm of a price.
const FARTHEST: f64 = 1.0;
/// The part of the predicted decrease that must be seen.
const ARMIJO: f64 = 1e-4;
/// Where the value does not move any more but for its last bits.
const STILL: f64 = 1e-13;
/// After so many steps without a smaller residual rounding is all that is left to fight.
const ASTRAY: u32 = 4;
/// The part of what all pools hold below which a value is none.
pub(super) const NOTHING: f64 = 1e-18;
/// Last digits that what one pool pays may be wrong by.
const SLOPPY: f64 = 16.0;
/// Pools per token above which conjugate gradients beat factors.
const DENSE: f64 = 16.0;
/// Tokens below which factors are cheap in any case.
const FEW: usize = 40;
/// A price closer to its least one than this is moved there.
const CLOSE: f64 = 1e-7;
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
    /// What is paid out of each token, at its price.
    pub(super) paid: Vec<f64>,
    /// Curvature of each pool.
    pub(super) curvature: Vec<f64>,
    /// The dual's value.
    pub(super) value: f64,
    /// What rounding alone may leave: of all that moves, and of what the last digits of the logarithms move.
    pub(super) noise: f64,
}

impl Point {
    pub(super) fn new(market: &Market) -> Self {
        Self {
            logs: vec![0.0; market.tokens()],
            paid: vec![0.0; market.tokens()],
            curvature: vec![0.0; market.pools()],
            value: 0.0,
            noise: 0.0,
        }
    }

    /// Computes everything at the prices of `logs`.
    pub(super) fn look(&mut self, market: &Market, prices: &mut [f64]) {
        for (price, log) in prices.iter_mut().zip(&self.logs) {
            *price = log.exp();
        }
        self.paid.fill(0.0);
        (self.value, self.noise) = (0.0, 0.0);
        for (index, ends) in market.ends.iter().enumerate() {
            let term = market.term(index, &self.logs, prices);
            self.curvature[index] = term.curvature;
            self.paid[ends[0] as usize] += term.out[0];
            self.paid[ends[1] as usize] += term.out[1];
            self.value += term.profit;
            let logs = self.logs[ends[0] as usize].abs() + self.logs[ends[1] as usize].abs();
            self.noise += SLOPPY * (term.out[0].abs() + term.out[1].abs()) + term.curvature * logs;
        }
        self.noise *= f64::EPSILON;
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
    prices: Vec<f64>,
    trial: Point,
    /// Where the residual was least.
    best: Vec<f64>,
    /// Curvature where a whole step would have led.
    ahead: Vec<f64>,
    weights: Vec<f64>,
    step: Vec<f64>,
    free: Vec<bool>,
    diagonal: Vec<f64>,
    gradients: Gradients,
    /// Whether the network is dense.
    dense: bool,
}

impl Newton {
    pub(super) fn new(market: &Market) -> Self {
        let (tokens, pools) = (market.tokens(), market.pools());
        Self {
            prices: vec![0.0; tokens],
            trial: Point::new(market),
            best: vec![0.0; tokens],
            ahead: vec![0.0; pools],
            weights: vec![0.0; pools],
            step: vec![0.0; tokens],
            free: vec![false; tokens],
            diagonal: vec![0.0; tokens],
            gradients: Gradients::new(tokens),
            dense: tokens > FEW && pools as f64 > DENSE * tokens as f64,
        }
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
        for (log, low) in point.logs.iter_mut().zip(&market.low) {
            *log = log.max(*low);
        }
        point.look(market, &mut self.prices);
        let (mut short, mut astray, mut count) = (0_u32, 0_u32, 0_u32);
        let (mut least, mut cautious) = (f64::INFINITY, false);
        while count < STEPS && !point.is_optimal(market, accuracy) {
            let residual = point.residual(market);
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
            point.look(market, &mut self.prices);
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
        self.weights.copy_from_slice(&point.curvature);
        if cautious {
            for (weight, ahead) in self.weights.iter_mut().zip(&self.ahead) {
                *weight = weight.max(*ahead);
            }
        }

        for (token, free) in self.free.iter_mut().enumerate() {
            let above = point.logs[token] - market.low[token];
            *free = above > CLOSE || point.paid[token] < 0.0;
            // What is left over of a token close to its least price lets the price fall all the way.
            self.step[token] = if *free { -point.paid[token] } else { -above };
        }
        self.diagonal.fill(0.0);
        for (ends, curvature) in market.ends.iter().zip(&self.weights) {
            let [first, second] = ends.map(|token| token as usize);
            self.diagonal[first] += curvature;
            self.diagonal[second] += curvature;
            match (self.free[first], self.free[second]) {
                (true, false) => self.step[first] += curvature * self.step[second],
                (false, true) => self.step[second] += curvature * self.step[first],
                (true, true) | (false, false) => {}
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
        if self.dense {
            let accuracy = 0.1 * (residual / point.value).min(0.1);
            let (weights, diagonal) = (&self.weights, &self.diagonal);
            self.gradients.solve(market, weights, diagonal, &self.free, accuracy, &mut self.step);
        } else {
            let Some(factors) = Factors::of(market, factors) else { return false };
            factors.clear();
            for (index, (ends, curvature)) in market.ends.iter().zip(&self.weights).enumerate() {
                if *curvature > 0.0 && ends.iter().all(|end| self.free[*end as usize]) {
                    factors.add(index, -curvature);
                }
            }
            for (token, entry) in self.diagonal.iter().enumerate() {
                factors.add_diagonal(token, if self.free[token] { *entry } else { 1.0 });
            }
            if !factors.factor() {
                return false;
            }
            factors.solve(&mut self.step);
        }
        for (token, step) in self.step.iter_mut().enumerate() {
            let above = point.logs[token] - market.low[token];
            *step = if self.free[token] { step.clamp(-FARTHEST, FARTHEST) } else { -above };
        }
        self.step.iter().all(|step| step.is_finite())
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
            self.trial.look(market, &mut self.prices);
            let change = self.trial.value - point.value;
            let falls = slope < 0.0 && change <= ARMIJO * slope;
            // Near the optimum the value is at its last bits, and the residual tells more. It may rise in a whole
            // step: where a pool is about to trade, the way on is found from the other side.
            let is_still = change.abs() <= STILL * point.value;
            let calms = is_still && (part >= 1.0 || self.trial.residual(market) < 0.9 * residual);
            if falls || calms {
                return Some(part);
            }
            if part >= 1.0 {
                self.ahead.copy_from_slice(&self.trial.curvature);
            }
            part *= 0.5;
        }
        None
    }
}
