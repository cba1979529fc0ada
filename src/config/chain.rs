//! Settings of one EVM chain.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{ArbitrageConfig, OneInchConfig, UniswapContracts, Url, UsdSetting};

/// How a chain charges for layer 1 data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChainKind {
    /// No layer 1 part.
    #[default]
    Ethereum,
    /// OP stack: `GasPriceOracle.getL1Fee`.
    OpStack,
    /// Arbitrum: `NodeInterface.gasEstimateComponents`; `block.number` is a layer 1 number there.
    Arbitrum,
}

/// When a block counts as final.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Finality {
    /// The node's `finalized` tag.
    #[default]
    Finalized,
    /// The node's `safe` tag.
    Safe,
    /// A number of blocks on top.
    Confirmations(u64),
}

/// One EVM chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Must equal what every endpoint answers.
    pub chain_id: u64,
    /// Layer 1 fee model.
    #[serde(default)]
    pub kind: ChainKind,
    /// JSON-RPC endpoints in order of preference.
    pub rpc: Vec<Url>,
    /// WebSocket endpoint that announces new blocks; without it they are polled for. Nothing else is read from it.
    #[serde(default)]
    pub ws: Option<Url>,
    /// Endpoints that must agree before an irreversible decision.
    #[serde(default = "one")]
    pub quorum: usize,
    /// Milliseconds one request may take.
    #[serde(default = "rpc_timeout")]
    pub timeout_ms: u64,
    /// Blocks an endpoint may be behind the best one before it is not asked.
    #[serde(default = "max_lag")]
    pub max_lag_blocks: u64,
    /// Seconds the newest block may be old before the chain counts as stalled.
    #[serde(default = "max_age")]
    pub max_head_age_seconds: u64,
    /// When a block is final.
    #[serde(default)]
    pub finality: Finality,
    /// Symbol of the native coin, priced like any asset.
    #[serde(default = "native")]
    pub native: String,
    /// Most one transaction may cost in gas, layer 1 part included.
    pub max_gas_usd: UsdSetting,
    /// Native coin, in whole units, below which `doctor` and the metrics complain.
    #[serde(default)]
    pub min_native: Option<String>,
    /// Multicall3.
    #[serde(default = "multicall3")]
    #[schemars(with = "String")]
    pub multicall3: Address,
    /// Token contracts by asset symbol.
    #[serde(default)]
    pub tokens: BTreeMap<String, TokenConfig>,
    /// CCTP contracts, where the chain has them.
    #[serde(default)]
    pub cctp: Option<CctpContracts>,
    /// Uniswap contracts and the pools in use, where the chain has them.
    #[serde(default)]
    pub uniswap: Option<UniswapContracts>,
    /// 1inch, where it should be asked.
    #[serde(default)]
    pub oneinch: Option<OneInchConfig>,
    /// Atomic arbitrage, where it should be done.
    #[serde(default)]
    pub arbitrage: Option<ArbitrageConfig>,
}

/// A token contract.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenConfig {
    /// Contract.
    #[schemars(with = "String")]
    pub address: Address,
    /// Decimals; checked against the contract.
    pub decimals: u8,
}

/// CCTP V2 on one chain.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CctpContracts {
    /// CCTP domain (not the chain id).
    pub domain: u32,
    /// TokenMessengerV2.
    #[schemars(with = "String")]
    pub token_messenger: Address,
    /// MessageTransmitterV2.
    #[schemars(with = "String")]
    pub message_transmitter: Address,
    /// TokenMinterV2.
    #[schemars(with = "String")]
    pub token_minter: Address,
    /// Expected seconds from burn to mint at fast speed.
    #[serde(default = "fast_seconds")]
    pub fast_seconds: u64,
    /// Expected seconds from burn to mint at standard speed.
    #[serde(default = "standard_seconds")]
    pub standard_seconds: u64,
}

fn one() -> usize {
    1
}

fn rpc_timeout() -> u64 {
    5000
}

fn max_lag() -> u64 {
    5
}

fn max_age() -> u64 {
    120
}

fn native() -> String {
    "ETH".to_owned()
}

fn multicall3() -> Address {
    alloy::primitives::address!("cA11bde05977b3631167028862bE2a173976CA11")
}

fn fast_seconds() -> u64 {
    20
}

fn standard_seconds() -> u64 {
    1140
}
