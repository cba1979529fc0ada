//! The price book: cache, cross-check, staleness, depeg.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::U256;
use tokio::sync::Mutex;

use crate::config::{AssetConfig, Percent, PricesConfig};
use crate::domain::price::PriceError;
use crate::domain::snapshot::{PriceView, Prices, Reading, price_of};
use crate::domain::{AssetId, Price, Timestamp};
use crate::feeds::{Quote, Quotes, Source, ask};

/// A source that failed is asked again after this, and after twice as long with every further
/// failure, up to the cache period.
const RETRY: Duration = Duration::from_secs(15);

/// How far a source's clock may be ahead of ours. Further ahead, a price would never grow stale.
const MAX_AHEAD: Duration = Duration::from_secs(60);

/// Prices of all configured assets. A source that answered is asked once per cache period.
pub struct PriceBook {
    client: reqwest::Client,
    config: PricesConfig,
    assets: BTreeMap<AssetId, AssetConfig>,
    cache: Mutex<Cache>,
}

type Cache = BTreeMap<Source, Answer>;

/// What is kept of one source.
#[derive(Default)]
struct Answer {
    ask_again_at: Option<Timestamp>,
    /// Its last good answer, in use until it is stale by its own time, also while the source fails.
    quotes: Quotes,
    /// Why its latest answer was none.
    failure: Option<String>,
    failures_in_a_row: u32,
}

impl Answer {
    /// Whether the source is asked now. A time too far ahead means that our clock was set back.
    fn is_due(&self, now: Timestamp, period: Duration) -> bool {
        self.ask_again_at.is_none_or(|at| now >= at || at.since(now) > period)
    }

    fn keep(&mut self, answer: Result<Quotes, String>, now: Timestamp, period: Duration) {
        let wait = match answer {
            Ok(quotes) => {
                *self = Self { quotes, ..Self::default() };
                period
            }
            Err(reason) => {
                let doubled = 2_u32.saturating_pow(self.failures_in_a_row);
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                self.failure = Some(reason);
                RETRY.saturating_mul(doubled).min(period)
            }
        };
        self.ask_again_at = Some(now.plus(wait));
    }
}

impl PriceBook {
    /// A book over `assets`; `client` bounds the time of every request.
    pub fn new(
        client: reqwest::Client,
        config: PricesConfig,
        assets: BTreeMap<AssetId, AssetConfig>,
    ) -> Self {
        Self { client, config, assets, cache: Mutex::default() }
    }

    /// Every asset's price, or why it cannot be used. Asks the sources that are due, at once and
    /// with one request each.
    pub async fn prices(&self, now: Timestamp) -> Prices {
        let mut cache = self.cache.lock().await;
        self.refresh(&mut cache, now).await;
        self.assets
            .iter()
            .map(|(asset, settings)| (asset.clone(), self.judge(&cache, asset, settings, now)))
            .collect()
    }

    /// One asset's usable price.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn price(&self, asset: &AssetId, now: Timestamp) -> Result<Price, PriceError> {
        price_of(&self.prices(now).await, asset)
    }

    async fn refresh(&self, cache: &mut Cache, now: Timestamp) {
        let period = Duration::from_secs(self.config.cache_seconds);
        let [gecko, kraken, binance] = Source::ALL.map(|source| {
            let is_due = cache.entry(source).or_default().is_due(now, period);
            async move {
                match is_due {
                    true => Some(ask(source, &self.client, &self.config, &self.assets, now).await),
                    false => None,
                }
            }
        });
        let (gecko, kraken, binance) = tokio::join!(gecko, kraken, binance);
        for (source, answer) in Source::ALL.into_iter().zip([gecko, kraken, binance]) {
            let Some(answer) = answer else { continue };
            if let Err(error) = &answer {
                tracing::warn!(source = source.as_str(), "price source failed: {error}");
            }
            let answer = answer.map_err(|error| error.to_string());
            cache.entry(source).or_default().keep(answer, now, period);
        }
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
        for (position, (one, first)) in usable.iter().enumerate() {
            for (other, second) in usable.iter().skip(position.saturating_add(1)) {
                if !within(first.price, second.price, self.config.tolerance) {
                    return Err(format!(
                        "sources disagree on {asset}: {} says {}, {} says {}, allowed is {}",
                        one.as_str(),
                        first.price,
                        other.as_str(),
                        second.price,
                        self.config.tolerance
                    ));
                }
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
            // One source outside the band is enough, whichever is preferred.
            let off = usable.iter().find(|(_, quote)| !within(Price::ONE_DOLLAR, quote.price, band));
            if let Some((source, off)) = off {
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
            match self.quote(cache, source, asset, now) {
                Ok(quote) if quote.as_of.since(now) > MAX_AHEAD => {
                    let ahead = quote.as_of.since(now).as_secs();
                    problems.push(format!("{}: dated {ahead} s ahead of our clock", source.as_str()));
                }
                Ok(quote) if !self.is_fresh(quote, now) => {
                    problems.push(format!("{}: {} s old", source.as_str(), now.since(quote.as_of).as_secs()));
                }
                Ok(quote) => usable.push((source, quote)),
                Err(reason) => problems.push(format!("{}: {reason}", source.as_str())),
            }
        }
        (usable, problems)
    }

    /// What `source` last said about `asset`, in dollars; or why there is nothing.
    fn quote(&self, cache: &Cache, source: Source, asset: &AssetId, now: Timestamp) -> Result<Quote, String> {
        let answer = cache.get(&source);
        let quote = answer.and_then(|answer| answer.quotes.get(asset)).copied().ok_or_else(|| {
            let failure = answer.and_then(|answer| answer.failure.clone());
            failure.unwrap_or_else(|| "no price in its answer".to_owned())
        })?;
        match source {
            Source::CoinGecko | Source::Kraken => Ok(quote),
            Source::Binance => self
                .in_dollars(cache, quote, now)
                .ok_or_else(|| "quoted in USDT, of which no dollar price is usable".to_owned()),
        }
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
            && quote.as_of.since(now) <= MAX_AHEAD
    }

    /// A USDT quote in dollars, by the first fresh dollar price of USDT.
    fn in_dollars(&self, cache: &Cache, quote: Quote, now: Timestamp) -> Option<Quote> {
        let usdt = AssetId::new("USDT");
        let dollar = [Source::CoinGecko, Source::Kraken]
            .into_iter()
            .filter_map(|source| cache.get(&source)?.quotes.get(&usdt).copied())
            .find(|quote| self.is_fresh(*quote, now))?;
        let pico = U256::from(quote.price.pico())
            .checked_mul(U256::from(dollar.price.pico()))?
            .checked_div(U256::from(Price::ONE_DOLLAR.pico()))?;
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
