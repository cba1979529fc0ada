//! Kraken's `/0/public/Ticker`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::chains::evm::errors::printable;
use crate::config::{AssetConfig, PricesConfig};
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{FeedError, Quote, Quotes, fetch, quotes};

#[derive(Deserialize)]
struct Reply {
    error: Vec<String>,
    #[serde(default)]
    result: BTreeMap<String, Ticker>,
}

#[derive(Deserialize)]
struct Ticker {
    /// Last trade: price, volume.
    c: Vec<String>,
}

/// Asks for every asset with a Kraken pair. HTTP 200 with a non-empty `error` is a failure.
pub async fn ask(
    client: &reqwest::Client,
    config: &PricesConfig,
    assets: &BTreeMap<AssetId, AssetConfig>,
    now: Timestamp,
) -> Result<Quotes, FeedError> {
    let pairs: Vec<&str> = assets.values().filter_map(|asset| asset.kraken.as_deref()).collect();
    if pairs.is_empty() {
        return Ok(Quotes::new());
    }
    let path = format!("/0/public/Ticker?pair={}", pairs.join(","));
    let base = config.kraken_url.read()?;
    fetch::get(client, &base, &path, None, |body| decode(body, assets, now)).await
}

/// Reads a reply about `assets`.
///
/// # Errors
/// What is wrong with the reply, or what it complains about.
pub fn decode(
    body: &[u8],
    assets: &BTreeMap<AssetId, AssetConfig>,
    now: Timestamp,
) -> Result<Quotes, String> {
    let reply: Reply = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if !reply.error.is_empty() {
        return Err(printable(&reply.error.join("; ")));
    }
    Ok(quotes(assets, |settings| {
        let pair = settings.kraken.as_deref()?;
        let ticker = named_as(pair).into_iter().find_map(|key| reply.result.get(&key))?;
        Some(Quote { price: Price::parse(ticker.c.first()?)?, as_of: now })
    }))
}

/// The keys a reply may use for a pair: `USDTUSD` comes back as `USDTZUSD`, `ETHUSD` as `XETHZUSD`.
fn named_as(pair: &str) -> Vec<String> {
    let mut names = vec![pair.to_owned()];
    if let Some((base, quote)) = pair.len().checked_sub(3).and_then(|at| pair.split_at_checked(at)) {
        names.push(format!("{base}Z{quote}"));
        names.push(format!("X{base}Z{quote}"));
    }
    names
}
