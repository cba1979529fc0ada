//! What the Jupiter server remembers.

use std::collections::BTreeMap;

use devnet::misbehave::{Fault, Faulty};
pub use devnet::solana::jupiter::{Execution, JupiterSettings, Tamper};

use super::limits::Windows;
use super::order::Placed;
use crate::steer::Steered;

/// Everything the Jupiter server remembers.
#[derive(Debug, Default)]
pub struct JupiterState {
    pub(super) settings: JupiterSettings,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) windows: Windows,
    pub(super) orders: BTreeMap<String, Placed>,
}

impl Faulty for JupiterState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}

impl Steered for JupiterState {
    type Settings = JupiterSettings;

    fn settings_mut(&mut self) -> &mut JupiterSettings {
        &mut self.settings
    }
}
