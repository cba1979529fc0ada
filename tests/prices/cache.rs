//! When sources are asked, and how long an answer is used.

use std::time::Duration;

use devnet::misbehave::Fault;
use devnet::prices::Source;
use purser::domain::AssetId;

use crate::prices::market::{Market, assets};

#[tokio::test]
async fn within_the_cache_period_nobody_is_asked() {
    let market = Market::open().await;
    for seconds in [0, 1, 150, 299] {
        assert!(market.reading("ETH", market.at(seconds)).await.is_ok());
    }
    assert_eq!(market.requests(), [1, 1, 1]);
    market.prices(market.at(300)).await;
    assert_eq!(market.requests(), [2, 2, 2], "the period is over");
}

#[tokio::test]
async fn callers_at_the_same_moment_share_one_request() {
    let market = Market::open().await;
    tokio::join!(market.prices(market.now()), market.prices(market.now()), market.prices(market.now()));
    assert_eq!(market.requests(), [1, 1, 1]);
}

#[tokio::test]
async fn only_the_source_that_failed_is_asked_again_each_time_later() {
    let market = Market::open().await;
    market.fail(Source::Kraken, Fault::Status { code: 500, retry_after: None });
    let mut asked = Vec::new();
    let mut seen = 0;
    for seconds in 0..1_000 {
        market.prices(market.at(seconds)).await;
        let requests = market.of(Source::Kraken).requests();
        if requests > seen {
            asked.push(seconds);
            seen = requests;
        }
    }
    // 15 s, doubled with every failure, and never longer than the period.
    assert_eq!(asked, [0, 15, 45, 105, 225, 465, 765]);
    assert_eq!(market.requests(), [4, 7, 4], "healthy sources keep to their period");
}

#[tokio::test]
async fn a_source_that_recovers_is_back_to_its_period_and_a_later_failure_starts_anew() {
    let market = Market::open().await;
    market.fail(Source::Kraken, Fault::Status { code: 503, retry_after: None });
    market.prices(market.now()).await;
    market.prices(market.at(15)).await;
    market.fail(Source::Kraken, Fault::Healthy);
    assert_eq!(market.reading("ETH", market.at(45)).await.unwrap().agreeing, 3);
    assert_eq!(market.of(Source::Kraken).requests(), 3);
    market.fail(Source::Kraken, Fault::Status { code: 503, retry_after: None });
    for seconds in [344, 345, 359, 360] {
        market.prices(market.at(seconds)).await;
    }
    assert_eq!(market.of(Source::Kraken).requests(), 5, "at 345 and again 15 s later");
}

#[tokio::test]
async fn a_period_shorter_than_the_retry_is_kept() {
    let market = Market::with(assets(), |config| config.cache_seconds = 5).await;
    market.fail(Source::Kraken, Fault::Status { code: 503, retry_after: None });
    for seconds in 0..=10 {
        market.prices(market.at(seconds)).await;
    }
    assert_eq!(market.requests(), [3, 3, 3]);
}

#[tokio::test]
async fn a_stale_price_is_refused_though_the_cache_still_holds() {
    let market = Market::with(assets(), |config| config.cache_seconds = 7_200).await;
    assert!(market.reading("ETH", market.now()).await.is_ok());
    let view = market.reading("ETH", market.at(900)).await.unwrap();
    assert_eq!((view.source.as_str(), view.agreeing), ("kraken", 2), "CoinGecko's price is the oldest");
    let reason = market.reading("ETH", market.at(901)).await.unwrap_err();
    assert!(reason.starts_with("no usable price of ETH") && reason.contains("kraken: 901 s old"), "{reason}");
    assert_eq!(market.requests(), [1, 1, 1], "nobody was asked");
}

#[tokio::test]
async fn the_last_answer_of_a_failing_source_is_used_until_it_is_stale() {
    let market = Market::open().await;
    let first = market.reading("ETH", market.now()).await.unwrap();
    market.fail(Source::Coingecko, Fault::Refuse);
    let later = market.reading("ETH", market.at(310)).await.unwrap();
    assert_eq!((later.source.as_str(), later.as_of), ("coingecko", first.as_of));
    let stale = market.prices(market.at(901)).await;
    assert_eq!(stale[&AssetId::new("ETH")].as_ref().unwrap().source, "kraken");
}

#[tokio::test]
async fn a_clock_set_back_does_not_freeze_the_prices() {
    let market = Market::with(assets(), |config| config.min_sources = 1).await;
    market.prices(market.now()).await;
    let yesterday = market.now().minus(Duration::from_secs(86_400));
    market.prices(yesterday).await;
    assert_eq!(market.requests(), [2, 2, 2]);
    let view = market.reading("ETH", yesterday).await.unwrap();
    assert_eq!((view.source.as_str(), view.as_of), ("kraken", yesterday), "CoinGecko's lies a day ahead");
}
