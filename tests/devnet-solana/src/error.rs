//! What can go wrong while the chain starts or is driven.

use devnet::RpcError;
use solana_pubkey::Pubkey;

/// Why the chain could not be started or driven.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node did not start.
    #[error("the Solana node did not start: {reason}")]
    Node {
        /// What happened.
        reason: String,
    },
    /// An account could not be written.
    #[error("the account {address} could not be written: {reason}")]
    Account {
        /// The account.
        address: Pubkey,
        /// What the node said.
        reason: String,
    },
    /// An account that must exist does not, or holds something else.
    #[error("the account {address} is no {what}")]
    NoSuch {
        /// The account.
        address: Pubkey,
        /// What it was taken for.
        what: &'static str,
    },
    /// The chain cannot be stopped at a height.
    #[error("the chain cannot be stopped at height {wanted}: it is at {is}")]
    Height {
        /// The height it was to have.
        wanted: u64,
        /// The height it has.
        is: u64,
    },
    /// One of the servers could not be started.
    #[error("the {server} server did not start: {source}")]
    Server {
        /// Which server.
        server: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// The manifest could not be written.
    #[error(transparent)]
    Manifest(#[from] devnet::Error),
    /// A JSON-RPC call failed.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A reply of the node could not be read.
    #[error("{what} cannot be read: {reason}")]
    Reply {
        /// What was asked.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A transaction was refused or failed.
    #[error("the transaction {signature} failed: {reason}")]
    Transaction {
        /// Its signature.
        signature: String,
        /// The node's words.
        reason: String,
    },
    /// Something awaited did not happen in time.
    #[error("{what} did not happen within {seconds} s")]
    Timeout {
        /// What was awaited.
        what: String,
        /// How long it was awaited.
        seconds: u64,
    },
}
