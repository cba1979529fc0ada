//! Binance's `/api/v3/ticker/price`. Quoted in USDT, not in dollars.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::AssetConfig;
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{Quote, Quotes, named, quotes};

#[derive(Deserialize)]
struct Ticker {
    symbol: String,
    price: String,
}

/// What to ask for the prices of every asset with a Binance symbol; `None` when there is none.
pub fn path(assets: &BTreeMap<AssetId, AssetConfig>) -> Option<String> {
    let symbols = named(assets, |asset| asset.binance.as_deref())?;
    let symbols: Vec<String> = symbols.iter().map(|symbol| format!("%22{symbol}%22")).collect();
    Some(format!("/api/v3/ticker/price?symbols=%5B{}%5D", symbols.join(",")))
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
