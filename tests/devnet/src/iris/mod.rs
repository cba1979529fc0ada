//! A double of Circle's Iris API: it watches the chains, attests burns as
//! Circle does, and misbehaves on command.

mod attest;
pub mod message;
mod reply;
mod routes;
mod settings;
mod solana;
mod state;
mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use alloy::primitives::{B256, Bytes};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::misbehave::{Handle, Server, patched};

pub use attest::{ATTESTERS, SIGNATURE_THRESHOLD, Signing, attest, attesters};
pub use message::Message;
pub use routes::{PATHS, iso_8601};
pub use settings::{Fees, IrisSettings, MessageMode, Reattest, Tamper, fee_of};
pub use state::{CONFIRMED, DelayReason, FINALIZED, Heads, IrisState, SOLANA, SourceTx};
pub use watch::SourceChain;
use watch::Watcher;

/// Shared access to Iris' settings and what it has seen.
pub type IrisHandle = Handle<IrisState>;

/// How an Iris server starts.
#[derive(Clone, Debug)]
pub struct IrisConfig {
    pub chains: Vec<SourceChain>,
    pub settings: IrisSettings,
    /// Where a local Solana chain is steered, which tells its messages too.
    pub solana: Option<String>,
    /// Time between two looks at a chain.
    pub period: Duration,
}

impl IrisConfig {
    /// Default settings, looking at `chains` every 50 ms.
    pub fn new(chains: Vec<SourceChain>) -> Self {
        Self { chains, settings: IrisSettings::default(), solana: None, period: Duration::from_millis(50) }
    }
}

/// A running Iris server. It ends when this is dropped.
pub struct Iris {
    server: Server,
    handle: IrisHandle,
    watchers: Vec<JoinHandle<()>>,
}

impl Iris {
    /// Starts the server on a free loopback port.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(config: IrisConfig) -> Result<Self, std::io::Error> {
        let mut settings = config.settings;
        let mut heads: BTreeMap<_, _> =
            config.chains.iter().map(|chain| (chain.domain, Heads::default())).collect();
        if config.solana.is_some() {
            heads.insert(SOLANA, Heads::default());
            settings.fees.entry(SOLANA).or_insert(Fees { fast: Some(1_000), standard: 0 });
        }
        let handle = Handle::new(IrisState { settings, heads, ..IrisState::default() });
        let server = Server::start(routes::router(handle.clone()), handle.gate()).await?;
        let mut watchers = Vec::new();
        for chain in config.chains {
            let mut watcher = Watcher::new(chain, handle.clone());
            // Expirations count from the destination's height: know it before
            // the first attestation. A node that is away is looked at later.
            let _ = watcher.look().await;
            watchers.push(watcher);
        }
        let watchers = watchers.into_iter().map(|watcher| tokio::spawn(watcher.run(config.period)));
        let mut watchers: Vec<_> = watchers.collect();
        if let Some(url) = config.solana {
            let mut watcher = solana::Watcher::new(url, handle.clone());
            let _ = watcher.look().await;
            watchers.push(tokio::spawn(watcher.run(config.period)));
        }
        Ok(Self { server, handle, watchers })
    }

    /// The base URL, without `/v2`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The handle to steer the server by.
    pub fn handle(&self) -> IrisHandle {
        self.handle.clone()
    }
}

impl Drop for Iris {
    fn drop(&mut self) {
        for watcher in &self.watchers {
            watcher.abort();
        }
    }
}

/// A burn as Iris sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BurnView {
    pub domain: u32,
    pub tx_hash: SourceTx,
    pub block: u64,
    pub nonce: B256,
    pub finality_threshold_executed: Option<u32>,
    pub delay_reason: Option<DelayReason>,
    pub reattest_requested: bool,
    /// Honest message and attestation, once there are any.
    pub message: Option<Bytes>,
    pub attestation: Option<Bytes>,
}

impl IrisHandle {
    /// The settings in force.
    pub fn settings(&self) -> IrisSettings {
        self.with(|state| state.settings.clone())
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut IrisSettings)) {
        self.with(|state| change(&mut state.settings));
    }

    /// Replaces the members of the settings that `patch` names.
    ///
    /// # Errors
    /// If a member is unknown or has the wrong type; nothing changes then.
    pub fn patch(&self, patch: Value) -> Result<(), String> {
        self.with(|state| {
            state.settings = patched(&state.settings, patch)?;
            Ok(())
        })
    }

    /// Requests so far, by [`PATHS`].
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.with(|state| state.counts.clone())
    }

    /// The most requests within one second so far.
    pub fn peak_per_second(&self) -> usize {
        self.with(|state| state.meter.peak)
    }

    /// Forgets the counts, the peak and a block by the rate limit.
    pub fn reset_counts(&self) {
        self.with(|state| {
            state.counts.clear();
            state.meter = crate::misbehave::Meter::default();
        });
    }

    /// Every burn Iris knows of, by domain and age.
    pub fn burns(&self) -> Vec<BurnView> {
        self.with(|state| {
            state
                .burns
                .iter()
                .map(|burn| BurnView {
                    domain: burn.domain,
                    tx_hash: burn.sent.tx_hash.clone(),
                    block: burn.sent.block,
                    nonce: burn.nonce,
                    finality_threshold_executed: burn.executed(),
                    delay_reason: burn.delay_reason,
                    reattest_requested: burn.reattest_requested,
                    message: burn.attested.as_ref().map(|done| done.message.bytes()),
                    attestation: burn.attested.as_ref().map(|done| done.attestation.clone()),
                })
                .collect()
        })
    }
}
