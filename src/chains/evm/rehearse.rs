//! Several calls one after the other, as if they were mined: what they leave behind can be read.

use std::sync::Arc;

use alloy::primitives::{Address, Bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::chains::evm::errors::{node_revert_reason, printable};
use crate::chains::evm::failure::{ChainError, NodeError, RpcError};
use crate::chains::evm::wire;
use crate::chains::evm::{Call, EvmChain};
use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::stats::Method;

/// What one call of a rehearsal returned, or why it failed.
pub type Played = Result<Bytes, String>;

#[derive(Deserialize)]
struct Block {
    calls: Vec<Outcome>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    status: String,
    return_data: Bytes,
    #[serde(default)]
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i64,
    message: String,
}

impl EvmChain {
    /// Plays `calls` from `from` on top of the newest block (`eth_simulateV1`), each on what the ones
    /// before it left. One answer per call. An endpoint that has not reached the block `after` is not
    /// believed.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when no endpoint can: not every node knows the method.
    pub async fn rehearse(
        &self,
        from: Address,
        calls: &[Call],
        after: u64,
    ) -> Result<Vec<Played>, ChainError> {
        let played: Vec<Value> =
            calls.iter().map(|call| json!({"from": from, "to": call.to, "data": call.data})).collect();
        let payload = json!({"blockStateCalls": [{"calls": played}], "validation": false});
        self.inner
            .endpoints
            .first("a rehearsal", |endpoint| {
                let inner = Arc::clone(&self.inner);
                let asks =
                    vec![wire::block_at("latest"), Ask::new(Method::SimulateV1, json!([payload, "latest"]))];
                async move {
                    let replies = endpoint.ask_all(asks).await?;
                    let mut replies = replies.iter();
                    let latest = wire::header("latest block", replies.next().unwrap_or(&Value::Null))?;
                    let head = latest.block.number;
                    inner.endpoints.note_head(&endpoint, head)?;
                    if head < after {
                        return Err(RpcError::Behind { head, lag: after.saturating_sub(head) });
                    }
                    read(replies.next().unwrap_or(&Value::Null), calls.len())
                }
            })
            .await
    }
}

/// Reads one simulated block with `count` calls.
fn read(value: &Value, count: usize) -> Result<Vec<Played>, RpcError> {
    let malformed = |text: &str| RpcError::Malformed(format!("simulation: {}", printable(text)));
    let mut blocks: Vec<Block> =
        Deserialize::deserialize(value).map_err(|error: serde_json::Error| malformed(&error.to_string()))?;
    let block = blocks.pop().filter(|block| blocks.is_empty() && block.calls.len() == count);
    let block = block.ok_or_else(|| malformed("another number of calls than was asked"))?;
    let played = block.calls.into_iter().map(|outcome| match (outcome.status.as_str(), outcome.error) {
        ("0x1", None) => Ok(Ok(outcome.return_data)),
        ("0x0", error) => {
            let error = error.map(|Failure { code, message }| {
                let message = printable(&message);
                node_revert_reason(&NodeError { code, message, data: Some(outcome.return_data) })
            });
            Ok(Err(error.unwrap_or_else(|| "it fails".to_owned())))
        }
        (_, _) => Err(malformed("a call neither succeeded nor failed")),
    });
    played.collect()
}
