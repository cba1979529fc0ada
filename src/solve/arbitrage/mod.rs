//! Arbitrage: the best circulation through pools of two tokens, with a certificate.
//!
//! Over trades with all pools at once it maximises the value of what is left over, where nothing may be
//! missing of any token: max c·ψ, ψ ≥ 0. Solved is the dual, over the tokens' prices: at given prices every
//! pool's best trade is known in closed form ([`term`]), and the sum of their profits bounds what any
//! circulation is worth, whatever the prices are. Newton's method ([`newton`]) finds the best prices in a few
//! steps; where kinks hold it up, an interior point method ([`interior`]) finds their neighbourhood first.
//! After Diamandis, Resnick, Chitra, Angeris, *An Efficient Algorithm for Optimal Routing Through Constant
//! Function Market Makers* (2023).

mod instance;
mod interior;
mod linear;
mod market;
mod newton;
mod term;

pub use instance::{Instance, InstanceError};
pub use market::{Market, MarketError, Pool};

use interior::Interior;
use linear::Factors;
use newton::{End, Newton, Point};

/// Where Newton's method ends: what may be missing or left over, relative to the value.
const ACCURACY: f64 = 1e-12;
/// What an answer may miss and still be one.
const ACCEPTED: f64 = 1e-8;

/// How a solve ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The value is proven to be within 10⁻⁸ of the bound, and so is what is missing; or both are within what
    /// rounding leaves of everything that moves.
    Solved,
    /// It is not: the bound holds, the circulation is not to be used.
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
#[derive(Debug, Clone, Copy, PartialEq)]
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
}

impl Solver {
    /// For `market`, and for what it becomes by [`Market::update`].
    pub fn new(market: &Market) -> Self {
        Self { newton: Newton::new(market), factors: None, point: Point::new(market) }
    }

    /// The best circulation through `market` now.
    pub fn solve(&mut self, market: &Market) -> Answer {
        let (end, mut newton_steps) =
            self.newton.run(market, &mut self.factors, &mut self.point, ACCURACY, false);
        let mut interior_steps = 0;
        if end == End::Stuck
            && let Some(factors) = Factors::of(market, &mut self.factors)
        {
            interior_steps = Interior::new(market).run(market, factors, &mut self.point.logs);
            let (_, more) = self.newton.run(market, &mut self.factors, &mut self.point, ACCURACY, true);
            newton_steps = newton_steps.saturating_add(more);
        }
        self.answer(market, newton_steps, interior_steps)
    }

    /// The price of each base unit in the optimum: what one more of it would be worth.
    pub fn prices(&self, market: &Market) -> Vec<f64> {
        self.point.logs.iter().zip(&market.units).map(|(log, unit)| log.exp() * unit).collect()
    }

    /// What each pool pays out of either token, in base units; negative where it is paid in.
    pub fn flows(&self, market: &Market) -> Vec<[f64; 2]> {
        if self.point.is_nothing(market) {
            return vec![[0.0; 2]; market.pools()];
        }
        let prices: Vec<f64> = self.point.logs.iter().map(|log| log.exp()).collect();
        let flow = |index: usize| {
            let term = market.term(index, &self.point.logs, &prices);
            let ends = market.ends[index].map(|token| token as usize);
            [0, 1].map(|side: usize| term.out[side] / (prices[ends[side]] * market.units[ends[side]]))
        };
        (0..market.pools()).map(flow).collect()
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
