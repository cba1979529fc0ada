//! Blockhashes, and until when a transaction with one can land.
//!
//! A transaction can land while the block height is at most the last valid height of its
//! blockhash. Signing anew is safe only after that, so a node that understates this height could
//! make two transactions land. It cannot: no blockhash is younger than the chain, so its last valid
//! height is never taken to be below the height a quorum has reached, plus the age allowed.

use std::sync::Arc;

use serde_json::json;
use solana_hash::Hash;

use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::wire::{self, malformed};
use crate::chains::solana::{Commitment, SolanaChain};

/// Blocks a blockhash lives for (`MAX_PROCESSING_AGE` of the validator).
pub const BLOCKHASH_AGE: u64 = 150;
/// How far a node's last valid height may lie beyond what the quorum's height explains.
pub const HEIGHT_SLACK: u64 = 150;

/// A blockhash and when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blockhash {
    /// The hash.
    pub hash: Hash,
    /// Slot it was read at; whoever vouches for a transaction's death must know the chain since.
    pub slot: u64,
    /// Last block height at which a transaction with it can land.
    pub last_valid_block_height: u64,
}

/// The last valid height to rely on, given the node's own claim and the height a quorum reached
/// after the blockhash was read. `None` when the claim lies absurdly far ahead.
pub fn last_valid_height(claimed: u64, reached: u64) -> Option<u64> {
    let youngest = reached.checked_add(BLOCKHASH_AGE)?;
    (claimed <= youngest.checked_add(HEIGHT_SLACK)?).then_some(claimed.max(youngest))
}

impl SolanaChain {
    /// A confirmed blockhash. (A final one would have lost a third of its life; a processed one may
    /// belong to an abandoned fork.)
    ///
    /// # Errors
    /// [`ChainError`] when no endpoint answers, or no quorum knows the height.
    pub async fn blockhash(&self) -> Result<Blockhash, ChainError> {
        const WHAT: &str = "a blockhash";
        let (slot, hash, claimed) = self
            .inner
            .endpoints
            .first(WHAT, |endpoint| {
                let inner = Arc::clone(&self.inner);
                let options = json!([{"commitment": Commitment::Confirmed.as_str()}]);
                async move {
                    let ask = Ask::new(Method::GetLatestBlockhash, options);
                    let (slot, hash, claimed) =
                        wire::latest_blockhash(&inner.ask_one(&endpoint, ask, 0).await?)?;
                    inner.endpoints.note_head(&endpoint, slot)?;
                    Ok((slot, hash, claimed))
                }
            })
            .await?;
        let reached = self.head(Commitment::Confirmed).await?;
        match last_valid_height(claimed, reached.block_height) {
            Some(last_valid_block_height) => {
                // An older slot than the node's only widens what has to be known later.
                Ok(Blockhash { hash, slot: slot.min(reached.slot), last_valid_block_height })
            }
            None => {
                Err(self.unusable(WHAT, malformed(WHAT, "its last valid height is far ahead of the chain")))
            }
        }
    }

    pub(super) fn unusable(&self, what: &'static str, error: RpcError) -> ChainError {
        let failure = crate::chains::rpc::failure::Failure { endpoint: self.inner.name.to_string(), error };
        ChainError::Unavailable { chain: self.inner.name.clone(), what, failures: vec![failure] }
    }
}
