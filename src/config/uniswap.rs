//! Uniswap, its forks and the pools in use on one EVM chain.

use alloy::primitives::{Address, B256};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Uniswap on one chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UniswapContracts {
    /// V2 factory, where the chain has one; pools of kind `v2` need it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub v2_factory: Option<Address>,
    /// V3 factory.
    #[schemars(with = "String")]
    pub v3_factory: Address,
    /// QuoterV2 (not the older Quoter: another ABI).
    #[schemars(with = "String")]
    pub quoter_v2: Address,
    /// SwapRouter02.
    #[schemars(with = "String")]
    pub swap_router02: Address,
    /// V4 PoolManager; pools of kind `v4` need it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub pool_manager: Option<Address>,
    /// V4 StateView, which reads the PoolManager; pools of kind `v4` need it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub state_view: Option<Address>,
    /// Other factories whose pools work as Uniswap's do.
    #[serde(default)]
    pub forks: Vec<ForkConfig>,
    /// Pools that may be used. Nothing is discovered.
    #[serde(default)]
    pub pools: Vec<PoolConfig>,
}

/// A factory of pools that work as Uniswap's do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForkConfig {
    /// Name by which pools refer to it.
    pub name: String,
    /// `v2` or `v3`.
    pub kind: PoolKind,
    /// Contract that creates the pools (CREATE2); of some forks that is not the one called factory.
    #[schemars(with = "String")]
    pub factory: Address,
    /// Keccak-256 of the creation code of its pools.
    #[schemars(with = "String")]
    pub init_code_hash: B256,
    /// Fee of all its V2 pairs, in hundredths of a basis point.
    #[serde(default = "v2_fee")]
    pub fee: u32,
}

/// One pool; its address follows from the factory, its id in V4 from all of this.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolConfig {
    /// `v2`, `v3` or `v4`.
    pub kind: PoolKind,
    /// The two assets, in any order.
    pub assets: [String; 2],
    /// Fee in hundredths of a basis point: 100, 500, 3000 or 10000 for V3, 3000 for V2, that of the
    /// PoolKey for V4.
    #[serde(default = "v2_fee")]
    pub fee: u32,
    /// Distance between usable ticks, as in the PoolKey; only for V4, where a pool has it for its own.
    #[serde(default)]
    pub tick_spacing: Option<i32>,
    /// Fork that has the pool; Uniswap itself when absent.
    #[serde(default)]
    pub factory: Option<String>,
}

impl PoolConfig {
    /// Whether SwapRouter02 trades in the pool: V2 and V3 pools of Uniswap itself. The others are there
    /// for arbitrage alone.
    pub fn is_routed(&self) -> bool {
        self.factory.is_none() && matches!(self.kind, PoolKind::V2 | PoolKind::V3)
    }
}

/// Kind of pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// Uniswap V2 pair.
    V2,
    /// Uniswap V3 pool.
    V3,
    /// Uniswap V4 pool without hooks.
    V4,
}

fn v2_fee() -> u32 {
    3000
}
