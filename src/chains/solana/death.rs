//! Proof that a transaction can never land any more.
//!
//! Signing anew while the first bytes may still land pays twice. A transaction is dead when the
//! final block height is past its last valid height and no history knows its signature, and this is
//! believed from two endpoints at least: each must say both, in this order, of one and the same
//! state of the cluster, and its history must reach back to before the transaction could first land.
//! One endpoint that has seen the signature outweighs all that have not.

use std::sync::Arc;

use serde_json::json;
use solana_signature::Signature;

use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::chains::rpc::failure::{ChainError, Failure, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::solana::read::epoch_ask;
use crate::chains::solana::transaction::Signed;
use crate::chains::solana::wire::{self, EpochInfo, malformed};
use crate::chains::solana::{Commitment, Inner, SolanaChain};

/// Endpoints that must vouch for a death, whatever the configured quorum.
pub const WITNESSES: usize = 2;

/// What can be said about a transaction's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// At least one endpoint has seen it.
    Seen {
        /// Slot it was seen in.
        slot: u64,
    },
    /// It can still land, or not enough endpoints rule it out.
    MayLand {
        /// Final block height that enough endpoints have reached.
        block_height: u64,
    },
    /// It has not landed and never will.
    Dead {
        /// Final block height that enough endpoints have reached.
        block_height: u64,
    },
}

/// What one endpoint says of a transaction.
struct Testimony {
    finalised: EpochInfo,
    /// First slot its history knows.
    first: u64,
    /// Slot it has seen the signature in.
    seen: Option<u64>,
}

impl SolanaChain {
    /// Judges whether `signed` can still land. Every endpoint is asked, paused or not.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when fewer than [`WITNESSES`] endpoints (or the quorum, if larger)
    /// give usable testimony. Nothing is dead then.
    pub async fn verdict(&self, signed: &Signed) -> Result<Verdict, ChainError> {
        const WHAT: &str = "whether a transaction can still land";
        let (signature, from) = (signed.signature, signed.slot);
        let endpoints = &self.inner.endpoints;
        let (testimonies, mut failures) = endpoints
            .each(endpoints.all().to_vec(), |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move { testify(&inner, &endpoint, signature).await }
            })
            .await;
        if let Some(slot) = testimonies.iter().find_map(|(_, testimony)| testimony.seen) {
            return Ok(Verdict::Seen { slot });
        }
        let needed = endpoints.quorum().max(WITNESSES);
        let mut heights = Vec::new();
        for (endpoint, testimony) in testimonies {
            if testimony.first > from {
                let error = RpcError::ShortHistory { first: testimony.first, needed: from };
                failures.push(Failure { endpoint: endpoint.label().to_owned(), error });
            } else {
                heights.push(testimony.finalised.block_height);
            }
        }
        // The highest value that enough endpoints have reached.
        heights.sort_unstable_by(|a, b| b.cmp(a));
        match heights.get(needed.saturating_sub(1)).copied() {
            Some(block_height) if block_height > signed.last_valid_block_height => {
                Ok(Verdict::Dead { block_height })
            }
            Some(block_height) => Ok(Verdict::MayLand { block_height }),
            None => Err(endpoints.lost_of(WHAT, heights.len(), needed, failures)),
        }
    }
}

/// The height first, then the history: what is not in the history of a state at that height cannot
/// come into it any more.
async fn testify(inner: &Inner, endpoint: &Endpoint, signature: Signature) -> Result<Testimony, RpcError> {
    let asks = vec![epoch_ask(Commitment::Finalised), Ask::new(Method::GetFirstAvailableBlock, json!([]))];
    let replies = inner.ask(endpoint, asks, 0).await?;
    let [finalised, first] = replies.as_slice() else {
        return Err(malformed("testimony", "replies are missing"));
    };
    let finalised = wire::epoch_info(finalised)?;
    let first = wire::number("first block", first)?;
    let (at, seen) = inner.look(endpoint, signature).await?;
    if at < finalised.absolute_slot {
        // Another, slower machine behind the same address.
        return Err(RpcError::BeforeSlot(finalised.absolute_slot));
    }
    Ok(Testimony { finalised, first, seen: seen.map(|seen| seen.slot) })
}
