//! What arbitrage on a chain may do and what it has to bring.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::domain::pool::{Pool, PoolKey, PoolState};
use crate::domain::{AssetId, ChainName, Funding, Usd};

/// How the contract names a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolTerms {
    /// Place of its factory in the contract's list; 255 for V4.
    pub factory: u8,
    /// Its fee where that is part of its identity, else zero.
    pub fee: u32,
    /// Its tick spacing where that is part of its identity, else zero.
    pub tick_spacing: i32,
}

impl PoolTerms {
    /// `Leg.factory` of a V4 pool.
    pub const V4: u8 = u8::MAX;

    /// Of a V2 pair.
    pub const fn v2(factory: u8) -> Self {
        Self { factory, fee: 0, tick_spacing: 0 }
    }

    /// Of a V3 pool.
    pub const fn v3(factory: u8, fee: u32) -> Self {
        Self { factory, fee, tick_spacing: 0 }
    }

    /// Of a V4 pool.
    pub const fn v4(fee: u32, tick_spacing: i32) -> Self {
        Self { factory: Self::V4, fee, tick_spacing }
    }
}

/// Gas units of a route, each a little above what the contract was measured to use (`contracts/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteGas {
    /// Of any route.
    pub fixed: u64,
    /// More of one whose loan comes from the wallet: the approval.
    pub approve: u64,
    /// Of a V2 or V3 swap.
    pub pool: u64,
    /// Of a V4 swap.
    pub managed: u64,
}

impl RouteGas {
    /// Gas units of a swap in `pool`.
    pub const fn of(&self, pool: &Pool) -> u64 {
        Self::pick(pool, self.pool, self.managed)
    }

    /// What belongs to `pool`, of something for V2 and V3 and something for V4.
    pub const fn pick<T: Copy>(pool: &Pool, single: T, managed: T) -> T {
        match pool.state {
            PoolState::V2(_) | PoolState::V3(_) => single,
            PoolState::V4(_) => managed,
        }
    }
}

impl Default for RouteGas {
    fn default() -> Self {
        Self { fixed: 95_000, approve: 60_000, pool: 75_000, managed: 62_000 }
    }
}

/// Arbitrage on one chain. Written out, it is part of every recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// The chain.
    pub chain: ChainName,
    /// Its native coin.
    pub native: AssetId,
    /// The AtomicRoute contract.
    pub contract: Address,
    /// Asset of loans and profit.
    pub base: AssetId,
    /// Its decimals.
    pub base_decimals: u8,
    /// Where the loan comes from.
    pub funding: Funding,
    /// Most that one route may begin with.
    pub max_loan: Usd,
    /// Least profit after gas.
    pub min_profit: Usd,
    /// More than this is taken for a trap.
    pub max_profit: Usd,
    /// Part of the planned profit that must be left, in millionths.
    pub keep_ppm: u32,
    /// How far a swap may end below its quote, in millionths.
    pub slippage_ppm: u32,
    /// Blocks after the one of the decision in which a route may be included.
    pub blocks: u64,
    /// Whether the chain's contracts see its block numbers.
    pub sees_blocks: bool,
    /// How long a plan stays valid.
    pub plan_valid: Duration,
    /// Gas units.
    pub gas: RouteGas,
    /// Pools the contract can reach, and how it names them. Others are left out.
    #[serde(with = "pairs")]
    pub pools: BTreeMap<PoolKey, PoolTerms>,
    /// Pools that operations of ours are about to change: another set at every block.
    #[serde(skip)]
    pub busy: BTreeSet<PoolKey>,
}

/// A map whose keys are no texts, as a list of pairs: an object of JSON could not have them.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{PoolKey, PoolTerms};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<PoolKey, PoolTerms>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<PoolKey, PoolTerms>, D::Error> {
        Ok(Vec::<(PoolKey, PoolTerms)>::deserialize(deserializer)?.into_iter().collect())
    }
}
