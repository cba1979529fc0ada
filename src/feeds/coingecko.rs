//! CoinGecko's `/api/v3/simple/price`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::AssetConfig;
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{Quote, Quotes, named, quotes};

/// The header that carries a key.
pub const KEY_HEADER: &str = "x-cg-demo-api-key";

#[derive(Deserialize)]
struct Entry {
    usd: Option<Box<RawValue>>,
    last_updated_at: Option<i64>,
}

/// What to ask for the prices of every asset with a CoinGecko id; `None` when there is none.
pub fn path(assets: &BTreeMap<AssetId, AssetConfig>) -> Option<String> {
    let ids = named(assets, |asset| asset.coingecko.as_deref())?;
    Some(format!(
        "/api/v3/simple/price?ids={}&vs_currencies=usd&include_last_updated_at=true&precision=full",
        ids.join(",")
    ))
}

/// Reads a reply about `assets`. An entry without price or time is no answer.
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
