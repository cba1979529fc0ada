//! Settings of 1inch on one chain.

use alloy::primitives::{Address, address};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Percent, SecretRef, Url};

/// AggregationRouterV6: the same address on every chain but zkSync Era.
pub const ROUTER_V6: Address = address!("111111125421cA6dc452d289314280a0f8842A65");

/// 1inch Classic Swap on one chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneInchConfig {
    /// Base URL of the API.
    #[serde(default = "base_url")]
    pub base_url: Url,
    /// Version in the API's paths.
    #[serde(default = "version")]
    pub version: String,
    /// The API key: `{ env = "NAME" }` or `{ file = "PATH" }`. One account's keys share one limit.
    pub key: SecretRef,
    /// The only contract that is approved and called. Whatever else the API names is refused.
    #[serde(default = "router")]
    #[schemars(with = "String")]
    pub router: Address,
    /// Requests per second at most, all chains with the same URL and key together. The free tier allows 1.
    #[serde(default = "requests_per_second")]
    pub requests_per_second: u32,
    /// Slippage allowed below the quote; at most `execution.slippage`, which is the default.
    #[serde(default)]
    pub slippage: Option<Percent>,
    /// Seconds to wait for one reply.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// Seconds a quote is used without asking again.
    #[serde(default = "quote_seconds")]
    pub quote_seconds: u64,
    /// Protocols its routes must not use, by 1inch's names. Those whose pools are configured here would
    /// otherwise be counted twice when a swap is split.
    #[serde(default)]
    pub excluded_protocols: Vec<String>,
}

fn base_url() -> Url {
    Url::known("https://api.1inch.com")
}

fn version() -> String {
    "v6.1".to_owned()
}

const fn router() -> Address {
    ROUTER_V6
}

const fn requests_per_second() -> u32 {
    1
}

const fn timeout_seconds() -> u64 {
    10
}

const fn quote_seconds() -> u64 {
    30
}
