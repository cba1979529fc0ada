//! Binance's `/api/v3/ticker/price`. Quoted in USDT, not in dollars.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::{AssetConfig, PricesConfig};
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{FeedError, Quote, Quotes, fetch, quotes};

#[derive(Deserialize)]
struct Ticker {
    symbol: String,
    price: String,
}

/// Asks for every asset with a Binance symbol.
pub async fn ask(
    client: &reqwest::Client,
    config: &PricesConfig,
    assets: &BTreeMap<AssetId, AssetConfig>,
    now: Timestamp,
) -> Result<Quotes, FeedError> {
    let symbols: Vec<String> = assets
        .values()
        .filter_map(|asset| asset.binance.as_deref())
        .map(|symbol| format!("%22{symbol}%22"))
        .collect();
    if symbols.is_empty() {
        return Ok(Quotes::new());
    }
    let path = format!("/api/v3/ticker/price?symbols=%5B{}%5D", symbols.join(","));
    let base = config.binance_url.read()?;
    fetch::get(client, &base, &path, None, |body| decode(body, assets, now)).await
}

/// Reads a reply about `assets`.
///
/// # Errors
/// What is wrong with the reply.
pub fn decode(
    body: &[u8],
    assets: &BTreeMap<AssetId, AssetConfig>,
    now: Timestamp,
) -> Result<Quotes, String> {
    let reply: Vec<Ticker> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    Ok(quotes(assets, |settings| {
        let symbol = settings.binance.as_deref()?;
        let ticker = reply.iter().find(|ticker| ticker.symbol == symbol)?;
        Some(Quote { price: Price::parse(&ticker.price)?, as_of: now })
    }))
}
