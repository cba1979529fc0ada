//! What a chain has for arbitrage, besides the pools that are configured.

use alloy::primitives::aliases::{I24, U24};
use alloy::primitives::{Address, B256, keccak256};
use alloy::sol_types::SolValue;
use serde::{Deserialize, Serialize};

use super::{PoolInfo, PoolKind};
use crate::abi::PoolKey;

/// Uniswap V4, a fork of V2, and the pools that close cycles.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arbitrage {
    /// Uniswap V4's `PoolManager`, which holds all of its pools.
    pub pool_manager: Address,
    /// Its lens.
    pub state_view: Address,
    /// Its quoter.
    pub v4_quoter: Address,
    /// The owner of the pools' liquidity.
    pub keeper: Address,
    /// The contract that trades for the third party.
    pub trader: Address,
    /// Factories beside Uniswap's own.
    pub forks: Vec<Fork>,
    /// The pools, in the order that commands count them.
    pub pools: Vec<MarketPool>,
}

/// A factory with Uniswap's code at another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// What to call it.
    pub name: String,
    /// Whose code it has.
    pub kind: PoolKind,
    /// The factory.
    pub factory: Address,
    /// Hash of the code that creates its pools, from which their addresses follow.
    pub init_code_hash: B256,
    /// Fee of its pools in hundredths of a basis point.
    pub fee: u32,
}

/// Which protocol a pool belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarketKind {
    /// Constant product.
    V2,
    /// Concentrated liquidity, a contract per pool.
    V3,
    /// Concentrated liquidity inside the pool manager.
    V4,
}

/// One pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketPool {
    /// Which protocol.
    pub kind: MarketKind,
    /// The pair, the pool, or V4's pool manager.
    pub address: Address,
    /// V4: the pool's id.
    pub id: Option<B256>,
    /// V2 and V3: the factory.
    pub factory: Option<Address>,
    /// The lower token address.
    pub token0: Address,
    /// The higher token address.
    pub token1: Address,
    /// Fee in hundredths of a basis point; 3000 for a pair.
    pub fee: u32,
    /// V4: the tick spacing, which is part of the id.
    pub tick_spacing: Option<i32>,
}

impl MarketPool {
    /// A pair or pool that a factory made.
    pub fn made(pool: PoolInfo, factory: Address) -> Self {
        Self {
            kind: match pool.kind {
                PoolKind::V2 => MarketKind::V2,
                PoolKind::V3 => MarketKind::V3,
            },
            address: pool.address,
            id: None,
            factory: Some(factory),
            token0: pool.token0,
            token1: pool.token1,
            fee: pool.fee,
            tick_spacing: None,
        }
    }

    /// A pool of V4 without hooks, of two tokens in any order.
    pub fn v4(manager: Address, a: Address, b: Address, fee: u32, spacing: i32) -> Self {
        let mut pool = Self {
            kind: MarketKind::V4,
            address: manager,
            id: None,
            factory: None,
            token0: a.min(b),
            token1: a.max(b),
            fee,
            tick_spacing: Some(spacing),
        };
        pool.id = Some(keccak256(pool.key().abi_encode()));
        pool
    }

    /// V4's name of the pool; of a pool of another kind it names none.
    pub fn key(&self) -> PoolKey {
        PoolKey {
            currency0: self.token0,
            currency1: self.token1,
            fee: U24::from(self.fee),
            tickSpacing: I24::try_from(self.tick_spacing.unwrap_or_default()).unwrap_or_default(),
            hooks: Address::ZERO,
        }
    }
}
