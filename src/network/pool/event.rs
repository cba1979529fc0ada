//! What pools say has happened to them, and what that makes of a state kept in memory.
//!
//! A pool's events tell everything that its amounts depend on: reserves; price, tick, liquidity in range,
//! the liquidity of ticks, V4's protocol fee. Events are applied to a state in the order the chain has
//! them; one that does not fit the state means that the state is not the pool's, and it must be read again.

use std::sync::Arc;

use alloy::primitives::U256;

use super::concentrated::cross;
use super::tick::{MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK};
use super::v2::MAX_RESERVE;
use crate::domain::pool::{PoolState, V3State};

/// One change of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolEvent {
    /// V2 `Sync`: the reserves from now on.
    Reserves([u128; 2]),
    /// `Swap`: where it left the pool.
    Swapped {
        /// √price as Q64.96.
        sqrt_price_x96: U256,
        /// Tick.
        tick: i32,
        /// Liquidity in range.
        liquidity: u128,
    },
    /// V3 `Mint` and `Burn`, V4 `ModifyLiquidity`: liquidity that came (positive) or went between two ticks.
    Provided {
        /// First tick of the position.
        lower: i32,
        /// Tick at which it ends.
        upper: i32,
        /// Liquidity that came; negative if it went.
        delta: i128,
    },
    /// V4 `ProtocolFeeUpdated`: what the protocol takes of token0 and of token1 from now on.
    ProtocolFees([u16; 2]),
    /// `Initialize`: the pool has a price from now on. A state in memory had one already.
    Initialised,
}

/// Why a state is not the pool's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// The event is not of this kind of pool, or cannot happen to a pool in use.
    #[error("an event that this pool cannot have")]
    Foreign,
    /// Numbers beyond what the contract can hold.
    #[error("an event with numbers that no pool can have")]
    Range,
    /// What was kept in memory disagrees with what the event says.
    #[error("what was kept in memory contradicts an event")]
    Memory,
    /// The price went beyond the ticks that were read.
    #[error("the price left the ticks that were read")]
    BeyondKnownTicks,
}

/// Applies `event` to `state`; `gross` is the `liquidityGross` of its ticks, in their order. After an error
/// both are worthless until the pool is read again.
pub fn apply(
    state: &mut PoolState,
    gross: &mut Arc<Vec<u128>>,
    event: &PoolEvent,
) -> Result<(), Contradiction> {
    match (state, event) {
        (PoolState::V2(state), PoolEvent::Reserves(reserves)) => {
            if reserves.iter().any(|reserve| *reserve > MAX_RESERVE) {
                return Err(Contradiction::Range);
            }
            state.reserves = *reserves;
            Ok(())
        }
        (PoolState::V4(state), PoolEvent::ProtocolFees(fees)) => {
            state.protocol_fees = *fees;
            Ok(())
        }
        (state, PoolEvent::Swapped { sqrt_price_x96, tick, liquidity }) => {
            let state = state.concentrated_mut().ok_or(Contradiction::Foreign)?;
            swapped(state, *sqrt_price_x96, *tick, *liquidity)
        }
        (state, PoolEvent::Provided { lower, upper, delta }) => {
            let state = state.concentrated_mut().ok_or(Contradiction::Foreign)?;
            provided(state, gross, [*lower, *upper], *delta)
        }
        (_, PoolEvent::Initialised | PoolEvent::Reserves(_) | PoolEvent::ProtocolFees(_)) => {
            Err(Contradiction::Foreign)
        }
    }
}

fn swapped(state: &mut V3State, sqrt_price: U256, tick: i32, liquidity: u128) -> Result<(), Contradiction> {
    let is_sound = sqrt_price >= MIN_SQRT_RATIO
        && sqrt_price < MAX_SQRT_RATIO
        && (MIN_TICK.saturating_sub(1)..MAX_TICK).contains(&tick);
    if !is_sound {
        return Err(Contradiction::Range);
    }
    if !(state.known.0..=state.known.1).contains(&tick) {
        return Err(Contradiction::BeyondKnownTicks);
    }
    if expected_liquidity(state, tick) != Some(liquidity) {
        return Err(Contradiction::Memory);
    }
    state.sqrt_price_x96 = sqrt_price;
    state.tick = tick;
    state.liquidity = liquidity;
    Ok(())
}

/// Liquidity in range at `tick`, from that at the state's tick and the ticks between the two.
fn expected_liquidity(state: &V3State, tick: i32) -> Option<u128> {
    let place = |of: i32| state.ticks.partition_point(|(at, _)| *at <= of);
    let (here, there) = (place(state.tick), place(tick));
    if there >= here {
        let crossed = state.ticks.get(here..there)?;
        crossed.iter().try_fold(state.liquidity, |sum, (_, net)| cross(sum, *net, false))
    } else {
        let crossed = state.ticks.get(there..here)?;
        crossed.iter().rev().try_fold(state.liquidity, |sum, (_, net)| cross(sum, *net, true))
    }
}

fn provided(
    state: &mut V3State,
    gross: &mut Arc<Vec<u128>>,
    [lower, upper]: [i32; 2],
    delta: i128,
) -> Result<(), Contradiction> {
    let is_usable =
        |tick: i32| (MIN_TICK..=MAX_TICK).contains(&tick) && tick.checked_rem(state.tick_spacing) == Some(0);
    if !(lower < upper && is_usable(lower) && is_usable(upper)) {
        return Err(Contradiction::Range);
    }
    // A position is asked for its fees by taking nothing out of it; its ticks are not touched.
    if delta == 0 {
        return Ok(());
    }
    if (lower..upper).contains(&state.tick) {
        state.liquidity = state.liquidity.checked_add_signed(delta).ok_or(Contradiction::Memory)?;
    }
    let opposite = delta.checked_neg().ok_or(Contradiction::Range)?;
    for (tick, net) in [(lower, delta), (upper, opposite)] {
        // What lies beyond the ticks that were read stays unknown.
        if (state.known.0..=state.known.1).contains(&tick) {
            update(&mut state.ticks, Arc::make_mut(gross), tick, net, delta)?;
        }
    }
    Ok(())
}

/// Adds `net` to a tick's net and `delta` to its gross liquidity. A tick exists while its gross liquidity is
/// not zero: swaps stop at it, even if its net liquidity is.
fn update(
    ticks: &mut Vec<(i32, i128)>,
    gross: &mut Vec<u128>,
    tick: i32,
    net: i128,
    delta: i128,
) -> Result<(), Contradiction> {
    if ticks.len() != gross.len() {
        return Err(Contradiction::Memory);
    }
    let place = ticks.partition_point(|(at, _)| *at < tick);
    let known = ticks.get_mut(place).filter(|(at, _)| *at == tick).zip(gross.get_mut(place));
    let Some(((_, all), liquidity)) = known else {
        let liquidity = u128::try_from(delta).map_err(|_| Contradiction::Memory)?;
        ticks.insert(place, (tick, net));
        gross.insert(place, liquidity);
        return Ok(());
    };
    *all = all.checked_add(net).ok_or(Contradiction::Memory)?;
    *liquidity = liquidity.checked_add_signed(delta).ok_or(Contradiction::Memory)?;
    if *liquidity == 0 {
        if *all != 0 {
            return Err(Contradiction::Memory);
        }
        ticks.remove(place);
        gross.remove(place);
    }
    Ok(())
}
