//! Why the pools in memory cannot be brought up to date.

use crate::chains::evm::{CallError, ChainError};
use crate::domain::ChainName;

/// Why the pools in memory are not those of the newest block. They are not usable until a later attempt
/// succeeds; no money is at stake.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The pools could not be read at a block.
    #[error("the pools could not be read: {0}; they are not used until they can be")]
    Read(#[from] CallError),
    /// The blocks changed while they were read.
    #[error(
        "the newest blocks of {chain} changed while they were read; the pools are brought up to date next time"
    )]
    Raced {
        /// The chain.
        chain: ChainName,
    },
    /// The newest block is old.
    #[error("the newest block of {chain} is {age} s old; its pools are not used until a new one comes")]
    Stalled {
        /// The chain.
        chain: ChainName,
        /// Seconds since the block's time.
        age: u64,
    },
}
