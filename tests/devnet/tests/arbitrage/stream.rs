//! Logs by range, and heads and logs as they come.

use std::time::Duration;

use alloy::primitives::U256;
use alloy::sol_types::SolEvent;
use devnet::abi::IPoolManager;
use devnet::manifest::MarketKind;
use devnet::proxy::WebSocket;
use devnet::{Chain, PoolRef, Rpc, Trade};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::websocket::{Client, topics};
use crate::{find, start};

/// Long enough for anything that comes at all.
const SOON: Duration = Duration::from_secs(10);

async fn move_price(chain: &Chain) -> Value {
    let (index, _) = find(chain, MarketKind::V4, false);
    let trade = Trade { pool: PoolRef::Index(index), zero_for_one: true, amount: U256::from(1_000_000) };
    json!(chain.trade(trade).await.unwrap().tx_hash)
}

#[tokio::test]
async fn logs_are_served_by_range_to_whoever_asks() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let mut hashes = Vec::new();
    for _ in 0..3 {
        hashes.push(move_price(chain).await);
    }
    let head = chain.latest().await.unwrap();
    let logs = async |url: &str, from: u64, to: u64| {
        let filter = json!({
            "fromBlock": format!("0x{from:x}"), "toBlock": format!("0x{to:x}"),
            "address": chain.arbitrage().unwrap().pool_manager,
            "topics": [IPoolManager::Swap::SIGNATURE_HASH],
        });
        Rpc::new(url).call("eth_getLogs", json!([filter])).await.unwrap()
    };
    for url in [&chain.info().node_url, &chain.info().rpc[0], &chain.info().rpc[1]] {
        let found = logs(url, head - 2, head).await;
        let found: Vec<&Value> =
            found.as_array().unwrap().iter().map(|log| &log["transactionHash"]).collect();
        assert_eq!(found, hashes.iter().collect::<Vec<_>>());
        let middle = logs(url, head - 1, head - 1).await;
        assert_eq!(middle.as_array().unwrap().len(), 1);
        assert_eq!(middle[0]["transactionHash"], hashes[1]);
    }
    devnet.proxy("base", 0).set(|settings| settings.lag = 1);
    let behind = logs(&chain.info().rpc[0], head - 2, head - 1).await;
    assert_eq!(behind.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn heads_and_logs_are_streamed_by_the_node_and_its_providers() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    for url in [&chain.info().ws_url, &chain.info().ws[0]] {
        let mut client = Client::connect(url).await.unwrap();
        let heads = client.call("eth_subscribe", json!(["newHeads"])).await.unwrap();
        let filter = topics(IPoolManager::Swap::SIGNATURE_HASH);
        let logs = client.call("eth_subscribe", json!(["logs", filter])).await.unwrap();
        let hash = move_price(chain).await;
        let log = timeout(SOON, client.next(&logs)).await.unwrap().unwrap();
        assert_eq!(log["transactionHash"], hash);
        assert_eq!(log["address"], json!(chain.arbitrage().unwrap().pool_manager));
        let head = timeout(SOON, client.next(&heads)).await.unwrap().unwrap();
        assert_eq!(devnet::rpc::quantity(&head["number"]), Some(chain.latest().await.unwrap()));
        assert_eq!(head["hash"], log["blockHash"]);
    }
    assert_eq!(devnet.proxy("base", 0).websockets(), 1);
    assert_eq!(devnet.proxy("base", 1).websockets(), 0);
}

#[tokio::test]
async fn a_provider_cuts_refuses_and_stalls_its_connections() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (url, proxy) = (chain.info().ws[0].clone(), devnet.proxy("base", 0));
    let number = async |client: &mut Client| client.call("eth_blockNumber", json!([])).await;

    let mut client = Client::connect(&url).await.unwrap();
    number(&mut client).await.unwrap();
    let control = format!("{}/proxies/base/a/cut", devnet.manifest.control_url);
    assert!(devnet::rpc::http().post(control).send().await.unwrap().status().is_success());
    assert!(timeout(SOON, client.read()).await.unwrap().is_err(), "the connection is still open");
    let mut client = Client::connect(&url).await.unwrap();
    number(&mut client).await.unwrap();

    proxy.set(|settings| settings.websocket = WebSocket::Stall);
    let heads = json!(["newHeads"]);
    client.send("eth_subscribe", heads.clone()).await.unwrap();
    assert!(timeout(Duration::from_millis(300), client.read()).await.is_err(), "it does not stall");
    assert!(Rpc::new(&chain.info().rpc[0]).call("eth_blockNumber", json!([])).await.is_ok());
    proxy.set(|settings| settings.websocket = WebSocket::Forward);
    assert!(timeout(SOON, client.read()).await.unwrap().unwrap()["result"].is_string());

    proxy.set(|settings| settings.websocket = WebSocket::Refuse);
    assert!(timeout(SOON, client.read()).await.unwrap().is_err(), "the connection is still open");
    assert!(Client::connect(&url).await.is_err());
    assert!(Rpc::new(&chain.info().rpc[0]).call("eth_blockNumber", json!([])).await.is_ok());
    proxy.set(|settings| settings.websocket = WebSocket::Forward);
    let begun = std::time::Instant::now();
    // The port opens as soon as the relay has it again.
    let mut client = loop {
        match Client::connect(&url).await {
            Ok(client) => break client,
            Err(error) => assert!(begun.elapsed() < SOON, "{error}"),
        }
    };
    number(&mut client).await.unwrap();
    // A provider that refuses everything refuses this too.
    proxy.set(|settings| settings.fault = devnet::misbehave::Fault::Refuse);
    assert!(timeout(SOON, client.read()).await.unwrap().is_err(), "the connection is still open");
}

/// Unlike others, this node does not send the logs of the old blocks again as `removed`.
#[tokio::test]
async fn a_reorganisation_is_streamed_as_other_heads_of_the_same_numbers() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let mut client = Client::connect(&chain.info().ws[0]).await.unwrap();
    let heads = client.call("eth_subscribe", json!(["newHeads"])).await.unwrap();
    let logs = client
        .call("eth_subscribe", json!(["logs", topics(IPoolManager::Swap::SIGNATURE_HASH)]))
        .await
        .unwrap();
    let hash = move_price(chain).await;
    let first = timeout(SOON, client.next(&logs)).await.unwrap().unwrap();
    let old = timeout(SOON, client.next(&heads)).await.unwrap().unwrap();
    chain.reorg(1, true).await.unwrap();
    let new = timeout(SOON, client.next(&heads)).await.unwrap().unwrap();
    assert_eq!(new["number"], old["number"]);
    assert_ne!(new["hash"], old["hash"]);
    let again = timeout(SOON, client.next(&logs)).await.unwrap().unwrap();
    assert_eq!((&first["transactionHash"], &again["transactionHash"]), (&hash, &hash));
    assert_eq!((&first["blockHash"], &again["blockHash"]), (&old["hash"], &new["hash"]));
    assert_eq!(again["removed"], json!(false));
    let filter = json!({ "blockHash": new["hash"] });
    let found = Rpc::new(&chain.info().rpc[0]).call("eth_getLogs", json!([filter])).await.unwrap();
    assert!(found.as_array().unwrap().iter().any(|log| log["logIndex"] == again["logIndex"]));
}
