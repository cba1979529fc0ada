//! When a transaction is dead: never too early, whoever lies.

use purser::chains::solana::{ChainError, RpcError, Signed, SolanaChain, Verdict};
use serde_json::{Value, json};

use super::fake::{Fake, Fault, Tip, chain, three};
use super::support::{blockhash, wallet};

/// Last valid height 1050, blockhash of slot 1000.
fn signed() -> Signed {
    use purser::chains::solana::fees::ComputeBudget;
    use purser::chains::solana::transaction::Draft;
    let payer = wallet(1);
    let draft = Draft { payer: payer.address(), instructions: Vec::new(), tables: Vec::new() };
    draft.compile(ComputeBudget::WIDEST, &blockhash()).unwrap().sign(&[payer.signer()]).unwrap()
}

fn finalised_at(fake: &Fake, height: u64) {
    let mut world = fake.world();
    world.finalised = Tip { slot: height + 100, height };
    world.confirmed = Tip { slot: height + 132, height: height + 32 };
}

async fn verdict(chain: &SolanaChain) -> Verdict {
    chain.verdict(&signed()).await.unwrap()
}

#[tokio::test]
async fn it_dies_exactly_one_block_after_its_last_valid_height() {
    let (a, b, c) = three().await;
    let chain = chain(&[&a, &b, &c], json!({"quorum": 2}));
    for (height, expected) in [
        (1049, Verdict::MayLand { block_height: 1049 }),
        (1050, Verdict::MayLand { block_height: 1050 }),
        (1051, Verdict::Dead { block_height: 1051 }),
    ] {
        for fake in [&a, &b, &c] {
            finalised_at(fake, height);
        }
        assert_eq!(verdict(&chain).await, expected, "{height}");
    }
}

#[tokio::test]
async fn one_endpoint_alone_cannot_declare_it_dead() {
    let (liar, b, c) = three().await;
    finalised_at(&liar, 5_000_000);
    for fake in [&b, &c] {
        finalised_at(fake, 1050);
    }
    // Whatever quorum is configured, two have to be past the height.
    for quorum in [1, 2] {
        let chain = chain(&[&liar, &b, &c], json!({"quorum": quorum}));
        assert_eq!(verdict(&chain).await, Verdict::MayLand { block_height: 1050 });
    }
    finalised_at(&b, 1051);
    let chain = chain(&[&liar, &b, &c], json!({}));
    assert_eq!(verdict(&chain).await, Verdict::Dead { block_height: 1051 });
    let alone = super::fake::chain(&[&liar], json!({})).verdict(&signed()).await;
    assert!(matches!(alone, Err(ChainError::QuorumLost { have: 1, need: 2, .. })), "{alone:?}");
}

#[tokio::test]
async fn a_larger_quorum_has_to_be_past_the_height() {
    let (a, b, c) = three().await;
    for (fake, height) in [(&a, 1060), (&b, 1060), (&c, 1050)] {
        finalised_at(fake, height);
    }
    let chain = chain(&[&a, &b, &c], json!({"quorum": 3}));
    assert_eq!(verdict(&chain).await, Verdict::MayLand { block_height: 1050 });
}

#[tokio::test]
async fn one_that_has_seen_it_outweighs_all_others() {
    let (a, b, c) = three().await;
    for fake in [&a, &b, &c] {
        finalised_at(fake, 2000);
    }
    // It landed in the very last block it could.
    let entry = (1150, "finalized", Value::Null);
    c.world().statuses.insert(signed().signature.to_string(), entry);
    let chain = chain(&[&a, &b, &c], json!({"quorum": 2}));
    assert_eq!(verdict(&chain).await, Verdict::Seen { slot: 1150 });
    // A failed one is seen as well: it cost its fee and cannot be sent again.
    let entry = (1150, "finalized", json!({"InstructionError": [0, "InvalidArgument"]}));
    c.world().statuses.insert(signed().signature.to_string(), entry);
    assert_eq!(verdict(&chain).await, Verdict::Seen { slot: 1150 });
}

#[tokio::test]
async fn a_history_that_begins_too_late_says_nothing() {
    let (a, b, c) = three().await;
    for fake in [&a, &b, &c] {
        finalised_at(fake, 2000);
    }
    a.world().first_block = 1001;
    b.world().first_block = 1500;
    let chain = chain(&[&a, &b, &c], json!({}));
    let Err(ChainError::QuorumLost { have: 1, need: 2, failures, .. }) = chain.verdict(&signed()).await
    else {
        panic!("two endpoints without a history were believed")
    };
    let short = |error: &RpcError| matches!(error, RpcError::ShortHistory { needed: 1000, .. });
    assert_eq!(failures.iter().filter(|one| short(&one.error)).count(), 2);
    a.world().first_block = 1000;
    assert_eq!(verdict(&chain).await, Verdict::Dead { block_height: 2000 });
}

#[tokio::test]
async fn a_history_of_an_older_state_says_nothing() {
    let (a, b, _) = three().await;
    for fake in [&a, &b] {
        finalised_at(fake, 2000);
    }
    // A slower machine behind the same address answers the second question.
    a.world().status_slot = Some(2099);
    let chain = chain(&[&a, &b], json!({}));
    let Err(ChainError::QuorumLost { failures, .. }) = chain.verdict(&signed()).await else {
        panic!("an older history was believed")
    };
    assert_eq!(failures[0].error, RpcError::BeforeSlot(2100));
    a.world().status_slot = Some(2100);
    assert_eq!(verdict(&chain).await, Verdict::Dead { block_height: 2000 });
}

#[tokio::test]
async fn silence_is_no_testimony() {
    let (a, b, c) = three().await;
    for fake in [&a, &b, &c] {
        finalised_at(fake, 2000);
    }
    b.world().fault = Fault::Hang;
    c.world()
        .errors
        .insert("getSignatureStatuses", json!({"code": -32011, "message": "history is disabled"}));
    let chain = chain(&[&a, &b, &c], json!({"timeout_ms": 300}));
    let lost = chain.verdict(&signed()).await;
    assert!(matches!(lost, Err(ChainError::QuorumLost { have: 1, need: 2, .. })), "{lost:?}");
    // The height is asked before the history, never after it.
    let names: Vec<String> = a.world().calls.iter().map(|(name, _)| name.clone()).collect();
    let place = |name: &str| names.iter().position(|one| one == name).unwrap();
    assert!(place("getEpochInfo") < place("getSignatureStatuses"), "{names:?}");
}
