//! State of a V3 pool.

use alloy::primitives::U256;
use alloy::primitives::aliases::I24;
use alloy::sol_types::SolCall;

use super::ReadError;
use super::window::Window;
use super::words::Answers;
use crate::domain::pool::V3State;
use crate::network::pool::tick::{sqrt_ratio_at_tick, tick_at_sqrt_ratio};
use crate::venues::uniswap::contracts::IV3Pool::{
    feeCall, liquidityCall, slot0Call, tickBitmapCall, tickSpacingCall, ticksCall,
};

/// What is remembered between scans.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    fee: u32,
    /// `None` until the pool has been asked for its spacing and price.
    window: Option<Window>,
}

impl Reader {
    pub(super) fn new(fee: u32) -> Self {
        Self { fee, window: None }
    }

    pub(super) fn calls(&self) -> Vec<Vec<u8>> {
        let mut calls = vec![slot0Call {}.abi_encode(), liquidityCall {}.abi_encode()];
        let Some(window) = &self.window else {
            calls.extend([feeCall {}.abi_encode(), tickSpacingCall {}.abi_encode()]);
            return calls;
        };
        calls.extend(window.words().map(|word| tickBitmapCall { wordPosition: word }.abi_encode()));
        let ticks = window.ticks.iter().filter_map(|tick| I24::try_from(*tick).ok());
        calls.extend(ticks.map(|tick| ticksCall { tick }.abi_encode()));
        calls
    }

    /// The state, or `None` when another question must be asked first.
    pub(super) fn decode(&mut self, answers: &mut Answers<'_>) -> Result<Option<V3State>, ReadError> {
        let slot0 = answers.next::<slot0Call>("slot0()", 7)?;
        let liquidity = answers.next::<liquidityCall>("liquidity()", 1)?;
        let (sqrt_price_x96, tick) = (U256::from(slot0.sqrtPriceX96), slot0.tick.as_i32());
        if sqrt_price_x96.is_zero() {
            return Err(ReadError::NotInitialised { pool: answers.pool() });
        }
        if !is_tick_of(tick, sqrt_price_x96) {
            return Err(answers.malformed("slot0()", "the tick is not the price's"));
        }
        let Some(window) = &mut self.window else {
            let spacing = self.identify(answers)?;
            self.window = Some(Window::around(tick, spacing));
            return Ok(None);
        };
        let mut found = Vec::with_capacity(window.ticks.len());
        for word in window.words() {
            let bits = answers.next::<tickBitmapCall>("tickBitmap(int16)", 1)?;
            found.extend(window.initialised(word, bits));
        }
        if window.is_left_by(tick) {
            answers.skip(window.ticks.len());
            *window = Window::around(tick, window.spacing());
            return Ok(None);
        }
        if found != window.ticks {
            answers.skip(window.ticks.len());
            window.ticks = found;
            return Ok(None);
        }
        let ticks = read_ticks(&window.ticks, answers)?;
        if !is_liquidity_sound(liquidity, tick, &ticks) {
            return Err(answers.malformed("ticks(int24)", "liquidity would become negative"));
        }
        Ok(Some(V3State {
            sqrt_price_x96,
            tick,
            liquidity,
            fee: self.fee,
            tick_spacing: window.spacing(),
            ticks,
            known: (window.low, window.high),
        }))
    }

    fn identify(&self, answers: &mut Answers<'_>) -> Result<i32, ReadError> {
        let actual = answers.next::<feeCall>("fee()", 1)?.to::<u32>();
        if actual != self.fee {
            return Err(ReadError::OtherFee { pool: answers.pool(), actual, expected: self.fee });
        }
        let spacing = answers.next::<tickSpacingCall>("tickSpacing()", 1)?.as_i32();
        // The factory allows spacings below 2¹⁴ only.
        if (1..16_384).contains(&spacing) {
            Ok(spacing)
        } else {
            Err(answers.malformed("tickSpacing()", "no factory allows it"))
        }
    }
}

fn read_ticks(expected: &[i32], answers: &mut Answers<'_>) -> Result<Vec<(i32, i128)>, ReadError> {
    let mut ticks = Vec::with_capacity(expected.len());
    for tick in expected {
        let info = answers.next::<ticksCall>("ticks(int24)", 8)?;
        let is_sound = info.initialized
            && info.liquidityGross > 0
            && info.liquidityNet.unsigned_abs() <= info.liquidityGross;
        if !is_sound {
            return Err(answers.malformed("ticks(int24)", "it contradicts the bitmap"));
        }
        ticks.push((*tick, info.liquidityNet));
    }
    Ok(ticks)
}

/// The pool's tick is the price's, except right after a swap down to an initialised tick: then it
/// is one below.
fn is_tick_of(tick: i32, sqrt_price: U256) -> bool {
    let Some(of_price) = tick_at_sqrt_ratio(sqrt_price) else { return false };
    tick == of_price
        || (of_price.checked_sub(1) == Some(tick) && sqrt_ratio_at_tick(of_price) == Some(sqrt_price))
}

/// Whether liquidity stays within its type at every tick that was read, in both directions.
fn is_liquidity_sound(liquidity: u128, tick: i32, ticks: &[(i32, i128)]) -> bool {
    let (below, above) = ticks.split_at(ticks.partition_point(|(at, _)| *at <= tick));
    let upwards = above.iter().try_fold(liquidity, |sum, (_, net)| sum.checked_add_signed(*net));
    let downwards = below.iter().rev().try_fold(liquidity, |sum, (_, net)| sum.checked_sub_signed(*net));
    upwards.is_some() && downwards.is_some()
}
