//! Everything a source can do wrong costs that source's price and nothing else.

use std::time::{Duration, Instant};

use devnet::misbehave::Fault;
use devnet::prices::Source;
use purser::config::Url;
use purser::domain::AssetId;

use crate::prices::market::{Market, assets};

fn name(source: Source) -> &'static str {
    source.name()
}

#[tokio::test]
async fn each_fault_of_each_source_is_told_and_the_others_go_on() {
    let faults = [
        (Fault::Refuse, "cannot be reached: no connection"),
        (Fault::Status { code: 429, retry_after: Some(60) }, "answered 429"),
        (Fault::Status { code: 503, retry_after: None }, "answered 503"),
        (Fault::Garbage, "answered something unreadable"),
        (Fault::Html, "answered something unreadable"),
        (Fault::Oversized { bytes: 1 << 20 }, "the reply is larger than 262144 bytes"),
        (Fault::Oversized { bytes: 1 << 17 }, "answered something unreadable: invalid type: string"),
    ];
    for source in Source::ALL {
        for (fault, told) in &faults {
            let market = Market::with(assets(), |config| config.min_sources = 3).await;
            market.fail(source, fault.clone());
            let reason = market.reading("ETH", market.now()).await.unwrap_err();
            assert!(reason.starts_with("only 2 source(s) have a usable price of ETH"), "{reason}");
            assert!(reason.contains(&format!("{}: http://127.0.0.1:", name(source))), "{reason}");
            assert!(reason.contains(told), "{reason}, expected {told}");
        }
    }
}

#[tokio::test]
async fn a_source_that_hangs_costs_one_timeout() {
    let market = Market::with(assets(), |config| config.timeout_seconds = 1).await;
    market.fail(Source::Coingecko, Fault::Hang);
    market.fail(Source::Binance, Fault::Hang);
    let begun = Instant::now();
    let prices = market.prices(market.now()).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.contains("no complete reply within the time limit"), "{reason}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let market = Market::open().await;
    let location = format!("{}/0/public/Ticker?pair=ETHUSD", market.url(Source::Kraken));
    market.fail(Source::Coingecko, Fault::Redirect { location });
    let prices = market.prices(market.now()).await;
    assert_eq!(prices[&AssetId::new("ETH")].as_ref().unwrap().source, "kraken");
    assert_eq!(market.requests(), [1, 1, 1], "Kraken was asked once, by us");
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.contains("answered 302"), "{reason}");
}

#[tokio::test]
async fn krakens_errors_come_with_status_200_and_are_errors() {
    let market = Market::with(assets(), |config| config.min_sources = 3).await;
    let errors = vec!["EService:Unavailable".to_owned(), "EGeneral:Temporary lockout".to_owned()];
    market.of(Source::Kraken).set(|settings| settings.errors = errors);
    let reason = market.reading("ETH", market.now()).await.unwrap_err();
    assert!(reason.contains("EService:Unavailable; EGeneral:Temporary lockout"), "{reason}");
}

#[tokio::test]
async fn krakens_own_names_of_pairs_are_understood() {
    let market = Market::with(assets(), |config| config.min_sources = 1).await;
    market.fail(Source::Coingecko, Fault::Refuse);
    market.fail(Source::Binance, Fault::Refuse);
    let prices = market.prices(market.now()).await;
    for asset in ["USDC", "USDT", "ETH"] {
        let view = prices[&AssetId::new(asset)].as_ref().unwrap();
        assert_eq!((view.source.as_str(), view.agreeing), ("kraken", 1), "{asset}");
    }
}

#[tokio::test]
async fn a_pair_the_source_does_not_know_is_told() {
    let mut misspelt = assets();
    misspelt.get_mut(&AssetId::new("ETH")).unwrap().kraken = Some("ETHERUSD".to_owned());
    misspelt.get_mut(&AssetId::new("ETH")).unwrap().binance = Some("ETHERUSDT".to_owned());
    let market = Market::with(misspelt, |_| {}).await;
    let reason = market.reading("ETH", market.now()).await.unwrap_err();
    assert!(reason.contains("EQuery:Unknown asset pair"), "{reason}");
    assert!(reason.contains("answered 400"), "{reason}");
}

#[tokio::test]
async fn no_reason_holds_what_a_url_may_hide() {
    let market = Market::with(assets(), |config| {
        config.coingecko_url = Url::Plain("http://user:hunter2@127.0.0.1:9/hunter2?key=hunter2".to_owned());
    })
    .await;
    let prices = market.prices(market.now()).await;
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.contains("coingecko: http://127.0.0.1:9 cannot be reached"), "{reason}");
    assert!(!reason.contains("hunter2"), "{reason}");
}
