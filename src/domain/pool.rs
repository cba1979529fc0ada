//! Pool states as read at one block. The exact mathematics over them is in `network::pool`.

use alloy::primitives::{Address, U256};
use serde::{Deserialize, Serialize};

use crate::domain::{AssetId, ChainName};

/// A pool with its state at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Chain the pool lives on.
    pub chain: ChainName,
    /// Pool contract.
    pub address: Address,
    /// Assets in the contract's order (token0, token1), both known to the configuration.
    pub assets: [AssetId; 2],
    /// Decimals of the two tokens.
    pub decimals: [u8; 2],
    /// State at the snapshot's block.
    pub state: PoolState,
}

/// State by kind of pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolState {
    /// Uniswap V2 pair.
    V2(V2State),
    /// Uniswap V3 pool.
    V3(V3State),
}

/// Reserves of a Uniswap V2 pair; the fee is 0.30 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct V2State {
    /// Reserves of token0 and token1 in base units (`uint112` on chain).
    pub reserves: [u128; 2],
}

/// State of a Uniswap V3 pool around its current price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct V3State {
    /// √(token1/token0) as Q64.96.
    pub sqrt_price_x96: U256,
    /// Current tick.
    pub tick: i32,
    /// Liquidity in range.
    pub liquidity: u128,
    /// Fee in hundredths of a basis point (500 = 0.05 %).
    pub fee: u32,
    /// Distance between usable ticks.
    pub tick_spacing: i32,
    /// Initialised ticks in ascending order with their `liquidityNet`.
    pub ticks: Vec<(i32, i128)>,
    /// Ticks `known.0 ..= known.1` were read: beyond them nothing is known, which is not "empty".
    pub known: (i32, i32),
}
