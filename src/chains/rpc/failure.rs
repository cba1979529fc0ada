//! What can go wrong with a chain, from one endpoint's failure to the chain's.

use std::fmt;
use std::time::Duration;

use alloy::primitives::{B256, Bytes};

use crate::chains::http::HttpError;
use crate::chains::rpc::stats::Outcome;
use crate::config::secret::SecretError;
use crate::domain::ChainName;

/// An error object of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeError {
    /// JSON-RPC code.
    pub code: i64,
    /// Text, shortened and without control characters.
    pub message: String,
    /// Revert data, where the object has some.
    pub data: Option<Bytes>,
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the node refused ({}): {}", self.code, self.message)
    }
}

/// Why one endpoint gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// The exchange itself failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An HTTP status other than 200.
    #[error("HTTP status {0}")]
    Status(u16),
    /// Told to slow down.
    #[error("rate limited{}", .0.map(|pause| format!(", for {} s", pause.as_secs())).unwrap_or_default())]
    RateLimited(Option<Duration>),
    /// A reply that is not what the protocol says.
    #[error("malformed reply: {0}")]
    Malformed(String),
    /// The node refused one call.
    #[error("{0}")]
    Node(NodeError),
    /// Another chain's endpoint.
    #[error("it serves chain id {actual}, the configuration says {expected}; correct the URL or the id")]
    WrongChain {
        /// The configured id.
        expected: u64,
        /// The answered id.
        actual: u64,
    },
    /// Another cluster's endpoint.
    #[error(
        "it serves the cluster with genesis {actual}, the configuration says {expected}; correct the URL or the hash"
    )]
    WrongCluster {
        /// The configured genesis hash.
        expected: String,
        /// The answered one.
        actual: String,
    },
    /// It says of itself that it is not in order.
    #[error("it says it is unhealthy: {0}")]
    Unhealthy(String),
    /// It has not seen a slot that was seen elsewhere.
    #[error("it has not reached slot {0} yet")]
    BeforeSlot(u64),
    /// Its records begin too late to say anything about a transaction.
    #[error("its history begins at slot {first}, after slot {needed}, so it cannot say what happened")]
    ShortHistory {
        /// First slot it knows.
        first: u64,
        /// Slot it would have to know.
        needed: u64,
    },
    /// Its answers to one read are of different slots.
    #[error("its answers to one read are of the slots {first} and {second}")]
    TornSlots {
        /// One slot.
        first: u64,
        /// Another.
        second: u64,
    },
    /// It has not seen blocks that others have.
    #[error("its newest block {head} is {lag} blocks behind the best head")]
    Behind {
        /// Its newest block.
        head: u64,
        /// How far behind.
        lag: u64,
    },
    /// Its newest block is too old.
    #[error("its newest block {head} is {age} s old")]
    Stale {
        /// Its newest block.
        head: u64,
        /// Seconds since that block.
        age: u64,
    },
    /// The state it answered from is not the block it named.
    #[error("its answers never belonged to one block (last tried: {block})")]
    Torn {
        /// Block the read should have been of.
        block: B256,
    },
    /// The receipt's block is not the canonical one at its height.
    #[error("its receipt names block {0}, which is not its block at that height")]
    NotCanonical(B256),
    /// The task was ended before it answered.
    #[error("the request was abandoned")]
    Abandoned,
}

impl RpcError {
    /// Whether the endpoint should be left alone for a while.
    pub(in crate::chains) const fn means_unwell(&self) -> bool {
        match self {
            Self::Http(_)
            | Self::Status(_)
            | Self::RateLimited(_)
            | Self::Malformed(_)
            | Self::Unhealthy(_)
            | Self::WrongChain { .. }
            | Self::WrongCluster { .. } => true,
            Self::Node(_)
            | Self::BeforeSlot(_)
            | Self::ShortHistory { .. }
            | Self::TornSlots { .. }
            | Self::Behind { .. }
            | Self::Stale { .. }
            | Self::Torn { .. }
            | Self::NotCanonical(_)
            | Self::Abandoned => false,
        }
    }

    /// Label of the counters.
    pub(in crate::chains) const fn outcome(&self) -> Outcome {
        match self {
            Self::Http(HttpError::Timeout) => Outcome::Timeout,
            Self::Http(HttpError::TooLarge { .. }) | Self::Malformed(_) => Outcome::Malformed,
            Self::Http(HttpError::Client(_) | HttpError::Connect(_) | HttpError::Transport(_))
            | Self::Status(_)
            | Self::Abandoned => Outcome::Transport,
            Self::RateLimited(_) => Outcome::RateLimited,
            Self::Node(_)
            | Self::WrongChain { .. }
            | Self::WrongCluster { .. }
            | Self::Unhealthy(_)
            | Self::BeforeSlot(_)
            | Self::ShortHistory { .. }
            | Self::TornSlots { .. }
            | Self::Behind { .. }
            | Self::Stale { .. }
            | Self::Torn { .. }
            | Self::NotCanonical(_) => Outcome::Refused,
        }
    }
}

/// One endpoint's failure, by the endpoint's origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Origin of the endpoint.
    pub endpoint: String,
    /// What happened.
    pub error: RpcError,
}

fn list(failures: &[Failure]) -> String {
    if failures.is_empty() {
        return "every endpoint is cooling down after earlier failures or behind".to_owned();
    }
    let lines: Vec<String> =
        failures.iter().map(|failure| format!("{}: {}", failure.endpoint, failure.error)).collect();
    lines.join("; ")
}

/// Why a chain could not be read or trusted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChainError {
    /// A URL's secret cannot be read.
    #[error("{chain}: an RPC URL cannot be read: {reason}")]
    Secret {
        /// Chain.
        chain: ChainName,
        /// What is wrong with the reference.
        reason: String,
    },
    /// A URL is none.
    #[error(
        "{chain}: RPC endpoint number {index} is not an http or https URL; correct it in the configuration"
    )]
    InvalidUrl {
        /// Chain.
        chain: ChainName,
        /// Its place in the list, from 1.
        index: usize,
    },
    /// The quorum can never be met.
    #[error(
        "{chain}: a quorum of {quorum} needs that many different RPC endpoints, {endpoints} are configured; \
         add endpoints of independent operators or lower the quorum"
    )]
    QuorumImpossible {
        /// Chain.
        chain: ChainName,
        /// Configured quorum.
        quorum: usize,
        /// Different endpoints configured.
        endpoints: usize,
    },
    /// No HTTP client.
    #[error("{chain}: {error}")]
    Client {
        /// Chain.
        chain: ChainName,
        /// Why.
        error: HttpError,
    },
    /// No endpoint answered.
    #[error(
        "{chain}: no endpoint could answer {what}; nothing was changed, this is tried again: {}",
        list(.failures)
    )]
    Unavailable {
        /// Chain.
        chain: ChainName,
        /// What was asked.
        what: &'static str,
        /// Every endpoint's failure.
        failures: Vec<Failure>,
    },
    /// Fewer endpoints answered than an irreversible decision needs.
    #[error(
        "{chain}: only {have} of the {need} endpoints needed answered {what}; nothing irreversible is done \
         until they do: {}",
        list(.failures)
    )]
    QuorumLost {
        /// Chain.
        chain: ChainName,
        /// What was asked.
        what: &'static str,
        /// Equal answers.
        have: usize,
        /// Quorum.
        need: usize,
        /// What the others said.
        failures: Vec<Failure>,
    },
    /// Endpoints contradict each other on something that must be equal.
    #[error(
        "{chain}: endpoints contradict each other about {what} ({answers} different answers); nothing \
         irreversible is done; find out which endpoint is wrong and remove it"
    )]
    Disagreement {
        /// Chain.
        chain: ChainName,
        /// What was asked.
        what: &'static str,
        /// How many different answers.
        answers: usize,
    },
    /// Not all endpoints have seen the same yet, as happens close to the head.
    #[error("{chain}: endpoints do not agree on {what} yet; ask again")]
    Undecided {
        /// Chain.
        chain: ChainName,
        /// What was asked.
        what: &'static str,
    },
}

impl ChainError {
    pub(in crate::chains) fn secret(chain: &ChainName, error: &SecretError) -> Self {
        Self::Secret { chain: chain.clone(), reason: error.to_string() }
    }
}
