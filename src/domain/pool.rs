//! Pool states as read at one block. The exact mathematics over them is in `network::pool`.

use std::fmt;

use alloy::primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use crate::domain::{AssetId, ChainName};

/// A pool with its state at one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Chain the pool lives on.
    pub chain: ChainName,
    /// Pool contract; of a V4 pool the PoolManager, which holds all of them.
    pub address: Address,
    /// Assets in the contract's order (token0, token1), both known to the configuration.
    pub assets: [AssetId; 2],
    /// Decimals of the two tokens.
    pub decimals: [u8; 2],
    /// State at the snapshot's block.
    pub state: PoolState,
}

impl Pool {
    /// What tells the pool from every other of its chain.
    pub fn key(&self) -> PoolKey {
        match &self.state {
            PoolState::V2(_) | PoolState::V3(_) => PoolKey::Contract(self.address),
            PoolState::V4(state) => PoolKey::Managed { manager: self.address, id: state.id },
        }
    }
}

/// What tells a pool from every other of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKey {
    /// A contract of its own: V2 and V3.
    Contract(Address),
    /// One of the pools of a V4 PoolManager.
    Managed {
        /// The PoolManager.
        manager: Address,
        /// PoolId: Keccak-256 of the ABI-encoded PoolKey.
        id: B256,
    },
}

impl fmt::Display for PoolKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contract(address) => address.fmt(f),
            Self::Managed { manager, id } => write!(f, "{id} of {manager}"),
        }
    }
}

/// State by kind of pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolState {
    /// Uniswap V2 pair.
    V2(V2State),
    /// Uniswap V3 pool.
    V3(V3State),
    /// Uniswap V4 pool without hooks.
    V4(V4State),
}

impl PoolState {
    /// Price, liquidity and ticks of a pool of concentrated liquidity.
    pub fn concentrated(&self) -> Option<&V3State> {
        match self {
            Self::V2(_) => None,
            Self::V3(state) => Some(state),
            Self::V4(state) => Some(&state.concentrated),
        }
    }

    /// [`PoolState::concentrated`], to be changed.
    pub fn concentrated_mut(&mut self) -> Option<&mut V3State> {
        match self {
            Self::V2(_) => None,
            Self::V3(state) => Some(state),
            Self::V4(state) => Some(&mut state.concentrated),
        }
    }
}

/// Reserves of a Uniswap V2 pair or of one of a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct V2State {
    /// Reserves of token0 and token1 in base units (`uint112` on chain).
    pub reserves: [u128; 2],
    /// Fee in hundredths of a basis point; 3000 for Uniswap's own pairs.
    #[serde(default = "v2_fee")]
    pub fee: u32,
}

/// The fee of Uniswap's own V2 pairs, in hundredths of a basis point.
pub const V2_FEE: u32 = 3_000;

fn v2_fee() -> u32 {
    V2_FEE
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

/// State of a Uniswap V4 pool without hooks around its current price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct V4State {
    /// PoolId: Keccak-256 of the ABI-encoded PoolKey.
    pub id: B256,
    /// `currency0` and `currency1` of the PoolKey.
    pub currencies: [Address; 2],
    /// What the protocol takes of an input of token0 and of token1, in hundredths of a basis point (12 bits
    /// each); the liquidity providers' fee applies to the rest.
    pub protocol_fees: [u16; 2],
    /// Price, liquidity and ticks, which work as in V3; its `fee` is the liquidity providers' alone.
    pub concentrated: V3State,
}

impl V4State {
    /// What a swap of token0 (`zero_for_one`) or token1 pays in all, in hundredths of a basis point:
    /// p + l − ⌊p·l/10⁶⌋, as V4's ProtocolFeeLibrary states it.
    pub fn swap_fee(&self, zero_for_one: bool) -> u32 {
        let [of_token0, of_token1] = self.protocol_fees.map(u32::from);
        let protocol = if zero_for_one { of_token0 } else { of_token1 };
        let lp = self.concentrated.fee;
        let both = u64::from(protocol).saturating_mul(u64::from(lp)) / 1_000_000;
        protocol.saturating_add(lp).saturating_sub(u32::try_from(both).unwrap_or(u32::MAX))
    }
}
