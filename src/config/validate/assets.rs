//! Rules of assets, prices and the services asked for them.

use super::Check;
use crate::config::AssetConfig;
use crate::config::path::KeyPath;

/// Sources there are: CoinGecko, Kraken, Binance.
const SOURCES: u8 = 3;
/// Requests per second at which Iris answers nothing for five minutes.
const IRIS_LIMIT: u32 = 35;
/// One, in millionths.
const WHOLE: u32 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>) {
    let prices = &check.config.prices;
    let path = KeyPath::dotted("prices");
    let urls = [
        ("coingecko_url", &prices.coingecko_url),
        ("kraken_url", &prices.kraken_url),
        ("binance_url", &prices.binance_url),
    ];
    for (key, url) in urls {
        check.url(&path.key(key), url);
    }
    let count = (1..=SOURCES).contains(&prices.min_sources);
    check.refuse_if(!count, &path.key("min_sources"), "expected 1, 2 or 3: there are three sources");
    let stale = prices.cache_seconds > prices.max_age_seconds;
    check.refuse_if(
        stale,
        &path.key("cache_seconds"),
        "a cached price would be older than `max_age_seconds`",
    );
    check.refuse_if(prices.max_age_seconds == 0, &path.key("max_age_seconds"), "expected at least 1");
    check.refuse_if(prices.timeout_seconds == 0, &path.key("timeout_seconds"), "expected at least 1");
    check.refuse_if(prices.tolerance.ppm() >= WHOLE, &path.key("tolerance"), "expected less than 100");

    for (symbol, asset) in &check.config.assets {
        let path = KeyPath::dotted("assets").key(symbol);
        if sources(asset) < prices.min_sources {
            let message = format!(
                "{} of `coingecko`, `kraken`, `binance` must be set (prices.min_sources); without a price nothing moves",
                prices.min_sources
            );
            check.refuse(&path, message);
        }
        let band = asset.depeg_band.is_none_or(|band| (1..WHOLE).contains(&band.ppm()));
        check.refuse_if(!band, &path.key("depeg_band"), "expected more than 0 and less than 100");
    }

    let cctp = &check.config.cctp;
    let path = KeyPath::dotted("cctp");
    check.url(&path.key("iris_url"), &cctp.iris_url);
    let rate = (1..IRIS_LIMIT).contains(&cctp.requests_per_second);
    let message = "expected 1 to 34: Iris blocks all requests for five minutes from 35 on";
    check.refuse_if(!rate, &path.key("requests_per_second"), message);
    check.refuse_if(cctp.poll_ms == 0, &path.key("poll_ms"), "expected at least 1");
    check.refuse_if(cctp.timeout_seconds == 0, &path.key("timeout_seconds"), "expected at least 1");
    check.refuse_if(cctp.max_in_flight == 0, &path.key("max_in_flight"), "expected at least 1");
}

fn sources(asset: &AssetConfig) -> u8 {
    let set = [&asset.coingecko, &asset.kraken, &asset.binance];
    set.into_iter().flatten().filter(|name| !name.is_empty()).fold(0_u8, |count, _| count.saturating_add(1))
}
