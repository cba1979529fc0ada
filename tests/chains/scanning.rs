//! The scan: one request, one block, nothing taken for zero.

use alloy::primitives::Address;
use purser::chains::evm::{Call, ChainError, RpcError, Scan, ScanRequest, erc20};
use purser::domain::AssetId;
use serde_json::json;

use super::fake::{BROKEN_TOKEN, EMPTY, Fake, TOKEN, WALLET, chain};

fn request() -> ScanRequest {
    ScanRequest {
        wallet: WALLET,
        tokens: vec![
            (AssetId::new("USDC"), TOKEN),
            (AssetId::new("USDT"), BROKEN_TOKEN),
            (AssetId::new("DAI"), EMPTY),
        ],
        calls: vec![
            erc20::balance_of(TOKEN, WALLET),
            Call::new(EMPTY, vec![1, 2, 3, 4]),
            Call::new(BROKEN_TOKEN, vec![1, 2, 3, 4]),
        ],
    }
}

fn failures(error: ChainError) -> Vec<RpcError> {
    match error {
        ChainError::Unavailable { failures, .. } => failures.into_iter().map(|one| one.error).collect(),
        other => panic!("{other}"),
    }
}

fn assert_whole(scan: &Scan) {
    assert_eq!(scan.native, 10_u128.pow(18));
    assert_eq!(scan.tokens[0], Ok(5_000_000));
    assert_eq!(scan.tokens[1], Err("balance of USDT: broken".to_owned()));
    assert!(scan.tokens[2].as_ref().unwrap_err().contains("no contract"));
    assert_eq!(scan.results.len(), 3);
    assert_eq!(scan.results[0].as_ref().map(|data| data.len()), Ok(32));
    assert!(scan.results[1].as_ref().unwrap_err().contains("no contract"));
    assert_eq!(scan.results[2], Err("broken".to_owned()));
    assert_eq!(scan.nonce, 3);
}

#[tokio::test]
async fn a_scan_is_one_request_on_every_kind_of_chain() {
    for (kind, base_fee, l1_fee) in [
        // The fake's block is half full, so its base fee stays.
        ("ethereum", 8_000_000_000, 0),
        ("op-stack", 8_000_000_000, 77_000),
        ("arbitrum", 8_000_000_000, 300 * 20),
    ] {
        let node = Fake::start().await;
        let chain = chain(&[&node], json!({"kind": kind}));
        for round in 1..=3 {
            let scan = chain.scan(&request()).await.unwrap();
            assert_eq!(node.requests(), round, "{kind}: one HTTP request per scan");
            assert_eq!((scan.block.number, scan.block.hash), (100, node.world().hash(100)));
            assert_eq!(scan.finalized, 90);
            assert_eq!((scan.gas.base_fee, scan.gas.priority_fee), (base_fee, 1_000_000_000), "{kind}");
            assert_eq!(scan.gas.l1_fee, l1_fee, "{kind}");
            assert_whole(&scan);
        }
        assert_eq!(chain.stats().endpoints[0].http_requests, 3);
        assert_eq!(chain.stats().endpoints[0].head, Some(100));
    }
}

#[tokio::test]
async fn a_single_race_costs_one_more_request() {
    let node = Fake::start().await;
    node.world().races = 1;
    let scan = chain(&[&node], json!({})).scan(&request()).await.unwrap();
    assert_eq!(scan.block.number, 101);
    assert_whole(&scan);
    assert_eq!(node.requests(), 2);
    assert_eq!(node.world().pinned_reads, 0);
}

#[tokio::test]
async fn repeated_races_end_in_a_read_pinned_by_hash() {
    for kind in ["ethereum", "op-stack", "arbitrum"] {
        let node = Fake::start().await;
        node.world().races = u32::MAX;
        let scan = chain(&[&node], json!({"kind": kind})).scan(&request()).await.unwrap();
        assert_eq!(node.requests(), 3, "{kind}: two tries and one pinned read");
        assert_eq!(scan.block.hash, node.world().hash(scan.block.number), "{kind}");
        assert!(node.world().pinned_reads > 0);
        assert_whole(&scan);
    }
}

#[tokio::test]
async fn a_node_that_ignores_the_pin_is_not_believed() {
    let node = Fake::start().await;
    node.world().races = u32::MAX;
    node.world().ignores_pins = true;
    let error = chain(&[&node], json!({})).scan(&request()).await.unwrap_err();
    assert!(matches!(failures(error)[..], [RpcError::Torn { .. }]));
}

#[tokio::test]
async fn an_old_head_is_an_error_and_the_next_endpoint_is_asked() {
    let (stale, fresh) = (Fake::start().await, Fake::start().await);
    stale.world().age = 300;
    let alone = chain(&[&stale], json!({"max_head_age_seconds": 120}));
    let error = failures(alone.scan(&request()).await.unwrap_err());
    assert!(matches!(error[..], [RpcError::Stale { head: 100, age }] if age >= 300), "{error:?}");
    let both = chain(&[&stale, &fresh], json!({}));
    assert_whole(&both.scan(&request()).await.unwrap());
    assert_eq!(fresh.requests(), 1);
}

#[tokio::test]
async fn finality_follows_the_configuration() {
    let node = Fake::start().await;
    let scan = chain(&[&node], json!({"finality": {"confirmations": 12}})).scan(&request()).await.unwrap();
    assert_eq!(scan.finalized, 88);
    node.world().finalized = 101;
    let error = failures(chain(&[&node], json!({})).scan(&request()).await.unwrap_err());
    assert!(matches!(error[..], [RpcError::Malformed(_)]), "a final block above the head: {error:?}");
}

#[tokio::test]
async fn a_missing_multicall_says_so() {
    let node = Fake::start().await;
    let error = chain(&[&node], json!({"multicall3": EMPTY})).scan(&request()).await.unwrap_err();
    assert!(error.to_string().contains("returned nothing: no contract is there"), "{error}");
}

#[tokio::test]
async fn the_wallet_is_the_one_asked_for() {
    let node = Fake::start().await;
    let request = ScanRequest { wallet: Address::ZERO, tokens: Vec::new(), calls: Vec::new() };
    let scan = chain(&[&node], json!({})).scan(&request).await.unwrap();
    assert!(scan.tokens.is_empty() && scan.results.is_empty());
    assert_eq!(scan.native, 10_u128.pow(18));
}
