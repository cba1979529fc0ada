//! `purser halt` and `purser resume`.

use clap::Args;

/// Arguments of `halt`: from then on nothing is signed, also after a restart.
#[derive(Debug, Args)]
pub struct HaltArgs {
    /// Why; shown wherever the halt is.
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `resume`: lifts the halt.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// Why it is safe again; kept in the journal.
    #[arg(long)]
    pub reason: String,
}
