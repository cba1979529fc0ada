//! Constant product pairs with a fee of 0.30 %.

use alloy::primitives::U256;

use super::{Quote, QuoteError};
use crate::domain::pool::V2State;

/// Reserves are `uint112` on chain.
pub(super) const MAX_RESERVE: u128 = u128::MAX >> 16;

/// out = in·997·R_out / (R_in·1000 + in·997), rounded down: what keeps x·y from shrinking after
/// three thousandths of the input stay in the pair.
pub(super) fn quote(state: &V2State, zero_for_one: bool, amount_in: u128) -> Result<Quote, QuoteError> {
    let (reserve_in, reserve_out) = ordered(state, zero_for_one)?;
    // The pair refuses to hold more than a uint112 of either token.
    let room = MAX_RESERVE.checked_sub(reserve_in).ok_or(QuoteError::Inconsistent)?;
    if amount_in > room {
        return Err(QuoteError::PartialFill { absorbed: room });
    }
    let amount_out = amount_out(reserve_in, reserve_out, amount_in).ok_or(QuoteError::Inconsistent)?;
    // The pair reverts when nothing leaves it.
    if amount_out == 0 {
        return Err(QuoteError::NothingOut);
    }
    Ok(Quote { amount_out, sqrt_price_after: None, ticks_crossed: 0 })
}

/// (997·R_out, 1000·R_in).
pub(super) fn spot(state: &V2State, zero_for_one: bool) -> Result<(U256, U256), QuoteError> {
    let (reserve_in, reserve_out) = ordered(state, zero_for_one)?;
    let scale = |reserve: u128, by: u64| U256::from(reserve).checked_mul(U256::from(by));
    scale(reserve_out, 997).zip(scale(reserve_in, 1000)).ok_or(QuoteError::Inconsistent)
}

fn ordered(state: &V2State, zero_for_one: bool) -> Result<(u128, u128), QuoteError> {
    let [reserve0, reserve1] = state.reserves;
    if reserve0 == 0 || reserve1 == 0 {
        return Err(QuoteError::NoLiquidity);
    }
    Ok(if zero_for_one { (reserve0, reserve1) } else { (reserve1, reserve0) })
}

fn amount_out(reserve_in: u128, reserve_out: u128, amount_in: u128) -> Option<u128> {
    let with_fee = U256::from(amount_in).checked_mul(U256::from(997))?;
    let numerator = with_fee.checked_mul(U256::from(reserve_out))?;
    let denominator = U256::from(reserve_in).checked_mul(U256::from(1000))?.checked_add(with_fee)?;
    u128::try_from(numerator.checked_div(denominator)?).ok()
}
