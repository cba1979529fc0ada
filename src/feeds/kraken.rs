//! Kraken's `/0/public/Ticker`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::chains::evm::errors::printable;
use crate::config::AssetConfig;
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{Quote, Quotes, named, quotes};

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

/// What to ask for the prices of every asset with a Kraken pair; `None` when there is none.
pub fn path(assets: &BTreeMap<AssetId, AssetConfig>) -> Option<String> {
    let pairs = named(assets, |asset| asset.kraken.as_deref())?;
    Some(format!("/0/public/Ticker?pair={}", pairs.join(",")))
}

/// Reads a reply about `assets`. HTTP 200 with a non-empty `error` is a failure.
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
