//! Atomic arbitrage on one EVM chain.

use std::path::PathBuf;

use alloy::primitives::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Percent, Url, UsdSetting};
use crate::domain::Funding;

/// The name by which [`ArbitrageConfig::factories`] calls Uniswap's own V2 factory.
pub const UNISWAP_V2: &str = "uniswap-v2";
/// The name by which [`ArbitrageConfig::factories`] calls Uniswap's own V3 factory.
pub const UNISWAP_V3: &str = "uniswap-v3";

/// Atomic arbitrage through the pools of a chain. Without it none is done there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArbitrageConfig {
    /// The AtomicRoute contract, deployed with this daemon's address as its owner.
    #[schemars(with = "String")]
    pub contract: Address,
    /// The contract's factories, in its order: `uniswap-v2`, `uniswap-v3`, or the name of a fork.
    pub factories: Vec<String>,
    /// Asset that routes begin and end with, and profit is taken in.
    pub base: String,
    /// Where it comes from: `pool-manager` (borrowed within the transaction) or `inventory` (an exact approval
    /// first).
    #[serde(default)]
    pub funding: LoanSource,
    /// Most that one route may begin with.
    pub max_loan_usd: UsdSetting,
    /// Least profit after gas that is worth a transaction.
    pub min_profit_usd: UsdSetting,
    /// More profit than this is taken for a trap.
    pub max_profit_usd: UsdSetting,
    /// Part of the planned profit that must be left whatever happens until inclusion.
    #[serde(default = "keep")]
    pub keep: Percent,
    /// Blocks after that of the decision in which a route may be included.
    #[serde(default = "blocks")]
    pub blocks: u64,
    /// Seconds a planned route may wait for its signature.
    #[serde(default = "plan_seconds")]
    pub plan_seconds: u64,
    /// Endpoints that keep transactions from the public until they are in a block; routes are sent to these alone.
    #[serde(default)]
    pub private_rpc: Vec<Url>,
    /// Whether routes may be sent through the chain's ordinary endpoints. For chains whose transactions nobody sees
    /// before they are in a block.
    #[serde(default)]
    pub public: bool,
    /// Folder into which every block is recorded for `purser backtest`; relative paths are relative to this file.
    /// Default: nothing is recorded.
    #[serde(default)]
    pub record: Option<PathBuf>,
}

/// Where a route's loan comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoanSource {
    /// From the wallet, by an exact approval.
    Inventory,
    /// From the V4 PoolManager.
    #[default]
    PoolManager,
}

impl From<LoanSource> for Funding {
    fn from(source: LoanSource) -> Self {
        match source {
            LoanSource::Inventory => Self::Inventory,
            LoanSource::PoolManager => Self::PoolManager,
        }
    }
}

fn keep() -> Percent {
    Percent::from_ppm(900_000)
}

fn plan_seconds() -> u64 {
    30
}

fn blocks() -> u64 {
    1
}
