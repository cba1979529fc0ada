//! Sending signed bytes, the same ones again and again, until they land or cannot land any more.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use solana_signature::Signature;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::chains::http::HttpError;
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::RpcError;
use crate::chains::rpc::stats::Method;
use crate::chains::rpc::text::printable;
use crate::chains::solana::errors::{SendRefusal, send_refusal};
use crate::chains::solana::status::Status;
use crate::chains::solana::transaction::Signed;
use crate::chains::solana::{Commitment, SolanaChain, wire};

/// Pause between two sends of the same bytes. Validators forget what they cannot place at once.
pub const REBROADCAST: Duration = Duration::from_secs(2);
/// Longest a transaction is pushed. Its blockhash ends well before this on a cluster that moves.
pub const PUSH_LIMIT: Duration = Duration::from_secs(300);

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

/// Where pushing a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// It is in a block, with its effect or without.
    Landed(Status),
    /// The final block height is past its last valid height and it was not seen. Ask for the
    /// verdict before anything is signed anew.
    Expired,
    /// Time is up and nothing is certain: treat it as alive.
    Unclear(Option<String>),
}

/// One endpoint's part.
enum Fate {
    /// Nothing left this machine.
    NotSent(String),
    Said(Broadcast),
}

impl SolanaChain {
    /// Sends `signed` once to every endpoint that is not cooling down (to all when every one is).
    /// Nodes neither simulate it first nor repeat it: repeating is ours, see [`SolanaChain::push`].
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

impl SolanaChain {
    /// Sends `signed` every [`REBROADCAST`] until a quorum has seen it at `until`, or a quorum is past
    /// its last valid height without having seen it.
    pub async fn push(&self, signed: &Signed, until: Commitment) -> Pushed {
        let started = Instant::now();
        let mut ticks = interval(REBROADCAST);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // The height before the status: what lands in between is seen.
            let expired = match self.head(Commitment::Finalised).await {
                Ok(head) => head.block_height > signed.last_valid_block_height,
                Err(_) => false,
            };
            let trouble = match self.status(signed.signature).await {
                Ok(status) if status.commitment().is_some_and(|reached| reached >= until) => {
                    return Pushed::Landed(status);
                }
                Ok(Status::Unseen) if expired => return Pushed::Expired,
                Ok(_) => None,
                Err(error) => Some(error),
            };
            if started.elapsed() >= PUSH_LIMIT {
                return Pushed::Unclear(trouble.map(|error| error.to_string()));
            }
            if !expired {
                let said = self.broadcast(signed).await;
                tracing::debug!(chain = %self.inner.name, signature = %signed.signature, ?said, "sent");
            }
        }
    }
}
