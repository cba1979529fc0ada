//! What the RPC providers can be told to do.

use std::time::{Duration, Instant};

use devnet::misbehave::Fault;
use devnet_solana::client::Client;
use devnet_solana::genesis::{USDC_MINT, USDT_MINT};
use devnet_solana::proxy::{Fate, ProxySettings, Sending, Statuses, sent};
use devnet_solana::steer::Steer;
use devnet_solana::{Error, Network};
use serde_json::{Value, json};
use solana_signer::Signer;

use crate::support::{start, usdc};

fn client(network: &Network) -> Client {
    Client::new(&network.manifest.rpc[0])
}

fn set(network: &Network, change: impl FnOnce(&mut ProxySettings)) {
    network.proxies[0].handle().set(change);
}

/// Pays one unit of USDC to the wallet's own account and answers the signature.
async fn pay(network: &Network, client: &Client, units: u64) -> Result<String, Error> {
    let (wallet, account) = (network.wallet(), usdc(network));
    let transfer = USDC_MINT.transfer(&account, &account, &wallet.pubkey(), units);
    let transaction = network.client().build(&[transfer], &[wallet], &[]).await?;
    client.send(&transaction, false).await
}

async fn number(client: &Client, method: &str) -> u64 {
    let reply = client.rpc().call(method, json!([{ "commitment": "processed" }])).await.unwrap();
    reply.as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_provider_passes_everything_but_the_nodes_own_methods() {
    let network = start().await;
    let client = client(&network);
    let signature = pay(&network, &client, 1).await.unwrap();
    client.confirm(&signature).await.unwrap();
    assert_eq!(sent(&network.proxies[0].handle())[0].fate, Fate::Forwarded);
    let cheat = client.rpc().call("surfnet_getSurfnetInfo", json!([])).await;
    assert!(cheat.unwrap_err().to_string().contains("-32601"));
    let missing: Value = client
        .rpc()
        .call("getAccountInfo", json!([USDT_MINT.ata(&USDC_MINT.address).to_string()]))
        .await
        .unwrap();
    assert!(missing["value"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_lost_held_and_denied() {
    let network = start().await;
    let client = client(&network);
    set(&network, |settings| settings.send = Sending::Drop { dropped: 1, of: 2 });
    let lost = pay(&network, &client, 1).await.unwrap();
    let landed = pay(&network, &client, 2).await.unwrap();
    client.confirm(&landed).await.unwrap();
    assert!(client.status(&lost).await.unwrap().is_null());

    set(&network, |settings| settings.send = Sending::Hold);
    let held = pay(&network, &client, 3).await.unwrap();
    assert!(client.status(&held).await.unwrap().is_null());
    assert_eq!(network.proxies[0].releaser().release().await, [json!(held)]);
    client.confirm(&held).await.unwrap();
    assert!(network.proxies[0].releaser().release().await.is_empty());

    set(&network, |settings| settings.send = Sending::ForwardThenWrongSignature);
    let wrong = pay(&network, &client, 4).await.unwrap();
    let fates: Vec<_> = sent(&network.proxies[0].handle()).into_iter().map(|sent| sent.fate).collect();
    assert_eq!(fates, [Fate::Lost, Fate::Forwarded, Fate::Forwarded, Fate::Forwarded]);
    let honest = sent(&network.proxies[0].handle())[3].signature.clone();
    assert_ne!(wrong, honest);
    client.confirm(&honest).await.unwrap();
    let failure = devnet::proxy::RpcFailure { code: -32_005, message: "Node is behind".into(), data: None };
    set(&network, |settings| settings.send = Sending::Reject(failure));
    assert!(pay(&network, &client, 5).await.unwrap_err().to_string().contains("Node is behind"));
}

#[tokio::test(flavor = "multi_thread")]
async fn heights_slots_and_statuses_can_be_lies() {
    let network = start().await;
    let (client, node) = (client(&network), network.client());
    let signature = pay(&network, &client, 1).await.unwrap();
    client.confirm(&signature).await.unwrap();
    set(&network, |settings| {
        settings.height_shift = 10_000;
        settings.slot_shift = 20_000;
        settings.last_valid_shift = -150;
    });
    assert!(number(&client, "getBlockHeight").await >= 10_000);
    assert!(number(&client, "getSlot").await >= number(&node, "getSlot").await + 19_990);
    let true_height = number(&node, "getBlockHeight").await;
    assert!(client.blockhash().await.unwrap().1 <= true_height + 10);
    for (lie, status) in [(Statuses::Missing, Value::Null), (Statuses::Invented, json!("finalized"))] {
        set(&network, |settings| settings.statuses = lie);
        assert_eq!(client.status(&signature).await.unwrap()["confirmationStatus"], status);
    }
    set(&network, |settings| settings.statuses = Statuses::Failed);
    assert!(matches!(client.confirm(&signature).await, Err(Error::Transaction { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_can_lag_freeze_and_be_away() {
    let network = start().await;
    let (client, node) = (client(&network), network.client());
    while number(&node, "getSlot").await < 80 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    set(&network, |settings| settings.lag = 40);
    let signature = pay(&network, &client, 1).await.unwrap();
    node.confirm(&signature).await.unwrap();
    assert!(client.status(&signature).await.unwrap().is_null(), "40 slots ago it was not there");
    let (old, height) = client.blockhash().await.unwrap();
    let (new, newest) = node.blockhash().await.unwrap();
    assert!(old != new && height + 30 < newest, "{height} against {newest}");
    let slot = number(&node, "getSlot").await;
    let wanted = json!([{ "commitment": "processed", "minContextSlot": slot }]);
    let refused = client.rpc().call("getSlot", wanted).await.unwrap_err().to_string();
    assert!(refused.contains("-32016"), "{refused}");
    client.confirm(&signature).await.unwrap();

    set(&network, |settings| *settings = ProxySettings { frozen: true, ..ProxySettings::default() });
    let first = number(&client, "getSlot").await;
    while number(&node, "getSlot").await < first + 3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(number(&client, "getSlot").await, first);
    set(&network, |settings| settings.frozen = false);
    assert!(number(&client, "getSlot").await >= first + 3);

    set(&network, |settings| settings.fault = Fault::Refuse);
    assert!(client.blockhash().await.is_err());
    assert!(Client::new(&network.manifest.rpc[1]).blockhash().await.is_ok());
    set(&network, |settings| settings.fault = Fault::Healthy);
    let begun = Instant::now();
    while client.blockhash().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "the provider does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
