//! One endpoint after another: down, slow, oversized, of another cluster, behind, unwell.

use purser::chains::solana::{Address, ChainError, Commitment, Hash, Method, RpcError, SolanaChain};
use purser::config::SolanaConfig;
use purser::domain::ChainName;
use serde_json::{Value, json};

use super::fake::{Fake, Fault, GENESIS, chain};

const ADDRESS: Address = Address::new_from_array([0x31; 32]);

async fn read(chain: &SolanaChain) -> Result<u64, ChainError> {
    chain.accounts(&[ADDRESS], Commitment::Confirmed, 0).await.map(|read| read.slot)
}

fn failure(result: Result<u64, ChainError>) -> RpcError {
    match result {
        Err(ChainError::Unavailable { failures, .. }) => failures.into_iter().next().unwrap().error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_endpoint_answers_when_one_does_not() {
    for fault in [Fault::Hang, Fault::Status(502), Fault::Status(429), Fault::Body(b"<html>".to_vec())] {
        let (broken, sound) = (Fake::start().await, Fake::start().await);
        broken.world().fault = fault;
        let chain = chain(&[&broken, &sound], json!({"timeout_ms": 300}));
        assert_eq!(read(&chain).await.unwrap(), 1000);
        // It is left alone for a while.
        assert_eq!(read(&chain).await.unwrap(), 1000);
        assert_eq!((broken.requests(), sound.requests()), (1, 2));
    }
}

#[tokio::test]
async fn an_endless_reply_is_cut_off() {
    let fake = Fake::start().await;
    fake.world().fault = Fault::Body(vec![b' '; 9 * 1024 * 1024]);
    let error = failure(read(&chain(&[&fake], json!({}))).await);
    assert!(error.to_string().contains("larger than"), "{error}");
}

#[tokio::test]
async fn replies_that_are_not_what_was_asked_are_refused() {
    let slot = |value: Value| json!({"context": {"slot": 1000}, "value": value});
    for result in [
        Value::Null,
        json!(5),
        slot(Value::Null),
        slot(json!([])),
        slot(json!([null, null])),
        slot(json!([{"lamports": 1}])),
        slot(
            json!([{"lamports": -1, "owner": ADDRESS.to_string(), "data": ["", "base64"], "executable": false}]),
        ),
        slot(json!([{"lamports": 1, "owner": "x", "data": ["", "base64"], "executable": false}])),
        slot(
            json!([{"lamports": 1, "owner": ADDRESS.to_string(), "data": ["!", "base64"], "executable": false}]),
        ),
        slot(
            json!([{"lamports": 1, "owner": ADDRESS.to_string(), "data": ["", "base58"], "executable": false}]),
        ),
        json!({"value": [null]}),
    ] {
        let fake = Fake::start().await;
        fake.world().results.insert("getMultipleAccounts", result.clone());
        let error = failure(read(&chain(&[&fake], json!({}))).await);
        assert!(matches!(error, RpcError::Malformed(_)), "{result}: {error}");
    }
}

#[tokio::test]
async fn another_cluster_is_not_believed() {
    let fake = Fake::start().await;
    fake.world().genesis = Hash::new_from_array([8; 32]);
    let chain = chain(&[&fake], json!({}));
    let error = failure(read(&chain).await);
    assert!(matches!(error, RpcError::WrongCluster { .. }), "{error}");
    let reports = chain.verify().await;
    assert!(reports[0].errors.iter().any(|error| error.contains("genesis")), "{reports:?}");
}

#[tokio::test]
async fn an_endpoint_behind_is_not_asked() {
    let (late, sound) = (Fake::start().await, Fake::start().await);
    let chain = chain(&[&late, &sound], json!({"max_lag_slots": 20}));
    late.world().confirmed.slot = 970;
    // Nobody knows yet that 970 is late.
    assert_eq!(read(&chain).await.unwrap(), 970);
    chain.head(Commitment::Confirmed).await.unwrap();
    assert_eq!(read(&chain).await.unwrap(), 1000);
    let stats = chain.stats();
    assert_eq!((stats.endpoints[0].lag_blocks, stats.endpoints[1].lag_blocks), (Some(30), Some(0)));
}

#[tokio::test]
async fn a_state_before_the_slot_asked_for_is_refused() {
    let (late, sound) = (Fake::start().await, Fake::start().await);
    late.world().confirmed.slot = 990;
    let both = chain(&[&late, &sound], json!({}));
    let read = both.accounts(&[ADDRESS], Commitment::Confirmed, 995).await.unwrap();
    assert_eq!(read.slot, 1000);
    assert_eq!(late.calls("getMultipleAccounts")[0][1]["minContextSlot"], 995);
    let alone = chain(&[&late], json!({}));
    let Err(ChainError::Unavailable { failures, .. }) =
        alone.accounts(&[ADDRESS], Commitment::Confirmed, 995).await
    else {
        panic!("a late answer was taken")
    };
    assert_eq!(failures[0].error, RpcError::BeforeSlot(995));
    // One that ignores the demand is caught by the slot it names.
    late.world().results.insert("getMultipleAccounts", json!({"context": {"slot": 990}, "value": [null]}));
    let ignoring = alone.accounts(&[ADDRESS], Commitment::Confirmed, 995).await;
    assert!(ignoring.unwrap_err().to_string().contains("older slot"));
}

#[tokio::test]
async fn an_endpoint_that_calls_itself_unhealthy_rests() {
    let (unwell, sound) = (Fake::start().await, Fake::start().await);
    let error =
        json!({"code": -32005, "message": "Node is behind by 2500 slots", "data": {"numSlotsBehind": 2500}});
    unwell.world().errors.insert("getMultipleAccounts", error);
    let chain = chain(&[&unwell, &sound], json!({}));
    assert_eq!(read(&chain).await.unwrap(), 1000);
    assert!(chain.stats().endpoints[0].cooling_down);
    assert!(chain.stats().endpoints[0].calls.iter().any(|count| count.method == Method::GetMultipleAccounts));
}

#[tokio::test]
async fn impossible_settings_are_refused() {
    let config = |extra: Value| -> SolanaConfig {
        let mut config = json!({
            "genesis_hash": GENESIS.to_string(),
            "rpc": ["http://127.0.0.1:1/a"],
            "keypair": {"env": "UNUSED"},
            "max_gas_usd": "1",
        });
        config.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(config).unwrap()
    };
    let new = |config: &SolanaConfig| SolanaChain::new(ChainName::new("solana"), config).map(|_| ());
    assert!(new(&config(json!({}))).is_ok());
    let lonely = new(&config(json!({"quorum": 2})));
    assert!(matches!(lonely, Err(ChainError::QuorumImpossible { quorum: 2, endpoints: 1, .. })));
    let twice = new(&config(json!({"quorum": 2, "rpc": ["http://127.0.0.1:1/a", "http://127.0.0.1:1/a"]})));
    assert!(matches!(twice, Err(ChainError::QuorumImpossible { endpoints: 1, .. })));
    let odd = new(&config(json!({"rpc": ["ftp://127.0.0.1"]})));
    assert!(matches!(odd, Err(ChainError::InvalidUrl { index: 1, .. })));
}

#[tokio::test]
async fn secrets_in_urls_do_not_show() {
    let fake = Fake::start().await;
    let text = "the key secret-key-0123456789 may not do that";
    fake.world().errors.insert("getMultipleAccounts", json!({"code": -32000, "message": text}));
    let error = read(&chain(&[&fake], json!({}))).await.unwrap_err().to_string();
    assert!(error.contains("may not do that") && !error.contains("secret-key"), "{error}");
}
