//! Faults that every server has, and what Iris does wrong on command.

use std::time::Duration;

use alloy::primitives::{B256, U256, keccak256};
use devnet::iris::{MessageMode, Tamper};
use devnet::misbehave::{Fault, RateLimit};
use serde_json::json;

use crate::iris::{bytes, completed, fast_burn, iris, put};
use crate::stub::{ask, ask_until};

const TX: B256 = B256::repeat_byte(0xbb);

#[tokio::test]
async fn a_refusing_server_cuts_connections_and_comes_back_on_its_port() {
    let (iris, _base, _ethereum) = iris().await;
    let url = format!("{}/v2/publicKeys", iris.url());
    let client = devnet::rpc::http();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    iris.handle().set(|settings| settings.fault = Fault::Refuse);
    for _ in 0..5 {
        client.get(&url).send().await.expect_err("the server refuses");
    }
    iris.handle().set(|settings| settings.fault = Fault::Healthy);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while client.get(&url).send().await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "the server did not come back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn every_fault_is_what_it_says() {
    let (iris, _base, _ethereum) = iris().await;
    let url = format!("{}/v2/publicKeys", iris.url());
    let client = devnet::rpc::http();
    let with = async |fault: Fault| {
        iris.handle().set(|settings| settings.fault = fault);
        client.get(&url).timeout(Duration::from_millis(1_500)).send().await
    };
    assert!(with(Fault::Hang).await.unwrap_err().is_timeout());
    let unavailable = with(Fault::Status { code: 503, retry_after: Some(7) }).await.unwrap();
    assert_eq!(unavailable.status(), 503);
    assert_eq!(unavailable.headers()["retry-after"], "7");
    for fault in [Fault::Garbage, Fault::Html] {
        let reply = with(fault).await.unwrap();
        assert_eq!(reply.status(), 200);
        reply.json::<serde_json::Value>().await.unwrap_err();
    }
    let large = with(Fault::Oversized { bytes: 3_000_000 }).await.unwrap();
    assert_eq!(large.bytes().await.unwrap().len(), 3_000_000);
    assert_eq!(with(Fault::Slow { ms: 50 }).await.unwrap().status(), 200);
}

#[tokio::test]
async fn too_many_requests_block_all_requests_for_a_while() {
    let (iris, _base, _ethereum) = iris().await;
    let limit = RateLimit { per_second: 3, block_ms: 1_500 };
    iris.handle().set(|settings| settings.rate_limit = Some(limit));
    let url = format!("{}/v2/publicKeys", iris.url());
    for _ in 0..3 {
        assert_eq!(ask(&url).await.0, 200);
    }
    assert_eq!(ask(&url).await.0, 429);
    assert_eq!(ask(&url).await.0, 429);
    ask_until(&url, |status, _| status == 200).await;
    assert!(iris.handle().with(|state| state.meter.refused) >= 2);
}

#[tokio::test]
async fn misspelt_settings_change_nothing() {
    let (iris, _base, _ethereum) = iris().await;
    let before = iris.handle().settings();
    for bad in
        [json!({ "faults": "hang" }), json!({ "fault": "hangs" }), json!([]), json!({ "delay_ms": "5" })]
    {
        iris.handle().patch(bad.clone()).expect_err("the patch must be refused");
        assert_eq!(iris.handle().settings(), before, "after {bad}");
    }
    iris.handle().patch(json!({ "tamper": { "amount": "5" }, "message_mode": "empty" })).unwrap();
    assert_eq!(iris.handle().settings().tamper, Some(Tamper::Amount(U256::from(5))));
}

#[tokio::test]
async fn message_modes_concern_only_their_domains() {
    let (iris, base, _ethereum) = iris().await;
    put(&base, 11, TX, &fast_burn());
    completed(&iris, TX).await;
    let url = format!("{}/v2/messages/6?transactionHash={TX}", iris.url());
    let mode = |mode| iris.handle().set(|settings| settings.message_mode = mode);
    mode(MessageMode::NotFound);
    assert_eq!(ask(&url).await.0, 404);
    mode(MessageMode::Empty);
    assert_eq!(ask(&url).await, (200, json!({ "messages": [] })));
    mode(MessageMode::Pending);
    assert_eq!(ask(&url).await.1["messages"][0]["status"], "pending_confirmations");
    mode(MessageMode::CompleteWithoutAttestation);
    let entry = ask(&url).await.1["messages"][0].clone();
    assert_eq!((&entry["status"], &entry["attestation"]), (&json!("complete"), &json!("PENDING")));
    iris.handle().set(|settings| settings.only_domains = Some(vec![0]));
    assert_ne!(ask(&url).await.1["messages"][0]["attestation"], "PENDING");
}

#[tokio::test]
async fn a_delay_holds_the_attestation_back() {
    let (iris, base, _ethereum) = iris().await;
    iris.handle().set(|settings| settings.delay_ms = 60_000);
    put(&base, 11, TX, &fast_burn());
    let url = format!("{}/v2/messages/6?transactionHash={TX}", iris.url());
    let seen = ask_until(&url, |status, _| status == 200).await;
    assert_eq!(seen["messages"][0]["status"], "pending_confirmations");
    iris.handle().set(|settings| settings.delay_ms = 0);
    completed(&iris, TX).await;
}

#[tokio::test]
async fn tampering_changes_one_thing_and_signs_it() {
    let (iris, base, _ethereum) = iris().await;
    put(&base, 11, TX, &fast_burn());
    let honest = completed(&iris, TX).await;
    let word = B256::repeat_byte(9);
    let fields = [
        (Tamper::Nonce(word), 12..44),
        (Tamper::Sender(word), 44..76),
        (Tamper::Recipient(word), 76..108),
        (Tamper::DestinationCaller(word), 108..140),
        (Tamper::DestinationDomain(3), 8..12),
        (Tamper::MinFinalityThreshold(7), 140..144),
        (Tamper::FinalityThresholdExecuted(7), 144..148),
        (Tamper::BurnToken(word), 152..184),
        (Tamper::MintRecipient(word), 184..216),
        (Tamper::Amount(U256::from(7)), 216..248),
        (Tamper::MessageSender(word), 248..280),
        (Tamper::MaxFee(U256::from(7)), 280..312),
        (Tamper::FeeAboveMax, 312..344),
    ];
    let original = bytes(&honest["message"]);
    for (tamper, range) in fields {
        let name = format!("{tamper:?}");
        iris.handle().set(|settings| settings.tamper = Some(tamper));
        let entry = completed(&iris, TX).await;
        let message = bytes(&entry["message"]);
        assert_ne!(message[range.clone()], original[range.clone()], "{name}");
        assert_eq!(message[..range.start], original[..range.start], "{name}");
        assert_eq!(message[range.end..], original[range.end..], "{name}");
        let signature = alloy::primitives::Signature::from_raw(&bytes(&entry["attestation"])[..65]).unwrap();
        let signer = signature.recover_address_from_prehash(&keccak256(&message)).unwrap();
        assert_eq!(signer, devnet::iris::ATTESTERS[0], "{name}");
    }
    for (tamper, length) in [
        (Tamper::WrongKeys, 130),
        (Tamper::OneSignature, 65),
        (Tamper::DoubledSignature, 130),
        (Tamper::SwappedSignatures, 130),
        (Tamper::StaleAttestation, 130),
    ] {
        iris.handle().set(|settings| settings.tamper = Some(tamper));
        let entry = completed(&iris, TX).await;
        assert_eq!(entry["message"], honest["message"]);
        assert_ne!(entry["attestation"], honest["attestation"]);
        assert_eq!(bytes(&entry["attestation"]).len(), length);
    }
    iris.handle().set(|settings| settings.tamper = Some(Tamper::OtherMessage));
    assert_ne!(completed(&iris, TX).await["message"], honest["message"]);
}
