//! Sending signed bytes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use solana_signature::Signature;
use tokio::task::JoinSet;

use crate::chains::http::HttpError;
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::RpcError;
use crate::chains::rpc::stats::Method;
use crate::chains::rpc::text::printable;
use crate::chains::solana::errors::{SendRefusal, send_refusal};
use crate::chains::solana::transaction::Signed;
use crate::chains::solana::{SolanaChain, wire};

/// Pause between two sends of the same bytes. Validators forget what they cannot place at once.
pub const REBROADCAST: Duration = Duration::from_secs(2);

/// What became of one send. Only [`Broadcast::Accepted`] and [`Broadcast::Known`] say that a node
/// took the transaction; nothing here proves that it is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broadcast {
    /// At least one node took it. It may still drop it.
    Accepted,
    /// At least one node has processed it already.
    Known,
    /// No node that answered knows its blockhash: too old, or too young.
    BlockhashNotFound,
    /// Every node that answered says the bytes themselves are unacceptable.
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

impl SolanaChain {
    /// Sends `signed` once to every endpoint that is not cooling down (to all when every one is).
    /// Nodes neither simulate it first nor repeat it: repeating is ours, every [`REBROADCAST`].
    pub async fn broadcast(&self, signed: &Signed) -> Broadcast {
        let mut sends = JoinSet::new();
        let text = wire::encode(&signed.bytes);
        for endpoint in self.inner.endpoints.for_broadcast() {
            sends.spawn(send(endpoint, text.clone(), signed.signature));
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
}

/// Order in which answers decide, first wins.
const fn weight(answer: &Broadcast) -> u8 {
    match answer {
        Broadcast::Accepted => 0,
        Broadcast::Known => 1,
        Broadcast::Unknown(_) => 2,
        Broadcast::BlockhashNotFound => 3,
        Broadcast::Refused(_) => 4,
    }
}

async fn send(endpoint: Arc<Endpoint>, text: String, signature: Signature) -> Fate {
    let options = json!({"encoding": "base64", "skipPreflight": true, "maxRetries": 0});
    let result = endpoint.ask_one(Ask::new(Method::SendTransaction, json!([text, options]))).await;
    endpoint.note(&result);
    let label = endpoint.label();
    match result {
        Ok(value) => match wire::signature(&value) {
            Ok(answered) if answered == signature => Fate::Said(Broadcast::Accepted),
            Ok(_) | Err(_) => {
                Fate::Said(Broadcast::Unknown(format!("{label} accepted it under another signature")))
            }
        },
        Err(RpcError::Node(error)) => Fate::Said(match send_refusal(error.code, &error.message) {
            SendRefusal::Known => Broadcast::Known,
            SendRefusal::BlockhashNotFound => Broadcast::BlockhashNotFound,
            SendRefusal::Refused => Broadcast::Refused(error.message),
            SendRefusal::Unknown => Broadcast::Unknown(error.message),
        }),
        Err(RpcError::Http(HttpError::Connect(reason))) => Fate::NotSent(format!("{label}: {reason}")),
        Err(error) => Fate::Said(Broadcast::Unknown(printable(&format!("{label}: {error}")))),
    }
}
