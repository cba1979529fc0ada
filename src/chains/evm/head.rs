//! Heads: the newest block and the newest final one, by quorum.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use crate::chains::evm::failure::{ChainError, Failure, NodeError, RpcError};
use crate::chains::evm::wire::{self, Header};
use crate::chains::evm::{EvmChain, Inner};
use crate::chains::rpc::endpoint::{Ask, Endpoint};
use crate::config::Finality;
use crate::domain::snapshot::BlockRef;

/// The two ends of a chain that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The greatest height a quorum of endpoints has reached. Which block it is, a reorganisation
    /// may still change: [`EvmChain::latest`] names one that a quorum has.
    pub latest: u64,
    /// The newest block that a quorum of endpoints calls final, agreed by hash.
    pub finalized: BlockRef,
}

/// What the awake endpoints call their newest and their newest final block.
struct Ends {
    /// The greatest height a quorum has reached.
    latest: u64,
    /// The greatest height a quorum calls final.
    finalized: u64,
    /// Newest block of each endpoint.
    newest: Vec<BlockRef>,
}

impl Inner {
    /// Newest block and height of the newest final one, out of the replies to
    /// [`Inner::head_asks`]; the endpoint's head is remembered.
    pub(super) fn read_head(
        &self,
        endpoint: &Endpoint,
        replies: &mut impl Iterator<Item = Result<Value, NodeError>>,
    ) -> Result<(Header, u64), RpcError> {
        let mut next = || {
            let reply = replies.next().unwrap_or(Ok(Value::Null));
            reply.map_err(RpcError::Node)
        };
        let latest = wire::header("latest block", &next()?)?;
        let height = latest.block.number;
        let finalized = match self.finality {
            Finality::Confirmations(count) => height.saturating_sub(count),
            Finality::Finalized | Finality::Safe => wire::header("final block", &next()?)?.block.number,
        };
        if finalized > height {
            return Err(RpcError::Malformed("its final block is newer than its newest".to_owned()));
        }
        self.endpoints.note_head(endpoint, height)?;
        Ok((latest, finalized))
    }

    pub(super) fn head_asks(&self) -> Vec<Ask> {
        std::iter::once("latest").chain(self.final_tag()).map(wire::block_at).collect()
    }
}

impl EvmChain {
    /// Newest height and newest final block by quorum. Lagging endpoints are asked too: here they
    /// show that they caught up.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer, [`ChainError::Disagreement`] when they name
    /// different blocks at the final height.
    pub async fn head(&self) -> Result<Head, ChainError> {
        const WHAT: &str = "the final block";
        let Ends { latest, finalized, .. } = self.ends().await?;
        let agreed =
            self.inner.endpoints.agree(WHAT, |endpoint| block(endpoint, finalized), |a, b| a == b).await?;
        match agreed.first() {
            Some(finalized) => Ok(Head { latest, finalized: *finalized }),
            None => Err(self.inner.endpoints.lost(WHAT, 0, Vec::new())),
        }
    }

    /// The newest block that a quorum of endpoints has, agreed by hash: one endpoint that forges
    /// hashes must not choose where the others are asked to read.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer, [`ChainError::Undecided`] when they name
    /// different blocks at the newest height, as honest ones do in a reorganisation.
    pub async fn latest(&self) -> Result<BlockRef, ChainError> {
        const WHAT: &str = "the newest block";
        let endpoints = &self.inner.endpoints;
        let Ends { latest, newest, .. } = self.ends().await?;
        let named = |block: &BlockRef| newest.iter().filter(|one| *one == block).count();
        let known = newest.iter().find(|one| one.number == latest && named(one) >= endpoints.quorum());
        if let Some(known) = known {
            return Ok(*known);
        }
        let votes = endpoints.votes(|endpoint| block(endpoint, latest), |a, b| a == b).await;
        let agreed = endpoints.decide(WHAT, votes, |_, _| false, |_| false)?;
        agreed.first().copied().ok_or_else(|| endpoints.lost(WHAT, 0, Vec::new()))
    }

    async fn ends(&self) -> Result<Ends, ChainError> {
        let endpoints = &self.inner.endpoints;
        let (answers, mut failures) = endpoints
            .each(endpoints.awake(), |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move {
                    let mut replies = endpoint.ask(inner.head_asks()).await?.into_iter();
                    inner.read_head(&endpoint, &mut replies)
                }
            })
            .await;
        // Only now are all heads known that each has to be compared with.
        let (mut newest, mut finals) = (Vec::new(), Vec::new());
        for (endpoint, (latest, finalized)) in answers {
            match endpoints.note_head(&endpoint, latest.block.number) {
                Ok(()) => {
                    newest.push(latest.block);
                    finals.push(finalized);
                }
                Err(error) => failures.push(Failure { endpoint: endpoint.label().to_owned(), error }),
            }
        }
        // The highest value that a quorum has reached is the quorum-th highest.
        let last = endpoints.quorum().saturating_sub(1);
        newest.sort_unstable_by_key(|block| Reverse(block.number));
        finals.sort_unstable_by_key(|height| Reverse(*height));
        match (newest.get(last).map(|block| block.number), finals.get(last).copied()) {
            (Some(latest), Some(finalized)) => Ok(Ends { latest, finalized, newest }),
            (None, _) | (_, None) => Err(endpoints.lost("the head", newest.len(), failures)),
        }
    }
}

async fn block(endpoint: Arc<Endpoint>, height: u64) -> Result<BlockRef, RpcError> {
    let value = endpoint.ask_one(wire::block_number(height)).await?;
    wire::header("block", &value).map(|header| header.block)
}
