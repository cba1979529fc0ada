//! Arbitrage between chains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Percent, UsdSetting};

/// Arbitrage between chains, from inventory on both sides. Without it none is done.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossChainConfig {
    /// Asset that every leg is paid in, and CCTP brings back.
    #[serde(default = "base")]
    pub base: String,
    /// Assets that are bought on one chain and sold on another.
    pub assets: Vec<String>,
    /// EVM chains on which that is done; two at least.
    pub chains: Vec<String>,
    /// Most that one leg may be worth: what is at stake while the other one is missing.
    pub max_exposure_usd: UsdSetting,
    /// Least that must be left after gas, what brings the base asset back, and `risk`.
    pub min_profit_usd: UsdSetting,
    /// More profit than this is taken for a trap.
    pub max_profit_usd: UsdSetting,
    /// What a leg is expected to lose while the other one waits, relative to its value.
    #[serde(default = "risk")]
    pub risk: Percent,
    /// Most that unwinding a leg may lose against the reference price, relative to its value.
    #[serde(default = "unwind")]
    pub max_unwind_loss: Percent,
    /// Seconds in which every leg has to begin.
    #[serde(default = "plan_seconds")]
    pub plan_seconds: u64,
    /// Least milliseconds between two looks: each reads all chains, one request per chain.
    #[serde(default = "pause_ms")]
    pub pause_ms: u64,
}

fn base() -> String {
    "USDC".to_owned()
}

fn risk() -> Percent {
    Percent::from_ppm(500)
}

fn unwind() -> Percent {
    Percent::from_ppm(20_000)
}

fn plan_seconds() -> u64 {
    120
}

fn pause_ms() -> u64 {
    1_000
}
