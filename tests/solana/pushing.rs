//! Sending: the same bytes every two seconds, until a quorum has seen them or cannot any more.

use std::time::{Duration, Instant};

use purser::chains::solana::broadcast::{Pushed, REBROADCAST};
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{Broadcast, Commitment, Signed, Status};
use serde_json::{Value, json};

use super::fake::{Fake, Fault, Tip, chain, three};
use super::support::{blockhash, wallet};

fn signed() -> Signed {
    let payer = wallet(1);
    let draft = Draft { payer: payer.address(), instructions: Vec::new(), tables: Vec::new() };
    draft.compile(ComputeBudget::WIDEST, &blockhash()).unwrap().sign(&[payer.signer()]).unwrap()
}

#[tokio::test]
async fn one_send_goes_to_every_endpoint() {
    let (a, b, c) = three().await;
    c.world().fault = Fault::Status(500);
    let chain = chain(&[&a, &b, &c], json!({"quorum": 2}));
    assert_eq!(chain.broadcast(&signed()).await, Broadcast::Accepted);
    for fake in [&a, &b] {
        assert_eq!(fake.world().sent, [signed().bytes]);
    }
}

#[tokio::test]
async fn what_nodes_answer_is_told_apart() {
    let refusal = |code: i64, message: &str| json!({"code": code, "message": message});
    type Case = (Value, fn(&Broadcast) -> bool);
    let cases: [Case; 5] = [
        (
            refusal(-32002, "Transaction simulation failed: This transaction has already been processed"),
            |said| *said == Broadcast::Known,
        ),
        (refusal(-32002, "Transaction simulation failed: Blockhash not found"), |said| {
            *said == Broadcast::BlockhashNotFound
        }),
        (refusal(-32003, "Transaction signature verification failure"), |said| {
            matches!(said, Broadcast::Refused(_))
        }),
        (refusal(-32602, "base64 encoded solana_transaction too large"), |said| {
            matches!(said, Broadcast::Refused(_))
        }),
        (refusal(-32000, "something new"), |said| matches!(said, Broadcast::Unknown(_))),
    ];
    for (error, expected) in cases {
        let (refusing, hanging) = (Fake::start().await, Fake::start().await);
        refusing.world().errors.insert("sendTransaction", error.clone());
        let alone = chain(&[&refusing], json!({})).broadcast(&signed()).await;
        assert!(expected(&alone), "{error}: {alone:?}");
        // A transaction that another endpoint may have taken is alive.
        hanging.world().fault = Fault::Hang;
        let both = chain(&[&refusing, &hanging], json!({"timeout_ms": 300})).broadcast(&signed()).await;
        assert!(matches!(both, Broadcast::Unknown(_) | Broadcast::Known), "{error}: {both:?}");
    }
    let lying = Fake::start().await;
    lying
        .world()
        .results
        .insert("sendTransaction", json!(purser::chains::solana::Signature::default().to_string()));
    let said = chain(&[&lying], json!({})).broadcast(&signed()).await;
    assert!(matches!(said, Broadcast::Unknown(_)), "{said:?}");
}

#[tokio::test]
async fn dropped_bytes_are_sent_again_unchanged() {
    let (a, b, _) = three().await;
    for fake in [&a, &b] {
        fake.world().lands_after = Some(3);
    }
    let chain = chain(&[&a, &b], json!({"quorum": 2}));
    let started = Instant::now();
    let pushed = chain.push(&signed(), Commitment::Confirmed).await;
    assert_eq!(pushed, Pushed::Landed(Status::Confirmed { slot: 1000 }));
    assert!(started.elapsed() >= REBROADCAST * 2);
    assert!(started.elapsed() < Duration::from_secs(20));
    for fake in [&a, &b] {
        assert_eq!(fake.world().sent, vec![signed().bytes; 3]);
    }
}

#[tokio::test]
async fn nothing_is_sent_once_it_cannot_land() {
    let (a, b, _) = three().await;
    for fake in [&a, &b] {
        fake.world().finalised = Tip { slot: 1160, height: 1051 };
        fake.world().confirmed = Tip { slot: 1190, height: 1081 };
    }
    let chain = chain(&[&a, &b], json!({"quorum": 2}));
    assert_eq!(chain.push(&signed(), Commitment::Confirmed).await, Pushed::Expired);
    assert!(a.world().sent.is_empty() && b.world().sent.is_empty());
}

#[tokio::test]
async fn a_failed_transaction_has_landed() {
    let fake = Fake::start().await;
    let err = json!({"InsufficientFundsForRent": {"account_index": 0}});
    fake.world().statuses.insert(signed().signature.to_string(), (1000, "finalized", err));
    let pushed = chain(&[&fake], json!({})).push(&signed(), Commitment::Finalised).await;
    assert!(matches!(pushed, Pushed::Landed(Status::Failed { .. })), "{pushed:?}");
}
