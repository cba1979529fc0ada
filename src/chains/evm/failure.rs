//! What can go wrong with a call or a simulation; failures of endpoints are those of `chains::rpc`.

use alloy::primitives::Bytes;

pub use crate::chains::rpc::failure::{ChainError, Failure, NodeError, RpcError};

/// Why a call, or the simulation of a transaction, has no result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The contract says no; sending it would waste gas.
    #[error("the contract refuses: {reason}")]
    Reverted {
        /// The decoded reason.
        reason: String,
        /// Raw revert data, empty when the node gave none.
        data: Bytes,
    },
    /// The wallet cannot pay for it.
    #[error("the wallet's native coin does not cover it: {0}; top up the wallet's gas")]
    InsufficientFunds(String),
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
}
