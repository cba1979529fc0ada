//! `purser completions <shell>`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::{Cli, CliError, ExitCode, Output};

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &CompletionsArgs) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "purser", &mut script);
    Output::raw(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Success)
}
