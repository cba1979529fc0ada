//! Reading and changing the settings of a server through its handle.

use devnet::misbehave::{Faulty, Handle, patched};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A server's state that has settings.
pub trait Steered: Faulty {
    /// What can be changed.
    type Settings: Serialize + DeserializeOwned + Clone;

    /// The settings in force.
    fn settings_mut(&mut self) -> &mut Self::Settings;
}

/// What a handle on such a server can do.
pub trait Steer {
    /// What can be changed.
    type Settings;

    /// The settings in force.
    fn settings(&self) -> Self::Settings;

    /// Changes the settings.
    fn set(&self, change: impl FnOnce(&mut Self::Settings));

    /// Replaces the members of the settings that `patch` names.
    ///
    /// # Errors
    /// If a member is unknown or has the wrong type; nothing changes then.
    fn patch(&self, patch: Value) -> Result<(), String>;
}

impl<S: Steered> Steer for Handle<S> {
    type Settings = S::Settings;

    fn settings(&self) -> S::Settings {
        self.with(|state| state.settings_mut().clone())
    }

    fn set(&self, change: impl FnOnce(&mut S::Settings)) {
        self.with(|state| change(state.settings_mut()));
    }

    fn patch(&self, patch: Value) -> Result<(), String> {
        self.with(|state| {
            let settings = state.settings_mut();
            *settings = patched(settings, patch)?;
            Ok(())
        })
    }
}
