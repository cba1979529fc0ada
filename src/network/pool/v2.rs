//! Constant product pairs, of Uniswap (a fee of 0.30 %) and of its forks.

use alloy::primitives::U256;

use super::{MILLION, Quote, QuoteError};
use crate::domain::pool::V2State;

/// Reserves are `uint112` on chain.
pub(super) const MAX_RESERVE: u128 = u128::MAX >> 16;

/// out = in·k·R_out / (R_in·10⁶ + in·k) with k = 10⁶ − fee, rounded down: what keeps x·y from shrinking
/// after the fee stays in the pair. The contracts count in thousandths or ten-thousandths; the quotient
/// is the same.
pub(super) fn quote(state: &V2State, zero_for_one: bool, amount_in: u128) -> Result<Quote, QuoteError> {
    let (reserve_in, reserve_out) = ordered(state, zero_for_one)?;
    // The pair refuses to hold more than a uint112 of either token.
    let room = MAX_RESERVE.checked_sub(reserve_in).ok_or(QuoteError::Inconsistent)?;
    if amount_in > room {
        return Err(QuoteError::PartialFill { absorbed: room });
    }
    let amount_out =
        amount_out([reserve_in, reserve_out], state.fee, amount_in).ok_or(QuoteError::Inconsistent)?;
    // The pair reverts when nothing leaves it.
    if amount_out == 0 {
        return Err(QuoteError::NothingOut);
    }
    Ok(Quote { amount_out, sqrt_price_after: None, ticks_crossed: 0 })
}

/// The reserves after a swap that [`quote`] allows: the whole input stays in the pair.
pub(super) fn swap(state: &mut V2State, zero_for_one: bool, amount_in: u128) -> Result<Quote, QuoteError> {
    let quote = quote(state, zero_for_one, amount_in)?;
    let [reserve0, reserve1] = state.reserves;
    let after = if zero_for_one {
        (reserve0.checked_add(amount_in), reserve1.checked_sub(quote.amount_out))
    } else {
        (reserve0.checked_sub(quote.amount_out), reserve1.checked_add(amount_in))
    };
    let (Some(reserve0), Some(reserve1)) = after else { return Err(QuoteError::Inconsistent) };
    state.reserves = [reserve0, reserve1];
    Ok(quote)
}

/// ((10⁶ − fee)·R_out, 10⁶·R_in).
pub(super) fn spot(state: &V2State, zero_for_one: bool) -> Result<(U256, U256), QuoteError> {
    let (reserve_in, reserve_out) = ordered(state, zero_for_one)?;
    let kept = kept(state.fee).ok_or(QuoteError::Inconsistent)?;
    let scale = |reserve: u128, by: u32| U256::from(reserve).checked_mul(U256::from(by));
    scale(reserve_out, kept).zip(scale(reserve_in, MILLION)).ok_or(QuoteError::Inconsistent)
}

fn ordered(state: &V2State, zero_for_one: bool) -> Result<(u128, u128), QuoteError> {
    let [reserve0, reserve1] = state.reserves;
    if reserve0 == 0 || reserve1 == 0 {
        return Err(QuoteError::NoLiquidity);
    }
    Ok(if zero_for_one { (reserve0, reserve1) } else { (reserve1, reserve0) })
}

/// What is left of a million after the fee; a fee of everything is no pair's.
fn kept(fee: u32) -> Option<u32> {
    MILLION.checked_sub(fee).filter(|kept| *kept > 0)
}

fn amount_out([reserve_in, reserve_out]: [u128; 2], fee: u32, amount_in: u128) -> Option<u128> {
    // 112 + 112 + 20 bits at most.
    let with_fee = U256::from(amount_in).checked_mul(U256::from(kept(fee)?))?;
    let numerator = with_fee.checked_mul(U256::from(reserve_out))?;
    let denominator = U256::from(reserve_in).checked_mul(U256::from(MILLION))?.checked_add(with_fee)?;
    u128::try_from(numerator.checked_div(denominator)?).ok()
}
