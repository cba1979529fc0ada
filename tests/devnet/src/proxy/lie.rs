//! A node that lies: changed balances, calls, receipts, hashes and chain id.

use alloy::primitives::{Address, B256, Bytes, FixedBytes, U256, address};
use alloy::sol;
use alloy::sol_types::{SolCall, SolValue};
use serde_json::{Value, json};

use super::flipped;
use super::settings::{ProxySettings, Ratio, Receipts};
use crate::rpc::Rpc;

sol! {
    struct Call3 { address target; bool allowFailure; bytes callData; }
    struct Call { address target; bytes callData; }
    struct CallResult { bool success; bytes returnData; }
    function aggregate3(Call3[] calls) returns (CallResult[] results);
    function tryAggregate(bool requireSuccess, Call[] calls) returns (CallResult[] results);
    function balanceOf(address owner) returns (uint256);
    function getEthBalance(address owner) returns (uint256);
}

/// Where Multicall3 is on every chain.
const MULTICALL3: Address = address!("cA11bde05977b3631167028862bE2a173976CA11");

/// What the provider says where the node said `honest`.
pub async fn told(
    node: &Rpc,
    settings: &ProxySettings,
    method: &str,
    params: &Value,
    honest: Value,
) -> Value {
    let mut told = match method {
        "eth_chainId" => settings.chain_id.map_or(honest, |id| json!(format!("{id:#x}"))),
        "net_version" => settings.chain_id.map_or(honest, |id| json!(id.to_string())),
        "eth_call" => called(settings, params, &honest).unwrap_or(honest),
        "eth_getBalance" => match (settings.scale_balances, quantity(&honest)) {
            (Some(ratio), Some(balance)) => json!(scaled(balance, ratio)),
            (None, _) | (_, None) => honest,
        },
        "eth_getTransactionCount" => match quantity(&honest) {
            Some(count) => json!(count.saturating_sub(U256::from(settings.forget_transactions))),
            None => honest,
        },
        "eth_getLogs" if settings.hide_logs => json!([]),
        "eth_getTransactionReceipt" => receipt(node, settings.receipts, params, honest).await,
        _ => honest,
    };
    if settings.forge_block_hashes {
        let is_block = matches!(method, "eth_getBlockByNumber" | "eth_getBlockByHash");
        forge_hashes(&mut told, is_block);
    }
    told
}

fn quantity(value: &Value) -> Option<U256> {
    value.as_str()?.parse().ok()
}

fn scaled(amount: U256, ratio: Ratio) -> U256 {
    amount
        .saturating_mul(U256::from(ratio.numerator))
        .checked_div(U256::from(ratio.denominator))
        .unwrap_or(U256::MAX)
}

/// The changed result of a contract call; `None` if it stays as it is.
fn called(settings: &ProxySettings, params: &Value, honest: &Value) -> Option<Value> {
    let call = &params[0];
    let target: Address = call["to"].as_str()?.parse().ok()?;
    let data = call.get("data").filter(|data| !data.is_null()).unwrap_or(&call["input"]);
    let data: Bytes = data.as_str()?.parse().ok()?;
    let honest: Bytes = honest.as_str()?.parse().ok()?;
    let inner: Vec<Bytes> = match data.get(..4)? {
        selector if target == MULTICALL3 && selector == aggregate3Call::SELECTOR => {
            let calls = aggregate3Call::abi_decode(&data).ok()?.calls;
            calls.into_iter().map(|call| call.callData).collect()
        }
        selector if target == MULTICALL3 && selector == tryAggregateCall::SELECTOR => {
            let calls = tryAggregateCall::abi_decode(&data).ok()?.calls;
            calls.into_iter().map(|call| call.callData).collect()
        }
        _ => return Some(json!(returned(settings, &data, &honest)?)),
    };
    let mut results = <Vec<CallResult>>::abi_decode(&honest).ok()?;
    for (data, result) in inner.iter().zip(&mut results) {
        if let Some(changed) = returned(settings, data, &result.returnData) {
            *result = CallResult { success: true, returnData: changed };
        }
    }
    Some(json!(Bytes::from(results.abi_encode())))
}

/// The changed return data of a single call with `data`.
fn returned(settings: &ProxySettings, data: &Bytes, honest: &Bytes) -> Option<Bytes> {
    let selector = FixedBytes::<4>::from_slice(data.get(..4)?);
    if let Some(changed) = settings.call_overrides.get(&selector) {
        return Some(changed.clone());
    }
    let is_balance = [balanceOfCall::SELECTOR, getEthBalanceCall::SELECTOR].contains(&selector.0);
    let ratio = settings.scale_balances.filter(|_| is_balance)?;
    let balance = U256::abi_decode(honest).ok()?;
    Some(scaled(balance, ratio).abi_encode().into())
}

async fn receipt(node: &Rpc, receipts: Receipts, params: &Value, mut honest: Value) -> Value {
    if honest.is_null() {
        return if receipts == Receipts::Invented { invented(node, &params[0]).await } else { honest };
    }
    match receipts {
        Receipts::Honest | Receipts::Invented => {}
        Receipts::Missing => return Value::Null,
        Receipts::Reverted => {
            honest["status"] = json!("0x0");
            honest["logs"] = json!([]);
        }
        Receipts::Succeeded => honest["status"] = json!("0x1"),
        Receipts::WithoutLogs => honest["logs"] = json!([]),
    }
    honest
}

/// A receipt in the newest block for a transaction that is in none.
async fn invented(node: &Rpc, hash: &Value) -> Value {
    let Ok(head) = node.call("eth_getBlockByNumber", json!(["latest", false])).await else {
        return Value::Null;
    };
    json!({
        "transactionHash": hash,
        "transactionIndex": "0x0",
        "blockHash": head["hash"],
        "blockNumber": head["number"],
        "from": Address::ZERO,
        "to": Address::ZERO,
        "contractAddress": null,
        "cumulativeGasUsed": "0x5208",
        "gasUsed": "0x5208",
        "effectiveGasPrice": "0x3b9aca00",
        "logs": [],
        "logsBloom": format!("0x{}", "0".repeat(512)),
        "status": "0x1",
        "type": "0x2",
    })
}

/// Flips every block hash in `value`, at any depth.
fn forge_hashes(value: &mut Value, is_block: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| forge_hashes(item, false)),
        Value::Object(members) => {
            for (name, member) in members {
                let forged = name == "blockHash" || (is_block && (name == "hash" || name == "parentHash"));
                match member.as_str().and_then(|text| text.parse::<B256>().ok()) {
                    Some(hash) if forged => *member = json!(flipped(hash)),
                    _ => forge_hashes(member, false),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
