//! What moving is allowed to cost and how it is priced.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::domain::{AnyAddress, ChainName, Usd};

/// Gas units of our transactions on EVM chains, each a little above what the contracts were measured to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GasUnits {
    /// An exact ERC-20 approval.
    pub approve: u64,
    /// `depositForBurn`.
    pub burn: u64,
    /// `receiveMessage`.
    pub mint: u64,
    /// A swap in a Uniswap V2 pair.
    pub swap_v2: u64,
    /// A swap in a Uniswap V3 pool.
    pub swap_v3: u64,
    /// A swap through an aggregator, over several pools.
    pub aggregate: u64,
}

/// A transaction of ours, by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// An exact ERC-20 approval.
    Approve,
    /// Burns for a mint elsewhere.
    Burn,
    /// Mints what was burnt elsewhere.
    Mint,
    /// A swap in a Uniswap V2 pair.
    SwapV2,
    /// A swap in a Uniswap V3 pool.
    SwapV3,
    /// A swap through an aggregator.
    Aggregate,
}

impl GasUnits {
    /// Gas units of one transaction.
    pub const fn of(&self, transaction: Transaction) -> u64 {
        match transaction {
            Transaction::Approve => self.approve,
            Transaction::Burn => self.burn,
            Transaction::Mint => self.mint,
            Transaction::SwapV2 => self.swap_v2,
            Transaction::SwapV3 => self.swap_v3,
            Transaction::Aggregate => self.aggregate,
        }
    }
}

impl Default for GasUnits {
    fn default() -> Self {
        Self {
            approve: 60_000,
            burn: 160_000,
            mint: 220_000,
            swap_v2: 160_000,
            swap_v3: 200_000,
            aggregate: 400_000,
        }
    }
}

/// Prices and limits of every move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Smallest transfer.
    pub min_transfer: Usd,
    /// Largest single transfer; larger moves are split. `None` where only the burn limit counts.
    pub max_transfer: Option<Usd>,
    /// Most a transfer may cost, in millionths of its value; at most [`Terms::MAX_COST_SHARE_PPM`].
    pub max_cost_share_ppm: u32,
    /// What one hour of one transfer's delay is worth.
    pub time_usd_per_hour: Usd,
    /// Yearly price of capital that is on its way, in millionths.
    pub capital_rate_ppm: u32,
    /// Added to the quoted bridge fee, in millionths of the fee.
    pub fee_buffer_ppm: u32,
    /// How far below the exact quote a swap may end, in millionths.
    pub slippage_ppm: u32,
    /// Most of a pool's depth one swap may take, in millionths.
    pub pool_share_ppm: u32,
    /// Most transfers in flight on one route.
    pub max_in_flight: u32,
    /// How long a plan stays valid.
    pub plan_valid: Duration,
    /// Gas units of our transactions.
    pub gas: GasUnits,
}

impl Terms {
    /// No configuration may pay more than half of what it moves.
    pub const MAX_COST_SHARE_PPM: u32 = 500_000;

    /// The cost share in force.
    pub fn cost_share_ppm(&self) -> u32 {
        self.max_cost_share_ppm.min(Self::MAX_COST_SHARE_PPM)
    }
}

/// Routes that already carry something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenRoutes {
    /// Open bridge transfers per (source, destination).
    pub bridges: BTreeMap<(ChainName, ChainName), u32>,
    /// Pools with an open swap of ours: their read state is about to change.
    pub pools: BTreeSet<(ChainName, AnyAddress)>,
}
