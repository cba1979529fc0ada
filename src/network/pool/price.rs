//! Amounts between two prices, and the price after an amount: formulas 6.7 to 6.16 of the Uniswap
//! V3 whitepaper, with the rounding the pool documents. What enters is rounded up and what leaves
//! is rounded down, so that rounding always favours the pool.

use alloy::primitives::{U256, uint};

use super::wide::{div_up, mul_div, mul_div_up};

/// 2⁹⁶, the unit of a Q64.96 number.
pub(super) const Q96: U256 = uint!(0x1000000000000000000000000_U256);

/// Amount of token0 between two prices with `low <= high`: L·2⁹⁶·(high − low)/(high·low).
pub(super) fn amount0(low: U256, high: U256, liquidity: u128, round_up: bool) -> Option<U256> {
    let numerator = U256::from(liquidity).wrapping_shl(96);
    let difference = high.checked_sub(low)?;
    if round_up {
        div_up(mul_div_up(numerator, difference, high)?, low)
    } else {
        mul_div(numerator, difference, high)?.checked_div(low)
    }
}

/// Amount of token1 between two prices with `low <= high`: L·(high − low)/2⁹⁶.
pub(super) fn amount1(low: U256, high: U256, liquidity: u128, round_up: bool) -> Option<U256> {
    let difference = high.checked_sub(low)?;
    let round = if round_up { mul_div_up } else { mul_div };
    round(U256::from(liquidity), difference, Q96)
}

/// The price after `amount` of token0 (`zero_for_one`) or token1 entered without fee.
/// `None` without liquidity, or when the result does not fit.
pub(super) fn after_input(price: U256, liquidity: u128, amount: U256, zero_for_one: bool) -> Option<U256> {
    if liquidity == 0 || price.is_zero() {
        return None;
    }
    if zero_for_one { after_token0(price, liquidity, amount) } else { after_token1(price, liquidity, amount) }
}

/// L·2⁹⁶·price/(L·2⁹⁶ + amount·price), rounded up: the price must not fall too far.
fn after_token0(price: U256, liquidity: u128, amount: U256) -> Option<U256> {
    if amount.is_zero() {
        return Some(price);
    }
    let numerator = U256::from(liquidity).wrapping_shl(96);
    // The contract has a second formula for a product beyond 256 bits. With an amount below 2¹²⁸ it
    // needs a price above 2¹²⁸; a step from there ends within its word, above 2⁹⁶, which takes
    // L·price ≥ 2²⁵⁶: an output beyond 128 bits, which is refused anyway.
    let denominator = numerator.checked_add(amount.checked_mul(price)?)?;
    mul_div_up(numerator, price, denominator)
}

/// price + amount·2⁹⁶/L, rounded down: the price must not rise too far.
fn after_token1(price: U256, liquidity: u128, amount: U256) -> Option<U256> {
    let rise = mul_div(amount, Q96, U256::from(liquidity))?;
    price.checked_add(rise).filter(|price| price.bit_len() <= 160)
}
