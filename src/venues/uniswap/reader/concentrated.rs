//! State of a V3 or V4 pool.

use alloy::primitives::aliases::I24;
use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolCall;

use super::ReadError;
use super::window::Window;
use super::words::Answers;
use crate::domain::pool::V3State;
use crate::network::pool::tick::{sqrt_ratio_at_tick, tick_at_sqrt_ratio};
use crate::venues::uniswap::contracts::IStateView::{
    getLiquidityCall, getSlot0Call, getTickBitmapCall, getTickLiquidityCall, poolManagerCall,
};
use crate::venues::uniswap::contracts::IV3Pool::{
    feeCall, liquidityCall, slot0Call, tickBitmapCall, tickSpacingCall, ticksCall,
};

/// Whom to ask.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// A V3 pool.
    V3,
    /// The StateView of a V4 PoolManager.
    V4 { id: B256, manager: Address, spacing: i32 },
}

/// What is remembered between scans.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    source: Source,
    fee: u32,
    /// `None` until the pool has been asked for its spacing and price.
    window: Option<Window>,
    /// `liquidityGross` of the ticks that were read last.
    pub(super) gross: Vec<u128>,
}

/// What a scan found.
pub(super) struct Found {
    pub(super) state: V3State,
    /// What the protocol takes on top in V4, of token0 and token1.
    pub(super) protocol_fees: [u16; 2],
}

struct Slot0 {
    sqrt_price_x96: U256,
    tick: i32,
    protocol_fees: [u16; 2],
    /// V4 alone has it there.
    lp_fee: Option<u32>,
}

impl Reader {
    pub(super) fn new(source: Source, fee: u32) -> Self {
        Self { source, fee, window: None, gross: Vec::new() }
    }

    pub(super) fn calls(&self) -> Vec<Vec<u8>> {
        let mut calls = match self.source {
            Source::V3 => vec![slot0Call {}.abi_encode(), liquidityCall {}.abi_encode()],
            Source::V4 { id, .. } => {
                vec![getSlot0Call { poolId: id }.abi_encode(), getLiquidityCall { poolId: id }.abi_encode()]
            }
        };
        let Some(window) = &self.window else {
            match self.source {
                Source::V3 => calls.extend([feeCall {}.abi_encode(), tickSpacingCall {}.abi_encode()]),
                Source::V4 { .. } => calls.push(poolManagerCall {}.abi_encode()),
            }
            return calls;
        };
        calls.extend(window.words().map(|word| match self.source {
            Source::V3 => tickBitmapCall { wordPosition: word }.abi_encode(),
            Source::V4 { id, .. } => getTickBitmapCall { poolId: id, wordPosition: word }.abi_encode(),
        }));
        let ticks = window.ticks.iter().filter_map(|tick| I24::try_from(*tick).ok());
        calls.extend(ticks.map(|tick| match self.source {
            Source::V3 => ticksCall { tick }.abi_encode(),
            Source::V4 { id, .. } => getTickLiquidityCall { poolId: id, tick }.abi_encode(),
        }));
        calls
    }

    /// The state, or `None` when another question must be asked first.
    pub(super) fn decode(&mut self, answers: &mut Answers<'_>) -> Result<Option<Found>, ReadError> {
        let Slot0 { sqrt_price_x96, tick, protocol_fees, lp_fee } = self.slot0(answers)?;
        let liquidity = match self.source {
            Source::V3 => answers.next::<liquidityCall>("liquidity()", 1)?,
            Source::V4 { .. } => answers.next::<getLiquidityCall>("getLiquidity(bytes32)", 1)?,
        };
        if sqrt_price_x96.is_zero() {
            return Err(ReadError::NotInitialised { pool: answers.pool() });
        }
        if !is_tick_of(tick, sqrt_price_x96) {
            return Err(answers.malformed("slot0()", "the tick is not the price's"));
        }
        if let Some(actual) = lp_fee.filter(|actual| *actual != self.fee) {
            return Err(ReadError::OtherFee { pool: answers.pool(), actual, expected: self.fee });
        }
        let source = self.source;
        let Some(window) = &mut self.window else {
            let spacing = self.identify(answers)?;
            self.window = Some(Window::around(tick, spacing));
            return Ok(None);
        };
        let mut found = Vec::with_capacity(window.ticks.len());
        for word in window.words() {
            let bits = match source {
                Source::V3 => answers.next::<tickBitmapCall>("tickBitmap(int16)", 1)?,
                Source::V4 { .. } => answers.next::<getTickBitmapCall>("getTickBitmap(bytes32,int16)", 1)?,
            };
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
        let (ticks, gross) = read_ticks(source, &window.ticks, answers)?;
        if !is_liquidity_sound(liquidity, tick, &ticks) {
            return Err(answers.malformed("ticks(int24)", "liquidity would become negative"));
        }
        self.gross = gross;
        let state = V3State {
            sqrt_price_x96,
            tick,
            liquidity,
            fee: self.fee,
            tick_spacing: window.spacing(),
            ticks,
            known: (window.low, window.high),
        };
        Ok(Some(Found { state, protocol_fees }))
    }

    fn slot0(&self, answers: &mut Answers<'_>) -> Result<Slot0, ReadError> {
        match self.source {
            Source::V3 => {
                let slot0 = answers.next::<slot0Call>("slot0()", 7)?;
                Ok(Slot0 {
                    sqrt_price_x96: U256::from(slot0.sqrtPriceX96),
                    tick: slot0.tick.as_i32(),
                    protocol_fees: [0; 2],
                    lp_fee: None,
                })
            }
            Source::V4 { .. } => {
                let slot0 = answers.next::<getSlot0Call>("getSlot0(bytes32)", 4)?;
                Ok(Slot0 {
                    sqrt_price_x96: U256::from(slot0.sqrtPriceX96),
                    tick: slot0.tick.as_i32(),
                    protocol_fees: protocol_fees(slot0.protocolFee.to::<u32>()),
                    lp_fee: Some(slot0.lpFee.to::<u32>()),
                })
            }
        }
    }

    /// Checks once who answers; the distance between usable ticks.
    fn identify(&self, answers: &mut Answers<'_>) -> Result<i32, ReadError> {
        let expected = match self.source {
            Source::V4 { manager: expected, spacing, .. } => {
                let manager = answers.next::<poolManagerCall>("poolManager()", 1)?;
                if manager != expected {
                    return Err(ReadError::OtherManager { pool: answers.pool(), manager });
                }
                return Ok(spacing);
            }
            Source::V3 => self.fee,
        };
        let actual = answers.next::<feeCall>("fee()", 1)?.to::<u32>();
        if actual != expected {
            return Err(ReadError::OtherFee { pool: answers.pool(), actual, expected });
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

/// The protocol's fees of an input of token0 (the lower 12 of 24 bits) and token1 (the upper 12).
pub(in crate::venues::uniswap) fn protocol_fees(packed: u32) -> [u16; 2] {
    let part = |bits: u32| u16::try_from(bits & 0xfff).unwrap_or_default();
    [part(packed), part(packed.wrapping_shr(12))]
}

/// Ticks with their net liquidity, and their gross liquidity.
type Ticks = (Vec<(i32, i128)>, Vec<u128>);

/// Net and gross liquidity of the `expected` ticks.
fn read_ticks(source: Source, expected: &[i32], answers: &mut Answers<'_>) -> Result<Ticks, ReadError> {
    let (mut ticks, mut all_gross) = (Vec::with_capacity(expected.len()), Vec::with_capacity(expected.len()));
    for tick in expected {
        let (is_initialised, gross, net) = match source {
            Source::V3 => {
                let info = answers.next::<ticksCall>("ticks(int24)", 8)?;
                (info.initialized, info.liquidityGross, info.liquidityNet)
            }
            Source::V4 { .. } => {
                let info = answers.next::<getTickLiquidityCall>("getTickLiquidity(bytes32,int24)", 2)?;
                (true, info.liquidityGross, info.liquidityNet)
            }
        };
        if !(is_initialised && gross > 0 && net.unsigned_abs() <= gross) {
            return Err(answers.malformed("ticks(int24)", "it contradicts the bitmap"));
        }
        ticks.push((*tick, net));
        all_gross.push(gross);
    }
    Ok((ticks, all_gross))
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
