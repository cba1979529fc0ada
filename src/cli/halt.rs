//! `purser halt` and `purser resume`.

use clap::Args;
use serde_json::json;

use crate::cli::block::block_on;
use crate::cli::{CliError, ExitCode, Global, Output, context};
use crate::journal::Journal;
use crate::telemetry::clock;

/// Arguments of `halt`: from then on nothing is signed, also after a restart.
#[derive(Debug, Args)]
pub struct HaltArgs {
    /// Why; shown wherever the halt is.
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `resume`: lifts the halt.
#[derive(Debug, Args)]
pub struct ResumeArgs {}

/// Halts, beside a running daemon or without one.
pub fn halt(arguments: &HaltArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    house.make_data_dir()?;
    block_on(async {
        let journal = Journal::open_beside(&house.journal_path()).await?;
        journal.halt(&arguments.reason, clock::now()).await?;
        let open = journal.open_operations().await?.len();
        journal.close().await;
        let text = format!(
            "halted: {}\nNothing is signed from now on, also after a restart. {open} open operation(s) are only \
             watched. `purser resume` lifts it.",
            arguments.reason
        );
        output.result(&text, &json!({ "halted": true, "reason": arguments.reason, "open_operations": open }))
    })?;
    Ok(ExitCode::Success)
}

/// Lifts every halt.
pub fn resume(_: &ResumeArgs, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    let house = context::house(global)?;
    house.make_data_dir()?;
    block_on(async {
        let journal = Journal::open_beside(&house.journal_path()).await?;
        let lifted = journal.resume(clock::now()).await?;
        journal.close().await;
        let text =
            if lifted == 0 { "nothing was halted" } else { "resumed: transactions may be signed again" };
        output.result(text, &json!({ "halted": false, "lifted": lifted }))
    })?;
    Ok(ExitCode::Success)
}
