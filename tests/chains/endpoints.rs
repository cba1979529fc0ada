//! Endpoints that fail: failover, pauses, bounds, and secrets that stay secret.

use std::time::{Duration, Instant};

use alloy::primitives::B256;
use purser::chains::evm::health::{COOL_DOWN_START, RATE_LIMIT_PAUSE};
use purser::chains::evm::{
    At, CallError, ChainError, EvmChain, MAX_REPLY_BYTES, Method, Outcome, RpcError, ScanRequest, erc20,
};
use purser::domain::ChainName;
use serde_json::json;

use super::fake::{BROKEN_TOKEN, CHAIN_ID, Fake, Fault, TOKEN, WALLET, chain, config};

fn nothing() -> ScanRequest {
    ScanRequest { wallet: WALLET, tokens: Vec::new(), calls: Vec::new() }
}

async fn failure_of(fault: Fault) -> (RpcError, String) {
    let node = Fake::start().await;
    node.world().fault = fault;
    let chain = chain(&[&node], json!({"timeout_ms": 500}));
    let error = chain.scan(&nothing()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&node.origin()), "{text}");
    assert!(!text.contains("secret-key"), "{text}");
    let ChainError::Unavailable { mut failures, .. } = error else { panic!("{text}") };
    (failures.remove(0).error, text)
}

#[tokio::test]
async fn every_fault_is_an_error_of_its_own() {
    use purser::chains::http::HttpError;
    let (error, _) = failure_of(Fault::Status(503)).await;
    assert_eq!(error, RpcError::Status(503));
    let (error, _) = failure_of(Fault::RetryAfter(7)).await;
    assert_eq!(error, RpcError::RateLimited(Some(Duration::from_secs(7))));
    let (error, _) = failure_of(Fault::Body(b"<html>busy</html>".to_vec())).await;
    assert!(matches!(error, RpcError::Malformed(_)), "{error}");
    let (error, _) = failure_of(Fault::Body(vec![b' '; MAX_REPLY_BYTES + 1])).await;
    assert_eq!(error, RpcError::Http(HttpError::TooLarge { limit: MAX_REPLY_BYTES }));
    let elsewhere = Fake::start().await;
    let (error, _) = failure_of(Fault::Redirect(elsewhere.url())).await;
    assert_eq!(error, RpcError::Status(307));
    assert_eq!(elsewhere.requests(), 0, "a redirect is not followed");
    let started = Instant::now();
    let (error, _) = failure_of(Fault::Hang).await;
    assert_eq!(error, RpcError::Http(HttpError::Timeout));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn envelopes_are_decoded_strictly() {
    let ok = |id: u64| json!({"jsonrpc": "2.0", "id": id, "result": "0x0"});
    for (what, body) in [
        ("one object for a batch", json!({"jsonrpc": "2.0", "id": 1, "result": "0x0"})),
        ("too few", json!([ok(1)])),
        ("an id twice", json!([ok(1), ok(1), ok(3), ok(4), ok(5), ok(6)])),
        ("a foreign id", json!([ok(1), ok(2), ok(3), ok(4), ok(5), ok(99)])),
        ("neither result nor error", json!([ok(1), ok(2), ok(3), ok(4), ok(5), {"jsonrpc": "2.0", "id": 6}])),
        (
            "another version",
            json!([ok(1), ok(2), ok(3), ok(4), ok(5), {"jsonrpc": "1.0", "id": 6, "result": 1}]),
        ),
        (
            "nulls for blocks",
            json!((1..=6).map(|id| json!({"jsonrpc": "2.0", "id": id, "result": null})).collect::<Vec<_>>()),
        ),
    ] {
        let (error, _) = failure_of(Fault::Body(body.to_string().into_bytes())).await;
        assert!(matches!(error, RpcError::Malformed(_)), "{what}: {error}");
    }
    let whole =
        json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32600, "message": "batch too large"}});
    let (error, _) = failure_of(Fault::Body(whole.to_string().into_bytes())).await;
    assert!(matches!(&error, RpcError::Node(node) if node.code == -32600), "{error}");
}

#[tokio::test]
async fn a_quoted_key_is_not_repeated() {
    let text = json!({"code": -32000, "message": "key secret-key-0123456789 is not allowed\nhere"});
    let body = json!({"jsonrpc": "2.0", "id": null, "error": text}).to_string();
    let (_, text) = failure_of(Fault::Body(body.into_bytes())).await;
    assert!(text.contains("key … is not allowed here"), "{text}");
}

#[tokio::test]
async fn the_next_endpoint_takes_over_and_the_bad_one_is_left_alone() {
    let (bad, good) = (Fake::start().await, Fake::start().await);
    bad.world().fault = Fault::Status(500);
    let chain = chain(&[&bad, &good], json!({}));
    let started = Instant::now();
    chain.scan(&nothing()).await.unwrap();
    chain.scan(&nothing()).await.unwrap();
    if started.elapsed() < COOL_DOWN_START {
        assert_eq!(bad.requests(), 1, "it cools down");
    }
    assert_eq!(good.requests(), 2);
    // It comes back by itself: after the pause it is asked again and preferred again.
    bad.world().fault = Fault::None;
    let before = bad.requests();
    let deadline = Instant::now() + Duration::from_secs(20);
    while bad.requests() == before {
        assert!(Instant::now() < deadline, "the preferred endpoint never came back");
        chain.scan(&nothing()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let stats = chain.stats();
    assert_eq!(stats.endpoints[0].endpoint, bad.origin());
    assert!(!stats.endpoints[0].cooling_down);
    let count = |method: Method, outcome: Outcome| {
        let calls = &stats.endpoints[0].calls;
        calls.iter().find(|one| one.method == method && one.outcome == outcome).map(|one| one.count)
    };
    assert!(count(Method::GetBlockByNumber, Outcome::Transport).is_some());
    assert!(count(Method::GetBlockByNumber, Outcome::Ok).is_some());
}

#[tokio::test]
async fn a_rate_limit_is_obeyed_for_as_long_as_it_says() {
    let node = Fake::start().await;
    node.world().fault = Fault::RetryAfter(30);
    let chain = chain(&[&node], json!({}));
    for _ in 0..5 {
        chain.scan(&nothing()).await.unwrap_err();
    }
    assert_eq!(node.requests(), 1);
    assert!(chain.stats().endpoints[0].cooling_down);
    // The same told inside a reply.
    let node = Fake::start().await;
    node.world().errors.insert("eth_call", json!({"code": -32005, "message": "limit exceeded"}));
    let chain = super::fake::chain(&[&node], json!({}));
    let started = Instant::now();
    for _ in 0..3 {
        chain.scan(&nothing()).await.unwrap_err();
    }
    assert!(started.elapsed() > RATE_LIMIT_PAUSE || node.requests() == 1);
}

#[tokio::test]
async fn another_chains_endpoint_is_never_believed() {
    let (other, right) = (Fake::start().await, Fake::start().await);
    other.world().chain_id = 1;
    let alone = chain(&[&other], json!({}));
    let error = alone.scan(&nothing()).await.unwrap_err().to_string();
    assert!(error.contains("serves chain id 1, the configuration says 31337"), "{error}");
    // Its missing receipt would pass for absence.
    assert!(alone.inclusion(B256::ZERO).await.is_err());
    let both = chain(&[&other, &right], json!({}));
    assert_eq!(both.scan(&nothing()).await.unwrap().block.number, 100);
    let reports = both.verify().await;
    assert_eq!((reports[0].chain_id, reports[1].chain_id), (Some(1), Some(CHAIN_ID)));
    assert!(!reports[0].errors.is_empty() && reports[1].errors.is_empty(), "{reports:?}");
}

#[tokio::test]
async fn a_lagging_endpoint_is_not_asked_until_it_catches_up() {
    let (late, good) = (Fake::start().await, Fake::start().await);
    good.world().head = 200;
    good.world().finalized = 190;
    let chain = chain(&[&late, &good], json!({"max_lag_blocks": 5}));
    // Nothing is known yet, so the preferred one is believed; a look at all heads shows the lag.
    assert_eq!(chain.scan(&nothing()).await.unwrap().block.number, 100);
    assert_eq!(chain.head().await.unwrap().latest, 200);
    assert_eq!(chain.scan(&nothing()).await.unwrap().block.number, 200);
    assert_eq!(chain.stats().endpoints[0].lag_blocks, Some(100));
    late.world().head = 199;
    late.world().finalized = 189;
    chain.head().await.unwrap();
    assert_eq!(chain.scan(&nothing()).await.unwrap().block.number, 199, "it is preferred again");
    assert_eq!(chain.stats().endpoints[0].lag_blocks, Some(1));
}

#[tokio::test]
async fn verify_reports_the_dead_and_the_late() {
    let (good, dead, late) = (Fake::start().await, Fake::start().await, Fake::start().await);
    dead.world().fault = Fault::Hang;
    late.world().head = 50;
    late.world().finalized = 40;
    let chain = chain(&[&good, &dead, &late], json!({"timeout_ms": 500}));
    let reports = chain.verify().await;
    assert_eq!(reports.len(), 3);
    assert_eq!(reports[0].head.unwrap().number, 100);
    assert_eq!((reports[0].finalized, reports[0].lag_blocks), (Some(90), Some(0)));
    assert!(reports[0].errors.is_empty(), "{:?}", reports[0]);
    assert_eq!(reports[1].errors, ["no complete reply within the time limit"]);
    assert_eq!(reports[2].lag_blocks, Some(50));
}

#[tokio::test]
async fn a_call_fails_over_but_a_revert_is_an_answer() {
    let (bad, good) = (Fake::start().await, Fake::start().await);
    bad.world().errors.insert("eth_call", json!({"code": -32000, "message": "header not found"}));
    let chain = chain(&[&bad, &good], json!({}));
    let data = chain.call(&erc20::balance_of(TOKEN, WALLET), At::Latest).await.unwrap();
    assert_eq!(erc20::units(&data), Ok(5_000_000));
    let hash = good.world().hash(95);
    chain.call(&erc20::balance_of(TOKEN, WALLET), At::Block(hash)).await.unwrap();
    assert_eq!(good.world().pinned_reads, 1);
    let revert = chain.call(&erc20::balance_of(BROKEN_TOKEN, WALLET), At::Latest).await;
    assert!(matches!(revert, Err(CallError::Reverted { reason, .. }) if reason == "broken"));
}

#[test]
fn impossible_configurations_are_refused() {
    let new = |rpc, extra| EvmChain::new(ChainName::new("x"), &config(rpc, extra)).map(|_| ());
    let url = "https://node.example/v2/secret-key-0123456789";
    assert!(new(json!([url]), json!({})).is_ok());
    let twice = new(json!([url, url]), json!({"quorum": 2})).unwrap_err().to_string();
    assert!(twice.contains("a quorum of 2") && twice.contains("1 are configured"), "{twice}");
    assert!(matches!(new(json!([]), json!({})), Err(ChainError::QuorumImpossible { .. })));
    assert!(matches!(new(json!([url]), json!({"quorum": 0})), Err(ChainError::QuorumImpossible { .. })));
    for bad in ["node.example/v2/secret-key", "ftp://node.example/secret-key", "secret-key"] {
        let error = new(json!([bad]), json!({})).unwrap_err();
        assert!(matches!(error, ChainError::InvalidUrl { index: 1, .. }), "{bad}");
        assert!(!format!("{error} {error:?}").contains("secret-key"), "{error}");
    }
}
