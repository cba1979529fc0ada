//! What an RPC proxy remembers.

use std::collections::BTreeMap;

use devnet::misbehave::{Fault, Faulty, Meter};
pub use devnet::solana::provider::{Fate, ProxySettings, Sending, SentTransaction, Statuses};

use crate::steer::Steered;

/// What a proxy remembers.
#[derive(Debug, Default)]
pub struct ProxyState {
    pub(super) settings: ProxySettings,
    pub(super) requests: u64,
    pub(super) calls: BTreeMap<String, u64>,
    /// The newest slot that a read was to have reached.
    pub(super) min_context_slot: u64,
    pub(super) sent: Vec<SentTransaction>,
    pub(super) meter: Meter,
    /// Answers since the proxy was frozen, by request.
    pub(super) answers: BTreeMap<String, serde_json::Value>,
}

impl Faulty for ProxyState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}

impl Steered for ProxyState {
    type Settings = ProxySettings;

    fn settings_mut(&mut self) -> &mut ProxySettings {
        &mut self.settings
    }
}
