//! What a pool gives in floats: for the optimiser, which looks at many sizes and whose answer is
//! recomputed in integers before anything is planned.
//!
//! The formulas are those of the exact quotes without their rounding, written so that nothing cancels:
//! where liquidity is constant the output is computed from the amount, not from the difference of two
//! prices.

use super::concentrated::cross;
use super::fee_ppm;
use super::v2::MAX_RESERVE;
use crate::domain::pool::{Pool, PoolState, V2State, V3State, V4State};

/// By how much [`amount_out`] may be wrong relative to itself, the rounding of the exact quote apart. A few 10⁻¹⁰ are
/// seen where a deep range is left right at its edge for a very shallow one, else far less.
pub const ERROR: f64 = 1e-9;

/// Half the logarithm of 1.0001: of a tick, the logarithm of its square root price.
pub(super) const HALF_LN_BASE: f64 = 4.999_750_016_665_417e-5;
/// Amounts below this are next to nothing: rounding decides about them.
const NOTHING: f64 = 1e4;
/// 2⁹⁶, the unit of a Q64.96 number.
pub(super) const Q96: f64 = 79_228_162_514_264_337_593_543_950_336.0;

/// About what `pool` gives for `amount_in` base units of token0 (`zero_for_one`) or token1; `None` where
/// the known state cannot fill it.
pub fn amount_out(pool: &Pool, zero_for_one: bool, amount_in: f64) -> Option<f64> {
    match &pool.state {
        PoolState::V2(state) => product(state, zero_for_one, amount_in * kept(pool, zero_for_one)),
        PoolState::V3(state) | PoolState::V4(V4State { concentrated: state, .. }) => {
            concentrated(state, zero_for_one, amount_in * kept(pool, zero_for_one))
        }
    }
}

/// About how many base units the known state of `pool` absorbs, fee included; `None` where only exact
/// arithmetic can tell: amounts near nothing, states that contradict themselves.
pub fn absorbs(pool: &Pool, zero_for_one: bool) -> Option<u128> {
    let all = match &pool.state {
        PoolState::V2(state) => {
            let [reserve0, reserve1] = state.reserves;
            let here = if zero_for_one { reserve0 } else { reserve1 };
            (reserve0.min(reserve1) > 0).then(|| MAX_RESERVE.checked_sub(here)).flatten()? as f64
        }
        PoolState::V3(state) | PoolState::V4(V4State { concentrated: state, .. }) => {
            let (mut all, mut ended) = (0.0, false);
            for range in ranges(state, zero_for_one) {
                if range.room < 0.0 {
                    return None;
                }
                all += range.room;
                ended = range.is_last;
            }
            ended.then_some(all / kept(pool, zero_for_one))?
        }
    };
    // The cast saturates.
    (all > NOTHING).then_some(all as u128)
}

/// a·R_out / (R_in + a) for an input a without its fee.
fn product(state: &V2State, zero_for_one: bool, kept: f64) -> Option<f64> {
    let [reserve0, reserve1] = state.reserves.map(|reserve| reserve as f64);
    let (here, there) = if zero_for_one { (reserve0, reserve1) } else { (reserve1, reserve0) };
    (here > 0.0).then(|| kept * there / (here + kept))
}

/// At the square root price s, an amount a of token0, without its fee, gives s·L·a·s/(L + a·s) of token1 and lowers s to
/// s·L/(L + a·s); an amount a of token1 gives a/(s·(s + a/L)) of token0 and raises s by a/L.
fn concentrated(state: &V3State, zero_for_one: bool, kept: f64) -> Option<f64> {
    let mut left = kept;
    let mut out = 0.0;
    for Range { root, end, liquidity, room, .. } in ranges(state, zero_for_one) {
        if left <= room {
            let last = if zero_for_one {
                root * liquidity * (left * root) / (liquidity + left * root)
            } else {
                left / (root * (root + left / liquidity))
            };
            let all = if left > 0.0 { out + last } else { out };
            return all.is_finite().then_some(all);
        }
        let room = room.max(0.0);
        out += if zero_for_one { room * root * end } else { room / (root * end) };
        left -= room;
    }
    None
}

/// The part of the input that is not fee.
fn kept(pool: &Pool, zero_for_one: bool) -> f64 {
    1.0 - f64::from(fee_ppm(pool, zero_for_one)) / 1e6
}

/// A range of constant liquidity.
struct Range {
    /// Square root prices where it begins and ends.
    root: f64,
    end: f64,
    liquidity: f64,
    /// What it takes in up to its end, without fee.
    room: f64,
    /// Whether it ends where what is known does.
    is_last: bool,
}

/// The ranges from the price on, up to the end of what is known.
fn ranges(state: &V3State, zero_for_one: bool) -> impl Iterator<Item = Range> {
    let mut root = f64::from(state.sqrt_price_x96) / Q96;
    // In integers: what is left where large positions end must not be their rounding.
    let mut liquidity = Some(state.liquidity);
    let mut at = state.ticks.partition_point(|(tick, _)| *tick <= state.tick);
    std::iter::from_fn(move || {
        let here = liquidity? as f64;
        let ahead = if zero_for_one {
            at.checked_sub(1).and_then(|below| state.ticks.get(below))
        } else {
            state.ticks.get(at)
        };
        let known = if zero_for_one { state.known.0 } else { state.known.1 };
        let end = (f64::from(ahead.map_or(known, |(tick, _)| *tick)) * HALF_LN_BASE).exp();
        let room = if zero_for_one { here * (root - end) / (root * end) } else { here * (end - root) };
        let range = Range { root, end, liquidity: here, room, is_last: ahead.is_none() };
        root = end;
        at = if zero_for_one { at.saturating_sub(1) } else { at.saturating_add(1) };
        liquidity = ahead.and_then(|(_, net)| cross(liquidity?, *net, zero_for_one));
        Some(range)
    })
}
