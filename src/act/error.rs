//! Why an operation did not move.

use crate::bridges::cctp::solana::AccountError;
use crate::bridges::cctp::{ContractError, IrisError, MessageError};
use crate::chains::evm::{CallError, ChainError, TransactionError};
use crate::chains::solana::token::TokenError;
use crate::domain::{ChainName, OperationId};
use crate::journal::JournalError;
use crate::venues::atomic::RouteError;
use crate::venues::uniswap::SwapError;

/// Why an operation did not move. It stays where it is in the journal and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The journal refused or failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A contract could not be read.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A transaction could not be built or signed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Iris could not be asked.
    #[error(transparent)]
    Iris(#[from] IrisError),
    /// A CCTP contract answered something unreadable, or a receipt lacks what it must hold.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A stored message is damaged.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A transaction of Solana could not be built, signed or read.
    #[error(transparent)]
    SolanaTransaction(#[from] crate::chains::solana::transaction::TransactionError),
    /// A mint or token account on Solana is not as it must be.
    #[error("{0}; the operation waits")]
    SolanaToken(Box<TokenError>),
    /// An account of CCTP's programs is not as it must be.
    #[error(transparent)]
    SolanaAccount(#[from] AccountError),
    /// A swap cannot be built.
    #[error(transparent)]
    Swap(#[from] SwapError),
    /// A route cannot be built.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The configuration no longer holds what the operation needs.
    #[error(
        "operation {operation} needs {what} on {chain}, which the configuration no longer has; put it back, the operation waits"
    )]
    NotConfigured {
        /// The operation.
        operation: OperationId,
        /// What is missing.
        what: &'static str,
        /// Where.
        chain: ChainName,
    },
    /// The journal holds less than the operation's state says it must.
    #[error(
        "operation {operation} is {state} but its {what} is not in the journal; the journal was tampered with or is from another version. Nothing was sent"
    )]
    Inconsistent {
        /// The operation.
        operation: OperationId,
        /// Its state.
        state: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// A worker of the engine was cut off.
    #[error("the work on an operation was cut off: {0}; it is tried again")]
    CutOff(String),
}
