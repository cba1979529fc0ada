//! The same over HTTP.

use alloy::primitives::{Address, Bytes};
use devnet::Devnet;
use devnet::artifacts::Artifacts;
use devnet::manifest::MarketKind;
use serde_json::{Value, json};

use crate::quotes::quote;
use crate::{find, start, worth};

async fn post(devnet: &Devnet, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}{path}", devnet.manifest.control_url);
    let reply = devnet::rpc::http().post(url).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

#[tokio::test]
async fn prices_are_moved_by_index_address_and_id() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (index, v4) = find(chain, MarketKind::V4, false);
    let (_, v2) = find(chain, MarketKind::V2, true);
    let amount = worth(chain, v4.token0, 500);
    for pool in [json!(index), json!(v4.id.unwrap()), json!(v2.address)] {
        let traded = if pool == json!(v2.address) { &v2 } else { &v4 };
        let expected = quote(chain, traded, true, amount).await;
        let body = json!({"pool": pool, "zero_for_one": true, "amount": amount.to_string()});
        let (status, answer) = post(&devnet, "/chains/base/trade", body).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["amount_in"], json!(amount.to_string()));
        assert_eq!(answer["amount_out"], json!(expected.to_string()));
    }
    for body in [
        json!({"pool": index, "zero_for_one": true}),
        json!({"pool": index, "zero_for_one": true, "amount": "1", "price": 1}),
        json!({"pool": "0x12", "zero_for_one": true, "amount": "1"}),
        json!({"pool": index, "zero_for_one": 1, "amount": "1"}),
    ] {
        let (status, answer) = post(&devnet, "/chains/base/trade", body.clone()).await;
        assert_eq!(status, 422, "{body}: {answer}");
    }
    let body = json!({"pool": 99, "zero_for_one": true, "amount": "1"});
    assert_eq!(post(&devnet, "/chains/base/trade", body).await.0, 502);
}

#[tokio::test]
async fn waiting_trades_liquidity_baits_and_contracts_are_steered() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let ask = async |command: &str, body: Value| {
        let (status, answer) = post(&devnet, &format!("/chains/base/{command}"), body).await;
        assert_eq!(status, 200, "{command}: {answer}");
        answer
    };
    ask("automine", json!({"on": false})).await;
    let trade = |place: Value| json!({"pool": 0, "zero_for_one": true, "amount": "1000000", "place": place});
    let first = ask("queue_trade", trade(json!({"fee": 9_000_000_000u64}))).await;
    let second = ask("queue_trade", trade(json!({"before": first["tx_hash"]}))).await;
    let third = ask("queue_trade", trade(json!({"after": first["tx_hash"]}))).await;
    assert_eq!(ask("waiting", json!({})).await.as_array().unwrap().len(), 3);
    ask("mine", json!({"blocks": 1})).await;
    let block = chain.rpc().call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["transactions"], json!([second["tx_hash"], first["tx_hash"], third["tx_hash"]]));
    let traded = ask("traded", json!({"tx_hash": third["tx_hash"]})).await;
    assert_eq!(traded["amount_in"], json!("1000000"));
    ask("automine", json!({"on": true})).await;

    let (index, v3) = find(chain, MarketKind::V3, true);
    ask("liquidity", json!({"pool": v3.address, "ppm": 0})).await;
    let empty = chain.read(v3.address, &devnet::abi::IUniswapV3::liquidityCall {}).await.unwrap();
    assert_eq!(empty, 0);
    let at = Address::repeat_byte(0xbc);
    ask("bait", json!({"at": at, "like": index, "price_ppm": 1_100_000})).await;
    assert_eq!(chain.read(at, &devnet::abi::IBaitPool::token0Call {}).await.unwrap(), v3.token0);
    let code: Bytes = Artifacts::default().creation("FarmToken").unwrap();
    let answer = ask("deploy", json!({"from": devnet.wallet(), "code": code})).await;
    assert_eq!(answer["address"], json!(devnet.wallet().create(0)));
}
