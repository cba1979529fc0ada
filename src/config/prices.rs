//! Settings of price sources and of assets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{Percent, SecretRef, Url};

/// Where prices come from: CoinGecko, then Kraken, then Binance.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PricesConfig {
    /// Base URL of CoinGecko's API.
    pub coingecko_url: Url,
    /// CoinGecko's demo key, if you have one.
    pub coingecko_key: Option<SecretRef>,
    /// Base URL of Kraken's API.
    pub kraken_url: Url,
    /// Base URL of Binance's market data.
    pub binance_url: Url,
    /// Seconds a fetched price is used without asking again.
    pub cache_seconds: u64,
    /// Seconds after which a price is stale and stops whatever needs it.
    pub max_age_seconds: u64,
    /// How far two sources may be apart.
    pub tolerance: Percent,
    /// Sources that must agree.
    pub min_sources: u8,
    /// Seconds to wait for one reply.
    pub timeout_seconds: u64,
}

impl Default for PricesConfig {
    fn default() -> Self {
        Self {
            coingecko_url: Url::known("https://api.coingecko.com"),
            coingecko_key: None,
            kraken_url: Url::known("https://api.kraken.com"),
            binance_url: Url::known("https://data-api.binance.vision"),
            cache_seconds: 300,
            max_age_seconds: 900,
            tolerance: Percent::from_ppm(10_000),
            min_sources: 2,
            timeout_seconds: 5,
        }
    }
}

/// How an asset is priced.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetConfig {
    /// CoinGecko id (`usd-coin`).
    #[serde(default)]
    pub coingecko: Option<String>,
    /// Kraken pair (`USDCUSD`).
    #[serde(default)]
    pub kraken: Option<String>,
    /// Binance symbol quoted in USDT (`ETHUSDT`); USDT itself has none.
    #[serde(default)]
    pub binance: Option<String>,
    /// For a stablecoin: how far from $1 it may be before nothing that needs it happens.
    #[serde(default)]
    pub depeg_band: Option<Percent>,
}
