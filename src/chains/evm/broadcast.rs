//! Sending signed bytes to every endpoint that may take them.

use std::sync::Arc;

use alloy::primitives::{B256, Bytes, keccak256};
use serde_json::json;
use tokio::task::JoinSet;

use crate::chains::evm::EvmChain;
use crate::chains::evm::errors::{classify, printable};
use crate::chains::evm::failure::RpcError;
use crate::chains::evm::wire;
use crate::chains::http::HttpError;
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::stats::Method;

/// What became of a broadcast. Only [`Broadcast::Accepted`] and [`Broadcast::Known`] say that a
/// node has the transaction; nothing here proves that it is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broadcast {
    /// At least one node took it.
    Accepted,
    /// At least one node had it already.
    Known,
    /// Its nonce is used up; perhaps by this very transaction.
    NonceTooLow,
    /// The fees are too low for the pool, or for the replacement of what it holds.
    Underpriced,
    /// The wallet cannot pay gas and value.
    InsufficientFunds,
    /// Every node that answered says the transaction itself is unacceptable.
    Refused(String),
    /// Nothing certain: treat it as sent.
    Unknown(String),
}

/// One endpoint's part.
enum Fate {
    /// Nothing left this machine.
    NotSent(String),
    Said(Broadcast),
}

impl EvmChain {
    /// Sends `raw` to every endpoint that is not cooling down (to all when every one is), at once.
    /// Any endpoint that accepts or knows it decides; otherwise any uncertainty does, since a
    /// transaction that may be alive must be treated as alive.
    pub async fn broadcast(&self, raw: &Bytes) -> Broadcast {
        broadcast(self.inner.endpoints.for_broadcast(), raw).await
    }

    /// The same to the private endpoints alone: who reads the public pool does not see it before it is in a block.
    pub async fn broadcast_privately(&self, raw: &Bytes) -> Broadcast {
        match &self.inner.private {
            Some(private) => broadcast(private.for_broadcast(), raw).await,
            None => Broadcast::Unknown("no private endpoint is configured".to_owned()),
        }
    }
}

async fn broadcast(endpoints: Vec<Arc<Endpoint>>, raw: &Bytes) -> Broadcast {
    let hash = keccak256(raw);
    let mut sends = JoinSet::new();
    for endpoint in endpoints {
        sends.spawn(send(endpoint, raw.clone(), hash));
    }
    let (mut said, mut unsent) = (Vec::new(), Vec::new());
    while let Some(fate) = sends.join_next().await {
        match fate {
            Ok(Fate::Said(answer)) => said.push(answer),
            Ok(Fate::NotSent(reason)) => unsent.push(reason),
            Err(_) => said.push(Broadcast::Unknown("a send was abandoned".to_owned())),
        }
    }
    said.into_iter()
        .min_by_key(weight)
        .unwrap_or_else(|| Broadcast::Unknown(format!("no endpoint was reached: {}", unsent.join("; "))))
}

/// Order in which answers decide, first wins.
const fn weight(answer: &Broadcast) -> u8 {
    match answer {
        Broadcast::Accepted => 0,
        Broadcast::Known => 1,
        Broadcast::Unknown(_) => 2,
        Broadcast::NonceTooLow => 3,
        Broadcast::Underpriced => 4,
        Broadcast::InsufficientFunds => 5,
        Broadcast::Refused(_) => 6,
    }
}

async fn send(endpoint: Arc<Endpoint>, raw: Bytes, hash: B256) -> Fate {
    let result = endpoint.ask_one(Ask::new(Method::SendRawTransaction, json!([raw]))).await;
    endpoint.note(&result);
    let label = endpoint.label();
    match result {
        Ok(value) => match wire::hash(&value) {
            Ok(answered) if answered == hash => Fate::Said(Broadcast::Accepted),
            Ok(_) | Err(_) => {
                Fate::Said(Broadcast::Unknown(format!("{label} accepted it under another hash")))
            }
        },
        Err(RpcError::Node(error)) => Fate::Said(classify(&error.message)),
        Err(RpcError::Http(HttpError::Connect(reason))) => Fate::NotSent(format!("{label}: {reason}")),
        // The chain id is asked in the same request, so the bytes may have reached another chain's
        // node; they are void there.
        Err(error) => Fate::Said(Broadcast::Unknown(printable(&format!("{label}: {error}")))),
    }
}
