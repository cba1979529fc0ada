//! Sending: to everybody, and what they answer.

use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{Broadcast, Signed};
use serde_json::{Value, json};

use super::fake::{Fake, Fault, chain, three};
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
