//! What can go wrong while the local network starts or is driven.

use std::path::PathBuf;

/// A JSON-RPC call that did not return a result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RpcError {
    /// The node answered with an error object.
    #[error("{method} was refused by the node ({code}): {message}")]
    Node {
        /// The JSON-RPC method.
        method: String,
        /// The JSON-RPC error code.
        code: i64,
        /// The node's own words, which carry the revert reason.
        message: String,
        /// The revert data, if the node gave any.
        data: Option<String>,
    },
    /// The node could not be reached or closed the connection.
    #[error("{method} did not reach the node at {url}: {reason}")]
    Transport {
        /// The JSON-RPC method.
        method: String,
        /// The address that was called.
        url: String,
        /// What the HTTP client reported.
        reason: String,
    },
    /// The node answered something that is not a JSON-RPC reply.
    #[error("{method} got a reply that cannot be read: {reason}")]
    Reply {
        /// The JSON-RPC method.
        method: String,
        /// What was wrong with the reply.
        reason: String,
    },
}

/// Why the local network could not be started or driven.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The npm packages or the compiled contracts are not there.
    #[error(
        "{path} is missing: run scripts/setup once, it installs and compiles what the local network needs"
    )]
    NotSetUp {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The demonstration could not go on.
    #[error("{reason}")]
    Demo {
        /// What happened.
        reason: String,
    },
    /// The program of the Solana chain is not there.
    #[error(
        "{path} is missing: build it with `cargo build --locked -p devnet-solana --bins`, which takes about \
         ten minutes the first time"
    )]
    NotBuilt {
        /// Where the program was looked for.
        path: PathBuf,
    },
    /// The Solana chain did not start, refused something, or cannot be understood.
    #[error("the local Solana chain: {reason}")]
    Solana {
        /// What happened.
        reason: String,
    },
    /// A contract artifact does not have the expected form.
    #[error("the contract artifact {name} cannot be used: {reason}")]
    Artifact {
        /// The contract.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The anvil process could not be started or ended early.
    #[error("anvil for {chain} did not start: {reason}")]
    Node {
        /// The chain's name.
        chain: String,
        /// What happened.
        reason: String,
    },
    /// One of the servers could not be started.
    #[error("the {server} server did not start: {source}")]
    Server {
        /// Which server.
        server: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A JSON-RPC call failed.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// A transaction was mined but reverted.
    #[error("{what} reverted on {chain} in transaction {hash}")]
    Reverted {
        /// The chain's name.
        chain: String,
        /// What the transaction was for.
        what: String,
        /// The transaction's hash.
        hash: String,
    },
    /// A contract's reply could not be decoded.
    #[error("{what} on {chain} returned data that cannot be decoded: {reason}")]
    Decode {
        /// The chain's name.
        chain: String,
        /// The call.
        what: String,
        /// What was wrong.
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
    /// An option names a chain or asset that does not exist.
    #[error("the option {option} cannot be used: {reason}")]
    Option {
        /// The option.
        option: String,
        /// What is wrong with it.
        reason: String,
    },
}
