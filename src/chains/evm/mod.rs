//! EVM chains: endpoints, fees, receipts.
//!
//! [`EvmChain`] is one chain behind several JSON-RPC endpoints. Reads that only inform go to one
//! endpoint, with failover; whatever an irreversible step rests on is read from a quorum of them
//! ([`EvmChain::call_agreed`], [`EvmChain::nonce`], [`EvmChain::inclusion`], [`EvmChain::head`],
//! [`EvmChain::latest`]) and fails when the quorum is not met.

pub mod announce;
pub mod blocks;
pub mod broadcast;
pub mod contracts;
pub mod erc20;
pub mod errors;
pub mod failure;
pub mod fees;
pub mod head;
pub mod inclusion;
pub mod keys;
pub mod logs;
pub mod prepare;
pub mod read;
pub mod rehearse;
pub mod scan;
pub mod transaction;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes};

pub use crate::chains::rpc::stats::{ChainStats, EndpointStats, Method, Outcome};
pub use crate::chains::rpc::{MAX_REPLY_BYTES, envelope, health, stats};
pub use announce::{Announcements, Woken};
pub use blocks::LogFilter;
pub use broadcast::Broadcast;
pub use failure::{CallError, ChainError, Failure, NodeError, RpcError};
pub use fees::{FeeError, FeeQuote, Fees};
pub use head::Head;
pub use inclusion::{Inclusion, Receipt};
pub use prepare::{Prepared, TransactionRequest};
pub use read::EndpointReport;
pub use scan::{Scan, ScanRequest};
pub use transaction::{Signed, Transaction, TransactionError};

use crate::chains::rpc::endpoint::IdentityCheck;
use crate::chains::rpc::quorum::{Endpoints, Setup};
use crate::config::{ChainConfig, ChainKind, Finality};
use crate::domain::ChainName;

/// The check that an endpoint serves the chain with this id.
fn expects(expected: u64) -> IdentityCheck {
    Arc::new(move |answer| {
        let actual = wire::small("chain id", wire::quantity_of("chain id", answer)?)?;
        if actual == expected { Ok(()) } else { Err(RpcError::WrongChain { expected, actual }) }
    })
}

/// A call of a contract: target and calldata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Contract.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
}

impl Call {
    /// A call of `to` with `data`.
    pub fn new(to: Address, data: impl Into<Bytes>) -> Self {
        Self { to, data: data.into() }
    }
}

/// The state a read is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest block.
    Latest,
    /// The block with this hash, if it is canonical (EIP-1898).
    Block(B256),
    /// The newest block that is final by the chain's configuration.
    Finalized,
}

/// One EVM chain. Clones share endpoints, counters and memory.
#[derive(Clone)]
pub struct EvmChain {
    inner: Arc<Inner>,
}

struct Inner {
    name: ChainName,
    chain_id: u64,
    kind: ChainKind,
    finality: Finality,
    multicall3: Address,
    max_head_age: u64,
    endpoints: Endpoints,
    /// Endpoints that keep what is sent to them from the public until it is in a block.
    private: Option<Endpoints>,
}

impl EvmChain {
    /// Reads the URLs and makes the client; asks nobody anything.
    ///
    /// # Errors
    /// [`ChainError`] when a URL or its secret is unusable, or when there are fewer different
    /// endpoints than the quorum (one URL written twice is one endpoint).
    pub fn new(name: ChainName, config: &ChainConfig) -> Result<Self, ChainError> {
        let setup = Setup {
            urls: &config.rpc,
            quorum: config.quorum,
            timeout: Duration::from_millis(config.timeout_ms),
            max_lag: config.max_lag_blocks,
        };
        let endpoints = Endpoints::build(&name, &setup, &errors::DIALECT, &expects(config.chain_id))?;
        let private = config.arbitrage.as_ref().map(|arbitrage| &arbitrage.private_rpc);
        let private = private.filter(|urls| !urls.is_empty()).map(|urls| {
            let setup = Setup { urls, quorum: 1, ..setup };
            Endpoints::build(&name, &setup, &errors::DIALECT, &expects(config.chain_id))
        });
        Ok(Self {
            inner: Arc::new(Inner {
                chain_id: config.chain_id,
                kind: config.kind,
                finality: config.finality,
                multicall3: config.multicall3,
                max_head_age: config.max_head_age_seconds,
                private: private.transpose()?,
                endpoints,
                name,
            }),
        })
    }

    /// The chain's name in the configuration.
    pub fn name(&self) -> &ChainName {
        &self.inner.name
    }

    /// The chain id every endpoint must answer.
    pub fn chain_id(&self) -> u64 {
        self.inner.chain_id
    }

    /// Counters since start, for the metrics.
    pub fn stats(&self) -> ChainStats {
        self.inner.endpoints.stats()
    }
}
