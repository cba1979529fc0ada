//! The price book: five-minute cache, cross-check, staleness, depeg.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::U256;
use tokio::sync::Mutex;

use crate::config::{AssetConfig, Percent, PricesConfig};
use crate::domain::snapshot::{PriceView, Reading};
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{Quote, Quotes, Source, ask};

/// One dollar.
const ONE_DOLLAR_PICO: u128 = 1_000_000_000_000;

/// After a source failed, all are asked again no sooner than this.
const RETRY: Duration = Duration::from_secs(15);

/// Prices of all configured assets, fetched at most once per cache period.
pub struct PriceBook {
    client: reqwest::Client,
    config: PricesConfig,
    assets: BTreeMap<AssetId, AssetConfig>,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    ask_again_at: Option<Timestamp>,
    quotes: BTreeMap<Source, Quotes>,
    failures: BTreeMap<Source, String>,
}

impl PriceBook {
    /// A book over `assets`; `client` bounds the time of every request.
    pub fn new(
        client: reqwest::Client,
        config: PricesConfig,
        assets: BTreeMap<AssetId, AssetConfig>,
    ) -> Self {
        Self { client, config, assets, cache: Mutex::new(Cache::default()) }
    }

    /// Every asset's price, or why it cannot be used. Asks the sources when the cache is older than
    /// its period, sooner when a source failed; all sources at once, one request each.
    pub async fn prices(&self, now: Timestamp) -> BTreeMap<AssetId, Reading<PriceView>> {
        let mut cache = self.cache.lock().await;
        if cache.ask_again_at.is_none_or(|at| now >= at) {
            self.refresh(&mut cache, now).await;
        }
        self.assets
            .iter()
            .map(|(asset, settings)| (asset.clone(), self.judge(&cache, asset, settings, now)))
            .collect()
    }

    async fn refresh(&self, cache: &mut Cache, now: Timestamp) {
        let [gecko, kraken, binance] =
            Source::ALL.map(|source| ask(source, &self.client, &self.config, &self.assets, now));
        let (gecko, kraken, binance) = tokio::join!(gecko, kraken, binance);
        let mut complete = true;
        for (source, answer) in Source::ALL.into_iter().zip([gecko, kraken, binance]) {
            match answer {
                Ok(quotes) => {
                    cache.failures.remove(&source);
                    cache.quotes.insert(source, quotes);
                }
                Err(error) => {
                    complete = false;
                    tracing::warn!(source = source.as_str(), "price source failed: {error}");
                    // The last answer stays in use until it is stale by its own time.
                    cache.failures.insert(source, error.to_string());
                }
            }
        }
        let period = Duration::from_secs(self.config.cache_seconds);
        cache.ask_again_at = Some(now.plus(if complete { period } else { period.min(RETRY) }));
    }

    fn judge(
        &self,
        cache: &Cache,
        asset: &AssetId,
        settings: &AssetConfig,
        now: Timestamp,
    ) -> Reading<PriceView> {
        let (usable, problems) = self.usable(cache, asset, now);
        let because =
            || if problems.is_empty() { String::new() } else { format!(" ({})", problems.join("; ")) };
        let Some((best, quote)) = usable.first().copied() else {
            return Err(format!("no usable price of {asset}{}", because()));
        };
        for (other, second) in usable.iter().skip(1) {
            if !within(quote.price, second.price, self.config.tolerance) {
                return Err(format!(
                    "sources disagree on {asset}: {} says {}, {} says {}, allowed is {}",
                    best.as_str(),
                    quote.price,
                    other.as_str(),
                    second.price,
                    self.config.tolerance
                ));
            }
        }
        let agreeing = u8::try_from(usable.len()).unwrap_or(u8::MAX);
        if agreeing < self.config.min_sources {
            return Err(format!(
                "only {agreeing} source(s) have a usable price of {asset}, {} must agree{}",
                self.config.min_sources,
                because()
            ));
        }
        if let Some(band) = settings.depeg_band {
            // Judged on every source: the one furthest from the peg decides.
            let dollar = Price::from_pico(ONE_DOLLAR_PICO);
            if let Some((source, off)) = usable
                .iter()
                .find(|(_, quote)| !dollar.is_some_and(|dollar| within(dollar, quote.price, band)))
            {
                return Err(format!(
                    "{asset} is depegged: {} says {}, allowed is $1 ± {band}",
                    source.as_str(),
                    off.price
                ));
            }
        }
        Ok(PriceView { price: quote.price, as_of: quote.as_of, source: best.as_str().to_owned(), agreeing })
    }

    /// Quotes of `asset` that are fresh, preferred source first, and what is wrong with the others.
    fn usable(&self, cache: &Cache, asset: &AssetId, now: Timestamp) -> (Vec<(Source, Quote)>, Vec<String>) {
        let mut usable = Vec::new();
        let mut problems = Vec::new();
        for source in Source::ALL {
            if !self.covers(source, asset) {
                continue;
            }
            let found = cache.quotes.get(&source).and_then(|quotes| quotes.get(asset)).copied();
            let converted = match (source, found) {
                (Source::Binance, Some(quote)) => self.in_dollars(cache, quote, now),
                (Source::CoinGecko | Source::Kraken | Source::Binance, other) => other,
            };
            match converted {
                Some(quote) if self.is_fresh(quote, now) => usable.push((source, quote)),
                Some(quote) => {
                    problems.push(format!("{}: {} s old", source.as_str(), now.since(quote.as_of).as_secs()));
                }
                None => {
                    let why = cache.failures.get(&source).map_or("no price in its answer", String::as_str);
                    problems.push(format!("{}: {why}", source.as_str()));
                }
            }
        }
        (usable, problems)
    }

    fn covers(&self, source: Source, asset: &AssetId) -> bool {
        self.assets.get(asset).is_some_and(|settings| {
            match source {
                Source::CoinGecko => &settings.coingecko,
                Source::Kraken => &settings.kraken,
                Source::Binance => &settings.binance,
            }
            .is_some()
        })
    }

    fn is_fresh(&self, quote: Quote, now: Timestamp) -> bool {
        now.since(quote.as_of) <= Duration::from_secs(self.config.max_age_seconds)
    }

    /// A USDT quote in dollars, by the freshest-ranked dollar price of USDT.
    fn in_dollars(&self, cache: &Cache, quote: Quote, now: Timestamp) -> Option<Quote> {
        let usdt = AssetId::new("USDT");
        let dollar = [Source::CoinGecko, Source::Kraken]
            .into_iter()
            .filter_map(|source| cache.quotes.get(&source)?.get(&usdt).copied())
            .find(|quote| self.is_fresh(*quote, now))?;
        let pico = U256::from(quote.price.pico())
            .checked_mul(U256::from(dollar.price.pico()))?
            .checked_div(U256::from(ONE_DOLLAR_PICO))?;
        let price = Price::from_pico(u128::try_from(pico).ok()?)?;
        Some(Quote { price, as_of: quote.as_of.min(dollar.as_of) })
    }
}

/// Whether `other` lies within `band` of `reference`.
fn within(reference: Price, other: Price, band: Percent) -> bool {
    let distance = U256::from(reference.pico().abs_diff(other.pico())).checked_mul(U256::from(1_000_000_u64));
    let allowed = U256::from(reference.pico()).checked_mul(U256::from(band.ppm()));
    matches!((distance, allowed), (Some(distance), Some(allowed)) if distance <= allowed)
}
