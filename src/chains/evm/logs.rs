//! Finding the transaction behind an event.

use std::sync::Arc;

use alloy::primitives::{Address, B256};
use serde_json::{Value, json};

use crate::chains::evm::failure::{ChainError, RpcError};
use crate::chains::evm::{EvmChain, wire};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::stats::Method;

impl EvmChain {
    /// The newest transaction in which `address` emitted an event with `topics` (`None` matches
    /// anything), searching back from `head` in at most `rounds` ranges of `span` blocks.
    ///
    /// One endpoint's word: a hint where to look, to be confirmed by [`EvmChain::inclusion`].
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when nobody answers a range.
    pub async fn find_log(
        &self,
        address: Address,
        topics: &[Option<B256>],
        head: u64,
        span: u64,
        rounds: u64,
    ) -> Result<Option<B256>, ChainError> {
        let mut to = head;
        for _ in 0..rounds {
            let from = to.saturating_sub(span.saturating_sub(1));
            let filter = json!([{
                "address": address,
                "topics": topics,
                "fromBlock": format!("{from:#x}"),
                "toBlock": format!("{to:#x}"),
            }]);
            let found =
                self.inner.endpoints.first("an event", |endpoint| newest(endpoint, filter.clone())).await?;
            if found.is_some() || from == 0 {
                return Ok(found);
            }
            to = from.saturating_sub(1);
        }
        Ok(None)
    }
}

async fn newest(endpoint: Arc<Endpoint>, filter: Value) -> Result<Option<B256>, RpcError> {
    let answer = endpoint.ask_one(Ask::new(Method::GetLogs, filter)).await?;
    let logs = answer.as_array().ok_or_else(|| RpcError::Malformed("its logs are no list".to_owned()))?;
    let Some(last) = logs.last() else { return Ok(None) };
    wire::hash(last.get("transactionHash").unwrap_or(&Value::Null)).map(Some)
}
