//! `purser plan`: what the next cycle would do and why; sends nothing.

use clap::Args;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Also show the alternatives that were refused, with the reason of each.
    #[arg(long)]
    pub alternatives: bool,
}
