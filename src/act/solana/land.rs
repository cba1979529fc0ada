//! Handing journalled bytes over: to the nodes, or to Jupiter.

use crate::act::{ActError, Engine};
use crate::chains::solana::{Broadcast, Signed};
use crate::domain::{Leg, Operation};
use crate::journal::{AttemptId, AttemptState};
use crate::telemetry::events;
use crate::venues::jupiter::{Executed, JupiterError};

/// To whom bytes are handed.
pub(super) enum Hand<'a> {
    /// Our nodes.
    Nodes,
    /// Jupiter, which has just written them.
    Order {
        /// The order's id.
        request: &'a str,
        /// The last valid height the order named.
        last_valid_height: u64,
    },
    /// Jupiter again, and our nodes as well if every signature is there.
    OrderAgain {
        /// The order's id.
        request: &'a str,
    },
}

impl Engine {
    /// Hands journalled bytes over and records what was said. Whatever it was, only the chain says what became of
    /// them.
    pub(super) async fn send_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        id: AttemptId,
        signed: &Signed,
        hand: &Hand<'_>,
        note: Option<&str>,
    ) -> Result<(), ActError> {
        let solana = self.solana(operation)?;
        let (state, words) = match hand {
            Hand::Nodes => by_nodes(solana.chain.broadcast(signed).await),
            Hand::Order { request, last_valid_height } => {
                let jupiter = self.jupiter(operation)?;
                by_jupiter(&jupiter.execute(request, &signed.bytes, Some(*last_valid_height)).await, signed)
            }
            Hand::OrderAgain { request } => {
                let jupiter = self.jupiter(operation)?;
                let executes = jupiter.execute(request, &signed.bytes, None);
                if signed.is_complete() {
                    // The nodes do not wait for Jupiter's turn.
                    let (executed, sent) = tokio::join!(executes, solana.chain.broadcast(signed));
                    either(by_nodes(sent), by_jupiter(&executed, signed))
                } else {
                    by_jupiter(&executes.await, signed)
                }
            }
        };
        let name = solana.chain.name();
        let signature = signed.signature.to_string();
        events::broadcast(&self.parts.metrics, operation, name, leg, &signature, &words);
        self.sent(operation, leg, id, state, &words, note).await
    }
}

/// Whether somebody took it, and the words for it.
type Said = (AttemptState, String);

fn by_nodes(broadcast: Broadcast) -> Said {
    match broadcast {
        Broadcast::Accepted => (AttemptState::Broadcast, "accepted".to_owned()),
        Broadcast::Known => (AttemptState::Broadcast, "known".to_owned()),
        Broadcast::BlockhashNotFound => {
            (AttemptState::Unknown, "no node that answered knows its blockhash".to_owned())
        }
        Broadcast::Refused(reason) => (AttemptState::Unknown, format!("refused: {reason}")),
        Broadcast::Unknown(reason) => (AttemptState::Unknown, format!("unknown: {reason}")),
    }
}

fn by_jupiter(executed: &Result<Executed, JupiterError>, signed: &Signed) -> Said {
    match executed {
        Ok(Executed::Succeeded { signature, .. }) if *signature == signed.signature => {
            (AttemptState::Broadcast, "Jupiter says that it landed".to_owned())
        }
        Ok(Executed::Succeeded { signature, .. }) => {
            (AttemptState::Unknown, format!("Jupiter says that {signature} landed, which is not ours"))
        }
        Ok(Executed::Failed { code, said, .. }) => {
            (AttemptState::Unknown, format!("Jupiter says that it failed: {code} ({said})"))
        }
        Err(error) => (AttemptState::Unknown, error.to_string()),
    }
}

/// What one of them took was sent.
fn either(nodes: Said, jupiter: Said) -> Said {
    if nodes.0 == AttemptState::Broadcast { nodes } else { jupiter }
}
