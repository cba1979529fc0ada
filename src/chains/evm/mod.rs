//! EVM chains: endpoints, fees, receipts.
//!
//! [`EvmChain`] is one chain behind several JSON-RPC endpoints. Reads that only inform go to one
//! endpoint, with failover; whatever an irreversible step rests on is read from a quorum of them
//! ([`EvmChain::call_agreed`], [`EvmChain::nonce`], [`EvmChain::inclusion`], [`EvmChain::head`])
//! and fails when the quorum is not met.

pub mod broadcast;
pub mod contracts;
mod endpoint;
pub mod envelope;
pub mod erc20;
pub mod errors;
pub mod failure;
pub mod fees;
pub mod health;
pub mod inclusion;
pub mod keys;
pub mod logs;
pub mod prepare;
mod quorum;
pub mod read;
pub mod rehearse;
pub mod scan;
pub mod stats;
pub mod transaction;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes};
use secrecy::ExposeSecret;

pub use broadcast::Broadcast;
pub use endpoint::MAX_REPLY_BYTES;
pub use failure::{CallError, ChainError, Failure, NodeError, RpcError};
pub use fees::{FeeError, FeeQuote, Fees};
pub use inclusion::{Inclusion, Receipt};
pub use prepare::{Prepared, TransactionRequest};
pub use read::{EndpointReport, Head};
pub use scan::{Scan, ScanRequest};
pub use stats::{ChainStats, EndpointStats, Method, Outcome};
pub use transaction::{Signed, Transaction, TransactionError};

use crate::chains::evm::endpoint::Endpoint;
use crate::chains::evm::quorum::Endpoints;
use crate::chains::http::http_client;
use crate::config::secret::origin;
use crate::config::{ChainConfig, ChainKind, Finality};
use crate::domain::ChainName;

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
}

impl EvmChain {
    /// Reads the URLs and makes the client; asks nobody anything.
    ///
    /// # Errors
    /// [`ChainError`] when a URL or its secret is unusable, or when there are fewer different
    /// endpoints than the quorum (one URL written twice is one endpoint).
    pub fn new(name: ChainName, config: &ChainConfig) -> Result<Self, ChainError> {
        let client = http_client(Duration::from_millis(config.timeout_ms))
            .map_err(|error| ChainError::Client { chain: name.clone(), error })?;
        let mut urls: Vec<reqwest::Url> = Vec::new();
        let mut all = Vec::new();
        for (index, setting) in (1_usize..).zip(&config.rpc) {
            let secret = setting.read().map_err(|error| ChainError::secret(&name, &error))?;
            let url = reqwest::Url::parse(secret.expose_secret())
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                .ok_or_else(|| ChainError::InvalidUrl { chain: name.clone(), index })?;
            if urls.contains(&url) {
                continue;
            }
            let origin = origin(url.as_str());
            let shared = all.iter().any(|one: &Arc<Endpoint>| one.label() == origin);
            let label = if shared { format!("{origin} #{index}") } else { origin };
            urls.push(url.clone());
            all.push(Arc::new(Endpoint::new(url, label, config.chain_id, client.clone())));
        }
        let quorum = config.quorum;
        if quorum == 0 || all.len() < quorum {
            return Err(ChainError::QuorumImpossible { chain: name, quorum, endpoints: all.len() });
        }
        Ok(Self {
            inner: Arc::new(Inner {
                chain_id: config.chain_id,
                kind: config.kind,
                finality: config.finality,
                multicall3: config.multicall3,
                max_head_age: config.max_head_age_seconds,
                endpoints: Endpoints::new(name.clone(), all, quorum, config.max_lag_blocks),
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
