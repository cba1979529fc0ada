//! A node that is behind: the chain as of some blocks ago.

use serde_json::{Value, json};

use crate::error::RpcError;
use crate::rpc::{Rpc, quantity};

/// Where a method takes its block, and what stands there if it is left out.
fn block_position(method: &str) -> Option<usize> {
    match method {
        "eth_getBlockByNumber" | "eth_getBlockTransactionCountByNumber" | "eth_getBlockReceipts" => Some(0),
        "eth_call"
        | "eth_estimateGas"
        | "eth_getBalance"
        | "eth_getCode"
        | "eth_getTransactionCount"
        | "eth_createAccessList"
        | "eth_feeHistory"
        | "eth_simulateV1" => Some(1),
        "eth_getStorageAt" | "eth_getProof" => Some(2),
        _ => None,
    }
}

/// Answers `method` as a node that is `lag` blocks behind.
///
/// # Errors
/// The node's own errors, and `header not found` for a block that this
/// provider has not seen.
pub async fn call(node: &Rpc, lag: u64, method: &str, mut params: Value) -> Result<Value, RpcError> {
    let head = node.quantity("eth_blockNumber", json!([])).await?.saturating_sub(lag);
    if method == "eth_blockNumber" {
        return Ok(json!(hex(head)));
    }
    if method == "eth_getLogs" {
        return logs(node, lag, head, params).await;
    }
    if let Some(position) = block_position(method) {
        let list = params.as_array_mut().ok_or_else(|| invalid(method))?;
        while list.len() <= position {
            list.push(json!("latest"));
        }
        match shifted(node, lag, head, &list[position]).await? {
            Some(block) => list[position] = block,
            None if method.starts_with("eth_getBlock") => return Ok(Value::Null),
            None => return Err(unseen(method)),
        }
    }
    let result = node.call(method, params).await?;
    let above = |value: &Value| quantity(value).is_some_and(|number| number > head);
    Ok(match method {
        "eth_getTransactionReceipt" if above(&result["blockNumber"]) => Value::Null,
        "eth_getBlockByHash" if above(&result["number"]) => Value::Null,
        "eth_getTransactionByHash" if above(&result["blockNumber"]) => {
            let mut pending = result;
            for member in ["blockNumber", "blockHash", "transactionIndex"] {
                pending[member] = Value::Null;
            }
            pending
        }
        _ => result,
    })
}

/// The block a lagging provider means by `block`; `None` if it is above its
/// head.
async fn shifted(node: &Rpc, lag: u64, head: u64, block: &Value) -> Result<Option<Value>, RpcError> {
    if let Some(hash) = block.get("blockHash") {
        let header = node.call("eth_getBlockByHash", json!([hash, false])).await?;
        let seen = quantity(&header["number"]).is_none_or(|number| number <= head);
        return Ok(seen.then(|| block.clone()));
    }
    let block = block.get("blockNumber").unwrap_or(block);
    match block.as_str() {
        Some("latest" | "pending") | None => Ok(Some(json!(hex(head)))),
        Some(tag @ ("safe" | "finalized")) => {
            let header = node.call("eth_getBlockByNumber", json!([tag, false])).await?;
            let number = quantity(&header["number"]).unwrap_or(0);
            Ok(Some(json!(hex(number.saturating_sub(lag)))))
        }
        Some(_) => {
            let above = quantity(block).is_some_and(|number| number > head);
            Ok((!above).then(|| block.clone()))
        }
    }
}

async fn logs(node: &Rpc, lag: u64, head: u64, mut params: Value) -> Result<Value, RpcError> {
    let filter = params.get_mut(0).and_then(Value::as_object_mut).ok_or_else(|| invalid("eth_getLogs"))?;
    if let Some(hash) = filter.get("blockHash").cloned() {
        let by_hash = json!({ "blockHash": hash });
        if shifted(node, lag, head, &by_hash).await?.is_none() {
            return Err(unseen("eth_getLogs"));
        }
        return node.call("eth_getLogs", params).await;
    }
    let latest = json!("latest");
    let from = filter.get("fromBlock").unwrap_or(&latest).clone();
    let to = filter.get("toBlock").unwrap_or(&latest).clone();
    let Some(from) = shifted(node, lag, head, &from).await? else { return Ok(json!([])) };
    let to = shifted(node, lag, head, &to).await?.unwrap_or_else(|| json!(hex(head)));
    filter.insert("fromBlock".to_owned(), from);
    filter.insert("toBlock".to_owned(), to);
    node.call("eth_getLogs", params).await
}

fn hex(number: u64) -> String {
    format!("{number:#x}")
}

fn invalid(method: &str) -> RpcError {
    refusal(method, -32602, "invalid params")
}

fn unseen(method: &str) -> RpcError {
    refusal(method, -32000, "header not found")
}

fn refusal(method: &str, code: i64, message: &str) -> RpcError {
    RpcError::Node { method: method.to_owned(), code, message: message.to_owned(), data: None }
}
