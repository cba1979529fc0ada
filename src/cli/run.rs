//! `purser run`: the daemon.

use clap::Args;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Recover, go through one cycle, wait for its operations to end, and stop.
    #[arg(long)]
    pub once: bool,
}
