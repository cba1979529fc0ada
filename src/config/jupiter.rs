//! Settings of Jupiter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use solana_address::Address;

use crate::config::solana::base58;
use crate::config::{Percent, SecretRef, Url};

/// The aggregator's program.
pub const AGGREGATOR: Address = Address::from_str_const("JUP6LkbZbjS1jKKwapdHNy74zcZ3tLUZoi5QNyVTaV4");

/// Jupiter's Swap API V2.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JupiterConfig {
    /// Base URL of the API, version included.
    #[serde(default = "base_url")]
    pub base_url: Url,
    /// The API key: `{ env = "NAME" }` or `{ file = "PATH" }`. Without one the keyless limits apply.
    #[serde(default)]
    pub key: Option<SecretRef>,
    /// The only program that swaps are made through. Whatever else the API names is refused.
    #[serde(with = "base58", default = "program")]
    #[schemars(with = "String")]
    pub program: Address,
    /// Who puts transactions together and sends them.
    #[serde(default)]
    pub landing: Landing,
    /// Requests per 60 seconds at most, `/execute` aside: 30 without a key, 60 with one by default.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Requests to `/execute` per 60 seconds at most: 1,200 without a key, 3,000 with one by default.
    #[serde(default)]
    pub executes_per_minute: Option<u32>,
    /// Slippage allowed below the quote; at most `execution.slippage`, which is the default. Jupiter counts
    /// whole basis points, so the rest is rounded down.
    #[serde(default)]
    pub slippage: Option<Percent>,
    /// Seconds to wait for one reply.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// Seconds a quote is used without asking again.
    #[serde(default = "quote_seconds")]
    pub quote_seconds: u64,
    /// Exchanges its routes must not use, by Jupiter's labels.
    #[serde(default)]
    pub exclude_dexes: Vec<String>,
    /// Most accounts a route may name. Fewer make smaller transactions and, below about 50, worse routes.
    #[serde(default)]
    pub max_accounts: Option<u8>,
}

/// Who puts a swap's transaction together and sends it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Landing {
    /// This daemon, from the instructions of `/build`, through its own endpoints.
    #[default]
    #[serde(rename = "self")]
    Own,
    /// Jupiter: `/order` writes it, `/execute` sends it. What it wrote is judged and simulated as it
    /// is before it is signed, and journalled before it is handed back.
    Jupiter,
}

impl JupiterConfig {
    /// Requests per 60 seconds at most, `/execute` aside.
    pub fn request_limit(&self) -> u32 {
        self.requests_per_minute.unwrap_or(if self.key.is_some() { 60 } else { 30 })
    }

    /// Requests to `/execute` per 60 seconds at most.
    pub fn execute_limit(&self) -> u32 {
        self.executes_per_minute.unwrap_or(if self.key.is_some() { 3_000 } else { 1_200 })
    }
}

fn base_url() -> Url {
    Url::known("https://api.jup.ag/swap/v2")
}

const fn program() -> Address {
    AGGREGATOR
}

const fn timeout_seconds() -> u64 {
    10
}

const fn quote_seconds() -> u64 {
    20
}
