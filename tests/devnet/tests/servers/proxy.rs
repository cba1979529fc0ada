//! The RPC proxies: honest, behind, and lying.

use std::time::Duration;

use alloy::primitives::{Address, Bytes, U256, address, keccak256};
use alloy::sol;
use alloy::sol_types::{SolCall, SolValue};
use devnet::misbehave::Fault;
use devnet::proxy::{Proxy, ProxySettings, Ratio, Receipts, RpcFailure, Sending};
use devnet::{Rpc, RpcError};
use serde_json::{Value, json};

use crate::stub::{Stub, block_hash};

sol! {
    struct Call3 { address target; bool allowFailure; bytes callData; }
    struct CallResult { bool success; bytes returnData; }
    function aggregate3(Call3[] calls) returns (CallResult[] results);
    function balanceOf(address owner) returns (uint256);
    function decimals() returns (uint8);
}

async fn proxied() -> (Stub, Proxy, Rpc) {
    let stub = Stub::start().await;
    let proxy = Proxy::start(&stub.url, ProxySettings::default()).await.unwrap();
    let rpc = Rpc::new(proxy.url());
    (stub, proxy, rpc)
}

fn code(error: RpcError) -> i64 {
    match error {
        RpcError::Node { code, .. } => code,
        other => panic!("expected the node's refusal, got {other}"),
    }
}

#[tokio::test]
async fn calls_pass_through_and_are_counted() {
    let (_stub, proxy, rpc) = proxied().await;
    assert_eq!(rpc.quantity("eth_blockNumber", json!([])).await.unwrap(), 10);
    let both = [("eth_chainId", json!([])), ("eth_blockNumber", json!([]))];
    assert_eq!(rpc.batch_all(&both).await.unwrap(), [json!("0x7a69"), json!("0xa")]);
    assert_eq!(code(rpc.call("eth_nonsense", json!([])).await.unwrap_err()), -32601);
    assert_eq!(proxy.handle().requests(), 3);
    assert_eq!(proxy.handle().calls()["eth_blockNumber"], 2);
    proxy.handle().set(|settings| {
        settings.chain_id = Some(1);
        settings.unsupported.insert("eth_blockNumber".to_owned());
    });
    let mixed = rpc.batch(&both).await.unwrap();
    assert_eq!(mixed[0].as_ref().unwrap(), &json!("0x1"));
    assert_eq!(code(mixed[1].clone().unwrap_err()), -32601);
}

#[tokio::test]
async fn a_lagging_provider_is_consistently_behind() {
    let (stub, proxy, rpc) = proxied().await;
    stub.with(|chain| {
        (chain.head, chain.finalized) = (100, 90);
        for method in ["eth_call", "eth_getTransactionCount"] {
            chain.results.insert(method, json!("0x"));
        }
        let receipt = json!({ "blockNumber": "0x60", "status": "0x1", "logs": [] });
        chain.results.insert("eth_getTransactionReceipt", receipt);
    });
    proxy.handle().set(|settings| settings.lag = 5);
    assert_eq!(rpc.quantity("eth_blockNumber", json!([])).await.unwrap(), 95);
    let block = async |tag: &str| rpc.call("eth_getBlockByNumber", json!([tag, false])).await.unwrap();
    assert_eq!(block("latest").await["number"], "0x5f");
    assert_eq!(block("finalized").await["number"], "0x55");
    assert_eq!(block("0x60").await, Value::Null);
    rpc.call("eth_call", json!([{ "to": Address::ZERO }, "latest"])).await.unwrap();
    assert_eq!(stub.last("eth_call")[1], "0x5f");
    rpc.call("eth_call", json!([{ "to": Address::ZERO }])).await.unwrap();
    assert_eq!(stub.last("eth_call")[1], "0x5f");
    assert_eq!(code(rpc.call("eth_call", json!([{}, "0x60"])).await.unwrap_err()), -32000);
    rpc.call("eth_getTransactionCount", json!([Address::ZERO, "pending"])).await.unwrap();
    assert_eq!(stub.last("eth_getTransactionCount")[1], "0x5f");
    let receipt = async || rpc.call("eth_getTransactionReceipt", json!([keccak256("x")])).await.unwrap();
    assert_eq!(receipt().await, Value::Null);
    proxy.handle().set(|settings| settings.lag = 4);
    assert_eq!(receipt().await["status"], "0x1");
}

#[tokio::test]
async fn transactions_are_recorded_and_lost_on_command() {
    let (stub, proxy, rpc) = proxied().await;
    let raw = Bytes::from_static(&[2, 3, 4]);
    let hash = json!(keccak256(&raw));
    stub.with(|chain| chain.results.insert("eth_sendRawTransaction", hash.clone()));
    let send = async || rpc.call("eth_sendRawTransaction", json!([raw])).await;
    let reaches = || stub.methods().iter().filter(|method| *method == "eth_sendRawTransaction").count();
    assert_eq!(send().await.unwrap(), hash);
    assert_eq!(reaches(), 1);
    proxy.handle().set(|settings| settings.send = Sending::Swallow);
    assert_eq!(send().await.unwrap(), hash);
    assert_eq!(reaches(), 1);
    let failure = RpcFailure { code: -32000, message: "nonce too low".to_owned(), data: None };
    proxy.handle().set(|settings| settings.send = Sending::Reject(failure.clone()));
    assert_eq!(code(send().await.unwrap_err()), -32000);
    assert_eq!(reaches(), 1);
    proxy.handle().set(|settings| settings.send = Sending::ForwardThenError(failure));
    assert_eq!(code(send().await.unwrap_err()), -32000);
    assert_eq!(reaches(), 2);
    proxy.handle().set(|settings| settings.send = Sending::ForwardThenFault(Fault::Hang));
    let waited = tokio::time::timeout(Duration::from_millis(300), send()).await;
    assert!(waited.is_err(), "the answer must not come");
    assert_eq!(reaches(), 3);
    proxy.handle().set(|settings| settings.send = Sending::ForwardThenWrongHash);
    assert_ne!(send().await.unwrap(), hash);
    let forwarded: Vec<bool> = proxy.handle().sent().iter().map(|sent| sent.forwarded).collect();
    assert_eq!(forwarded, [true, false, false, true, true, true]);
    assert!(proxy.handle().sent().iter().all(|sent| sent.raw == raw && json!(sent.hash) == hash));
}

#[tokio::test]
async fn balances_are_scaled_inside_multicalls_too() {
    let (stub, proxy, rpc) = proxied().await;
    let multicall = address!("cA11bde05977b3631167028862bE2a173976CA11");
    let result =
        |number: u64| CallResult { success: true, returnData: U256::from(number).abi_encode().into() };
    let honest = vec![result(600), result(6)];
    stub.with(|chain| chain.results.insert("eth_call", json!(Bytes::from(honest.abi_encode()))));
    let call = |data: Vec<u8>| Call3 { target: Address::ZERO, allowFailure: false, callData: data.into() };
    let calls =
        vec![call(balanceOfCall { owner: Address::ZERO }.abi_encode()), call(decimalsCall {}.abi_encode())];
    let data = Bytes::from(aggregate3Call { calls }.abi_encode());
    let numbers = async |to: Address| {
        let result = rpc.call("eth_call", json!([{ "to": to, "input": data }, "latest"])).await.unwrap();
        let bytes: Bytes = result.as_str().unwrap().parse().unwrap();
        let results = <Vec<CallResult>>::abi_decode(&bytes).unwrap();
        results.iter().map(|entry| U256::abi_decode(&entry.returnData).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(multicall).await, [U256::from(600), U256::from(6)]);
    proxy.handle().set(|settings| {
        settings.scale_balances = Some(Ratio { numerator: 3, denominator: 2 });
        settings.call_overrides.insert(decimalsCall::SELECTOR.into(), U256::from(18).abi_encode().into());
    });
    assert_eq!(numbers(multicall).await, [U256::from(900), U256::from(18)]);

    let balance = Bytes::from(U256::from(600).abi_encode());
    stub.with(|chain| chain.results.insert("eth_call", json!(balance)));
    let data = Bytes::from(balanceOfCall { owner: Address::ZERO }.abi_encode());
    let told = rpc.call("eth_call", json!([{ "to": Address::ZERO, "data": data }, "latest"])).await;
    assert_eq!(told.unwrap(), json!(Bytes::from(U256::from(900).abi_encode())));
}

#[tokio::test]
async fn receipts_and_hashes_are_forged_on_command() {
    let (stub, proxy, rpc) = proxied().await;
    let hash = block_hash(0, 10);
    let honest =
        json!({ "blockNumber": "0xa", "blockHash": hash, "status": "0x0", "logs": [{ "blockHash": hash }] });
    stub.with(|chain| chain.results.insert("eth_getTransactionReceipt", honest.clone()));
    let receipt = async || rpc.call("eth_getTransactionReceipt", json!([keccak256("x")])).await.unwrap();
    let mode = |receipts| proxy.handle().set(|settings| settings.receipts = receipts);
    assert_eq!(receipt().await, honest);
    mode(Receipts::Succeeded);
    assert_eq!(receipt().await["status"], "0x1");
    mode(Receipts::Missing);
    assert_eq!(receipt().await, Value::Null);
    mode(Receipts::WithoutLogs);
    assert_eq!(receipt().await["logs"], json!([]));
    stub.with(|chain| chain.results.insert("eth_getTransactionReceipt", Value::Null));
    assert_eq!(receipt().await, Value::Null);
    mode(Receipts::Invented);
    let invented = receipt().await;
    assert_eq!((&invented["status"], &invented["blockHash"]), (&json!("0x1"), &json!(hash)));

    mode(Receipts::Honest);
    stub.with(|chain| chain.results.insert("eth_getTransactionReceipt", honest.clone()));
    proxy.handle().set(|settings| settings.forge_block_hashes = true);
    let forged = receipt().await;
    assert_eq!(forged["blockHash"], json!(!hash));
    assert_eq!(forged["logs"][0]["blockHash"], json!(!hash));
    let block = rpc.call("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["hash"], json!(!hash));
}

#[tokio::test]
async fn a_fault_of_one_method_leaves_the_others_alone() {
    let (_stub, proxy, rpc) = proxied().await;
    let fault = Fault::Status { code: 503, retry_after: None };
    proxy.handle().set(|settings| {
        settings.method_faults.insert("eth_chainId".to_owned(), fault);
    });
    rpc.quantity("eth_blockNumber", json!([])).await.unwrap();
    let error = rpc.call("eth_chainId", json!([])).await;
    assert!(error.is_err(), "{error:?}");
    proxy.handle().set(|settings| settings.fault = Fault::Refuse);
    let error = rpc.quantity("eth_blockNumber", json!([])).await.unwrap_err();
    assert!(matches!(error, RpcError::Transport { .. }), "{error}");
}
