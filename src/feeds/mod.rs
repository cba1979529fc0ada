//! Price sources: CoinGecko, then Kraken, then Binance.
//!
//! Every source is asked once for all assets. A price is used when enough sources agree on it and
//! it is fresh; otherwise there is no price, and the reason is the value.

pub mod binance;
pub mod book;
pub mod coingecko;
pub mod fetch;
pub mod kraken;

use std::collections::BTreeMap;

pub use book::PriceBook;
pub use fetch::FeedError;

use crate::config::{AssetConfig, PricesConfig, SecretRef};
use crate::domain::{AssetId, Price, Timestamp};

/// The sources, in order of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// CoinGecko: dollars, with the time of the last update.
    CoinGecko,
    /// Kraken: dollars, as of the reply.
    Kraken,
    /// Binance: quoted in USDT, turned into dollars by the USDT price of the others.
    Binance,
}

impl Source {
    /// Every source, preferred first.
    pub const ALL: [Self; 3] = [Self::CoinGecko, Self::Kraken, Self::Binance];

    /// The name in records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CoinGecko => "coingecko",
            Self::Kraken => "kraken",
            Self::Binance => "binance",
        }
    }
}

/// One source's word on one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Dollars per whole unit; for Binance, USDT per whole unit until converted.
    pub price: Price,
    /// When it was true.
    pub as_of: Timestamp,
}

/// What one source answered, by asset. An asset that is not in it was not answered.
pub type Quotes = BTreeMap<AssetId, Quote>;

/// The source's names of `assets`; `None` when it knows none of them.
fn named(
    assets: &BTreeMap<AssetId, AssetConfig>,
    name: impl Fn(&AssetConfig) -> Option<&str>,
) -> Option<Vec<&str>> {
    let names: Vec<&str> = assets.values().filter_map(name).collect();
    (!names.is_empty()).then_some(names)
}

/// The quotes that `of` finds for `assets`; an asset without one is left out.
fn quotes(assets: &BTreeMap<AssetId, AssetConfig>, of: impl Fn(&AssetConfig) -> Option<Quote>) -> Quotes {
    assets.iter().filter_map(|(asset, settings)| Some((asset.clone(), of(settings)?))).collect()
}

/// Asks one source for every asset it knows, in one request.
pub async fn ask(
    source: Source,
    client: &reqwest::Client,
    config: &PricesConfig,
    assets: &BTreeMap<AssetId, AssetConfig>,
    now: Timestamp,
) -> Result<Quotes, FeedError> {
    let path = match source {
        Source::CoinGecko => coingecko::path(assets),
        Source::Kraken => kraken::path(assets),
        Source::Binance => binance::path(assets),
    };
    let Some(path) = path else { return Ok(Quotes::new()) };
    let (base, key) = match source {
        Source::CoinGecko => (&config.coingecko_url, config.coingecko_key.as_ref()),
        Source::Kraken => (&config.kraken_url, None),
        Source::Binance => (&config.binance_url, None),
    };
    let key = key.map(SecretRef::read).transpose()?.map(|key| (coingecko::KEY_HEADER, key));
    fetch::get(client, &base.read()?, &path, key, |body| match source {
        Source::CoinGecko => coingecko::decode(body, assets),
        Source::Kraken => kraken::decode(body, assets, now),
        Source::Binance => binance::decode(body, assets, now),
    })
    .await
}
