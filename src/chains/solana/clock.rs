//! The cluster's time.

use std::sync::Arc;

use crate::chains::rpc::failure::{ChainError, RpcError};
use crate::chains::solana::scan::{CLOCK, clock_of};
use crate::chains::solana::{Commitment, SolanaChain, wire};

impl SolanaChain {
    /// The newest time, seconds since the epoch, that the clocks of a quorum of endpoints have reached. One that is
    /// ahead of the others moves nothing.
    ///
    /// # Errors
    /// [`ChainError::QuorumLost`] when too few answer.
    pub async fn time(&self) -> Result<u64, ChainError> {
        const WHAT: &str = "the clock";
        let endpoints = &self.inner.endpoints;
        let (answers, failures) = endpoints
            .each(endpoints.awake(), |endpoint| {
                let inner = Arc::clone(&self.inner);
                async move {
                    let read = inner.accounts(&endpoint, &[CLOCK], Commitment::Confirmed, 0).await?;
                    let clock = read.accounts.first().and_then(Option::as_ref);
                    let time = clock.and_then(|clock| clock_of(&clock.data)).map(|(_, time)| time);
                    time.ok_or_else(|| -> RpcError { wire::malformed(WHAT, "it is missing or unreadable") })
                }
            })
            .await;
        let mut times: Vec<u64> = answers.into_iter().map(|(_, time)| time).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let last = endpoints.quorum().saturating_sub(1);
        times.get(last).copied().ok_or_else(|| endpoints.lost(WHAT, times.len(), failures))
    }
}
