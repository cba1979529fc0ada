//! The chain as it starts: balances, slots and commitments.

use std::time::{Duration, Instant};

use devnet::Rpc;
use devnet_solana::{Network, Options};
use serde_json::{Value, json};

async fn slot(rpc: &Rpc, commitment: &str) -> u64 {
    rpc.call("getSlot", json!([{ "commitment": commitment }])).await.unwrap().as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wallet_starts_with_its_balances() {
    let network = Network::start(Options { slot_ms: 50, ..Options::default() }).await.unwrap();
    let (rpc, manifest) = (network.rpc(), &network.manifest);
    let lamports = rpc.call("getBalance", json!([manifest.wallet.address])).await.unwrap();
    assert_eq!(lamports["value"], 100_000_000_000_u64);
    for (name, amount, program) in [
        ("usdc", "100000000000", "spl-token"),
        ("usdt", "50000000000", "spl-token"),
        ("fee", "1000000000", "spl-token-2022"),
    ] {
        let mint = &manifest.mints[name];
        let balance = rpc.call("getTokenAccountBalance", json!([mint.wallet_account])).await.unwrap();
        assert_eq!(balance["value"]["amount"], amount, "{name}");
        assert_eq!(balance["value"]["decimals"], 6);
        let filter = json!([manifest.wallet.address, { "mint": mint.address }, { "encoding": "jsonParsed" }]);
        let held = rpc.call("getTokenAccountsByOwner", filter).await.unwrap();
        let held = held["value"].as_array().unwrap().clone();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0]["pubkey"], mint.wallet_account);
        assert_eq!(held[0]["account"]["data"]["program"], program);
    }
    let options = json!([manifest.mints["fee"].address, { "encoding": "jsonParsed" }]);
    let fee: Value = rpc.call("getAccountInfo", options).await.unwrap();
    let extension = &fee["value"]["data"]["parsed"]["info"]["extensions"][0];
    assert_eq!(extension["extension"], "transferFeeConfig");
    assert_eq!(extension["state"]["newerTransferFee"]["transferFeeBasisPoints"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_pass_and_become_final() {
    let network = Network::start(Options { slot_ms: 20, ..Options::default() }).await.unwrap();
    let rpc = network.rpc();
    let first = slot(&rpc, "processed").await;
    let begun = Instant::now();
    while slot(&rpc, "finalized").await <= first {
        assert!(begun.elapsed() < Duration::from_secs(20), "slot {first} is never final");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(slot(&rpc, "processed").await >= first + 31);
    let latest = rpc.call("getLatestBlockhash", json!([{ "commitment": "processed" }])).await.unwrap();
    let height = rpc.call("getBlockHeight", json!([{ "commitment": "processed" }])).await.unwrap();
    let (last, height) =
        (latest["value"]["lastValidBlockHeight"].as_u64().unwrap(), height.as_u64().unwrap());
    assert!((140..=151).contains(&(last - height)), "valid until {last}, at {height}");
    let blockhash = latest["value"]["blockhash"].clone();
    let valid = json!([blockhash, { "commitment": "processed" }]);
    assert_eq!(rpc.call("isBlockhashValid", valid.clone()).await.unwrap()["value"], true);
    while rpc.call("isBlockhashValid", valid.clone()).await.unwrap()["value"] == true {
        assert!(begun.elapsed() < Duration::from_secs(60), "the blockhash never expires");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let height = rpc.call("getBlockHeight", json!([{ "commitment": "processed" }])).await.unwrap();
    assert!(height.as_u64().unwrap() >= last, "expired before {last}, at {height}");
}
