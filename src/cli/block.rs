//! Running asynchronous commands.

use std::future::Future;

use crate::cli::CliError;

/// Runs a command's future to its end.
pub fn block_on<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command)
}
