//! Journalling signed bytes and handing them over: to the nodes, or to Jupiter.

use alloy::primitives::Bytes;
use tokio::sync::MutexGuard;

use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::chains::solana::fees::ComputeBudget;
use crate::chains::solana::{Broadcast, Signed};
use crate::domain::{Leg, Operation, OperationState};
use crate::journal::{AttemptId, AttemptState, JournalError, Lifetime, NewAttempt};
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

impl<'a> Hand<'a> {
    /// The order's id, if Jupiter is to land it.
    const fn request(&self) -> Option<&'a str> {
        match self {
            Self::Nodes => None,
            Self::Order { request, .. } | Self::OrderAgain { request } => Some(*request),
        }
    }
}

/// What policy allowed, signed.
pub(super) struct Outgoing<'a> {
    pub(super) leg: Leg,
    pub(super) signed: Signed,
    pub(super) budget: ComputeBudget,
    pub(super) hand: Hand<'a>,
}

impl Engine {
    /// Journals what was signed and then, and only then, hands it over. `one_at_a_time` is the chain's lock of
    /// signing; it ends with the record.
    pub(super) async fn journal_and_send(
        &self,
        operation: &Operation,
        Outgoing { leg, signed, budget, hand }: Outgoing<'_>,
        note: Option<&str>,
        one_at_a_time: MutexGuard<'_, ()>,
    ) -> Result<Signing, ActError> {
        let solana = self.solana(operation)?;
        let (name, payer) = (solana.chain.name(), solana.wallet.address());
        let new = NewAttempt {
            cancels: false,
            operation: operation.id.clone(),
            leg,
            chain: name.clone(),
            wallet: payer.into(),
            nonce: self.parts.journal.next_nonce(name, payer).await?.unwrap_or(0),
            hash: signed.signature.into(),
            raw: Bytes::from(signed.bytes.clone()),
            gas_limit: u64::from(budget.limit),
            max_fee_per_gas: u128::from(budget.price),
            max_priority_fee_per_gas: u128::from(budget.price),
            replaces: None,
            lifetime: Some(Lifetime {
                from_slot: signed.slot,
                last_valid_height: signed.last_valid_block_height,
            }),
            landing_request: hand.request().map(ToOwned::to_owned),
        };
        let state = match leg {
            Leg::Mint => OperationState::Minting,
            Leg::Reclaim => operation.state,
            Leg::Open | Leg::Approve | Leg::Burn | Leg::Swap | Leg::Revoke => OperationState::Signed,
        };
        let recorded = match leg {
            Leg::Reclaim => self.parts.journal.record_reclaim(&new, self.now()).await,
            _ => self.parts.journal.record_signed(&new, operation.state, state, self.now()).await,
        };
        let id = match recorded {
            Ok(id) => id,
            Err(error @ JournalError::Halted { .. }) => return Ok(Signing::Waiting(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        drop(one_at_a_time);
        if state != operation.state {
            events::moved(&self.parts.metrics, operation, state, leg, note);
        }
        let operation = Operation { state, leg, ..operation.clone() };
        self.send_on_solana(&operation, leg, id, &signed, &hand, note).await?;
        Ok(Signing::Sent)
    }

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
                if signed.complete {
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
