//! Exact integer mathematics of pools, equal to the chain to the unit; [`curve`] alone is in floats.
//!
//! Nothing here allocates while quoting and no tick table is copied.

pub mod curve;
pub mod sample;
pub mod tick;

mod price;
mod v2;
mod v3;
mod wide;

use alloy::primitives::U256;

pub use sample::{capacity, sample};

use crate::domain::AssetId;
use crate::domain::pool::{Pool, PoolState};

/// What a pool gives for an exact input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Base units of the bought token.
    pub amount_out: u128,
    /// √price after the swap as Q64.96; `None` for V2.
    pub sqrt_price_after: Option<U256>,
    /// Initialised ticks crossed on the way.
    pub ticks_crossed: u32,
}

/// Why a pool gives no quote for a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// Nothing is sold.
    #[error("a swap of nothing has no quote; ask for a positive amount")]
    ZeroInput,
    /// The pool is empty at its price.
    #[error("the pool has no liquidity at its price; use another pool")]
    NoLiquidity,
    /// The input is too small to buy one base unit; the pair would revert.
    #[error("the amount is too small to buy one base unit; swap more or not at all")]
    NothingOut,
    /// The swap would leave the ticks that were read. What lies there is not known, which is not "empty".
    #[error(
        "only ticks {low}..={high} of the pool are known and they absorb {absorbed} base units; swap less"
    )]
    BeyondKnownTicks {
        /// First tick that was read.
        low: i32,
        /// Last tick that was read.
        high: i32,
        /// Base units, fee included, that the known part absorbs at most.
        absorbed: u128,
    },
    /// The pool cannot take all of the input: it would be filled in part.
    #[error("the pool absorbs only {absorbed} base units; swap less")]
    PartialFill {
        /// Base units, fee included, that the pool absorbs at most.
        absorbed: u128,
    },
    /// The numbers contradict each other: no real pool is in this state.
    #[error("the pool state contradicts itself; it is not used until it is read again")]
    Inconsistent,
}

/// What `pool` gives for exactly `amount_in` base units of token0 (`zero_for_one`) or token1, to
/// the unit. A swap the pool would fill only in part is an error.
pub fn quote_exact_in(pool: &Pool, zero_for_one: bool, amount_in: u128) -> Result<Quote, QuoteError> {
    if amount_in == 0 {
        return Err(QuoteError::ZeroInput);
    }
    match &pool.state {
        PoolState::V2(state) => v2::quote(state, zero_for_one, amount_in),
        PoolState::V3(state) => v3::quote(state, zero_for_one, amount_in),
    }
}

/// Marginal output per input after the fee at size zero, as (numerator, denominator) in base units.
/// Never below the exact rate, so it bounds the average rate of every size from above.
pub fn spot_rate(pool: &Pool, zero_for_one: bool) -> Result<(U256, U256), QuoteError> {
    match &pool.state {
        PoolState::V2(state) => v2::spot(state, zero_for_one),
        PoolState::V3(state) => v3::spot(state, zero_for_one),
    }
}

/// Fee in millionths of the input.
pub fn fee_ppm(pool: &Pool) -> u32 {
    match &pool.state {
        PoolState::V2(_) => 3_000,
        PoolState::V3(state) => state.fee,
    }
}

/// Whether selling `asset` is a swap of token0 for token1; `None` when the pool does not hold it.
pub fn sells_token0(pool: &Pool, asset: &AssetId) -> Option<bool> {
    let [token0, token1] = &pool.assets;
    if asset == token0 { Some(true) } else { (asset == token1).then_some(false) }
}
