//! The price servers: the live shapes, and their failures.

use devnet::misbehave::Fault;
use devnet::prices::{PriceSettings, Prices, Source};
use serde_json::{Value, json};

use crate::stub::ask;

async fn start(source: Source) -> Prices {
    Prices::start(source, PriceSettings::default()).await.unwrap()
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

#[tokio::test]
async fn coingecko_leaves_unknown_ids_out_and_dates_its_prices() {
    let prices = start(Source::Coingecko).await;
    let url = format!(
        "{}/api/v3/simple/price?ids=usd-coin,tether,nonsense&vs_currencies=usd&include_last_updated_at=true",
        prices.url()
    );
    let body = ask(&url).await.1;
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(body["usd-coin"]["usd"], json!(1.0));
    assert_eq!(body["tether"]["usd"], json!(0.9998));
    prices.handle().set(|settings| settings.age_s = 3_600);
    prices.handle().set_usd("USDC", 0.87);
    let body = ask(&url).await.1;
    assert_eq!(body["usd-coin"]["usd"], json!(0.87));
    let age = now() - body["usd-coin"]["last_updated_at"].as_i64().unwrap();
    assert!((3_600..3_660).contains(&age), "age is {age}");
    prices.handle().set(|settings| {
        settings.usd.remove("USDC");
        settings.void.insert("USDT".to_owned());
    });
    let body = ask(&url).await.1;
    assert_eq!((body.get("usd-coin"), &body["tether"]["usd"]), (None, &Value::Null));
    assert_eq!(prices.handle().requests(), 3);
}

#[tokio::test]
async fn kraken_renames_pairs_and_fails_with_http_200() {
    let prices = start(Source::Kraken).await;
    let url = format!("{}/0/public/Ticker?pair=USDCUSD,USDTUSD", prices.url());
    let body = ask(&url).await.1;
    assert_eq!(body["error"], json!([]));
    let result = body["result"].as_object().unwrap();
    assert_eq!(result.keys().collect::<Vec<_>>(), ["USDCUSD", "USDTZUSD"]);
    assert_eq!(result["USDCUSD"]["a"][0], "1.00005");
    assert_eq!(result["USDCUSD"]["b"][0], "0.99995");
    let (status, body) = ask(&format!("{}/0/public/Ticker?pair=NOPE", prices.url())).await;
    assert_eq!((status, &body["error"][0]), (200, &json!("EQuery:Unknown asset pair")));
    prices.handle().patch(json!({ "errors": ["EService:Unavailable"] })).unwrap();
    let (status, body) = ask(&url).await;
    assert_eq!((status, body), (200, json!({ "error": ["EService:Unavailable"] })));
}

#[tokio::test]
async fn binance_quotes_in_tether() {
    let prices = start(Source::Binance).await;
    prices.handle().set_usd("USDT", 0.5);
    let one = ask(&format!("{}/api/v3/ticker/price?symbol=USDCUSDT", prices.url())).await.1;
    assert_eq!(one, json!({ "symbol": "USDCUSDT", "price": "2.00000000" }));
    let list =
        format!("{}/api/v3/ticker/bookTicker?symbols=%5B%22USDCUSDT%22,%22ETHUSDT%22%5D", prices.url());
    let list = ask(&list).await.1;
    assert_eq!(
        (list[0]["bidPrice"].as_str(), list[1]["askPrice"].as_str()),
        (Some("1.99990000"), Some("6000.30000000"))
    );
    let (status, body) = ask(&format!("{}/api/v3/ticker/price?symbol=USDTUSDT", prices.url())).await;
    assert_eq!((status, &body["code"]), (400, &json!(-1121)));
    prices.handle().set(|settings| settings.fault = Fault::Status { code: 418, retry_after: None });
    assert_eq!(ask(&format!("{}/api/v3/ticker/price?symbol=USDCUSDT", prices.url())).await.0, 418);
}
