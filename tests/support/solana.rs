//! What happened on the Solana chain, by the chain itself.

use devnet::SolanaChain;
use purser::config::jupiter::AGGREGATOR;
use serde_json::{Value, json};

/// Calls that succeeded and named the wallet's USDC account, whoever made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Burns by CCTP.
    pub burns: usize,
    /// Messages received.
    pub mints: usize,
    /// Swaps by the aggregator.
    pub swaps: usize,
}

/// Counts the calls. Every burn, mint and swap of these tests names the wallet's USDC account.
pub async fn calls(solana: &SolanaChain) -> Calls {
    let manifest = solana.manifest();
    let account = &manifest.mints["usdc"].wallet_account;
    let options = json!({ "commitment": "confirmed" });
    let history = solana.rpc().call("getSignaturesForAddress", json!([account, options])).await.unwrap();
    let mut calls = Calls::default();
    for entry in history.as_array().expect("a history").iter().filter(|entry| entry["err"].is_null()) {
        for program in programs(solana, &entry["signature"]).await {
            calls.burns += usize::from(program == manifest.cctp.token_messenger_minter);
            calls.mints += usize::from(program == manifest.cctp.message_transmitter);
            calls.swaps += usize::from(program == AGGREGATOR.to_string());
        }
    }
    let departed = solana.departures(0).await.unwrap().messages.len();
    assert_eq!(calls.burns, departed, "every burn sends one message");
    calls
}

/// The programs that a transaction calls itself.
async fn programs(solana: &SolanaChain, signature: &Value) -> Vec<String> {
    let options =
        json!({ "encoding": "json", "commitment": "confirmed", "maxSupportedTransactionVersion": 0 });
    let reply = solana.rpc().call("getTransaction", json!([signature, options])).await.unwrap();
    let message = &reply["transaction"]["message"];
    let called = message["instructions"].as_array().expect("instructions");
    let index = |call: &Value| usize::try_from(call["programIdIndex"].as_u64().unwrap()).unwrap();
    called.iter().map(|call| message["accountKeys"][index(call)].as_str().unwrap().to_owned()).collect()
}

/// The height of the newest block.
pub async fn height(solana: &SolanaChain) -> u64 {
    let reply = solana.rpc().call("getBlockHeight", json!([{ "commitment": "processed" }])).await.unwrap();
    reply.as_u64().expect("a height")
}
