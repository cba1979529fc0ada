//! Accepting that the key was used outside this daemon.

use alloy::primitives::Address;

use crate::chains::evm::{At, ChainError, EvmChain, Inclusion};
use crate::domain::{ChainName, Timestamp};
use crate::journal::{AttemptId, AttemptState, Journal, JournalError};

/// Why nothing was adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The chain could not be read by quorum.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// No daemon began to sign with the key here.
    #[error(
        "no daemon went live on {0} with this journal yet, so the chain's own nonce is next; nothing to adopt"
    )]
    NoHistory(ChainName),
    /// Nobody else used the key.
    #[error(
        "nothing is foreign on {chain}: the journal's next nonce is {journal}, the chain's final nonce {finalized}, \
         its newest {latest}; nothing was changed"
    )]
    NothingForeign {
        /// Chain.
        chain: ChainName,
        /// The journal's next nonce.
        journal: u64,
        /// The chain's nonce at its final block.
        finalized: u64,
        /// The chain's nonce at its newest block.
        latest: u64,
    },
    /// Somebody else used the key, and that may still be undone.
    #[error(
        "the key was used elsewhere on {chain} (the journal's next nonce is {journal}, the chain's newest {latest}), \
         but that is not final yet (final nonce {finalized}); nothing was changed, try again when it is"
    )]
    NotFinal {
        /// Chain.
        chain: ChainName,
        /// The journal's next nonce.
        journal: u64,
        /// The chain's nonce at its final block.
        finalized: u64,
        /// The chain's nonce at its newest block.
        latest: u64,
    },
}

/// What was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// The journal's next nonce before.
    pub journal: u64,
    /// The chain's final nonce: the journal's next one now.
    pub finalized: u64,
    /// Our transactions below it that are in no block: proven dead by it.
    pub dead: Vec<AttemptId>,
}

/// Accepts the chain's final nonce as the next one of `wallet`; `reason` is kept. Transactions of ours whose nonce was
/// taken are called dead only after a quorum has no receipt of them.
///
/// # Errors
/// [`AdoptError`]; with [`AdoptError::NothingForeign`] and [`AdoptError::NotFinal`] nothing is changed.
pub async fn adopt(
    journal: &Journal,
    chain: &EvmChain,
    wallet: Address,
    reason: &str,
    at: Timestamp,
) -> Result<Adoption, AdoptError> {
    let name = chain.name();
    let expected = journal.next_nonce(name, wallet).await?;
    let expected = expected.ok_or_else(|| AdoptError::NoHistory(name.clone()))?;
    let latest = chain.nonce(wallet, At::Latest).await?;
    let finalized = chain.nonce(wallet, At::Finalized).await?;
    if finalized <= expected {
        let (chain, journal) = (name.clone(), expected);
        return Err(if latest > expected {
            AdoptError::NotFinal { chain, journal, finalized, latest }
        } else {
            AdoptError::NothingForeign { chain, journal, finalized, latest }
        });
    }
    journal.adopt_nonce(name, wallet, finalized, reason, at).await?;
    let mut dead = Vec::new();
    for attempt in journal.live_attempts(name).await? {
        if attempt.wallet != wallet.into()
            || attempt.nonce >= finalized
            || attempt.state == AttemptState::Included
        {
            continue;
        }
        let Some(hash) = attempt.hash.evm() else { continue };
        if chain.inclusion(hash).await? == Inclusion::Absent {
            match journal.set_attempt(attempt.id, AttemptState::Dead, None, at).await {
                Ok(()) => dead.push(attempt.id),
                // A running daemon has found out more about it meanwhile.
                Err(JournalError::IllegalAttemptMove { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Adoption { journal: expected, finalized, dead })
}
