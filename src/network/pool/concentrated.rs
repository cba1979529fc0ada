//! Concentrated liquidity: one swap as a V3 or V4 pool executes it, step by step.

use alloy::primitives::U256;

use super::price::{Q96, after_input, amount0, amount1};
use super::tick::{
    MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
use super::wide::{mul_div, mul_div_up};
use super::{MILLION, Quote, QuoteError};
use crate::domain::pool::V3State;

/// The pool looks for its next tick within one word of 256 usable ticks at a time.
const WORD: i32 = 256;

/// Where a step may end.
struct Boundary {
    tick: i32,
    /// `liquidityNet`, where the tick is initialised.
    net: Option<i128>,
    /// The end of what was read, not a tick the pool stops at.
    is_edge: bool,
}

/// What one step within constant liquidity does.
struct Step {
    price: U256,
    amount_in: U256,
    amount_out: U256,
    fee: U256,
}

/// What V3 and V4 do differently where an input is used up within constant liquidity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rounding {
    /// What moved the price is computed anew from the price reached; the rest is fee.
    V3,
    /// What is left after the fee moves the price, all of it.
    V4,
}

/// What a swap pays: the whole fee in millionths, and by whose rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) fee: u32,
    pub(super) rounding: Rounding,
}

/// A swap, and where it leaves the pool.
pub(super) struct Swapped {
    pub(super) quote: Quote,
    price: U256,
    /// `None` where it follows from the price: that takes a search which a quote alone does not need.
    tick: Option<i32>,
    liquidity: u128,
}

impl Swapped {
    /// Changes `state` as the swap changes the pool; its ticks stay as they are.
    pub(super) fn apply(self, state: &mut V3State) -> Result<Quote, QuoteError> {
        let tick = self.tick.or_else(|| tick_at_sqrt_ratio(self.price));
        state.tick = tick.ok_or(QuoteError::Inconsistent)?;
        state.sqrt_price_x96 = self.price;
        state.liquidity = self.liquidity;
        Ok(self.quote)
    }
}

pub(super) fn swap(
    state: &V3State,
    terms: Terms,
    zero_for_one: bool,
    amount_in: u128,
) -> Result<Swapped, QuoteError> {
    let limit = price_limit(zero_for_one);
    let mut price = checked_price(state, terms.fee)?;
    let (mut tick, mut liquidity) = (state.tick, state.liquidity);
    let mut remaining = U256::from(amount_in);
    let mut amount_out = U256::ZERO;
    let mut ticks_crossed = 0_u32;
    let mut is_within = false;
    while !remaining.is_zero() {
        if price == limit {
            return Err(QuoteError::PartialFill { absorbed: absorbed(amount_in, remaining) });
        }
        let boundary = next_boundary(state, tick, zero_for_one).ok_or(QuoteError::Inconsistent)?;
        let end = sqrt_ratio_at_tick(boundary.tick).ok_or(QuoteError::Inconsistent)?;
        // Every step must lead on, whatever the table says: this is also what ends the loop.
        let is_ahead = if zero_for_one {
            boundary.tick <= tick && end <= price
        } else {
            boundary.tick > tick && end >= price
        };
        if !is_ahead {
            return Err(match boundary.is_edge {
                true => beyond(state, absorbed(amount_in, remaining)),
                false => QuoteError::Inconsistent,
            });
        }
        let target = if zero_for_one { end.max(limit) } else { end.min(limit) };
        let step =
            step(price, target, liquidity, remaining, terms, zero_for_one).ok_or(QuoteError::Inconsistent)?;
        remaining = step
            .amount_in
            .checked_add(step.fee)
            .and_then(|spent| remaining.checked_sub(spent))
            .ok_or(QuoteError::Inconsistent)?;
        // A step that ends before its boundary does not depend on where the boundary is; one that
        // ends at the edge of what was read would.
        if boundary.is_edge && step.price == target {
            return Err(beyond(state, absorbed(amount_in, remaining)));
        }
        amount_out = amount_out.checked_add(step.amount_out).ok_or(QuoteError::Inconsistent)?;
        let is_moved = step.price != price;
        price = step.price;
        is_within = price != end && is_moved;
        if price == end {
            if let Some(net) = boundary.net {
                liquidity = cross(liquidity, net, zero_for_one).ok_or(QuoteError::Inconsistent)?;
                ticks_crossed = ticks_crossed.saturating_add(1);
            }
            tick = if zero_for_one { boundary.tick.saturating_sub(1) } else { boundary.tick };
        }
    }
    let amount_out = u128::try_from(amount_out).map_err(|_| QuoteError::Inconsistent)?;
    let quote = Quote { amount_out, sqrt_price_after: Some(price), ticks_crossed };
    Ok(Swapped { quote, price, tick: (!is_within).then_some(tick), liquidity })
}

/// Marginal output per input after `fee`: price²·(10⁶ − fee)/10⁶ for token0, its reciprocal price
/// for token1. Exact while √price < 2¹¹⁸; beyond, both parts are scaled so that the rate is never
/// understated.
pub(super) fn spot(state: &V3State, fee: u32, zero_for_one: bool) -> Result<(U256, U256), QuoteError> {
    let price = checked_price(state, fee)?;
    if state.liquidity == 0 {
        return Err(QuoteError::NoLiquidity);
    }
    let rate = || {
        let excess = price.bit_len().saturating_sub(118);
        let kept = U256::from(MILLION.checked_sub(fee)?);
        // (price >> e)² is price² >> 2e; the shift of the square is undone in 2¹⁹² on the other side.
        let scaled = price.wrapping_shr(excess);
        let unit = Q96.wrapping_shr(excess);
        let unit_squared = unit.checked_mul(unit)?;
        let is_cut = excess > 0 && price.trailing_zeros() < excess;
        if zero_for_one {
            let scaled = if is_cut { scaled.checked_add(U256::ONE)? } else { scaled };
            let numerator = scaled.checked_mul(scaled)?.checked_mul(kept)?;
            Some((numerator, unit_squared.checked_mul(U256::from(MILLION))?))
        } else {
            let denominator = scaled.checked_mul(scaled)?.checked_mul(U256::from(MILLION))?;
            Some((unit_squared.checked_mul(kept)?, denominator))
        }
    };
    rate().ok_or(QuoteError::Inconsistent)
}

/// A price some pool can have, with a fee and spacing that make sense.
fn checked_price(state: &V3State, fee: u32) -> Result<U256, QuoteError> {
    let price = state.sqrt_price_x96;
    let is_sound = price >= MIN_SQRT_RATIO
        && price < MAX_SQRT_RATIO
        && (MIN_TICK..MAX_TICK).contains(&state.tick)
        && fee < MILLION
        && state.tick_spacing > 0;
    if is_sound { Ok(price) } else { Err(QuoteError::Inconsistent) }
}

/// The router asks for no limit, which the pool reads as the last price before the ends.
fn price_limit(zero_for_one: bool) -> U256 {
    if zero_for_one { MIN_SQRT_RATIO.wrapping_add(U256::ONE) } else { MAX_SQRT_RATIO.wrapping_sub(U256::ONE) }
}

fn beyond(state: &V3State, absorbed: u128) -> QuoteError {
    QuoteError::BeyondKnownTicks { low: state.known.0, high: state.known.1, absorbed }
}

fn absorbed(amount_in: u128, remaining: U256) -> u128 {
    amount_in.saturating_sub(remaining.saturating_to())
}

/// The next initialised tick within the word of `tick` (downwards, `tick` included) or of the tick
/// after it (upwards), else the end of that word: the pool stops there too, and each stop rounds.
fn next_boundary(state: &V3State, tick: i32, zero_for_one: bool) -> Option<Boundary> {
    let spacing = state.tick_spacing;
    let position = tick.checked_div_euclid(spacing)?;
    let at = state.ticks.partition_point(|(initialised, _)| *initialised <= tick);
    let (end, found) = if zero_for_one {
        let first = position.checked_div_euclid(WORD)?.checked_mul(WORD)?.checked_mul(spacing)?;
        let below = at.checked_sub(1).and_then(|index| state.ticks.get(index));
        (first, below.filter(|(initialised, _)| *initialised >= first))
    } else {
        let word = position.checked_add(1)?.checked_div_euclid(WORD)?;
        let last = word.checked_mul(WORD)?.checked_add(WORD - 1)?.checked_mul(spacing)?;
        (last, state.ticks.get(at).filter(|(initialised, _)| *initialised <= last))
    };
    let (next, net) = match found {
        Some((initialised, net)) => (*initialised, Some(*net)),
        None => (end, None),
    };
    let next = next.clamp(MIN_TICK, MAX_TICK);
    Some(match zero_for_one {
        true if next < state.known.0 => Boundary { tick: state.known.0, net: None, is_edge: true },
        false if next > state.known.1 => Boundary { tick: state.known.1, net: None, is_edge: true },
        _ => Boundary { tick: next, net, is_edge: false },
    })
}

/// Liquidity after crossing: `liquidityNet` is added upwards and taken away downwards.
pub(super) fn cross(liquidity: u128, net: i128, zero_for_one: bool) -> Option<u128> {
    if (net < 0) == zero_for_one {
        liquidity.checked_add(net.unsigned_abs())
    } else {
        liquidity.checked_sub(net.unsigned_abs())
    }
}

/// Swaps up to `remaining` within constant liquidity and not past `target`.
fn step(
    price: U256,
    target: U256,
    liquidity: u128,
    remaining: U256,
    Terms { fee, rounding }: Terms,
    zero_for_one: bool,
) -> Option<Step> {
    let kept = U256::from(MILLION.checked_sub(fee)?);
    let less_fee = mul_div(remaining, kept, U256::from(MILLION))?;
    // What moving the price to `to` takes in, rounded up, and gives out, rounded down.
    let taken = |to: U256| {
        if zero_for_one { amount0(to, price, liquidity, true) } else { amount1(price, to, liquidity, true) }
    };
    let given = |to: U256| {
        if zero_for_one { amount1(to, price, liquidity, false) } else { amount0(price, to, liquidity, false) }
    };
    let to_target = taken(target)?;
    let is_enough = less_fee >= to_target;
    let next = if is_enough { target } else { after_input(price, liquidity, less_fee, zero_for_one)? };
    // V3 takes a price that is rounded to its target for one that reached it.
    let is_full = is_enough || (rounding == Rounding::V3 && next == target);
    let amount_in = match rounding {
        Rounding::V3 | Rounding::V4 if is_full => to_target,
        Rounding::V3 => taken(next)?,
        Rounding::V4 => less_fee,
    };
    // Short of the target, everything that is not needed to move the price is fee.
    let fee = if is_full {
        mul_div_up(amount_in, U256::from(fee), kept)?
    } else {
        remaining.checked_sub(amount_in)?
    };
    Some(Step { price: next, amount_in, amount_out: given(next)?, fee })
}
