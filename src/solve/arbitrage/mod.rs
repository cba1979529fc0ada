//! Arbitrage: the best circulation through pools of two tokens, with a certificate.
//!
//! Over trades with all pools at once it maximises the value of what is left over, where nothing may be
//! missing of any token: max c·ψ, ψ ≥ 0. Solved is the dual, over the tokens' prices: at given prices every
//! pool's best trade is known in closed form ([`term`]), and the sum of their profits bounds what any
//! circulation is worth, whatever the prices are. Newton's method ([`newton`]) finds the best prices in a few
//! steps. What holds it up are kinks, where pools begin to trade: near a known solution each token finds its own
//! balance first ([`relax`]), and each part of the network goes as far along a step as helps it ([`blocks`]).
//! Where nothing is known of a sparse network, or that is not enough, an interior point method ([`interior`])
//! finds the neighbourhood. Gas makes some pools not worth using ([`fixed`]).
//! After Diamandis, Resnick, Chitra, Angeris, *An Efficient Algorithm for Optimal Routing Through Constant
//! Function Market Makers* (2023).

mod blocks;
mod chain;
mod cross_chain;
mod cycles;
mod exponential;
mod fixed;
mod instance;
mod integers;
mod interior;
mod linear;
mod market;
mod newton;
mod quote;
mod relax;
mod search;
mod term;
mod ways;

pub use chain::{ChainMarket, Worth};
pub use cross_chain::{CrossTerms, Gap, NoGap, cross_chain};
pub use fixed::NetAnswer;
pub use instance::{Instance, InstanceError};
pub use integers::{Loan, Route, Share, Swap, Unroutable, route};
pub use market::{Market, MarketError, Pool};
pub use quote::{NoSale, Quote, Quoter, Sale};
pub use search::{Found, NoRoute, RouteTerms};

use interior::Interior;
use linear::Factors;
use newton::{End, Newton, Point};
use term::{Price, Term};

/// Where Newton's method ends: what may be missing or left over, relative to the value.
const ACCURACY: f64 = 1e-12;
/// What an answer may miss and still be one.
const ACCEPTED: f64 = 1e-8;

/// How far from complementary the interior point method begins near a solution, relative to the value.
const CLOSE: f64 = 1e-2;

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// The value is proven to be within 10⁻⁸ of the bound, and so is what is missing; or both are within what
    /// rounding leaves of everything that moves.
    Solved,
    /// It is not: the bound holds, the circulation is not to be used.
    #[default]
    Inexact,
}

impl Status {
    /// `solved` or `inexact`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Solved => "solved",
            Self::Inexact => "inexact",
        }
    }
}

/// The best circulation with its certificate. Values are in the unit of the tokens' values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Answer {
    /// Whether it may be used.
    pub status: Status,
    /// What the circulation leaves over.
    pub objective: f64,
    /// No circulation is worth more.
    pub bound: f64,
    /// The distance between the two, relative to the bound.
    pub gap: f64,
    /// What tokens miss in all, relative to the bound: what rounding to whole units has to make good.
    pub infeasibility: f64,
    /// Steps of Newton's method.
    pub newton_steps: u32,
    /// Steps of the interior point method; zero where it was not needed.
    pub interior_steps: u32,
}

/// Vectors and factors for one market. Solving again after pools changed begins at the prices of before and
/// allocates nothing as long as Newton's method is enough.
pub struct Solver {
    newton: Newton,
    factors: Option<Factors>,
    point: Point,
    interior: Option<Interior>,
    /// Prices to go back to.
    known: Vec<f64>,
    /// Pools that are not used although they would trade at the prices, on account of what they cost.
    closed: Vec<bool>,
    /// Whether its prices are those of a solution.
    is_warm: bool,
}

impl Solver {
    /// For `market`, and for what it becomes by [`Market::update`].
    pub fn new(market: &Market) -> Self {
        Self {
            newton: Newton::new(market),
            factors: None,
            point: Point::new(market),
            interior: None,
            known: vec![0.0; market.tokens()],
            closed: vec![false; market.pools()],
            is_warm: false,
        }
    }

    /// The best circulation through `market` now.
    pub fn solve(&mut self, market: &Market) -> Answer {
        self.closed.fill(false);
        let mut answer = Answer::default();
        if self.is_warm {
            answer = self.attempt(market, answer);
            if answer.status == Status::Solved {
                return answer;
            }
            // Where the prices of before lead nowhere they are forgotten.
            self.is_warm = false;
        }
        self.point.logs.fill(0.0);
        answer = self.attempt(market, answer);
        self.is_warm = answer.status == Status::Solved;
        answer
    }

    /// Solves from the prices that are there; adds its steps to those of `before`.
    fn attempt(&mut self, market: &Market, before: Answer) -> Answer {
        let (mut newton_steps, mut interior_steps) = (before.newton_steps, before.interior_steps);
        let mut end = End::Stuck;
        if self.is_warm || self.newton.is_easy() {
            let (reached, steps) =
                self.newton.run(market, &mut self.factors, &mut self.point, ACCURACY, false);
            (end, newton_steps) = (reached, newton_steps.saturating_add(steps));
        } else {
            self.point.look_inside(market);
        }
        if end == End::Stuck {
            let interior = self.interior.get_or_insert_with(|| Interior::new(market));
            if self.is_warm {
                interior.begin_near(market, &self.point, CLOSE * self.point.value);
            } else {
                interior.begin(market, &self.point);
            }
            for (accuracy, is_last) in [(1e-6, false), (1e-9, true)] {
                let Some(factors) = Factors::of(market, &mut self.factors) else { break };
                self.known.copy_from_slice(&self.point.logs);
                let (reached, steps) = interior.run(market, factors, &mut self.point.logs, accuracy);
                if !reached {
                    // What rounding made of it is worse than what was there.
                    self.point.logs.copy_from_slice(&self.known);
                }
                interior_steps = steps.saturating_add(interior_steps);
                let is_last = is_last || !reached;
                let (end, steps) =
                    self.newton.run(market, &mut self.factors, &mut self.point, ACCURACY, is_last);
                newton_steps = steps.saturating_add(newton_steps);
                if end == End::Optimal || is_last {
                    break;
                }
            }
        }
        self.answer(market, newton_steps, interior_steps)
    }

    /// The price of each base unit in the optimum: what one more of it would be worth.
    pub fn prices(&self, market: &Market) -> Vec<f64> {
        self.point.logs.iter().zip(&market.units).map(|(log, unit)| log.exp() * unit).collect()
    }

    /// What each pool pays out of either token, in base units; negative where it is paid in.
    pub fn flows(&self, market: &Market) -> Vec<[f64; 2]> {
        self.trades(market).map(|(flow, _)| flow).collect()
    }

    /// Each pool's flow, as of [`Solver::flows`], and what it is worth at the prices of the optimum.
    fn trades(&self, market: &Market) -> impl Iterator<Item = ([f64; 2], f64)> {
        let is_nothing = self.point.is_nothing(market);
        let prices: Vec<Price> = self.point.logs.iter().map(|log| Price::of(*log)).collect();
        market.curves.iter().zip(&self.closed).map(move |(curve, closed)| {
            let term = if is_nothing || *closed { Term::default() } else { curve.term(&prices) };
            let ends = curve.tokens();
            let flow = [0, 1].map(|side: usize| {
                let (token, root) = (ends[side], prices[ends[side]].root);
                term.out[side] / (root * root * market.units[token])
            });
            (flow, term.profit)
        })
    }

    fn answer(&self, market: &Market, newton_steps: u32, interior_steps: u32) -> Answer {
        let point = &self.point;
        let bound = point.value;
        let nothing = Answer {
            status: Status::Solved,
            objective: 0.0,
            bound,
            gap: 0.0,
            infeasibility: 0.0,
            newton_steps,
            interior_steps,
        };
        if point.is_nothing(market) {
            return nothing;
        }
        let (mut spare, mut missing) = (0.0, 0.0);
        for ((paid, log), low) in point.paid.iter().zip(&point.logs).zip(&market.low) {
            // A token above its value is worth less at its value: (ν − c)·ψ.
            let above = log - low;
            spare += -(-above).exp_m1() * paid;
            missing += (-paid).max(0.0) * (-above).exp();
        }
        let most = (ACCEPTED * bound).max(point.noise);
        let is_proven = spare.abs() <= most && missing <= most;
        Answer {
            status: if is_proven { Status::Solved } else { Status::Inexact },
            objective: bound - spare,
            gap: spare.abs() / bound,
            infeasibility: missing / bound,
            ..nothing
        }
    }
}
