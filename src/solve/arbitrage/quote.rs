//! The most of one token that an amount of another brings, through all pools at once.
//!
//! It is a circulation like any other: besides the pools there is one way more, which gives the amount that is sold,
//! and takes next to nothing of the other token for it. What the circulation leaves over of that token, with what the
//! way took, is what the amount brings; gaps between pools on its way included.

use super::chain::UNWANTED;
use super::market::{Market, MarketError, Pool};
use super::{Answer, Solver};

/// The way gives a token for this part of what it is worth at the pools' own prices: whoever has to take less for the
/// last of it is not to sell so much.
const FLOOR: f64 = 0.25;
/// It holds so many times what it gives: its price rises a little with what it gives. A straight one would be harder to
/// solve, and the same is sold of it.
const HOLDS: f64 = 100.0;

/// Base units of a token, written `TOKEN=AMOUNT`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sale {
    /// The token, by index.
    pub token: usize,
    /// Base units of it; above zero.
    pub amount: f64,
}

/// A text that is no [`Sale`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the index of a token, =, and an amount above zero")]
pub struct NoSale;

impl std::str::FromStr for Sale {
    type Err = NoSale;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (token, amount) = text.split_once('=').ok_or(NoSale)?;
        let (token, amount) = (token.parse().map_err(|_| NoSale)?, amount.parse().map_err(|_| NoSale)?);
        let sale = Self { token, amount };
        if sale.amount.is_finite() && sale.amount > 0.0 { Ok(sale) } else { Err(NoSale) }
    }
}

/// What an amount brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Of the token that is bought, in base units.
    pub out: f64,
    /// No way through the pools brings more.
    pub bound: f64,
    /// What is sold: all that was asked for, unless the last of it would have to go for less than a quarter of the
    /// price.
    pub sold: f64,
    /// The solver's answer.
    pub answer: Answer,
}

/// Pools with the way of one pair of tokens; quotes begin at the prices of the one before.
pub struct Quoter {
    market: Market,
    solver: Solver,
    /// Tokens sold and bought.
    pair: [usize; 2],
    /// The way's index.
    way: usize,
    /// What a base unit of the sold token has to bring at least.
    floor: f64,
}

impl Quoter {
    /// For `sold` against `bought` in a market of `pools` whose tokens are worth about `values`, one per token.
    ///
    /// # Errors
    /// [`MarketError`] when a number is out of its range.
    pub fn new(values: &[f64], pools: &[Pool], sold: usize, bought: usize) -> Result<Self, MarketError> {
        // What the pools say of prices: nothing of it is decided by the values.
        let spot = Market::new(values, pools)?.units;
        let wanted: Vec<f64> = spot
            .iter()
            .enumerate()
            .map(|(token, unit)| if token == bought { *unit } else { UNWANTED * unit })
            .collect();
        let in_range = |token: usize| spot.get(token).copied();
        let pair = in_range(sold).zip(in_range(bought)).filter(|_| sold != bought);
        let (of_sold, of_bought) =
            pair.ok_or(MarketError::Pair { tokens: [sold, bought], count: spot.len() })?;
        let floor = FLOOR * of_sold / of_bought;
        let mut all = pools.to_vec();
        all.push(way([sold, bought], floor, 1.0));
        let mut market = Market::new(&wanted, &all)?;
        let index = pools.len();
        market.close(index);
        Ok(Self { solver: Solver::new(&market), market, pair: [sold, bought], way: index, floor })
    }

    /// Takes over what a block changed of a pool.
    ///
    /// # Errors
    /// [`MarketError::Number`] when one is out of its range; nothing changes then.
    pub fn update(&mut self, index: usize, pool: &Pool) -> Result<(), MarketError> {
        if index >= self.way {
            let (tokens, count) = (pool.tokens, self.market.tokens());
            return Err(MarketError::Tokens { pool: index, tokens, count });
        }
        self.market.update(index, pool)
    }

    /// What `amount` base units bring.
    ///
    /// # Errors
    /// [`MarketError::Number`] when the amount is none.
    pub fn quote(&mut self, amount: f64) -> Result<Quote, MarketError> {
        self.market.update(self.way, &way(self.pair, self.floor, amount))?;
        let answer = self.solver.solve(&self.market);
        let [sold, paid] = self.solver.flows(&self.market).last().copied().unwrap_or_default();
        // The values' unit is not the token's.
        let value = self.market.low[self.pair[1]].exp() * self.market.units[self.pair[1]];
        // What the way takes for all of it: whatever sells the whole amount pays as much.
        let whole = self.floor * amount * HOLDS / (HOLDS - 1.0);
        Ok(Quote { out: answer.objective / value - paid, bound: answer.bound / value + whole, sold, answer })
    }
}

/// The way that gives `amount` of the first token for the second one.
fn way(tokens: [usize; 2], floor: f64, amount: f64) -> Pool {
    let held = HOLDS * amount;
    Pool { tokens, reserves: [held, held * floor], available: [amount, 0.0], keeps: 1.0, weight: 0.5 }
}
