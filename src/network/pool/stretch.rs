//! A pool's curve as the optimiser takes it: stretches of constant product, each with an end.
//!
//! Liquidity over several ranges of ticks is the same as a pool of its own per range: a range above the price
//! holds token0 alone and sells it from its lower end on, one below holds token1 alone. Whoever buys from all of
//! them at one price buys from the nearest first, as the pool does.

use super::concentrated::cross;
use super::curve::{HALF_LN_BASE, Q96};
use crate::domain::pool::{Pool, PoolState, V3State};

/// A stretch of constant product, in base units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Virtual reserves of token0 and token1.
    pub reserves: [f64; 2],
    /// The most of each that comes out; infinite where the curve goes on.
    pub available: [f64; 2],
}

/// Puts the stretches of `pool` into `into` that prices within a factor of e^`reach` of its own touch: of a
/// concentrated pool the range of its price first. Beyond what is known there is nothing. A pool that is empty or
/// contradicts itself has none.
pub fn stretches(pool: &Pool, reach: f64, into: &mut Vec<Stretch>) {
    match &pool.state {
        PoolState::V2(state) => {
            let reserves = state.reserves.map(|reserve| reserve as f64);
            if reserves.iter().all(|reserve| *reserve > 0.0) {
                into.push(Stretch { reserves, available: [f64::INFINITY; 2] });
            }
        }
        PoolState::V3(state) => concentrated(state, reach, into),
        PoolState::V4(state) => concentrated(&state.concentrated, reach, into),
    }
}

fn concentrated(state: &V3State, reach: f64, into: &mut Vec<Stretch>) {
    let root = f64::from(state.sqrt_price_x96) / Q96;
    if !(root.is_finite() && root > 0.0) {
        return;
    }
    let start = into.len();
    let above = state.ticks.partition_point(|(tick, _)| *tick <= state.tick);
    let up = state.ticks.get(above).map_or(state.known.1, |(tick, _)| *tick);
    let below = above.checked_sub(1);
    let down = below.and_then(|index| state.ticks.get(index)).map_or(state.known.0, |(tick, _)| *tick);
    // A price right at the end of what is known, or of its range, leaves nothing on that side.
    let (low, high) = (root_at(down).min(root), root_at(up).max(root));
    push(into, state.liquidity, root, [above_of(root, high), below_of(root, low)]);
    let (least, most) = (root * (-0.5 * reach).exp(), root * (0.5 * reach).exp());
    for zero_for_one in [false, true] {
        let mut liquidity = state.liquidity;
        let mut index = if zero_for_one { below } else { Some(above) };
        while let Some((at, (tick, net))) = index.and_then(|at| Some((at, *state.ticks.get(at)?))) {
            let from = root_at(tick);
            if from < least || from > most {
                break;
            }
            let Some(crossed) = cross(liquidity, net, zero_for_one) else {
                // The table contradicts itself: none of it is to be believed.
                into.truncate(start);
                return;
            };
            liquidity = crossed;
            index = if zero_for_one { at.checked_sub(1) } else { at.checked_add(1) };
            let next = index.and_then(|next| state.ticks.get(next)).map(|(tick, _)| *tick);
            let end = root_at(next.unwrap_or(if zero_for_one { state.known.0 } else { state.known.1 }));
            let available =
                if zero_for_one { [0.0, below_of(from, end)] } else { [above_of(from, end), 0.0] };
            push(into, liquidity, from, available);
        }
    }
}

/// √price of a tick.
fn root_at(tick: i32) -> f64 {
    (f64::from(tick) * HALF_LN_BASE).exp()
}

/// Of one unit of liquidity, token0 between the √price `from` and `to` above it.
fn above_of(from: f64, to: f64) -> f64 {
    ((to - from) / (from * to)).max(0.0)
}

/// Of one unit of liquidity, token1 between the √price `from` and `to` below it.
fn below_of(from: f64, to: f64) -> f64 {
    (from - to).max(0.0)
}

/// Adds the stretch of `liquidity` at the √price `root`; `available` is per unit of liquidity.
fn push(into: &mut Vec<Stretch>, liquidity: u128, root: f64, available: [f64; 2]) {
    let liquidity = liquidity as f64;
    if liquidity > 0.0 && available.iter().any(|part| *part > 0.0) {
        let reserves = [liquidity / root, liquidity * root];
        into.push(Stretch { reserves, available: available.map(|part| part * liquidity) });
    }
}
