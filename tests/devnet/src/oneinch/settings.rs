//! How the 1inch server behaves, and what it remembers.

use std::collections::BTreeMap;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::misbehave::{Fault, Faulty, Handle, Meter, RateLimit, patched};

/// What is wrong with the answers of `/swap`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Twist {
    /// Nothing.
    #[default]
    Honest,
    /// The transaction goes to another contract.
    OtherRouter,
    /// Somebody else receives.
    OtherRecipient,
    /// Another token is bought.
    OtherToken,
    /// More is sold than was asked.
    OtherAmount,
    /// Nothing need be received.
    NoMinimum,
    /// Far less need be received than the slippage allows.
    LowMinimum,
    /// Native coin is sent along.
    NativeValue,
    /// A part may be filled.
    PartialFill,
    /// The calldata is an endless approval for a stranger.
    EndlessApproval,
    /// The executor's data leaves an allowance behind.
    TakesHalf,
    /// The executor's data makes the router pay less than the least.
    PaysHalf,
    /// `tx` is null.
    Null,
    /// An empty object.
    Empty,
    /// The calldata is empty.
    NoData,
}

/// An error body with its status, on `/quote` and `/swap`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    pub status: u16,
    pub description: String,
}

/// Settings of the 1inch server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneInchSettings {
    /// Fault of every endpoint.
    pub fault: Fault,
    /// Requests per second, and how long the server blocks afterwards.
    pub rate_limit: Option<RateLimit>,
    /// The key that is accepted.
    pub key: String,
    /// By how much `/quote` is above what the router pays, in millionths; negative is below.
    pub quote_off_ppm: i64,
    /// The same of `/swap`: a stale quote.
    pub swap_off_ppm: i64,
    /// What is wrong with `/swap`.
    pub twist: Twist,
    /// `/quote` refuses with this.
    pub refuse_quote: Option<Refusal>,
    /// `/swap` refuses with this.
    pub refuse_swap: Option<Refusal>,
    /// Who `/approve/spender` names instead of the router.
    pub spender: Option<Address>,
}

/// The key that is accepted at the start. It is public, and worth nothing.
pub const KEY: &str = "local-network-key";

impl Default for OneInchSettings {
    fn default() -> Self {
        Self {
            fault: Fault::Healthy,
            rate_limit: None,
            key: KEY.to_owned(),
            quote_off_ppm: 0,
            swap_off_ppm: 0,
            twist: Twist::Honest,
            refuse_quote: None,
            refuse_swap: None,
            spender: None,
        }
    }
}

/// What the server remembers.
#[derive(Debug, Default)]
pub struct OneInchState {
    pub settings: OneInchSettings,
    /// Requests by endpoint: `quote`, `swap`, `approve/spender`.
    pub requests: BTreeMap<String, u64>,
    pub meter: Meter,
}

impl Faulty for OneInchState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}

/// Shared access to the 1inch server.
pub type OneInchHandle = Handle<OneInchState>;

impl OneInchHandle {
    /// The settings in force.
    pub fn settings(&self) -> OneInchSettings {
        self.with(|state| state.settings.clone())
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut OneInchSettings)) {
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

    /// Requests so far of `quote`, `swap` or `approve/spender`.
    pub fn requests(&self, endpoint: &str) -> u64 {
        self.with(|state| state.requests.get(endpoint).copied().unwrap_or(0))
    }
}
