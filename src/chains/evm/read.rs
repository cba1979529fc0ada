//! Reads: calls, nonces, and the report of every endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::{Address, Bytes};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::chains::evm::errors::{is_revert, node_revert_reason};
use crate::chains::evm::failure::{CallError, ChainError, NodeError, RpcError};
use crate::chains::evm::wire;
use crate::chains::evm::{At, Call, EvmChain, Inner};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::stats::Method;
use crate::config::Finality;
use crate::domain::snapshot::BlockRef;

/// What one endpoint says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointReport {
    /// Origin of the endpoint.
    pub endpoint: String,
    /// Chain id it answered.
    pub chain_id: Option<u64>,
    /// Its newest block.
    pub head: Option<BlockRef>,
    /// Height of its newest final block.
    pub finalized: Option<u64>,
    /// Blocks behind the best endpoint of this report.
    pub lag_blocks: Option<u64>,
    /// Time of the whole exchange.
    pub latency: Duration,
    /// Everything that is wrong with it.
    pub errors: Vec<String>,
}

/// A call's answer, in which two endpoints can agree: data, or the same revert.
type Answer = Result<Bytes, (String, Bytes)>;

pub(super) fn answer_of(reply: Result<Value, NodeError>) -> Result<Answer, RpcError> {
    match reply {
        Ok(value) => wire::bytes(&value).map(Ok),
        Err(error) if is_revert(&error) => {
            let reason = node_revert_reason(&error);
            Ok(Err((reason, error.data.unwrap_or_default())))
        }
        Err(error) => Err(RpcError::Node(error)),
    }
}

fn call_result(answer: Answer) -> Result<Bytes, CallError> {
    answer.map_err(|(reason, data)| CallError::Reverted { reason, data })
}

/// The block parameter of a hash, refused when the block is not canonical (EIP-1898).
pub(super) fn pinned(hash: alloy::primitives::B256) -> Value {
    json!({"blockHash": hash, "requireCanonical": true})
}

impl Inner {
    /// The tag of final blocks, where finality is a tag.
    pub(super) const fn final_tag(&self) -> Option<&'static str> {
        match self.finality {
            Finality::Finalized => Some("finalized"),
            Finality::Safe => Some("safe"),
            Finality::Confirmations(_) => None,
        }
    }
}

impl EvmChain {
    /// Calls a contract at one endpoint, failing over to the next.
    ///
    /// # Errors
    /// [`CallError::Reverted`] when the contract refuses, [`CallError::Chain`] when nobody answers.
    pub async fn call(&self, call: &Call, at: At) -> Result<Bytes, CallError> {
        let params = self.block_param(at).await?;
        let answer = self
            .inner
            .endpoints
            .first("a contract call", |endpoint| {
                let ask = call_ask(call, &params);
                async move { ask_call(&endpoint, ask).await }
            })
            .await?;
        call_result(answer)
    }

    /// Calls a contract at as many endpoints as the quorum asks for; all must answer the same
    /// bytes, or the same revert. With more than one endpoint the read is pinned to one block hash.
    ///
    /// # Errors
    /// [`CallError::Reverted`] when the quorum agrees that the contract refuses;
    /// [`CallError::Chain`] when there is no quorum or endpoints contradict each other.
    pub async fn call_agreed(&self, call: &Call, at: At) -> Result<Bytes, CallError> {
        let params = self.agreed_param(at).await?;
        let answers = self
            .inner
            .endpoints
            .agree(
                "a contract call",
                |endpoint| {
                    let ask = call_ask(call, &params);
                    async move { ask_call(&endpoint, ask).await }
                },
                same_answer,
            )
            .await?;
        match answers.into_iter().next() {
            Some(answer) => call_result(answer),
            None => Err(self.inner.endpoints.lost("a contract call", 0, Vec::new()).into()),
        }
    }

    /// The number of transactions of `wallet` included up to `at`, by quorum. At a final block it
    /// proves which nonces are used up for good.
    ///
    /// # Errors
    /// [`ChainError`] without a quorum.
    pub async fn nonce(&self, wallet: Address, at: At) -> Result<u64, ChainError> {
        const WHAT: &str = "a nonce";
        let params = self.agreed_param(at).await?;
        let answers = self
            .inner
            .endpoints
            .agree(
                WHAT,
                |endpoint| {
                    let ask = Ask::new(Method::GetTransactionCount, json!([wallet, params]));
                    async move {
                        let value = endpoint.ask_one(ask).await?;
                        wire::small("nonce", wire::quantity_of("nonce", &value)?)
                    }
                },
                |a, b| a == b,
            )
            .await?;
        answers.first().copied().ok_or_else(|| self.inner.endpoints.lost(WHAT, 0, Vec::new()))
    }

    /// Asks every endpoint who it is, cooling down or not, and reports what is wrong with each.
    pub async fn verify(&self) -> Vec<EndpointReport> {
        let mut asked = JoinSet::new();
        for (index, endpoint) in self.inner.endpoints.all().iter().enumerate() {
            let (inner, endpoint) = (Arc::clone(&self.inner), Arc::clone(endpoint));
            asked.spawn(async move { (index, report(&inner, &endpoint).await) });
        }
        let mut reports: Vec<(usize, EndpointReport)> = Vec::new();
        while let Some(joined) = asked.join_next().await {
            reports.extend(joined.ok());
        }
        reports.sort_unstable_by_key(|(index, _)| *index);
        let best = reports.iter().filter_map(|(_, one)| one.head.map(|head| head.number)).max();
        reports
            .into_iter()
            .map(|(_, mut one)| {
                one.lag_blocks = best.zip(one.head).map(|(best, head)| best.saturating_sub(head.number));
                one
            })
            .collect()
    }

    /// The block parameter for one endpoint.
    async fn block_param(&self, at: At) -> Result<Value, ChainError> {
        match (at, self.inner.final_tag()) {
            (At::Latest, _) => Ok(json!("latest")),
            (At::Block(hash), _) => Ok(pinned(hash)),
            (At::Finalized, Some(tag)) => Ok(json!(tag)),
            (At::Finalized, None) => Ok(pinned(self.head().await?.finalized.hash)),
        }
    }

    /// The block parameter for several endpoints: the same block for all of them.
    async fn agreed_param(&self, at: At) -> Result<Value, ChainError> {
        match at {
            At::Block(hash) => Ok(pinned(hash)),
            At::Latest | At::Finalized if self.inner.endpoints.quorum() == 1 => self.block_param(at).await,
            At::Latest => Ok(pinned(self.latest().await?.hash)),
            At::Finalized => Ok(pinned(self.head().await?.finalized.hash)),
        }
    }
}

fn call_ask(call: &Call, block: &Value) -> Ask {
    Ask::new(Method::Call, json!([{"to": call.to, "data": call.data}, block]))
}

async fn ask_call(endpoint: &Endpoint, ask: Ask) -> Result<Answer, RpcError> {
    let reply = endpoint.ask(vec![ask]).await?.pop();
    answer_of(reply.unwrap_or(Ok(Value::Null)))
}

/// Equal data, or both reverts with equal data; the nodes' words may differ.
fn same_answer(a: &Answer, b: &Answer) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err((_, a)), Err((_, b))) => a == b,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

async fn report(inner: &Inner, endpoint: &Endpoint) -> EndpointReport {
    let mut asks = vec![Ask::new(Method::ChainId, json!([]))];
    asks.extend(inner.head_asks());
    let started = Instant::now();
    let result = endpoint.ask(asks).await;
    endpoint.note(&result);
    let mut report = EndpointReport {
        endpoint: endpoint.label().to_owned(),
        chain_id: None,
        head: None,
        finalized: None,
        lag_blocks: None,
        latency: started.elapsed(),
        errors: Vec::new(),
    };
    let mut replies = match result {
        Ok(replies) => replies.into_iter(),
        Err(error) => {
            if let RpcError::WrongChain { actual, .. } = error {
                report.chain_id = Some(actual);
            }
            report.errors.push(error.to_string());
            return report;
        }
    };
    let chain_id = replies.next().unwrap_or(Ok(Value::Null)).map_err(RpcError::Node);
    match chain_id.and_then(|value| wire::quantity_of("chain id", &value)) {
        Ok(id) => {
            report.chain_id = u64::try_from(id).ok();
            if id != u128::from(inner.chain_id) {
                report.errors.push(format!("it serves chain id {id}, not {}", inner.chain_id));
            }
        }
        Err(error) => report.errors.push(error.to_string()),
    }
    let seen = replies.as_slice().first().and_then(|reply| reply.as_ref().ok());
    report.head = seen.and_then(|value| wire::header("latest block", value).ok()).map(|header| header.block);
    match inner.read_head(endpoint, &mut replies) {
        Ok((latest, finalized)) => {
            report.finalized = Some(finalized);
            let age = crate::chains::evm::scan::age_of(latest.block.timestamp);
            if age > inner.max_head_age {
                report.errors.push(format!("its newest block is {age} s old"));
            }
        }
        Err(error) => report.errors.push(error.to_string()),
    }
    report
}
