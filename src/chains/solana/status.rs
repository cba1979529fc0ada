//! What became of a signature, by quorum.

use std::sync::Arc;

use serde_json::json;
use solana_signature::Signature;

use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::wire::{self, SeenSignature, TransactionFailure};
use crate::chains::solana::{Commitment, Inner, SolanaChain};

/// What a quorum knows of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// A quorum has not seen it. This is no proof of death: only
    /// [`SolanaChain::verdict`] is.
    Unseen,
    /// It had its effect in a slot that may still be abandoned.
    Processed {
        /// Slot.
        slot: u64,
    },
    /// It had its effect in a slot that two thirds of the stake voted for.
    Confirmed {
        /// Slot.
        slot: u64,
    },
    /// It had its effect for good.
    Finalised {
        /// Slot.
        slot: u64,
    },
    /// It was included, cost its fee, and had no other effect.
    Failed {
        /// Slot.
        slot: u64,
        /// How settled the failure is; only a final one frees what was reserved.
        commitment: Commitment,
        /// Why.
        failure: TransactionFailure,
    },
}

impl Status {
    /// How settled what is known is; `None` when nothing is.
    pub const fn commitment(&self) -> Option<Commitment> {
        match self {
            Self::Unseen => None,
            Self::Processed { .. } => Some(Commitment::Processed),
            Self::Confirmed { .. } => Some(Commitment::Confirmed),
            Self::Finalised { .. } => Some(Commitment::Finalised),
            Self::Failed { commitment, .. } => Some(*commitment),
        }
    }
}

fn same(a: &Option<SeenSignature>, b: &Option<SeenSignature>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.slot == b.slot && a.failure == b.failure,
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// A slot has one outcome for a signature, and only one slot of it can be final. One endpoint being
/// later than another, or on another fork, is honest.
fn contradicts(a: &Option<SeenSignature>, b: &Option<SeenSignature>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => {
            let both_final = a.commitment == Commitment::Finalised && b.commitment == Commitment::Finalised;
            (a.slot == b.slot && a.failure != b.failure) || (both_final && a.slot != b.slot)
        }
        (None, _) | (_, None) => false,
    }
}

impl SolanaChain {
    /// Looks for `signature` at a quorum of endpoints, in their whole history. How settled it is is
    /// what the least advanced of the quorum says.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer; [`ChainError::Undecided`] when some have not
    /// seen it yet; [`ChainError::Disagreement`] when they cannot all be honest.
    pub async fn status(&self, signature: Signature) -> Result<Status, ChainError> {
        const WHAT: &str = "a signature";
        let endpoints = &self.inner.endpoints;
        let votes = endpoints
            .votes(
                |endpoint| {
                    let inner = Arc::clone(&self.inner);
                    async move {
                        let (slot, seen) = inner.look(&endpoint, signature).await?;
                        // An endpoint that is behind proves nothing by not having it.
                        inner.endpoints.note_head(&endpoint, slot)?;
                        Ok(seen)
                    }
                },
                same,
            )
            .await;
        let passing = |error: &RpcError| matches!(error, RpcError::Behind { .. });
        let group = endpoints.decide(WHAT, votes, contradicts, passing)?;
        let least = group.into_iter().flatten().min_by_key(|seen| seen.commitment);
        Ok(match least {
            None => Status::Unseen,
            Some(SeenSignature { slot, commitment, failure: Some(failure) }) => {
                Status::Failed { slot, commitment, failure }
            }
            Some(SeenSignature { slot, commitment, failure: None }) => match commitment {
                Commitment::Processed => Status::Processed { slot },
                Commitment::Confirmed => Status::Confirmed { slot },
                Commitment::Finalised => Status::Finalised { slot },
            },
        })
    }
}

impl Inner {
    /// The slot of the answer, and what one endpoint's whole history knows.
    pub(super) async fn look(
        &self,
        endpoint: &Endpoint,
        signature: Signature,
    ) -> Result<(u64, Option<SeenSignature>), RpcError> {
        let params = json!([[signature.to_string()], {"searchTransactionHistory": true}]);
        let ask = Ask::new(Method::GetSignatureStatuses, params);
        wire::signature_status(&self.ask_one(endpoint, ask, 0).await?)
    }
}
