//! `purser balances`: what is where, what is on its way, and how far from the targets.

use clap::Args;

/// Arguments of `balances`.
#[derive(Debug, Args)]
pub struct BalancesArgs {
    /// Only this chain, by its name in the configuration; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub chain: Vec<String>,
}
