//! The configuration file: its types, its defaults, how it is read and checked.
//!
//! Every address and base URL of an outside party is a setting. Where the chain id has a known
//! value ([`known`]) that value is the default, so one binary runs against any deployment.

pub mod arbitrage;
pub mod chain;
pub mod cross_chain;
mod document;
mod environment;
pub mod error;
pub mod jupiter;
pub mod known;
pub mod load;
pub mod oneinch;
pub mod path;
pub mod policy;
pub mod prices;
pub mod provenance;
pub mod rebalance;
pub mod secret;
pub mod setting;
mod shape;
pub mod solana;
pub mod uniswap;
mod validate;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use arbitrage::{ArbitrageConfig, LoanSource};
pub use chain::{CctpContracts, ChainConfig, ChainKind, Finality, TokenConfig};
pub use cross_chain::CrossChainConfig;
pub use error::{ConfigError, Problem};
pub use jupiter::{JupiterConfig, Landing};
pub use known::Network;
pub use load::Loaded;
pub use oneinch::OneInchConfig;
pub use policy::PolicyConfig;
pub use prices::{AssetConfig, PricesConfig};
pub use provenance::{Entry, Origin, Provenance};
pub use rebalance::{Profile, RebalanceConfig, TargetConfig};
pub use secret::{SecretRef, Url};
pub use setting::{Percent, UsdSetting};
pub use solana::{MintExtension, SolanaCctpConfig, SolanaConfig, SolanaFeeConfig, SolanaTokenConfig};
pub use uniswap::{ForkConfig, PoolConfig, PoolKind, UniswapContracts};

/// Whether transactions are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Observe, decide, explain; send nothing.
    #[default]
    DryRun,
    /// Send transactions within policy.
    Live,
}

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `dry-run` (default) or `live`.
    #[serde(default)]
    pub mode: Mode,
    /// Folder of the journal; relative paths are relative to this file.
    pub data_dir: PathBuf,
    /// Log format and level.
    #[serde(default)]
    pub log: LogConfig,
    /// Where metrics and health are served.
    #[serde(default)]
    pub server: ServerConfig,
    /// How the daemon runs its work.
    #[serde(default)]
    pub execution: ExecutionConfig,
    /// The key that signs on every EVM chain.
    pub wallet: WalletConfig,
    /// EVM chains by name.
    pub chains: BTreeMap<String, ChainConfig>,
    /// The Solana cluster, where it is used. As a chain its name is `solana`.
    #[serde(default)]
    pub solana: Option<SolanaConfig>,
    /// Assets by symbol: how they are priced and when they count as depegged.
    pub assets: BTreeMap<String, AssetConfig>,
    /// Price sources.
    #[serde(default)]
    pub prices: PricesConfig,
    /// Circle's CCTP V2.
    #[serde(default)]
    pub cctp: CctpConfig,
    /// Target inventory and when to move.
    pub rebalance: RebalanceConfig,
    /// Named rebalance profiles; three are built in and can be overridden here.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
    /// Arbitrage between chains.
    #[serde(default)]
    pub cross_chain: Option<CrossChainConfig>,
    /// What may be signed.
    pub policy: PolicyConfig,
}

/// Log output.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `pretty` or `json`.
    pub format: LogFormat,
    /// Filter, as in `info` or `purser=debug,info`.
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, level: "info".to_owned() }
    }
}

/// Log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// The HTTP server of metrics and health.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// Address and port; keep it on loopback or behind your own proxy.
    pub listen: SocketAddr,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}

/// Bounds of the daemon's work.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutionConfig {
    /// Milliseconds between looks at open operations.
    pub poll_ms: u64,
    /// Seconds a shutdown may take to bring work to a resumable point.
    pub drain_seconds: u64,
    /// Seconds a plan stays valid: no step of it starts later.
    pub plan_seconds: u64,
    /// Seconds after which a sent but unincluded transaction gets a fee bump.
    pub bump_seconds: u64,
    /// Signed replacements of one transaction at most.
    pub max_attempts: u32,
    /// Seconds without progress after which an operation is reported as stuck.
    pub stuck_seconds: u64,
    /// Slippage allowed below the exact quote of a swap.
    pub slippage: Percent,
    /// Seconds a swap transaction stays executable on chain.
    pub swap_deadline_seconds: u64,
}

impl Default for ExecutionConfig {
    fn default() -> Self {
        Self {
            poll_ms: 1000,
            drain_seconds: 30,
            plan_seconds: 300,
            bump_seconds: 30,
            max_attempts: 8,
            stuck_seconds: 3600,
            slippage: Percent::from_ppm(1000),
            swap_deadline_seconds: 300,
        }
    }
}

/// The signing key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletConfig {
    /// Encrypted keystore file (version 3).
    pub keystore: PathBuf,
    /// Where the keystore's password is: `{ env = "NAME" }` or `{ file = "PATH" }`.
    pub password: SecretRef,
}

/// Circle's attestation service.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CctpConfig {
    /// Base URL of Iris.
    pub iris_url: Url,
    /// Requests per second at most. Iris blocks everything for five minutes above 35.
    pub requests_per_second: u32,
    /// Milliseconds between two questions about one attestation.
    pub poll_ms: u64,
    /// Seconds to wait for one reply.
    pub timeout_seconds: u64,
    /// Seconds all requests stand down after Iris answers 429.
    pub stand_down_seconds: u64,
    /// Buffer added on top of the quoted fast fee.
    pub fee_buffer: Percent,
    /// Most transfers in flight on one route.
    pub max_in_flight: u32,
}

impl Default for CctpConfig {
    fn default() -> Self {
        Self {
            iris_url: Url::known("https://iris-api.circle.com"),
            requests_per_second: 20,
            poll_ms: 5000,
            timeout_seconds: 10,
            stand_down_seconds: 330,
            fee_buffer: Percent::from_ppm(100_000),
            max_in_flight: 4,
        }
    }
}
