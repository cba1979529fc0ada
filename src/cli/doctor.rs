//! `purser doctor`: what would keep the daemon from working.

use clap::Args;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Check only what needs no network: configuration, files, keystore, journal.
    #[arg(long)]
    pub offline: bool,
}
