//! Which price is used, and when none is.

use std::time::Duration;

use devnet::misbehave::Fault;
use devnet::prices::Source;
use purser::config::{AssetConfig, Percent};
use purser::domain::AssetId;

use crate::prices::market::{Market, assets, usd};

#[tokio::test]
async fn with_all_sources_well_the_first_is_used_and_the_others_agree() {
    let market = Market::open().await;
    let prices = market.prices(market.now()).await;
    assert_eq!(prices.len(), 3);
    for (asset, price, agreeing) in [("USDC", 1.0, 3), ("USDT", 0.9998, 2), ("ETH", 3_000.0, 3)] {
        let view = prices[&AssetId::new(asset)].as_ref().unwrap();
        assert_eq!((view.source.as_str(), view.agreeing), ("coingecko", agreeing), "{asset}");
        assert!((usd(view) - price).abs() < 1e-9, "{asset}: {}", view.price);
        let age = market.now().since(view.as_of);
        assert!((Duration::from_secs(4)..Duration::from_secs(8)).contains(&age), "{asset}: {age:?}");
    }
    assert_eq!(market.requests(), [1, 1, 1], "one request per source for all assets");
}

#[tokio::test]
async fn when_the_first_source_is_down_the_next_is_used_and_says_so() {
    let market = Market::open().await;
    market.fail(Source::Coingecko, Fault::Refuse);
    let prices = market.prices(market.now()).await;
    for asset in ["USDC", "ETH"] {
        let view = prices[&AssetId::new(asset)].as_ref().unwrap();
        assert_eq!((view.source.as_str(), view.agreeing, view.as_of), ("kraken", 2, market.now()));
    }
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.starts_with("only 1 source(s) have a usable price of USDT, 2 must agree"), "{reason}");
    assert!(
        reason.contains("coingecko: http://127.0.0.1:") && reason.contains("cannot be reached"),
        "{reason}"
    );
}

#[tokio::test]
async fn without_a_dollar_price_of_usdt_a_quote_in_usdt_is_worth_nothing() {
    let market = Market::with(assets(), |config| config.min_sources = 1).await;
    market.fail(Source::Coingecko, Fault::Refuse);
    market.fail(Source::Kraken, Fault::Refuse);
    let reason = market.reading("ETH", market.now()).await.unwrap_err();
    assert!(reason.contains("binance: quoted in USDT, of which no dollar price is usable"), "{reason}");
}

#[tokio::test]
async fn a_quote_in_usdt_is_converted_by_the_dollar_price_of_usdt() {
    let mut only_binance = assets();
    let ether = AssetConfig { binance: Some("ETHUSDT".to_owned()), ..AssetConfig::default() };
    only_binance.insert(AssetId::new("ETH"), ether);
    let market = Market::with(only_binance, |config| config.min_sources = 1).await;
    market.all_say("USDT", 0.96);
    let view = market.reading("ETH", market.now()).await.unwrap();
    assert_eq!(view.source, "binance");
    assert!((usd(&view) - 3_000.0).abs() < 1e-6, "{}: quoted were 3,125 USDT", view.price);
    assert!(view.as_of < market.now(), "no younger than the USDT price it was converted by");
}

#[tokio::test]
async fn a_stale_first_source_is_passed_over() {
    let market = Market::open().await;
    market.of(Source::Coingecko).set(|settings| settings.age_s = 1_000);
    let prices = market.prices(market.now()).await;
    assert_eq!(prices[&AssetId::new("ETH")].as_ref().unwrap().source, "kraken");
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.contains("coingecko: 1000 s old") || reason.contains("coingecko: 999 s old"), "{reason}");
}

#[tokio::test]
async fn a_price_dated_in_the_future_is_refused_because_it_would_never_grow_stale() {
    let market = Market::open().await;
    market.of(Source::Coingecko).set(|settings| settings.age_s = -3_600);
    let prices = market.prices(market.now()).await;
    assert_eq!(prices[&AssetId::new("ETH")].as_ref().unwrap().source, "kraken");
    let reason = prices[&AssetId::new("USDT")].as_ref().unwrap_err();
    assert!(reason.contains("ahead of our clock"), "{reason}");

    let slightly = Market::open().await;
    slightly.of(Source::Coingecko).set(|settings| settings.age_s = -30);
    assert_eq!(slightly.reading("ETH", slightly.now()).await.unwrap().source, "coingecko");
}

#[tokio::test]
async fn sources_that_disagree_leave_no_price_and_are_named() {
    let market = Market::open().await;
    market.of(Source::Kraken).set_usd("ETH", 3_100.0);
    let prices = market.prices(market.now()).await;
    assert_eq!(
        prices[&AssetId::new("ETH")].as_ref().unwrap_err(),
        "sources disagree on ETH: coingecko says $3000, kraken says $3100, allowed is 1 %"
    );
    assert!(prices[&AssetId::new("USDC")].is_ok(), "other assets go on");
}

#[tokio::test]
async fn the_tolerance_is_exact_to_the_last_digit() {
    for (price, agrees) in [(3_030.0, true), (3_030.000_01, false), (2_970.0, true), (2_969.999_99, false)] {
        let mut without_binance = assets();
        without_binance.get_mut(&AssetId::new("ETH")).unwrap().binance = None;
        let market = Market::with(without_binance, |_| {}).await;
        market.of(Source::Kraken).set_usd("ETH", price);
        assert_eq!(market.reading("ETH", market.now()).await.is_ok(), agrees, "{price}");
    }
}

#[tokio::test]
async fn two_sources_on_opposite_sides_of_the_first_disagree() {
    let market = Market::open().await;
    market.all_say("USDT", 1.0);
    market.of(Source::Kraken).set_usd("ETH", 3_029.0);
    market.of(Source::Binance).set_usd("ETH", 2_971.0);
    let reason = market.reading("ETH", market.now()).await.unwrap_err();
    assert!(reason.contains("kraken says $3029, binance says $2971"), "{reason}");
}

#[tokio::test]
async fn one_source_alone_is_not_enough_unless_the_operator_says_so() {
    let mut single = assets();
    single.get_mut(&AssetId::new("ETH")).unwrap().kraken = None;
    single.get_mut(&AssetId::new("ETH")).unwrap().binance = None;
    let market = Market::with(single.clone(), |_| {}).await;
    let reason = market.reading("ETH", market.now()).await.unwrap_err();
    assert_eq!(reason, "only 1 source(s) have a usable price of ETH, 2 must agree");
    let lenient = Market::with(single, |config| config.min_sources = 1).await;
    assert_eq!(lenient.reading("ETH", lenient.now()).await.unwrap().agreeing, 1);
}

#[tokio::test]
async fn an_asset_no_source_knows_has_no_price() {
    let mut unknown = assets();
    unknown.insert(AssetId::new("DAI"), AssetConfig::default());
    let market = Market::with(unknown, |config| config.min_sources = 0).await;
    assert_eq!(market.reading("DAI", market.now()).await.unwrap_err(), "no usable price of DAI");
}

#[tokio::test]
async fn a_stablecoin_off_its_peg_has_no_price_at_either_side_of_the_band() {
    for (price, holds) in [(0.995, true), (0.994999, false), (1.005, true), (1.005001, false), (0.87, false)]
    {
        let mut coins = assets();
        coins.get_mut(&AssetId::new("USDC")).unwrap().binance = None;
        let market = Market::with(coins, |_| {}).await;
        market.all_say("USDC", price);
        let reading = market.reading("USDC", market.now()).await;
        assert_eq!(reading.is_ok(), holds, "{price}: {reading:?}");
        if let Err(reason) = reading {
            assert!(reason.contains("USDC is depegged"), "{reason}");
        }
    }
}

#[tokio::test]
async fn one_source_outside_the_band_is_enough() {
    let market = Market::open().await;
    market.of(Source::Coingecko).set_usd("USDC", 0.9955);
    market.of(Source::Kraken).set_usd("USDC", 0.9945);
    market.of(Source::Binance).set_usd("USDC", 0.9955);
    let reason = market.reading("USDC", market.now()).await.unwrap_err();
    assert_eq!(reason, "USDC is depegged: kraken says $0.9945, allowed is $1 ± 0.5 %");
}

#[tokio::test]
async fn a_band_and_a_tolerance_of_nothing_want_equality() {
    let mut coins = assets();
    let usdc = coins.get_mut(&AssetId::new("USDC")).unwrap();
    usdc.depeg_band = Some(Percent::from_ppm(0));
    usdc.binance = None;
    let market = Market::with(coins, |config| config.tolerance = Percent::from_ppm(0)).await;
    assert!(market.reading("USDC", market.now()).await.is_ok());
}

#[tokio::test]
async fn a_price_that_is_null_or_empty_is_no_price() {
    let market = Market::open().await;
    let void = |source| {
        market.of(source).set(|settings| {
            settings.void.insert("ETH".to_owned());
        });
    };
    void(Source::Coingecko);
    let prices = market.prices(market.now()).await;
    assert_eq!(prices[&AssetId::new("ETH")].as_ref().unwrap().source, "kraken");
    assert_eq!(prices[&AssetId::new("USDC")].as_ref().unwrap().source, "coingecko");

    void(Source::Kraken);
    let reason = market.reading("ETH", market.at(300)).await.unwrap_err();
    assert!(reason.contains("only 1 source(s)"), "{reason}");
    assert!(reason.contains("coingecko: no price in its answer; kraken: no price in its answer"), "{reason}");

    void(Source::Binance);
    let reason = market.reading("ETH", market.at(600)).await.unwrap_err();
    assert!(reason.starts_with("no usable price of ETH"), "{reason}");
}
