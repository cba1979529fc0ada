//! Iris: what it attests, when, and how it tells.

use std::collections::BTreeMap;

use alloy::primitives::{B256, Bytes, Signature, U256, keccak256};
use devnet::iris::{ATTESTERS, Fees, Iris, IrisConfig, Reattest, SourceChain, attesters, fee_of, iso_8601};
use serde_json::{Value, json};

use crate::stub::{BurnOf, Stub, TRANSMITTER, ask, ask_until};

const TX: B256 = B256::repeat_byte(0xaa);

/// Iris over two stub chains: domains 6 (fast) and 0.
pub async fn iris() -> (Iris, Stub, Stub) {
    let (base, ethereum) = (Stub::start().await, Stub::start().await);
    ethereum.with(|chain| chain.head = 500);
    let chain = |domain, stub: &Stub| SourceChain {
        domain,
        node_url: stub.url.clone(),
        message_transmitter: TRANSMITTER,
    };
    let config = IrisConfig::new(vec![chain(6, &base), chain(0, &ethereum)]);
    (Iris::start(config).await.unwrap(), base, ethereum)
}

pub fn fast_burn() -> BurnOf {
    BurnOf { source: 6, destination: 0, amount: 1_000_001, max_fee: 500, threshold: 1_000 }
}

pub fn put(stub: &Stub, block: u64, tx: B256, burn: &BurnOf) {
    stub.with(|chain| {
        chain.messages.push((block, tx, burn.message()));
        chain.head = chain.head.max(block);
    });
}

fn messages(iris: &Iris, tx: B256) -> String {
    format!("{}/v2/messages/6?transactionHash={tx}", iris.url())
}

pub async fn completed(iris: &Iris, tx: B256) -> Value {
    let url = messages(iris, tx);
    let complete = |status, body: &Value| status == 200 && body["messages"][0]["status"] == "complete";
    ask_until(&url, complete).await["messages"][0].clone()
}

pub fn bytes(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

fn signers(entry: &Value) -> Vec<alloy::primitives::Address> {
    let (message, attestation) = (bytes(&entry["message"]), bytes(&entry["attestation"]));
    assert_eq!(attestation.len(), 130);
    let signatures = attestation.chunks(65).map(|raw| {
        assert!(raw[64] == 27 || raw[64] == 28, "v is {}", raw[64]);
        let signature = Signature::from_raw(raw).unwrap();
        assert!(signature.normalize_s().is_none(), "s must be low");
        signature.recover_address_from_prehash(&keccak256(&message)).unwrap()
    });
    signatures.collect()
}

#[tokio::test]
async fn a_fast_burn_is_attested_field_by_field() {
    let (iris, base, _ethereum) = iris().await;
    let (status, body) = ask(&messages(&iris, TX)).await;
    assert_eq!(status, 404);
    assert_eq!(body, json!({ "error": "Message not found for provided parameters" }));

    put(&base, 11, TX, &fast_burn());
    let entry = completed(&iris, TX).await;
    let message = bytes(&entry["message"]);
    let original = fast_burn().message();
    assert_eq!(message.len(), 376);
    // Only nonce, threshold executed, fee executed and expiration differ.
    assert_eq!(message[..12], original[..12]);
    assert_eq!(message[44..144], original[44..144]);
    assert_eq!(message[148..312], original[148..312]);
    assert_eq!(message[144..148], 1_000_u32.to_be_bytes());
    // ceil(1,000,001 × 1.3 bp) = ceil(130.00013).
    assert_eq!(U256::from_be_slice(&message[312..344]), U256::from(131));
    assert_eq!(U256::from_be_slice(&message[344..376]), U256::from(500 + 7_200));
    let nonce = B256::from_slice(&message[12..44]);
    assert_ne!(nonce, B256::ZERO);
    assert_eq!(entry["eventNonce"], json!(nonce));
    assert_eq!(signers(&entry), ATTESTERS);

    let decoded = &entry["decodedMessage"];
    assert_eq!(decoded["sourceDomain"], "6");
    assert_eq!(decoded["destinationDomain"], "0");
    assert_eq!(decoded["sender"], format!("0x{}", "71".repeat(20)));
    assert_eq!(decoded["finalityThresholdExecuted"], "1000");
    assert_eq!(decoded["decodedMessageBody"]["amount"], "1000001");
    assert_eq!(decoded["decodedMessageBody"]["feeExecuted"], "131");
    assert_eq!(decoded["decodedMessageBody"]["expirationBlock"], "7700");
    let by_nonce = ask(&format!("{}/v2/messages/6?nonce={nonce}", iris.url())).await.1;
    assert_eq!(by_nonce["messages"][0], entry);
    assert_eq!(iris.handle().counts()["/v2/messages"], iris.handle().with(|state| state.meter.peak as u64));
}

#[test]
fn the_published_attesters_are_those_of_the_keys() {
    assert_eq!(attesters(), ATTESTERS);
    assert!(ATTESTERS[0] < ATTESTERS[1]);
}

#[tokio::test]
async fn a_standard_burn_waits_for_finality() {
    let (iris, base, _ethereum) = iris().await;
    put(&base, 11, TX, &BurnOf { threshold: 2_000, max_fee: 0, ..fast_burn() });
    let pending = ask_until(&messages(&iris, TX), |status, _| status == 200).await;
    let entry = &pending["messages"][0];
    assert_eq!(entry["status"], "pending_confirmations");
    assert_eq!(entry["attestation"], "PENDING");
    assert_eq!(entry["message"], "0x");
    base.with(|chain| (chain.head, chain.finalized) = (30, 11));
    let message = bytes(&completed(&iris, TX).await["message"]);
    assert_eq!(message[144..148], 2_000_u32.to_be_bytes());
    assert_eq!(message[312..376], [0; 64]);
}

#[tokio::test]
async fn fast_falls_back_to_standard_with_the_reason() {
    let (iris, base, _ethereum) = iris().await;
    iris.handle().set(|settings| settings.allowance = 2_000_000);
    let poor = BurnOf { max_fee: 130, ..fast_burn() };
    let large = BurnOf { amount: 1_999_999, ..fast_burn() };
    let [first, second, third] = [1, 2, 3].map(B256::repeat_byte);
    put(&base, 11, first, &poor);
    put(&base, 12, second, &fast_burn());
    completed(&iris, second).await;
    put(&base, 13, third, &large);
    let reason = |tx, reason: &'static str| {
        let url = messages(&iris, tx);
        async move { ask_until(&url, |_, body| body["messages"][0]["delayReason"] == reason).await }
    };
    reason(first, "insufficient_fee").await;
    reason(third, "insufficient_allowance_available").await;
    let left = ask(&format!("{}/v2/fastBurn/USDC/allowance", iris.url())).await.1;
    assert_eq!(left["allowance"], json!(0.999_999));
    base.with(|chain| (chain.head, chain.finalized) = (40, 13));
    for tx in [first, third] {
        let entry = completed(&iris, tx).await;
        assert_eq!(entry["decodedMessage"]["finalityThresholdExecuted"], "2000");
        assert_eq!(entry["delayReason"], Value::Null);
    }
}

#[tokio::test]
async fn a_reorganised_burn_is_forgotten_and_keeps_its_nonce() {
    let (iris, base, _ethereum) = iris().await;
    put(&base, 11, TX, &fast_burn());
    let nonce = completed(&iris, TX).await["eventNonce"].clone();
    let lost = base.with(|chain| {
        chain.fork = 1;
        std::mem::take(&mut chain.messages)
    });
    ask_until(&messages(&iris, TX), |status, _| status == 404).await;
    base.with(|chain| {
        (chain.fork, chain.head) = (2, 15);
        chain.messages = lost.into_iter().map(|(_, tx, message)| (14, tx, message)).collect();
    });
    assert_eq!(completed(&iris, TX).await["eventNonce"], nonce);
    assert_eq!(iris.handle().burns()[0].block, 14);
}

#[tokio::test]
async fn reattestation_keeps_nonce_and_fee_and_never_expires() {
    let (iris, base, _ethereum) = iris().await;
    iris.handle().set(|settings| settings.expires_in = 3);
    put(&base, 11, TX, &fast_burn());
    let fast = completed(&iris, TX).await;
    assert_eq!(fast["decodedMessage"]["decodedMessageBody"]["expirationBlock"], "503");
    let url = format!("{}/v2/reattest/{}", iris.url(), fast["eventNonce"].as_str().unwrap());
    let post = || devnet::rpc::http().post(&url).send();

    iris.handle().set(|settings| settings.reattest = Reattest::ExpiresIn { blocks: 9 });
    assert_eq!(post().await.unwrap().status(), 200);
    let expiration = |height: &'static str| {
        let url = messages(&iris, TX);
        async move {
            ask_until(&url, |_, body| {
                body["messages"][0]["decodedMessage"]["decodedMessageBody"]["expirationBlock"] == height
            })
            .await
        }
    };
    expiration("509").await;
    iris.handle().set(|settings| settings.reattest = Reattest::Finalized);
    assert_eq!(post().await.unwrap().status(), 200);
    base.with(|chain| (chain.head, chain.finalized) = (30, 11));
    let last = expiration("0").await["messages"][0].clone();
    assert_eq!(last["eventNonce"], fast["eventNonce"]);
    assert_eq!(last["decodedMessage"]["decodedMessageBody"]["feeExecuted"], "131");
    assert_eq!(last["decodedMessage"]["finalityThresholdExecuted"], "2000");
    assert_eq!(signers(&last), ATTESTERS);
    assert_eq!(post().await.unwrap().status(), 400);
}

#[tokio::test]
async fn two_burns_of_one_transaction_have_their_own_nonces() {
    let (iris, base, _ethereum) = iris().await;
    put(&base, 11, TX, &fast_burn());
    put(&base, 11, TX, &fast_burn());
    completed(&iris, TX).await;
    let both = ask(&messages(&iris, TX)).await.1;
    let nonces: Vec<_> =
        both["messages"].as_array().unwrap().iter().map(|entry| entry["eventNonce"].clone()).collect();
    assert_eq!(nonces.len(), 2);
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn fees_and_keys_have_the_live_shape() {
    let (iris, _base, _ethereum) = iris().await;
    let fees = |source, destination| format!("{}/v2/burn/USDC/fees/{source}/{destination}", iris.url());
    let (status, body) = ask(&fees(6, 0)).await;
    assert_eq!(
        (status, body.to_string()),
        (
            200,
            r#"[{"finalityThreshold":1000,"minimumFee":1.3},{"finalityThreshold":2000,"minimumFee":0}]"#
                .to_owned(),
        )
    );
    iris.handle().set(|settings| settings.fees = BTreeMap::from([(6, Fees { fast: None, standard: 500 })]));
    iris.handle().patch(json!({ "fees_as_strings": true })).unwrap();
    assert_eq!(ask(&fees(6, 0)).await.1, json!([{ "finalityThreshold": 2000, "minimumFee": "0.5" }]));
    assert_eq!(ask(&fees(6, 99)).await.0, 400);
    let keys = ask(&format!("{}/v2/publicKeys", iris.url())).await.1;
    for (entry, attester) in keys["publicKeys"].as_array().unwrap().iter().zip(ATTESTERS) {
        let key = bytes(&entry["publicKey"]);
        assert_eq!((key.len(), key[0]), (65, 4));
        assert_eq!(keccak256(&key[1..])[12..], attester[..]);
    }
}

#[test]
fn fees_round_up_and_dates_are_right() {
    assert_eq!(fee_of(U256::from(1), 1_300), U256::from(1));
    assert_eq!(fee_of(U256::from(10_000_000), 1_300), U256::from(1_300));
    assert_eq!(fee_of(U256::MAX, 1_300), U256::MAX);
    assert_eq!(iso_8601(951_782_400), "2000-02-29T00:00:00.000Z");
    assert_eq!(iso_8601(1_767_225_599), "2025-12-31T23:59:59.000Z");
}
