//! Decisions by quorum: one liar, one dead endpoint, one late one; never fewer than the quorum.

use alloy::primitives::B256;
use purser::chains::evm::{At, CallError, ChainError, EvmChain, Inclusion, erc20};
use serde_json::json;

use super::fake::{BROKEN_TOKEN, Fake, Fault, TOKEN, WALLET, chain};

const TX: B256 = B256::repeat_byte(0x77);

async fn three() -> (Fake, Fake, Fake) {
    (Fake::start().await, Fake::start().await, Fake::start().await)
}

fn two_of(fakes: &[&Fake]) -> EvmChain {
    chain(fakes, json!({"quorum": 2, "timeout_ms": 500}))
}

#[tokio::test]
async fn agreed_reads_ask_no_more_than_the_quorum_and_pin_one_block() {
    let (a, b, c) = three().await;
    let chain = two_of(&[&a, &b, &c]);
    let hash = a.world().hash(95);
    let data = chain.call_agreed(&erc20::balance_of(TOKEN, WALLET), At::Block(hash)).await.unwrap();
    assert_eq!(erc20::units(&data), Ok(5_000_000));
    assert_eq!((a.requests(), b.requests(), c.requests()), (1, 1, 0));
    // A read at the newest block is one at the same block everywhere, though one node is ahead.
    b.world().head = 102;
    chain.call_agreed(&erc20::balance_of(TOKEN, WALLET), At::Latest).await.unwrap();
    assert_eq!((a.world().pinned_reads, b.world().pinned_reads), (2, 2));
    let revert = chain.call_agreed(&erc20::balance_of(BROKEN_TOKEN, WALLET), At::Finalized).await;
    assert!(matches!(revert, Err(CallError::Reverted { reason, .. }) if reason == "broken"));
    assert_eq!(chain.stats().disagreements, 0);
}

#[tokio::test]
async fn a_liar_is_outvoted_and_reported() {
    let (liar, b, c) = three().await;
    liar.world().token_balance = 1_000_000_000;
    let chain = two_of(&[&liar, &b, &c]);
    let data = chain.call_agreed(&erc20::balance_of(TOKEN, WALLET), At::Finalized).await.unwrap();
    assert_eq!(erc20::units(&data), Ok(5_000_000));
    assert_eq!(chain.stats().disagreements, 1);
    liar.world().nonce = 9;
    assert_eq!(chain.nonce(WALLET, At::Finalized).await.unwrap(), 3);
    assert_eq!(chain.stats().disagreements, 2);
}

#[tokio::test]
async fn one_liar_and_one_dead_endpoint_stop_everything() {
    let (liar, b, dead) = three().await;
    liar.world().token_balance = 1_000_000_000;
    liar.world().nonce = 9;
    liar.world().receipts.insert(TX, (85, true, 0));
    b.world().receipts.insert(TX, (85, false, 0));
    dead.world().fault = Fault::Status(502);
    let chain = two_of(&[&liar, &b, &dead]);
    let read = chain.call_agreed(&erc20::balance_of(TOKEN, WALLET), At::Finalized).await;
    assert!(matches!(read, Err(CallError::Chain(ChainError::Disagreement { answers: 2, .. }))), "{read:?}");
    let nonce = chain.nonce(WALLET, At::Finalized).await;
    assert!(matches!(nonce, Err(ChainError::Disagreement { .. })), "{nonce:?}");
    let receipt = chain.inclusion(TX).await;
    assert!(matches!(receipt, Err(ChainError::Disagreement { .. })), "{receipt:?}");
    let stats = chain.stats();
    assert_eq!(stats.disagreements, 3);
    assert!(!stats.quorum_available);
}

#[tokio::test]
async fn a_lost_quorum_never_becomes_a_smaller_one() {
    let (a, b, c) = three().await;
    for dead in [&b, &c] {
        dead.world().fault = Fault::Status(502);
    }
    a.world().receipts.insert(TX, (85, true, 0));
    let chain = two_of(&[&a, &b, &c]);
    let read = chain.call_agreed(&erc20::balance_of(TOKEN, WALLET), At::Block(B256::ZERO)).await;
    assert!(matches!(read, Err(CallError::Chain(ChainError::QuorumLost { need: 2, .. }))), "{read:?}");
    for error in [
        chain.nonce(WALLET, At::Finalized).await.unwrap_err(),
        chain.inclusion(TX).await.unwrap_err(),
        chain.inclusion(B256::ZERO).await.unwrap_err(),
        chain.head().await.unwrap_err(),
    ] {
        assert!(matches!(error, ChainError::QuorumLost { have: 0 | 1, need: 2, .. }), "{error}");
        assert!(error.to_string().contains("nothing irreversible is done"), "{error}");
    }
    assert!(!chain.stats().quorum_available);
    assert!(chain.stats().quorum_lost >= 5);
    // A read that only informs still works.
    chain.call(&erc20::balance_of(TOKEN, WALLET), At::Latest).await.unwrap();
}

#[tokio::test]
async fn heads_are_what_a_quorum_has_reached() {
    let (a, b, c) = three().await;
    for (fake, head, finalized) in [(&a, 103, 95), (&b, 101, 92), (&c, 100, 80)] {
        fake.world().head = head;
        fake.world().finalized = finalized;
    }
    let head = two_of(&[&a, &b, &c]).head().await.unwrap();
    assert_eq!((head.latest, head.finalized.number), (101, 92));
    assert_eq!(head.finalized.hash, a.world().hash(92));
    // One endpoint that invents blocks neither moves the head nor discredits the others.
    c.world().head = 1_000_000;
    c.world().finalized = 999_990;
    let chain = two_of(&[&a, &b, &c]);
    let head = chain.head().await.unwrap();
    assert_eq!((head.latest, head.finalized.number), (103, 95));
    assert_eq!(chain.stats().endpoints[1].lag_blocks.map(|lag| lag <= 2), Some(true));
}

#[tokio::test]
async fn endpoints_on_different_forks_have_no_final_block() {
    let (a, b) = (Fake::start().await, Fake::start().await);
    b.world().fork = 1;
    let error = two_of(&[&a, &b]).head().await.unwrap_err();
    assert!(matches!(error, ChainError::Disagreement { what: "the final block", .. }), "{error}");
}

#[tokio::test]
async fn one_that_forges_hashes_does_not_choose_the_newest_block() {
    let (a, b, forger) = three().await;
    forger.world().fork = 1;
    let block = a.world().hash(100);
    for order in [[&a, &b, &forger], [&a, &forger, &b], [&forger, &a, &b]] {
        let chain = two_of(&order);
        // Which of them answers first is chance.
        for _ in 0..10 {
            assert_eq!(chain.latest().await.unwrap().hash, block);
        }
        assert_eq!(chain.stats().disagreements, 0, "at the head, honest ones may differ too");
    }
    // Heights apart, so that nobody's newest block is a quorum's.
    a.world().head = 101;
    assert_eq!(two_of(&[&a, &b, &forger]).latest().await.unwrap().hash, block);
    let error = two_of(&[&b, &forger]).latest().await.unwrap_err();
    assert!(matches!(error, ChainError::Undecided { what: "the newest block", .. }), "{error}");
}

#[tokio::test]
async fn confirmations_count_from_the_agreed_head() {
    let (a, b) = (Fake::start().await, Fake::start().await);
    a.world().head = 104;
    let chain = chain(&[&a, &b], json!({"quorum": 2, "finality": {"confirmations": 10}}));
    let head = chain.head().await.unwrap();
    assert_eq!((head.latest, head.finalized.number), (100, 90));
    assert_eq!(chain.nonce(WALLET, At::Finalized).await.unwrap(), 3);
}

#[tokio::test]
async fn a_receipt_needs_the_quorum_and_a_canonical_block() {
    let (a, b, c) = three().await;
    let chain = two_of(&[&a, &b, &c]);
    assert_eq!(chain.inclusion(TX).await.unwrap(), Inclusion::Absent);
    assert_eq!(c.requests(), 0);

    // One endpoint has it, the others are a moment behind: a matter of time, no contradiction.
    a.world().receipts.insert(TX, (95, true, 1234));
    assert_eq!(chain.inclusion(TX).await.unwrap(), Inclusion::Absent);
    c.world().receipts.insert(TX, (95, true, 1234));
    let Inclusion::Included(receipt) = chain.inclusion(TX).await.unwrap() else { panic!("absent") };
    assert_eq!((receipt.block.number, receipt.block.hash), (95, a.world().hash(95)));
    assert!(receipt.success && !receipt.is_final);
    assert_eq!(
        (receipt.gas_used, receipt.effective_gas_price, receipt.l1_fee),
        (21_000, 10_u128.pow(9), 1234)
    );
    assert_eq!(receipt.fee_wei(), Some(21_000 * 10_u128.pow(9) + 1234));
    assert_eq!((receipt.logs.len(), receipt.logs[0].address), (1, TOKEN));
    assert_eq!(chain.stats().disagreements, 0);

    // Final only when everyone who agrees says so.
    a.world().finalized = 96;
    let inclusion = chain.inclusion(TX).await.unwrap();
    assert!(matches!(inclusion, Inclusion::Included(ref receipt) if !receipt.is_final));
    c.world().finalized = 95;
    let inclusion = chain.inclusion(TX).await.unwrap();
    assert!(matches!(inclusion, Inclusion::Included(ref receipt) if receipt.is_final));

    // A receipt of an abandoned block is none.
    for fake in [&a, &c] {
        fake.world().orphaned = true;
    }
    let error = chain.inclusion(TX).await.unwrap_err();
    assert!(matches!(error, ChainError::Undecided { .. }), "{error}");
}

#[tokio::test]
async fn a_split_over_a_receipt_is_undecided() {
    let (a, b) = (Fake::start().await, Fake::start().await);
    a.world().receipts.insert(TX, (95, true, 0));
    let chain = two_of(&[&a, &b]);
    let error = chain.inclusion(TX).await.unwrap_err();
    assert!(matches!(error, ChainError::Undecided { .. }), "{error}");
    assert_eq!(chain.stats().disagreements, 0);
}

#[tokio::test]
async fn a_late_endpoint_proves_no_absence() {
    let (late, a, b) = three().await;
    late.world().head = 50;
    late.world().finalized = 40;
    let chain = two_of(&[&late, &a, &b]);
    chain.head().await.unwrap();
    let before = late.requests();
    for fake in [&a, &b] {
        fake.world().receipts.insert(TX, (95, true, 0));
    }
    assert!(matches!(chain.inclusion(TX).await.unwrap(), Inclusion::Included(_)));
    assert_eq!(late.requests(), before, "an endpoint known to be behind is not asked");
}
