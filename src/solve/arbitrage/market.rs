//! Pools as columns, in units of value.

use std::collections::{BTreeMap, BinaryHeap};

use super::sorted::Sorted;

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
    /// What is sold and bought are not two tokens of the market.
    #[error("tokens {} and {} are no pair of the {count} that there are; nothing was solved", .tokens[0], .tokens[1])]
    Pair {
        /// Sold and bought.
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

/// How a pool's closed form is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One square root per trade.
    Product,
    /// Powers.
    Weighted,
}

impl Form {
    fn of(weight: f64) -> Self {
        if weight.total_cmp(&0.5).is_eq() { Self::Product } else { Self::Weighted }
    }
}

/// What a pool's closed form needs, in one line of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Curve {
    /// Its tokens.
    pub(super) ends: [u32; 2],
    /// In units of value.
    pub(super) reserves: [f64; 2],
    /// How far the price of the first, or the second token is above the pool's when both tokens' prices are one,
    /// fee counted: of a product its root less one, of a weighted pool its logarithm.
    pub(super) shift: [f64; 2],
    /// By how much the root of the price may rise before the first, or the second token ends.
    pub(super) most: [f64; 2],
    /// Of the first token.
    pub(super) weight: f64,
}

impl Curve {
    fn new(pool: &Pool, units: &[f64]) -> Self {
        let reserves = pool.values(units);
        let ratio = reserves[0] * (1.0 - pool.weight) / (reserves[1] * pool.weight);
        // Both directions follow from one rounded number. Of two they would overlap by its last digit.
        let shift = match Form::of(pool.weight) {
            Form::Product => {
                let (above, kept) = (ratio.sqrt() - 1.0, pool.keeps.sqrt() - 1.0);
                let below = -above / (1.0 + above);
                [above + kept + above * kept, below + kept + below * kept]
            }
            Form::Weighted => {
                let (above, kept) = (ratio.ln(), pool.keeps.ln());
                [above + kept, kept - above]
            }
        };
        let most = [pool.most(0), pool.most(1)];
        Self { ends: pool.tokens.map(|token| token as u32), reserves, shift, most, weight: pool.weight }
    }

    /// A shift at which no trade pays, whatever the prices are: the root of no price is below zero.
    pub(super) fn shift_of_never(&self) -> [f64; 2] {
        match self.form() {
            Form::Product => [-1.0; 2],
            Form::Weighted => [f64::NEG_INFINITY; 2],
        }
    }

    pub(super) fn form(&self) -> Form {
        Form::of(self.weight)
    }

    pub(super) fn tokens(&self) -> [usize; 2] {
        self.ends.map(|token| token as usize)
    }
}

impl Pool {
    /// What its curve holds, at what a base unit of each token is worth.
    fn values(&self, units: &[f64]) -> [f64; 2] {
        [self.reserves[0] * units[self.tokens[0]], self.reserves[1] * units[self.tokens[1]]]
    }

    /// Out of the curve comes R·(1 − 1/s) when the root of the price has risen to s.
    fn most(&self, side: usize) -> f64 {
        match self.available[side] / self.reserves[side] {
            part if part < 1.0 => part / (1.0 - part),
            _ => f64::INFINITY,
        }
    }
}

/// Pools and tokens with everything that does not change while prices do.
#[derive(Debug, Clone)]
pub struct Market {
    /// Logarithm of the least price of each token, in its unit.
    pub(super) low: Vec<f64>,
    /// The value of one unit of each token's column.
    pub(super) units: Vec<f64>,
    pub(super) curves: Vec<Curve>,
    /// What each pool keeps of an input.
    pub(super) keeps: Vec<f64>,
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
        // Where values say little about prices, as when only one token counts, the pools know better.
        let known = spanning(values, pools);
        let known: Vec<f64> = values.iter().zip(known).map(|(value, price)| value.max(price)).collect();
        let units = if profit(&known, pools) < profit(values, pools) { known } else { values.to_vec() };
        let curves: Vec<Curve> = pools.iter().map(|pool| Curve::new(pool, &units)).collect();
        Ok(Self {
            low: values.iter().zip(&units).map(|(value, unit)| (value / unit).ln()).collect(),
            keeps: pools.iter().map(|pool| pool.keeps).collect(),
            depth: curves.iter().map(|curve| curve.reserves[0] + curve.reserves[1]).sum(),
            units,
            curves,
        })
    }

    /// How many tokens there are.
    pub fn tokens(&self) -> usize {
        self.low.len()
    }

    /// How many pools there are.
    pub fn pools(&self) -> usize {
        self.curves.len()
    }

    /// Takes over what a block changed of a pool: its reserves and what is available of them. Its tokens,
    /// fee and weight stay.
    ///
    /// # Errors
    /// [`MarketError::Number`] when one is out of its range; nothing changes then.
    pub fn update(&mut self, index: usize, pool: &Pool) -> Result<(), MarketError> {
        check(index, pool, self.tokens())?;
        self.curves[index] = Curve::new(pool, &self.units);
        Ok(())
    }
}

impl Market {
    /// Some of its pools, by index, as a market of their own; also its tokens, by their index in this one.
    pub(super) fn part(&self, pools: impl Iterator<Item = usize>) -> (Self, Vec<usize>) {
        let (mut places, mut tokens) = (BTreeMap::new(), Vec::new());
        let mut part =
            Self { low: Vec::new(), units: Vec::new(), curves: Vec::new(), keeps: Vec::new(), depth: 0.0 };
        for pool in pools {
            let mut curve = self.curves[pool];
            for end in &mut curve.ends {
                let token = *end as usize;
                *end = *places.entry(token).or_insert_with(|| {
                    tokens.push(token);
                    part.low.push(self.low[token]);
                    part.units.push(self.units[token]);
                    tokens.len().saturating_sub(1) as u32
                });
            }
            part.depth += curve.reserves[0] + curve.reserves[1];
            part.curves.push(curve);
            part.keeps.push(self.keeps[pool]);
        }
        (part, tokens)
    }

    /// Lets nobody trade with a pool any more.
    pub(super) fn close(&mut self, pool: usize) {
        let curve = &mut self.curves[pool];
        // As if its price were infinitely far away, in either direction.
        curve.shift = curve.shift_of_never();
        curve.most = [0.0; 2];
    }
}

/// What all pools' best trades are worth at the prices `units`, weighted pools taken for products: enough to
/// tell which of two prices are closer to the pools'.
fn profit(units: &[f64], pools: &[Pool]) -> f64 {
    let of_pool = |pool: &Pool| {
        let reserves = pool.values(units);
        let ratio = reserves[0] * (1.0 - pool.weight) / (reserves[1] * pool.weight);
        let side = usize::from(ratio < 1.0);
        let rise = (pool.keeps * if side == 0 { ratio } else { 1.0 / ratio }).max(1.0);
        let root = rise.sqrt().min(1.0 + pool.most(side));
        reserves[side] * (1.0 - 1.0 / root) * (1.0 - root / rise)
    };
    pools.iter().map(of_pool).sum()
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
    let is_product = Form::of(pool.weight) == Form::Product;
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
    let mut worth = vec![0.0; values.len()];
    for pool in pools {
        for (token, reserve) in pool.tokens.into_iter().zip(pool.values(values)) {
            worth[token] += reserve;
        }
    }
    let touching = Sorted::by(values.len(), pools.len(), |pool| pools[pool].tokens.map(|token| token as u32));
    let mut roots: Vec<usize> = (0..values.len()).collect();
    roots.sort_unstable_by(|a, b| worth[*b].total_cmp(&worth[*a]).then(a.cmp(b)));
    let mut units = vec![f64::NAN; values.len()];
    let mut deepest = vec![0.0_f64; values.len()];
    let mut open = BinaryHeap::new();
    for root in roots {
        open.push(Reach { depth: f64::INFINITY, token: root, unit: values[root] });
        while let Some(Reach { token, unit, .. }) = open.pop() {
            if !units[token].is_nan() {
                continue;
            }
            units[token] = unit;
            for &index in touching.of(token) {
                let pool = &pools[index as usize];
                let side = usize::from(pool.tokens[1] == token);
                let away = 1_usize.saturating_sub(side);
                let other = pool.tokens[away];
                let depth = unit * pool.reserves[side];
                // A way that is no deeper than a known one would be the later one of the two.
                if !units[other].is_nan() || depth <= deepest[other] {
                    continue;
                }
                let weights = [pool.weight, 1.0 - pool.weight];
                let price = depth / weights[side] * weights[away] / pool.reserves[away];
                if is_positive(price) {
                    deepest[other] = depth;
                    open.push(Reach { depth, token: other, unit: price });
                }
            }
        }
    }
    units
}
