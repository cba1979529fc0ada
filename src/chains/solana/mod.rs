//! Solana: endpoints, accounts, transactions and their fate.
//!
//! [`SolanaChain`] is one cluster behind several JSON-RPC endpoints. Reads that only inform go to
//! one endpoint, with failover; whatever an irreversible step rests on is asked of a quorum
//! ([`SolanaChain::accounts_agreed`], [`SolanaChain::status`], [`SolanaChain::head`]) and fails when
//! the quorum is not met. That a transaction can never land any more is said by two endpoints at
//! least ([`SolanaChain::verdict`]).

pub mod account;
pub mod associated;
pub mod blockhash;
pub mod broadcast;
pub mod clock;
pub mod death;
pub mod effects;
pub mod errors;
pub mod fees;
pub mod history;
pub mod keys;
pub mod landed;
pub mod read;
pub mod resolved;
pub mod scan;
pub mod simulate;
pub mod status;
pub mod table;
pub mod token;
pub mod transaction;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

pub use crate::chains::rpc::failure::{ChainError, Failure, NodeError, RpcError};
pub use crate::chains::rpc::stats::{ChainStats, EndpointStats, Method, Outcome};
pub use account::Account;
pub use blockhash::Blockhash;
pub use broadcast::Broadcast;
pub use death::Verdict;
pub use landed::Landed;
pub use read::{EndpointReport, Head};
pub use scan::{Scan, ScanRequest};
pub use solana_address::Address;
pub use solana_hash::Hash;
pub use solana_instruction::{AccountMeta, Instruction};
pub use solana_signature::Signature;
pub use status::Status;
pub use transaction::Signed;

use crate::chains::rpc::endpoint::IdentityCheck;
use crate::chains::rpc::quorum::{Endpoints, Setup};
use crate::config::SolanaConfig;
use crate::domain::ChainName;

/// How settled the state of a read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Commitment {
    /// The node's newest slot; may be abandoned.
    Processed,
    /// Voted for by two thirds of the stake; has never been abandoned so far.
    Confirmed,
    /// Cannot be abandoned any more.
    Finalised,
}

impl Commitment {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Confirmed => "confirmed",
            Self::Finalised => "finalized",
        }
    }
}

/// One Solana cluster. Clones share endpoints, counters and memory.
#[derive(Clone)]
pub struct SolanaChain {
    inner: Arc<Inner>,
}

struct Inner {
    name: ChainName,
    genesis: Hash,
    max_clock_age: u64,
    endpoints: Endpoints,
}

impl SolanaChain {
    /// Reads the URLs and makes the client; asks nobody anything.
    ///
    /// # Errors
    /// [`ChainError`] when a URL or its secret is unusable, or when there are fewer different
    /// endpoints than the quorum (one URL written twice is one endpoint).
    pub fn new(name: ChainName, config: &SolanaConfig) -> Result<Self, ChainError> {
        let setup = Setup {
            urls: &config.rpc,
            quorum: config.quorum,
            timeout: Duration::from_millis(config.timeout_ms),
            max_lag: config.max_lag_slots,
        };
        let endpoints = Endpoints::build(&name, &setup, &errors::DIALECT, &expects(config.genesis_hash))?;
        Ok(Self {
            inner: Arc::new(Inner {
                genesis: config.genesis_hash,
                max_clock_age: config.max_clock_age_seconds,
                endpoints,
                name,
            }),
        })
    }

    /// The cluster's name in the configuration.
    pub fn name(&self) -> &ChainName {
        &self.inner.name
    }

    /// The genesis hash every endpoint must answer.
    pub fn genesis(&self) -> Hash {
        self.inner.genesis
    }

    /// Counters since start, for the metrics.
    pub fn stats(&self) -> ChainStats {
        self.inner.endpoints.stats()
    }
}

/// The check that an endpoint serves the cluster with this genesis hash.
fn expects(expected: Hash) -> IdentityCheck {
    Arc::new(move |answer| {
        let actual = wire::hash("genesis hash", answer)?;
        if actual == expected {
            return Ok(());
        }
        Err(RpcError::WrongCluster { expected: expected.to_string(), actual: actual.to_string() })
    })
}
