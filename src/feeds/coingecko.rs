//! CoinGecko's `/api/v3/simple/price`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::{AssetConfig, PricesConfig};
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{FeedError, Quote, Quotes, fetch, quotes};

#[derive(Deserialize)]
struct Entry {
    usd: Option<Box<RawValue>>,
    last_updated_at: Option<i64>,
}

/// Asks for every asset with a CoinGecko id. An entry without price or time is no answer.
pub async fn ask(
    client: &reqwest::Client,
    config: &PricesConfig,
    assets: &BTreeMap<AssetId, AssetConfig>,
) -> Result<Quotes, FeedError> {
    let ids: Vec<&str> = assets.values().filter_map(|asset| asset.coingecko.as_deref()).collect();
    if ids.is_empty() {
        return Ok(Quotes::new());
    }
    let path = format!(
        "/api/v3/simple/price?ids={}&vs_currencies=usd&include_last_updated_at=true&precision=full",
        ids.join(",")
    );
    let key = match &config.coingecko_key {
        Some(reference) => Some(("x-cg-demo-api-key", reference.read()?)),
        None => None,
    };
    let base = config.coingecko_url.read()?;
    fetch::get(client, &base, &path, key, |body| decode(body, assets)).await
}

/// Reads a reply about `assets`.
///
/// # Errors
/// What is wrong with the reply.
pub fn decode(body: &[u8], assets: &BTreeMap<AssetId, AssetConfig>) -> Result<Quotes, String> {
    let reply: BTreeMap<String, Entry> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    Ok(quotes(assets, |settings| {
        let entry = reply.get(settings.coingecko.as_deref()?)?;
        let price = Price::parse(entry.usd.as_ref()?.get())?;
        let as_of = Timestamp::from_millis(entry.last_updated_at?.checked_mul(1000)?);
        Some(Quote { price, as_of })
    }))
}
