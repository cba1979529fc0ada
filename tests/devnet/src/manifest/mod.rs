//! `manifest.json`: where everything on the local network is.

mod arbitrage;

use std::collections::BTreeMap;
use std::path::Path;

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::solana::SolanaManifest;

pub use arbitrage::{Arbitrage, Fork, MarketKind, MarketPool};

/// The whole local network, as written to `DIR/manifest.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The wallet that holds the starting balances.
    pub wallet: Wallet,
    /// Base URL of the Iris server.
    pub iris_url: String,
    /// Base URL of the control server.
    pub control_url: String,
    /// The 1inch server.
    pub oneinch: OneInch,
    /// Base URLs of the price servers.
    pub prices: Prices,
    /// The chains by name.
    pub chains: BTreeMap<String, ChainInfo>,
    /// The Solana chain, where there is one.
    #[serde(default)]
    pub solana: Option<SolanaManifest>,
}

/// A throwaway key, worthless outside the local network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// The wallet's address.
    pub address: Address,
    /// Its private key.
    pub private_key: B256,
}

/// Where the 1inch server is, and the key it accepts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneInch {
    /// Base URL.
    pub url: String,
    /// API key, worthless outside the local network.
    pub key: String,
}

/// Base URLs of the price servers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// CoinGecko's shape.
    pub coingecko: String,
    /// Kraken's shape.
    pub kraken: String,
    /// Binance's shape.
    pub binance: String,
}

/// What decides how a chain charges for gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainKind {
    /// Gas is execution only.
    Ethereum,
    /// Execution plus an L1 fee from the `GasPriceOracle`.
    OpStack,
    /// The L1 part is inside the gas estimate; `block.number` is another chain's.
    Arbitrum,
}

/// One chain and the contracts on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainInfo {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// CCTP domain.
    pub domain: u32,
    /// How gas is charged.
    pub kind: ChainKind,
    /// URLs of the RPC proxies, in the order `a`, `b`, ….
    pub rpc: Vec<String>,
    /// WebSocket URLs of the same providers.
    #[serde(default)]
    pub ws: Vec<String>,
    /// URL of the node itself, which never misbehaves.
    pub node_url: String,
    /// WebSocket URL of the node itself.
    #[serde(default)]
    pub ws_url: String,
    /// Seconds between blocks; `None` mines one block per transaction.
    pub block_time: Option<f64>,
    /// Multicall3.
    pub multicall3: Address,
    /// Wrapped native currency.
    pub weth: Address,
    /// USDC, 6 decimals.
    pub usdc: Address,
    /// USDT, 6 decimals.
    pub usdt: Address,
    /// CCTP `TokenMessengerV2`.
    pub token_messenger: Address,
    /// CCTP `MessageTransmitterV2`.
    pub message_transmitter: Address,
    /// CCTP `TokenMinterV2`.
    pub token_minter: Address,
    /// Uniswap V2 factory.
    pub uniswap_v2_factory: Address,
    /// Uniswap V2 router, where one is deployed.
    pub uniswap_v2_router: Option<Address>,
    /// Uniswap V3 factory.
    pub uniswap_v3_factory: Address,
    /// Uniswap `QuoterV2`.
    pub quoter_v2: Address,
    /// Uniswap `SwapRouter02`.
    pub swap_router02: Address,
    /// 1inch's `AggregationRouterV6`.
    pub aggregation_router: Address,
    /// The liquidity pools.
    pub pools: Vec<PoolInfo>,
    /// OP-stack `GasPriceOracle`, on chains of that kind.
    pub gas_price_oracle: Option<Address>,
    /// Arbitrum `NodeInterface`, on chains of that kind.
    pub node_interface: Option<Address>,
    /// What arbitrage needs, where it was asked for.
    #[serde(default)]
    pub arbitrage: Option<Arbitrage>,
}

/// Which Uniswap version a pool belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolKind {
    /// Constant product.
    V2,
    /// Concentrated liquidity.
    V3,
}

/// One liquidity pool.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolInfo {
    /// Which Uniswap version.
    pub kind: PoolKind,
    /// The pool or pair contract.
    pub address: Address,
    /// The lower token address.
    pub token0: Address,
    /// The higher token address.
    pub token1: Address,
    /// Fee in hundredths of a basis point; 3000 for a V2 pair.
    pub fee: u32,
}

impl Manifest {
    /// Writes the manifest as `manifest.json` into `dir`, which is created if needed.
    ///
    /// # Errors
    /// [`Error::File`] if the directory or file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let file = |path: &Path| {
            let path = path.to_path_buf();
            move |source| Error::File { path, source }
        };
        std::fs::create_dir_all(dir).map_err(file(dir))?;
        let path = dir.join("manifest.json");
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from).map_err(file(&path))?;
        std::fs::write(&path, text).map_err(file(&path))
    }

    /// Reads `manifest.json` from `dir`.
    ///
    /// # Errors
    /// [`Error::File`] if it is missing or not a manifest.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join("manifest.json");
        std::fs::read_to_string(&path)
            .and_then(|text| serde_json::from_str(&text).map_err(std::io::Error::from))
            .map_err(|source| Error::File { path, source })
    }
}
