//! Replies of the price sources. The first byte says whose the rest is.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use purser::config::AssetConfig;
use purser::domain::{AssetId, Timestamp};
use purser::feeds::{binance, coingecko, kraken};

static ASSETS: LazyLock<BTreeMap<AssetId, AssetConfig>> = LazyLock::new(|| {
    let asset = |coingecko: &str, kraken: &str, binance: &str| AssetConfig {
        coingecko: Some(coingecko.to_owned()),
        kraken: Some(kraken.to_owned()),
        binance: Some(binance.to_owned()),
        depeg_band: None,
    };
    [
        (AssetId::new("USDC"), asset("usd-coin", "USDCUSD", "USDCUSDT")),
        (AssetId::new("ETH"), asset("ethereum", "ETHUSD", "ETHUSDT")),
    ]
    .into()
});

fuzz_target!(|data: &[u8]| {
    let Some((whose, body)) = data.split_first() else { return };
    let now = Timestamp::from_millis(1_700_000_000_000);
    let quotes = match whose {
        b'c' => coingecko::decode(body, &ASSETS),
        b'k' => kraken::decode(body, &ASSETS, now),
        _ => binance::decode(body, &ASSETS, now),
    };
    if let Ok(quotes) = quotes {
        for (asset, quote) in quotes {
            assert!(ASSETS.contains_key(&asset), "only what was asked is answered");
            assert!(quote.price.pico() > 0, "a price is positive");
        }
    }
});
