//! Exact integer mathematics of pools, equal to the chain to the unit; [`curve`] alone is in floats.
//!
//! Nothing here allocates while quoting and no tick table is copied.

pub mod curve;
pub mod event;
pub mod sample;
pub mod stretch;
pub mod tick;

mod concentrated;
mod price;
mod v2;
mod wide;

use alloy::primitives::U256;

pub use sample::{capacity, sample};

use self::concentrated::{Rounding, Terms};
use crate::domain::AssetId;
use crate::domain::pool::{Pool, PoolState, V3State, V4State};

/// Fees are in millionths.
const MILLION: u32 = 1_000_000;

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
        PoolState::V3(state) => {
            concentrated::swap(state, v3(state), zero_for_one, amount_in).map(|swapped| swapped.quote)
        }
        PoolState::V4(state) => {
            let terms = v4(state, zero_for_one);
            let swapped = concentrated::swap(&state.concentrated, terms, zero_for_one, v4_input(amount_in)?)?;
            v4_output(swapped.quote)
        }
    }
}

/// Swaps exactly `amount_in` base units of token0 (`zero_for_one`) or token1 in `state`, which becomes that
/// of the pool after the swap, to the unit. Nothing is allocated; after an error `state` is as it was.
pub fn swap_exact_in(
    state: &mut PoolState,
    zero_for_one: bool,
    amount_in: u128,
) -> Result<Quote, QuoteError> {
    if amount_in == 0 {
        return Err(QuoteError::ZeroInput);
    }
    match state {
        PoolState::V2(state) => v2::swap(state, zero_for_one, amount_in),
        PoolState::V3(state) => concentrated::swap(state, v3(state), zero_for_one, amount_in)?.apply(state),
        PoolState::V4(state) => {
            let terms = v4(state, zero_for_one);
            let swapped = concentrated::swap(&state.concentrated, terms, zero_for_one, v4_input(amount_in)?)?;
            v4_output(swapped.quote)?;
            swapped.apply(&mut state.concentrated)
        }
    }
}

const fn v3(state: &V3State) -> Terms {
    Terms { fee: state.fee, rounding: Rounding::V3 }
}

fn v4(state: &V4State, zero_for_one: bool) -> Terms {
    Terms { fee: state.swap_fee(zero_for_one), rounding: Rounding::V4 }
}

/// The PoolManager counts in `int128`.
fn v4_input(amount_in: u128) -> Result<u128, QuoteError> {
    let most = i128::MAX.unsigned_abs();
    if amount_in <= most { Ok(amount_in) } else { Err(QuoteError::PartialFill { absorbed: most }) }
}

fn v4_output(quote: Quote) -> Result<Quote, QuoteError> {
    i128::try_from(quote.amount_out).map_err(|_| QuoteError::Inconsistent)?;
    Ok(quote)
}

/// Marginal output per input after the fee at size zero, as (numerator, denominator) in base units.
/// Never below the exact rate, so it bounds the average rate of every size from above.
pub fn spot_rate(pool: &Pool, zero_for_one: bool) -> Result<(U256, U256), QuoteError> {
    match &pool.state {
        PoolState::V2(state) => v2::spot(state, zero_for_one),
        PoolState::V3(state) => concentrated::spot(state, state.fee, zero_for_one),
        PoolState::V4(state) => {
            concentrated::spot(&state.concentrated, state.swap_fee(zero_for_one), zero_for_one)
        }
    }
}

/// Fee in millionths of an input of token0 (`zero_for_one`) or token1.
pub fn fee_ppm(pool: &Pool, zero_for_one: bool) -> u32 {
    match &pool.state {
        PoolState::V2(state) => state.fee,
        PoolState::V3(state) => state.fee,
        PoolState::V4(state) => state.swap_fee(zero_for_one),
    }
}

/// Whether selling `asset` is a swap of token0 for token1; `None` when the pool does not hold it.
pub fn sells_token0(pool: &Pool, asset: &AssetId) -> Option<bool> {
    let [token0, token1] = &pool.assets;
    if asset == token0 { Some(true) } else { (asset == token1).then_some(false) }
}
