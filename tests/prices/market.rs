//! Three price servers and a book that asks them.

use std::collections::BTreeMap;
use std::time::Duration;

use devnet::misbehave::Fault;
use devnet::prices::{PriceHandle, PriceSettings, Prices, Source};
use purser::chains::http::http_client;
use purser::config::{AssetConfig, Percent, PricesConfig, Url};
use purser::domain::snapshot::{PriceView, Reading};
use purser::domain::{AssetId, Timestamp};
use purser::feeds::PriceBook;
use purser::telemetry::clock;

pub(super) struct Market {
    servers: [Prices; 3],
    book: PriceBook,
    start: Timestamp,
}

pub(super) type Assets = BTreeMap<AssetId, AssetConfig>;

/// USDC, USDT and ETH with everything the sources know of them.
pub(super) fn assets() -> Assets {
    let asset = |coingecko: &str, kraken: &str, binance: Option<&str>, band: Option<u32>| AssetConfig {
        coingecko: Some(coingecko.to_owned()),
        kraken: Some(kraken.to_owned()),
        binance: binance.map(str::to_owned),
        depeg_band: band.map(Percent::from_ppm),
    };
    BTreeMap::from([
        (AssetId::new("USDC"), asset("usd-coin", "USDCUSD", Some("USDCUSDT"), Some(5_000))),
        (AssetId::new("USDT"), asset("tether", "USDTUSD", None, Some(5_000))),
        (AssetId::new("ETH"), asset("ethereum", "ETHUSD", Some("ETHUSDT"), None)),
    ])
}

impl Market {
    /// Everything as an operator would have it.
    pub(super) async fn open() -> Self {
        Self::with(assets(), |_| {}).await
    }

    /// With other assets or settings.
    pub(super) async fn with(assets: Assets, change: impl FnOnce(&mut PricesConfig)) -> Self {
        let start = |source| async move { Prices::start(source, PriceSettings::default()).await.unwrap() };
        let servers =
            [start(Source::Coingecko).await, start(Source::Kraken).await, start(Source::Binance).await];
        let mut config = PricesConfig {
            coingecko_url: Url::Plain(servers[0].url()),
            kraken_url: Url::Plain(servers[1].url()),
            binance_url: Url::Plain(servers[2].url()),
            ..PricesConfig::default()
        };
        change(&mut config);
        let client = http_client(Duration::from_secs(config.timeout_seconds)).unwrap();
        Self { servers, book: PriceBook::new(client, config, assets), start: clock::now() }
    }

    pub(super) fn of(&self, source: Source) -> PriceHandle {
        self.servers.iter().find(|server| server.source() == source).unwrap().handle()
    }

    pub(super) fn url(&self, source: Source) -> String {
        self.servers.iter().find(|server| server.source() == source).unwrap().url()
    }

    pub(super) fn fail(&self, source: Source, fault: Fault) {
        self.of(source).set(|settings| settings.fault = fault);
    }

    /// What all sources say `asset` costs from now on.
    pub(super) fn all_say(&self, asset: &str, price: f64) {
        for source in Source::ALL {
            self.of(source).set_usd(asset, price);
        }
    }

    /// Requests so far, in the order CoinGecko, Kraken, Binance.
    pub(super) fn requests(&self) -> [u64; 3] {
        Source::ALL.map(|source| self.of(source).requests())
    }

    /// The moment `seconds` after the start.
    pub(super) fn at(&self, seconds: u64) -> Timestamp {
        self.start.plus(Duration::from_secs(seconds))
    }

    pub(super) async fn prices(&self, now: Timestamp) -> BTreeMap<AssetId, Reading<PriceView>> {
        self.book.prices(now).await
    }

    pub(super) async fn reading(&self, asset: &str, now: Timestamp) -> Reading<PriceView> {
        self.prices(now).await.remove(&AssetId::new(asset)).unwrap()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.start
    }
}

/// A price in dollars, for comparison.
pub(super) fn usd(view: &PriceView) -> f64 {
    view.price.pico() as f64 / 1e12
}
