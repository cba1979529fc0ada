//! Pools as columns, in units of value.

use std::collections::BinaryHeap;

/// A pool of two tokens with the invariant x^w·y^(1−w).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pool {
    /// Its tokens, by index.
    pub tokens: [usize; 2],
    /// What the curve holds of each; of a pool whose liquidity ends, the virtual reserves.
    pub reserves: [f64; 2],
    /// The most that can be taken out of each; infinite where the curve goes on.
    pub available: [f64; 2],
    /// The part of an input that is not fee.
    pub keeps: f64,
    /// The weight of the first token; one half is the constant product.
    pub weight: f64,
}

/// Why there is nothing to solve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MarketError {
    /// A token's value is no price.
    #[error("token {token} is worth {value}, which is not above zero; nothing was solved")]
    Value {
        /// Index.
        token: usize,
        /// What stands there.
        value: f64,
    },
    /// A pool names a token that is not there, or one twice.
    #[error("pool {pool} is of the tokens {tokens:?} of {count}; nothing was solved")]
    Tokens {
        /// Index.
        pool: usize,
        /// What stands there.
        tokens: [usize; 2],
        /// How many there are.
        count: usize,
    },
    /// A pool's number is out of its range.
    #[error("pool {pool} has {what} {value}, which is not {range}; nothing was solved")]
    Number {
        /// Index.
        pool: usize,
        /// Which number.
        what: &'static str,
        /// What stands there.
        value: f64,
        /// Where it has to be.
        range: &'static str,
    },
}

/// How a pool's two closed forms are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One square root per trade.
    Product,
    /// Powers.
    Weighted,
}

impl Form {
    fn of(pool: &Pool) -> Self {
        if pool.weight.total_cmp(&0.5).is_eq() { Self::Product } else { Self::Weighted }
    }
}

/// Pools and tokens with everything that does not change while prices do.
#[derive(Debug, Clone)]
pub struct Market {
    /// Logarithm of the least price of each token, in its unit.
    pub(super) low: Vec<f64>,
    /// The value of one unit of each token's column.
    pub(super) units: Vec<f64>,
    pub(super) ends: Vec<[u32; 2]>,
    /// In units of value.
    pub(super) reserves: Vec<[f64; 2]>,
    pub(super) keeps: Vec<f64>,
    pub(super) log_keeps: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) forms: Vec<Form>,
    /// Logarithm of the first token's price in the second at equal prices of the tokens.
    pub(super) skew: Vec<f64>,
    /// By how much the root of the price may rise before the first, or the second token ends.
    pub(super) most: Vec<[f64; 2]>,
    /// What all pools held at first, in value.
    pub(super) depth: f64,
}

impl Market {
    /// The market of `pools` in which a base unit of token j is worth `values[j]`.
    ///
    /// # Errors
    /// [`MarketError`] naming the first number that is out of its range.
    pub fn new(values: &[f64], pools: &[Pool]) -> Result<Self, MarketError> {
        if let Some((token, value)) = values.iter().enumerate().find(|(_, value)| !is_positive(**value)) {
            return Err(MarketError::Value { token, value: *value });
        }
        for (index, pool) in pools.iter().enumerate() {
            check(index, pool, values.len())?;
        }
        let at_values = Self::in_units(values, values.to_vec(), pools);
        // Where values say little about prices, as when only one token counts, the pools know better.
        let known = spanning(values, pools);
        let units = values.iter().zip(known).map(|(value, price)| value.max(price)).collect();
        let at_prices = Self::in_units(values, units, pools);
        Ok(if at_prices.profit() < at_values.profit() { at_prices } else { at_values })
    }

    /// The sum of all pools' profits at the units' prices.
    fn profit(&self) -> f64 {
        let (logs, prices) = (vec![0.0; self.tokens()], vec![1.0; self.tokens()]);
        (0..self.pools()).map(|index| self.term(index, &logs, &prices).profit).sum()
    }

    fn in_units(values: &[f64], units: Vec<f64>, pools: &[Pool]) -> Self {
        let mut market = Self {
            low: values.iter().zip(&units).map(|(value, unit)| (value / unit).ln()).collect(),
            units,
            ends: pools.iter().map(|pool| pool.tokens.map(|token| token as u32)).collect(),
            reserves: Vec::with_capacity(pools.len()),
            keeps: pools.iter().map(|pool| pool.keeps).collect(),
            log_keeps: pools.iter().map(|pool| pool.keeps.ln()).collect(),
            weights: pools.iter().map(|pool| pool.weight).collect(),
            forms: Vec::with_capacity(pools.len()),
            skew: Vec::with_capacity(pools.len()),
            most: Vec::with_capacity(pools.len()),
            depth: 0.0,
        };
        for pool in pools {
            let (reserves, skew, most) = market.state(pool);
            market.forms.push(Form::of(pool));
            market.depth += reserves[0] + reserves[1];
            market.reserves.push(reserves);
            market.skew.push(skew);
            market.most.push(most);
        }
        market
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.low.len()
    }

    /// How many pools there are.
    pub fn pools(&self) -> usize {
        self.ends.len()
    }

    /// Takes over what a block changed of a pool: its reserves and what is available of them. Its tokens,
    /// fee and weight stay.
    ///
    /// # Errors
    /// [`MarketError::Number`] when one is out of its range; nothing changes then.
    pub fn update(&mut self, index: usize, pool: &Pool) -> Result<(), MarketError> {
        check(index, pool, self.tokens())?;
        (self.reserves[index], self.skew[index], self.most[index]) = self.state(pool);
        Ok(())
    }

    /// Reserves in value, the logarithm of the price, and where the curve ends.
    fn state(&self, pool: &Pool) -> ([f64; 2], f64, [f64; 2]) {
        let value = |side: usize| pool.reserves[side] * self.units[pool.tokens[side]];
        let reserves = [value(0), value(1)];
        let skew = (reserves[0] * (1.0 - pool.weight) / (reserves[1] * pool.weight)).ln();
        // Out of the curve comes R·(1 − 1/s) when the root of the price has risen to s.
        let most = |side: usize| match pool.available[side] / pool.reserves[side] {
            part if part < 1.0 => part / (1.0 - part),
            _ => f64::INFINITY,
        };
        (reserves, skew, [most(0), most(1)])
    }
}

fn is_positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

fn check(index: usize, pool: &Pool, count: usize) -> Result<(), MarketError> {
    let tokens = pool.tokens;
    if tokens[0] == tokens[1] || tokens.iter().any(|token| *token >= count) {
        return Err(MarketError::Tokens { pool: index, tokens, count });
    }
    let number = |what, value, range, holds| {
        if holds { Ok(()) } else { Err(MarketError::Number { pool: index, what, value, range }) }
    };
    for reserve in pool.reserves {
        number("a reserve of", reserve, "above zero", is_positive(reserve))?;
    }
    for available in pool.available {
        number("available", available, "zero or above", available >= 0.0)?;
    }
    let share = |value: f64| value > 0.0 && value < 1.0;
    number("the weight", pool.weight, "between zero and one", share(pool.weight))?;
    number(
        "kept of an input",
        pool.keeps,
        "above zero and at most one",
        pool.keeps > 0.0 && pool.keeps <= 1.0,
    )?;
    // A curve that ends is a product's.
    let ends = pool.available.iter().zip(pool.reserves).any(|(available, reserve)| *available < reserve);
    let is_product = Form::of(pool) == Form::Product;
    number("the weight", pool.weight, "one half although its curve ends", is_product || !ends)
}

/// A way to a token that has no unit yet, the deepest first.
struct Reach {
    depth: f64,
    token: usize,
    unit: f64,
}

impl PartialEq for Reach {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Reach {}

impl PartialOrd for Reach {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reach {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.depth.total_cmp(&other.depth).then(other.token.cmp(&self.token))
    }
}

/// What a base unit of each token is worth by the pools' own prices, along a spanning tree of the deepest
/// pools from the token that is worth most. Along the first pools that are found prices would be off by up to
/// 10⁸.
fn spanning(values: &[f64], pools: &[Pool]) -> Vec<f64> {
    let mut touching: Vec<Vec<(usize, usize)>> = vec![Vec::new(); values.len()];
    let mut worth = vec![0.0; values.len()];
    for (index, pool) in pools.iter().enumerate() {
        for (side, &token) in pool.tokens.iter().enumerate() {
            touching[token].push((index, side));
            worth[token] += pool.reserves[side] * values[token];
        }
    }
    let mut roots: Vec<usize> = (0..values.len()).collect();
    roots.sort_by(|a, b| worth[*b].total_cmp(&worth[*a]).then(a.cmp(b)));
    let mut units = vec![f64::NAN; values.len()];
    let mut open = BinaryHeap::new();
    for root in roots {
        open.push(Reach { depth: f64::INFINITY, token: root, unit: values[root] });
        while let Some(Reach { token, unit, .. }) = open.pop() {
            if !units[token].is_nan() {
                continue;
            }
            units[token] = unit;
            for &(index, side) in &touching[token] {
                let pool = &pools[index];
                let [weight, other] = if side == 0 { [0, 1] } else { [1, 0] }.map(|end| match end {
                    0 => pool.weight,
                    _ => 1.0 - pool.weight,
                });
                let (here, there) = (pool.reserves[side], pool.reserves[1_usize.saturating_sub(side)]);
                let depth = unit * here;
                let price = depth / weight * other / there;
                if is_positive(price) {
                    open.push(Reach { depth, token: pool.tokens[1_usize.saturating_sub(side)], unit: price });
                }
            }
        }
    }
    units
}
