//! `purser run`: the daemon.

use clap::Args;

use crate::cli::block::block_on;
use crate::cli::{CliError, ExitCode, Global};
use crate::config::Config;
use crate::{run, telemetry};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Recover, go through one tick, wait for its operations to end, and stop.
    #[arg(long)]
    pub once: bool,
}

/// Runs the daemon until a signal.
pub fn run(arguments: &RunArgs, global: &Global) -> Result<ExitCode, CliError> {
    let config = Config::load(&global.config)?.config;
    telemetry::logging::init(&config.log)?;
    match block_on(async { Ok(run::run(config, arguments.once).await?) }) {
        Ok(()) => Ok(ExitCode::Success),
        // By now the log is the daemon's voice: its last words are one more line of the same form.
        Err(error) if !global.json && tracing::enabled!(tracing::Level::ERROR) => {
            tracing::error!("{error}");
            Ok(error.exit_code())
        }
        Err(error) => Err(error),
    }
}
