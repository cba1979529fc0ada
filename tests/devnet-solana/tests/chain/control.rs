//! The control endpoint.

use std::time::{Duration, Instant};

use devnet::rpc::http;
use devnet_solana::Network;
use devnet_solana::cctp::accounts::MessageTransmitter;
use devnet_solana::cctp::instructions::deposit_for_burn;
use devnet_solana::cctp::messenger::Deposit;
use devnet_solana::cctp::pda;
use devnet_solana::genesis::{USDC_MINT, USDT_MINT, WHOLE, fee_mint};
use devnet_solana::ids::{STRANGER, USDC};
use devnet_solana::pool::POOLS;
use devnet_solana::program::State;
use devnet_solana::token::{Holding, supply};
use serde_json::{Value, json};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::support::{refused, start};

async fn post(network: &Network, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/{path}", network.manifest.control_url);
    let reply = http().post(url).json(&body).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

async fn get(network: &Network, path: &str) -> Value {
    let url = format!("{}/{path}", network.manifest.control_url);
    http().get(url).send().await.unwrap().json().await.unwrap()
}

async fn change(network: &Network, command: &str, body: Value) {
    let (status, reply) = post(network, &format!("chain/{command}"), body).await;
    assert_eq!(status, 200, "{command}: {reply}");
}

fn held(network: &Network, account: &Pubkey) -> Option<Holding> {
    let stored = network.state().account(account)?;
    Holding::parse(&stored.owner, &stored.data)
}

#[tokio::test(flavor = "multi_thread")]
async fn balances_change_on_command() {
    let network = start().await;
    let (wallet, client) = (network.wallet().pubkey().to_string(), network.client());
    let stranger = STRANGER.to_string();
    let total = || supply(&network.state().account(&USDC).unwrap().data).unwrap();
    let before = total();
    change(&network, "native", json!({ "account": stranger, "lamports": 12_345 })).await;
    let balance =
        client.rpc().call("getBalance", json!([stranger, { "commitment": "processed" }])).await.unwrap();
    assert_eq!(balance["value"], 12_345);
    change(&network, "mint", json!({ "asset": "usdc", "to": stranger, "amount": 77 })).await;
    assert_eq!(held(&network, &USDC_MINT.ata(&STRANGER)).unwrap().amount, 77);
    assert_eq!(total(), before + 77);
    change(&network, "drain", json!({ "asset": "usdc", "account": stranger })).await;
    assert_eq!((held(&network, &USDC_MINT.ata(&STRANGER)).unwrap().amount, total()), (0, before));
    change(&network, "close", json!({ "asset": "usdc", "account": stranger })).await;
    assert!(held(&network, &USDC_MINT.ata(&STRANGER)).is_none());
    change(&network, "custody", json!({ "amount": 5 })).await;
    assert_eq!(held(&network, &pda::custody(&USDC)).unwrap().amount, 5);
    change(&network, "reserves", json!({ "pool": "Shallow", "a": 10, "b": 20 })).await;
    let (_, pool) = POOLS[1].pool();
    assert_eq!(held(&network, &pool.vault_b).unwrap().amount, 20);

    let owner = network.wallet();
    let account = USDT_MINT.ata(&owner.pubkey());
    let transfer = USDT_MINT.transfer(&account, &account, &owner.pubkey(), 1);
    change(&network, "freeze", json!({ "asset": "usdt", "account": wallet, "on": true })).await;
    // SPL Token's own error for a frozen account.
    refused(client.run(std::slice::from_ref(&transfer), &[owner], &[]).await, "custom program error: 0x11");
    change(&network, "freeze", json!({ "asset": "usdt", "account": wallet, "on": false })).await;
    client.run(&[transfer], &[owner], &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fee_token_pays_less_than_was_sent() {
    let network = start().await;
    let (owner, client, mint) = (network.wallet(), network.client(), fee_mint());
    for (bps, sent, got) in [(100, 10_000, 9_900), (250, 10_000, 9_750)] {
        change(&network, "transfer_fee", json!({ "bps": bps })).await;
        let other = Keypair::new().pubkey();
        let setup = mint.create_ata(&owner.pubkey(), &other);
        let transfer = mint.transfer(&mint.ata(&owner.pubkey()), &mint.ata(&other), &owner.pubkey(), sent);
        client.run(&[setup, transfer], &[owner], &[]).await.unwrap();
        assert_eq!(client.tokens(&mint.ata(&other)).await.unwrap(), Some(got));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cctp_changes_on_command() {
    let network = start().await;
    let state = || {
        let stored = network.state().account(&pda::message_transmitter()).unwrap();
        MessageTransmitter::from_data(&stored.data).unwrap()
    };
    change(&network, "pause_transmitter", json!({ "on": true })).await;
    assert!(state().paused);
    change(&network, "pause_transmitter", json!({ "on": false })).await;
    change(&network, "threshold", json!({ "signatures": 1 })).await;
    assert_eq!((state().paused, state().signature_threshold), (false, 1));
    let attester = network.manifest.cctp.attesters[0].clone();
    change(&network, "attester", json!({ "attester": attester, "on": false })).await;
    assert_eq!(state().enabled_attesters.len(), 1);
    let word = |byte: &str| format!("0x{}", byte.repeat(32));
    let remote = json!({ "domain": 19, "messenger": word("11"), "token": word("22") });
    change(&network, "remote", remote).await;
    assert!(network.state().account(&pda::remote_token_messenger(19)).is_some());
    for (command, body) in [
        ("pause_minter", json!({ "on": true })),
        ("burn_limit", json!({ "amount": 1 })),
        ("min_fee", json!({ "fee": 100 })),
        ("fee_recipient", json!({ "account": STRANGER.to_string() })),
        ("denylist", json!({ "account": STRANGER.to_string(), "on": true })),
        ("pass_time", json!({ "seconds": 60 })),
    ] {
        change(&network, command, body).await;
    }
    assert!(network.state().account(&pda::denylist(&STRANGER)).is_some());
    for (command, body) in [
        ("min_fee", json!({ "fee": -1 })),
        ("mint", json!({ "asset": "dai", "to": STRANGER.to_string(), "amount": 1 })),
        ("native", json!({ "account": "0x00", "lamports": 1 })),
        ("threshold", json!({ "signatures": 1, "extra": 2 })),
        ("explode", json!({})),
    ] {
        assert_eq!(post(&network, &format!("chain/{command}"), body).await.0, 422, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_patched_and_healed() {
    let network = start().await;
    let (status, all) = post(&network, "proxies/all", json!({ "lag": 3, "send": "hold" })).await;
    assert_eq!((status, &all[0]["lag"], &all[1]["send"]), (200, &json!(3), &json!("hold")));
    assert_eq!(post(&network, "proxies/a", json!({ "lagg": 3 })).await.0, 422);
    assert_eq!(post(&network, "proxies/z", json!({})).await.0, 404);
    let (status, jupiter) = post(&network, "jupiter", json!({ "tamper": { "spiked_price": 9 } })).await;
    assert_eq!((status, &jupiter["tamper"]["spiked_price"]), (200, &json!(9)));
    assert_eq!(get(&network, "state").await["proxies"]["b"]["settings"]["lag"], 3);
    post(&network, "heal", json!({})).await;
    let state = get(&network, "state").await;
    assert_eq!(
        (&state["proxies"]["a"]["settings"]["lag"], &state["jupiter"]["settings"]["tamper"]),
        (&json!(0), &Value::Null)
    );
    assert!(state["slots"]["processed"].as_u64() >= state["slots"]["finalized"].as_u64());
    assert_eq!(get(&network, "manifest").await, json!(network.manifest));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_of_a_transaction_are_told_in_order() {
    let network = start().await;
    let owner = network.wallet();
    let deposit = |domain, amount| Deposit {
        amount: amount * WHOLE,
        destination_domain: domain,
        mint_recipient: [1; 32].into(),
        destination_caller: Pubkey::default(),
        max_fee: 0,
        min_finality_threshold: 2_000,
    };
    let mut signatures = Vec::new();
    for (domain, amount) in [(6, 10), (0, 20)] {
        let event = Keypair::new();
        let burn = deposit_for_burn(&owner.pubkey(), &event.pubkey(), &deposit(domain, amount));
        signatures
            .push((network.client().run(&[burn], &[owner, &event], &[]).await.unwrap(), event.pubkey()));
    }
    let begun = Instant::now();
    let all = loop {
        let all = get(&network, "cctp/messages").await;
        if all["messages"].as_array().unwrap().len() == 2 {
            break all;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "only {all}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(all["domain"], 5);
    assert!(all["processed"].as_u64() >= all["confirmed"].as_u64());
    for (entry, (signature, event)) in all["messages"].as_array().unwrap().iter().zip(&signatures) {
        assert_eq!((&entry["signature"], &entry["event"]), (&json!(signature), &json!(event.to_string())));
        let stored = network.state().account(event).unwrap();
        assert_eq!(entry["message"], format!("0x{}", hex::encode(&stored.data[52..])));
        let of = get(&network, &format!("cctp/messages/{signature}")).await;
        assert_eq!(of["messages"], json!([entry]));
    }
    let since = all["messages"][1]["slot"].as_u64().unwrap();
    let later = get(&network, &format!("cctp/messages?since={since}")).await;
    assert_eq!(later["messages"].as_array().unwrap().len(), 1);
}
