//! The control endpoint steers the same servers as the handles do.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use devnet::control::{Control, ControlConfig};
use devnet::manifest::{ChainInfo, ChainKind};
use devnet::misbehave::Fault;
use devnet::oneinch::{OneInch, OneInchSettings, Twist};
use devnet::prices::{PriceSettings, Prices, Source};
use devnet::proxy::{Proxy, ProxySettings};
use devnet::{Chain, Rpc};
use serde_json::{Value, json};

use crate::iris::iris;
use crate::stub::{Stub, ask};

/// A chain handle on a stub node: contracts are nowhere.
fn chain(stub: &Stub) -> Chain {
    let nowhere = Address::ZERO;
    let info = ChainInfo {
        chain_id: 31_338,
        domain: 6,
        kind: ChainKind::OpStack,
        rpc: Vec::new(),
        ws: Vec::new(),
        ws_url: String::new(),
        node_url: stub.url.clone(),
        block_time: None,
        multicall3: nowhere,
        weth: nowhere,
        usdc: nowhere,
        usdt: nowhere,
        token_messenger: nowhere,
        message_transmitter: nowhere,
        token_minter: nowhere,
        uniswap_v2_factory: nowhere,
        uniswap_v2_router: None,
        uniswap_v3_factory: nowhere,
        quoter_v2: nowhere,
        swap_router02: nowhere,
        aggregation_router: nowhere,
        pools: Vec::new(),
        gas_price_oracle: None,
        node_interface: None,
        arbitrage: None,
    };
    Chain::new("base", Rpc::new(stub.url.clone()), info, nowhere, 0)
}

async fn post(url: &str, body: Value) -> (u16, Value) {
    let reply = devnet::rpc::http().post(url).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

#[tokio::test]
async fn every_server_is_steered_strictly_and_healed() {
    let (iris, base, _ethereum) = iris().await;
    base.with(|chain| chain.results.insert("anvil_mine", Value::Null));
    let prices = Prices::start(Source::Kraken, PriceSettings::default()).await.unwrap();
    let [a, b] = [
        Proxy::start(&base.url, ProxySettings::default()),
        Proxy::start(&base.url, ProxySettings::default()),
    ];
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    let chain = chain(&base);
    let oneinch = OneInch::start([&chain]).await.unwrap();
    let control = Control::start(ControlConfig {
        chains: BTreeMap::from([("base".to_owned(), chain)]),
        iris: iris.handle(),
        oneinch: oneinch.handle(),
        prices: BTreeMap::from([(Source::Kraken, prices.handle())]),
        proxies: BTreeMap::from([("base".to_owned(), vec![a.handle(), b.handle()])]),
    });
    let control = control.await.unwrap();
    let at = |path: &str| format!("{}{path}", control.url());

    let (status, body) = post(&at("/proxies/base/b"), json!({ "lag": 2, "fault": "hang" })).await;
    assert_eq!((status, &body[0]["lag"]), (200, &json!(2)));
    assert_eq!(b.handle().settings().fault, Fault::Hang);
    assert_eq!(a.handle().settings(), ProxySettings::default());
    assert_eq!(post(&at("/proxies/base/all"), json!({ "lag": 7 })).await.0, 200);
    assert_eq!((a.handle().settings().lag, b.handle().settings().lag), (7, 7));
    assert_eq!(post(&at("/iris"), json!({ "message_mode": "pending" })).await.0, 200);
    assert_eq!(post(&at("/oneinch"), json!({ "twist": "no_minimum" })).await.0, 200);
    assert_eq!(oneinch.handle().settings().twist, Twist::NoMinimum);
    assert_eq!(post(&at("/prices/kraken"), json!({ "usd": { "USDC": 0.9 } })).await.0, 200);
    assert_eq!(prices.handle().settings().usd, BTreeMap::from([("USDC".to_owned(), 0.9)]));

    for (path, body, status) in [
        ("/proxies/base/a", json!({ "lags": 2 }), 422),
        ("/proxies/base/c", json!({}), 404),
        ("/proxies/mars/a", json!({}), 404),
        ("/prices/binance", json!({}), 404),
        ("/iris", json!({ "tamper": "amounts" }), 422),
        ("/oneinch", json!({ "twist": "none" }), 422),
        ("/chains/base/mine", json!({ "blocks": "3" }), 422),
        ("/chains/base/mine", json!({ "blocks": 3, "more": 1 }), 422),
        ("/chains/base/undermine", json!({}), 422),
        ("/chains/mars/mine", json!({ "blocks": 3 }), 404),
        ("/chains/base/base_fee", json!({ "wei": 1 }), 502),
    ] {
        let (got, answer) = post(&at(path), body).await;
        assert_eq!(got, status, "{path}: {answer}");
        assert!(answer["error"].is_string(), "{path}: {answer}");
    }
    assert_eq!(post(&at("/chains/base/mine"), json!({ "blocks": 3 })).await, (200, Value::Null));
    assert_eq!(base.last("anvil_mine"), json!(["0x3"]));

    assert_eq!(post(&at("/heal"), json!({})).await.0, 200);
    assert_eq!(b.handle().settings(), ProxySettings::default());
    assert_eq!(iris.handle().settings(), devnet::iris::IrisSettings::default());
    assert_eq!(oneinch.handle().settings(), OneInchSettings::default());
    assert_eq!(prices.handle().settings(), PriceSettings::default());
    assert_eq!(ask(&at("/proxies/base/a/sent")).await, (200, json!([])));
}
