//! Arbitrage: the best circulation through pools of two tokens, with a certificate.
//!
//! Over trades with all pools at once it maximises the value of what is left over, where nothing may be
//! missing of any token: max c·ψ, ψ ≥ 0. Solved is the dual, over the tokens' prices: at given prices every
//! pool's best trade is known in closed form ([`term`]), and the sum of their profits bounds what any
//! circulation is worth, whatever the prices are. Newton's method ([`newton`]) finds the best prices in a few
//! steps. What holds it up are kinks, where pools begin to trade: near a known solution each token finds its own
//! balance first ([`relax`]), and each part of the network goes as far along a step as helps it ([`blocks`]).
//! Where nothing is known of a sparse network, or that is not enough, an interior point method ([`interior`])
//! finds the neighbourhood. Gas makes some pools not worth using ([`ways`]).
//! After Diamandis, Resnick, Chitra, Angeris, *An Efficient Algorithm for Optimal Routing Through Constant
//! Function Market Makers* (2023).

mod blocks;
mod chain;
mod cross_chain;
mod cycles;
mod exponential;
mod instance;
mod integers;
mod interior;
mod linear;
mod market;
mod newton;
mod part;
mod quote;
mod relax;
mod search;
mod short;
mod sorted;
mod term;
mod ways;

pub use chain::{ChainMarket, Worth};
pub use cross_chain::{CrossTerms, Gap, NoGap, cross_chain};
pub use instance::{Instance, InstanceError};
pub use integers::{Loan, Route, Share, Swap, Unroutable, route};
pub use market::{Market, MarketError, Pool};
pub use quote::{NoSale, Quote, Quoter, Sale};
pub use search::{Found, NoRoute, RouteTerms};

use std::ops::Range;

use interior::Interior;
use linear::Factors;
use market::Curve;
use newton::{End, Newton, Point};
use term::Term;

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
            is_warm: false,
        }
    }

    /// The best circulation through `market` now.
    pub fn solve(&mut self, market: &Market) -> Answer {
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

    /// Comes near the best circulation: so much may be missing or left over, relative to the value.
    fn approach(&mut self, market: &Market, accuracy: f64) {
        let is_near = self.is_warm && {
            let (end, _) = self.newton.run(market, &mut self.factors, &mut self.point, accuracy, false);
            end == End::Optimal
        };
        if !is_near {
            self.solve(market);
        }
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
        (0..market.tokens()).map(|token| self.price(market, token)).collect()
    }

    /// The logarithms of the prices, each in the unit of its token.
    fn logs(&self) -> &[f64] {
        &self.point.logs
    }

    /// The next solve begins at the prices with these logarithms.
    fn begin_at(&mut self, logs: impl Iterator<Item = f64>) {
        self.point.logs.iter_mut().zip(logs).for_each(|(known, log)| *known = log);
        self.is_warm = true;
    }

    /// What each pool pays out of either token, in base units; negative where it is paid in.
    pub fn flows(&self, market: &Market) -> Vec<[f64; 2]> {
        let is_nothing = self.point.is_nothing(market);
        let flow = |(curve, term): (&Curve, &Term)| {
            let ends = curve.tokens();
            [0, 1].map(
                |side: usize| if is_nothing { 0.0 } else { term.out[side] / self.price(market, ends[side]) },
            )
        };
        market.curves.iter().zip(&self.point.terms).map(flow).collect()
    }

    /// What ways do, each with its index and its columns: those that move anything.
    fn shares(&self, market: &Market, ways: impl Iterator<Item = (usize, Range<usize>)>) -> Vec<Share> {
        let mut shares = Vec::new();
        if self.point.is_nothing(market) {
            return shares;
        }
        for (pool, columns) in ways {
            let Term { out, profit, .. } = self.point.terms[columns.clone()].iter().copied().sum();
            let sold = usize::from(out[0] >= 0.0);
            if out[sold] < 0.0 {
                let worth = -out[sold];
                let amount_in = worth / self.price(market, market.curves[columns.start].tokens()[sold]);
                shares.push(Share { pool, zero_for_one: sold == 0, amount_in, worth, profit });
            }
        }
        shares
    }

    /// What pools would do at the prices of the last look, together.
    fn would(&self, market: &Market, pools: Range<usize>) -> Term {
        market.curves[pools].iter().map(|curve| curve.term(&self.point.prices)).sum()
    }

    /// What a base unit of a token is worth at the last look.
    fn price(&self, market: &Market, token: usize) -> f64 {
        let root = self.point.prices[token].root;
        root * root * market.units[token]
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
