//! What happened block by block: headers, logs of one block by its hash, many calls at one block.

use alloy::primitives::{Address, B256, Bytes, Log};
use alloy::sol_types::SolCall;
use serde_json::{Value, json};

use crate::chains::evm::contracts::Multicall3;
use crate::chains::evm::failure::{CallError, ChainError, RpcError};
use crate::chains::evm::scan::sub_calls;
use crate::chains::evm::wire::{self, BlockLog, Header};
use crate::chains::evm::{At, Call, EvmChain};
use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::stats::Method;
use crate::domain::snapshot::Reading;

/// Which logs of a block are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Who emitted them; anybody when empty.
    pub addresses: Vec<Address>,
    /// What each topic may be, from the signature on; anything where empty.
    pub topics: Vec<Vec<B256>>,
}

impl LogFilter {
    fn param(&self, block: B256) -> Value {
        let topics: Vec<Value> = self
            .topics
            .iter()
            .map(|any_of| if any_of.is_empty() { Value::Null } else { json!(any_of) })
            .collect();
        let mut filter = json!({ "blockHash": block, "topics": topics });
        if !self.addresses.is_empty() {
            filter["address"] = json!(self.addresses);
        }
        json!([filter])
    }
}

impl EvmChain {
    /// The headers of the blocks at heights `first..=last`, in order, as one endpoint has them. Whether they
    /// are a chain, and which, their hashes tell.
    ///
    /// # Errors
    /// [`ChainError::Unavailable`] when nobody answers.
    pub async fn headers(&self, first: u64, last: u64) -> Result<Vec<Header>, ChainError> {
        if last < first {
            return Ok(Vec::new());
        }
        let asks: Vec<Ask> = (first..=last).map(wire::block_number).collect();
        self.inner
            .endpoints
            .first("the headers of blocks", |endpoint| {
                let asks = asks.clone();
                async move {
                    let values = endpoint.ask_all(asks).await?;
                    let headers: Result<Vec<Header>, RpcError> =
                        values.iter().map(|value| wire::header("block", value)).collect();
                    let headers = headers?;
                    let numbers = headers.iter().map(|header| header.block.number);
                    if !numbers.eq(first..=last) {
                        return Err(RpcError::Malformed("it answered with other blocks".to_owned()));
                    }
                    Ok(headers)
                }
            })
            .await
    }

    /// What the blocks with these hashes logged, block by block and in the order of each block, by quorum:
    /// an endpoint that leaves a log out must not decide what a pool holds.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer, [`ChainError::Disagreement`] when they name different
    /// logs.
    pub async fn logs(&self, blocks: &[B256], filters: &[LogFilter]) -> Result<Vec<Vec<Log>>, ChainError> {
        const WHAT: &str = "the logs of blocks";
        if blocks.is_empty() {
            return Ok(Vec::new());
        }
        let ask = |filter: &LogFilter, block: &B256| Ask::new(Method::GetLogs, filter.param(*block));
        let asks: Vec<Ask> =
            blocks.iter().flat_map(|block| filters.iter().map(move |filter| ask(filter, block))).collect();
        let (blocks, width) = (blocks.to_vec(), filters.len().max(1));
        let answers = self
            .inner
            .endpoints
            .agree(
                WHAT,
                |endpoint| {
                    let (asks, blocks) = (asks.clone(), blocks.clone());
                    async move {
                        let values = endpoint.ask_all(asks).await?;
                        blocks
                            .iter()
                            .zip(values.chunks(width))
                            .map(|(block, parts)| merged(*block, parts))
                            .collect()
                    }
                },
                |a, b| a == b,
            )
            .await?;
        answers.into_iter().next().ok_or_else(|| self.inner.endpoints.lost(WHAT, 0, Vec::new()))
    }

    /// Many calls at one block in one `eth_call` of Multicall3, by quorum like [`EvmChain::call_agreed`]: one
    /// result per call, in order; a revert or empty data is an error in its place.
    ///
    /// # Errors
    /// [`CallError`] as [`EvmChain::call_agreed`], and when the answer is not Multicall3's.
    pub async fn calls_agreed(&self, calls: &[Call], at: At) -> Result<Vec<Reading<Bytes>>, CallError> {
        let parts = calls.iter().map(|call| Multicall3::Call3 {
            target: call.to,
            allowFailure: true,
            callData: call.data.clone(),
        });
        let data = Multicall3::aggregate3Call { calls: parts.collect() }.abi_encode();
        let returned = self.call_agreed(&Call::new(self.inner.multicall3, data), at).await?;
        let reverted = |reason: String| CallError::Reverted { reason, data: returned.clone() };
        let results = sub_calls(&returned).map_err(|error| reverted(error.to_string()))?;
        if results.len() == calls.len() {
            Ok(results)
        } else {
            Err(reverted("Multicall3 returned another number of results".to_owned()))
        }
    }
}

/// The logs of one block out of the replies to several filters, in the block's order, each once.
fn merged(block: B256, parts: &[Value]) -> Result<Vec<Log>, RpcError> {
    let mut all: Vec<BlockLog> = Vec::new();
    for part in parts {
        all.extend(wire::block_logs(block, part)?);
    }
    all.sort_unstable_by_key(|log| log.index);
    all.dedup();
    if all.windows(2).any(|pair| matches!(pair, [a, b] if a.index == b.index)) {
        return Err(RpcError::Malformed("two logs at one place of a block".to_owned()));
    }
    Ok(all.into_iter().map(|log| log.log).collect())
}
