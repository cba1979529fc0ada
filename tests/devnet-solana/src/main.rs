//! `devnet-solana up`: the Solana chain until it is told to stop.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use devnet_solana::genesis::{SOL, WHOLE};
use devnet_solana::jupiter::JupiterSettings;
use devnet_solana::{Error, Network, Options};
use solana_pubkey::Pubkey;
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};

/// A local Solana chain.
#[derive(Parser)]
#[command(name = "devnet-solana")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the chain and keep it until ctrl-c, SIGTERM, or the end of standard input.
    Up {
        /// Where solana.json is written.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// Milliseconds between slots.
        #[arg(long, default_value_t = 200)]
        slot_ms: u64,
        /// A further wallet that gets the starting balances. May be repeated.
        #[arg(long = "fund", value_name = "ADDRESS")]
        fund: Vec<Pubkey>,
        /// RPC proxies in front of the node.
        #[arg(long, default_value_t = 2)]
        providers: usize,
        /// Lamports that every wallet starts with.
        #[arg(long, default_value_t = 100 * SOL)]
        lamports: u64,
        /// Minor units of USDC that every wallet starts with.
        #[arg(long, default_value_t = 100_000 * WHOLE)]
        usdc: u64,
        /// Minor units of USDT that every wallet starts with.
        #[arg(long, default_value_t = 50_000 * WHOLE)]
        usdt: u64,
        /// Minor units of the fee token that every wallet starts with.
        #[arg(long, default_value_t = 1_000 * WHOLE)]
        fee_token: u64,
        /// Requests that Jupiter takes within its window without a key.
        #[arg(long, default_value_t = 30)]
        keyless: u32,
        /// End when standard input is closed.
        #[arg(long)]
        until_stdin_closes: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Up {
        dir,
        slot_ms,
        fund,
        providers,
        lamports,
        usdc,
        usdt,
        fee_token,
        keyless,
        until_stdin_closes,
    } = Cli::parse().command;
    let options = Options {
        slot_ms,
        also_fund: fund,
        providers,
        lamports,
        balances: [usdc, usdt, fee_token],
        jupiter: JupiterSettings { keyless, ..JupiterSettings::default() },
        ..Options::default()
    };
    match up(options, dir, until_stdin_closes).await {
        // The node's threads do not all end by themselves.
        Ok(()) => std::process::exit(0),
        Err(error) => {
            eprintln!("devnet-solana: {error}");
            std::process::exit(1)
        }
    }
}

/// Prints the manifest as one line of JSON once everything runs.
async fn up(options: Options, dir: Option<PathBuf>, until_stdin_closes: bool) -> Result<(), Error> {
    let server = |source| Error::Server { server: "signal", source };
    let mut terminate = signal(SignalKind::terminate()).map_err(server)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(server)?;
    let network = tokio::select! {
        network = Network::start(options) => network?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    if let Some(dir) = dir {
        network.manifest.write(&dir)?;
    }
    let line = serde_json::to_string(&network.manifest)
        .map_err(|error| Error::Reply { what: "the manifest".into(), reason: error.to_string() })?;
    println!("{line}");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = stdin_closed(), if until_stdin_closes => {}
    }
    Ok(())
}

async fn stdin_closed() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 1_024];
    while matches!(stdin.read(&mut buffer).await, Ok(read) if read > 0) {}
}
