//! Simulation and broadcast against endpoints that differ.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use purser::chains::evm::{
    Broadcast, CallError, EvmChain, FeeQuote, Fees, Transaction, TransactionRequest, erc20,
};
use serde_json::json;

use super::fake::{BROKEN_TOKEN, CHAIN_ID, Fake, Fault, TOKEN, WALLET, chain};

fn raw() -> Bytes {
    let transaction = Transaction {
        chain_id: CHAIN_ID,
        nonce: 3,
        to: TOKEN,
        value: U256::ZERO,
        data: erc20::approve(TOKEN, WALLET, 1).data,
        gas_limit: 60_000,
        fees: Fees { max_fee_per_gas: 2, max_priority_fee_per_gas: 1 },
    };
    transaction.sign(&PrivateKeySigner::from_bytes(&B256::repeat_byte(1)).unwrap()).unwrap().raw
}

fn request(to: Address) -> TransactionRequest {
    TransactionRequest {
        from: WALLET,
        to,
        data: erc20::balance_of(to, WALLET).data,
        value: U256::ZERO,
        after: 0,
    }
}

async fn pair() -> (Fake, Fake, EvmChain) {
    let (a, b) = (Fake::start().await, Fake::start().await);
    let chain = chain(&[&a, &b], json!({"timeout_ms": 500}));
    (a, b, chain)
}

#[tokio::test]
async fn a_simulation_is_one_request_and_gives_everything_a_signature_needs() {
    let quote = FeeQuote { base_fee: 8_000_000_000, priority_fee: 1_000_000_000 };
    for (kind, l1_fee) in [("ethereum", 0), ("op-stack", 77_000), ("arbitrum", 0)] {
        let node = Fake::start().await;
        let chain = chain(&[&node], json!({"kind": kind}));
        let prepared = chain.prepare(&request(TOKEN)).await.unwrap();
        assert_eq!(node.requests(), 1, "{kind}");
        // 50,001 and 20 %, rounded up.
        assert_eq!((prepared.gas_estimate, prepared.gas_limit), (50_001, 60_002));
        assert_eq!((prepared.l1_fee, prepared.quote), (l1_fee, quote), "{kind}");
        assert_eq!(erc20::units(&prepared.output), Ok(5_000_000));
        assert_eq!(chain.fees().await.unwrap(), quote);
    }
}

#[tokio::test]
async fn a_simulation_tells_verdicts_from_failures() {
    let (a, b, chain) = pair().await;
    let refused = chain.prepare(&request(BROKEN_TOKEN)).await;
    assert!(
        matches!(refused, Err(CallError::Reverted { ref reason, .. }) if reason == "broken"),
        "{refused:?}"
    );
    assert_eq!(b.requests(), 0, "a revert is an answer, not a failure");
    a.world().errors.insert(
        "eth_estimateGas",
        json!({"code": -32000, "message": "insufficient funds for gas * price + value"}),
    );
    assert!(matches!(chain.prepare(&request(TOKEN)).await, Err(CallError::InsufficientFunds(_))));
    a.world().errors.insert("eth_estimateGas", json!({"code": -32603, "message": "internal error"}));
    assert_eq!(chain.prepare(&request(TOKEN)).await.unwrap().gas_estimate, 50_001, "the other one answers");
}

#[tokio::test]
async fn every_endpoint_gets_the_same_bytes() {
    let (a, b, chain) = pair().await;
    assert_eq!(chain.broadcast(&raw()).await, Broadcast::Accepted);
    assert_eq!(a.world().sent, [raw()]);
    assert_eq!(b.world().sent, [raw()]);
}

#[tokio::test]
async fn one_acceptance_decides_and_uncertainty_beats_refusal() {
    let table: [(&str, &str, Broadcast); 7] = [
        ("nonce too low", "", Broadcast::Accepted),
        ("already known", "nonce too low", Broadcast::Known),
        ("already known", "gibberish", Broadcast::Known),
        ("replacement transaction underpriced", "gibberish", Broadcast::Unknown("gibberish".into())),
        ("replacement transaction underpriced", "nonce too low", Broadcast::NonceTooLow),
        ("insufficient funds", "transaction underpriced", Broadcast::Underpriced),
        ("exceeds block gas limit", "insufficient funds", Broadcast::InsufficientFunds),
    ];
    for (first, second, expected) in table {
        for swapped in [false, true] {
            let (a, b, chain) = pair().await;
            let (a, b) = if swapped { (&b, &a) } else { (&a, &b) };
            a.world().send_error = Some(first);
            b.world().send_error = (!second.is_empty()).then_some(second);
            assert_eq!(chain.broadcast(&raw()).await, expected, "{first} and {second}");
        }
    }
}

#[tokio::test]
async fn silence_is_uncertain_but_a_closed_port_is_not() {
    // Hanging: it may have the bytes, so the other one's refusal proves nothing.
    let (a, b, chain) = pair().await;
    a.world().fault = Fault::Hang;
    b.world().send_error = Some("replacement transaction underpriced");
    assert!(matches!(chain.broadcast(&raw()).await, Broadcast::Unknown(_)));
    // Closed: nothing was sent there.
    let (a, b, chain) = pair().await;
    b.world().send_error = Some("replacement transaction underpriced");
    drop(a);
    tokio::task::yield_now().await;
    assert_eq!(chain.broadcast(&raw()).await, Broadcast::Underpriced);
    drop(b);
}

#[tokio::test]
async fn an_answer_with_another_hash_is_uncertain() {
    let node = Fake::start().await;
    node.world().send_hash = Some(B256::ZERO);
    assert!(matches!(chain(&[&node], json!({})).broadcast(&raw()).await, Broadcast::Unknown(_)));
}

#[tokio::test]
async fn a_broadcast_is_tried_even_when_every_endpoint_cools_down() {
    let node = Fake::start().await;
    let chain = chain(&[&node], json!({}));
    node.world().fault = Fault::RetryAfter(60);
    chain.fees().await.unwrap_err();
    node.world().fault = Fault::None;
    assert_eq!(chain.broadcast(&raw()).await, Broadcast::Accepted);
}
