//! Log output: JSON or pretty, to standard error, so that standard output stays for results.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter cannot be read.
    #[error("log.level `{level}` is not a filter: {error}; use e.g. `info` or `purser=debug,info`")]
    Filter {
        /// What was configured.
        level: String,
        /// What is wrong with it.
        error: String,
    },
    /// Logging was set up before.
    #[error("logging is set up already")]
    Twice,
}

/// Installs the global subscriber.
pub fn init(config: &LogConfig) -> Result<(), LoggingError> {
    let filter = EnvFilter::try_new(&config.level)
        .map_err(|error| LoggingError::Filter { level: config.level.clone(), error: error.to_string() })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = match config.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        // Colours are for a terminal; a file would keep their codes.
        LogFormat::Pretty => builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    installed.map_err(|_| LoggingError::Twice)
}
