//! The command line, one file per subcommand.

pub mod backtest;
pub mod balances;
pub mod block;
pub mod completions;
pub mod config;
pub mod context;
pub mod convert;
pub mod decisions;
pub mod doctor;
pub mod error;
pub mod exit;
pub mod halt;
pub mod init;
pub mod keys;
pub mod ledger;
pub mod operations;
pub mod output;
pub mod password;
pub mod plan;
pub mod run;
pub mod solve;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use error::CliError;
pub use exit::ExitCode;
pub use output::Output;

/// Keeps stablecoin liquidity where it is needed, across chains.
#[derive(Debug, Parser)]
#[command(name = "purser", version, about, after_help = exit::HELP)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file.
    #[arg(long, global = true, env = "PURSER_CONFIG", default_value = "purser.toml", value_name = "PATH")]
    pub config: PathBuf,
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a configuration for test networks and an encrypted key; never overwrites.
    Init(init::InitArgs),
    /// Check, show or describe the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Make, import or list encrypted keys; accept a key's use outside the daemon.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Check everything the daemon needs; each finding comes with its fix.
    Doctor(doctor::DoctorArgs),
    /// Run the daemon. Sends nothing unless `mode = "live"`.
    Run(run::RunArgs),
    /// Explain what the next tick would do; sends nothing.
    Plan(plan::PlanArgs),
    /// Find the best way to sell one asset for another on a chain; sends nothing without `--accept`.
    Convert(convert::ConvertArgs),
    /// Show what is where, what is on its way, and how far from the targets.
    Balances(balances::BalancesArgs),
    /// List, show or resolve operations.
    #[command(subcommand)]
    Operations(operations::OperationsCommand),
    /// List or show decisions: why a tick did what it did, or nothing.
    #[command(subcommand)]
    Decisions(decisions::DecisionsCommand),
    /// Show the ledger against the chains, or book what came or went outside the daemon.
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Stop signing, now and after every restart, until `resume`.
    Halt(halt::HaltArgs),
    /// Lift a halt.
    Resume(halt::ResumeArgs),
    /// Solve an arbitrage instance of a file; needs no configuration.
    Solve(solve::SolveArgs),
    /// Decide recorded blocks again and show what there was to be had; needs no configuration.
    Backtest(backtest::BacktestArgs),
    /// Print the completion script of a shell.
    Completions(completions::CompletionsArgs),
}

/// Parses the arguments and runs the command.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, &arguments),
    };
    let output = Output { json: cli.global.json };
    match dispatch(&cli.command, &cli.global, output) {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}

fn dispatch(command: &Command, global: &Global, output: Output) -> Result<ExitCode, CliError> {
    match command {
        Command::Init(arguments) => init::run(arguments, output),
        Command::Config(command) => config::run(command, global, output),
        Command::Keys(command) => keys::run(command, global, output),
        Command::Doctor(arguments) => doctor::run(arguments, global, output),
        Command::Run(arguments) => run::run(arguments, global),
        Command::Plan(arguments) => plan::run(arguments, global, output),
        Command::Convert(arguments) => convert::run(arguments, global, output),
        Command::Balances(arguments) => balances::run(arguments, global, output),
        Command::Operations(command) => operations::run(command, global, output),
        Command::Decisions(command) => decisions::run(command, global, output),
        Command::Ledger(command) => ledger::run(command, global, output),
        Command::Halt(arguments) => halt::halt(arguments, global, output),
        Command::Resume(arguments) => halt::resume(arguments, global, output),
        Command::Solve(arguments) => solve::run(arguments, output),
        Command::Backtest(arguments) => backtest::run(arguments, output),
        Command::Completions(arguments) => completions::run(arguments),
    }
}

/// Prints help, version or what is wrong with the arguments; never an argument that looks like a key.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if error.use_stderr() && arguments.iter().any(like_a_key) {
        let message = "error: an argument looks like a private key; keys are read from a file or standard input. \
                       Arguments are visible to other programs and kept in the shell's history: \
                       take this key out of use";
        // There is nowhere left to say that saying it failed.
        let _ = writeln!(std::io::stderr().lock(), "{message}");
        return ExitCode::Usage;
    }
    let _ = error.print();
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Success }
}

/// Whether a text has a run of hexadecimal digits as long as a private key.
fn like_a_key(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    text.split(|character: char| !character.is_ascii_hexdigit()).any(|run| run.len() >= 64)
}
