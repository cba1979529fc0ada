//! `devnet up`: the local network until it is told to stop.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use devnet::demo::Demo;
use devnet::{Devnet, Error, Options, Solana, Spawn};
use tokio::signal::unix::{SignalKind, signal};

/// A local network of three chains with CCTP, Uniswap, 1inch, Iris and prices.
#[derive(Parser)]
#[command(name = "devnet")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the network and keep it until ctrl-c or SIGTERM.
    Up {
        /// Where manifest.json is written.
        #[arg(long, default_value = "target/devnet")]
        dir: PathBuf,
        /// Print the manifest as JSON instead of a summary.
        #[arg(long)]
        json: bool,
        /// Seconds between blocks, or 0 for one block per transaction.
        #[arg(long, default_value_t = 1.0)]
        block_time: f64,
        /// RPC proxies in front of each chain.
        #[arg(long, default_value_t = 2)]
        providers: usize,
        /// A further account that gets the starting balances. May be repeated.
        #[arg(long = "fund", value_name = "ADDRESS")]
        fund: Vec<alloy::primitives::Address>,
        /// The control URL of a running `devnet-solana`, to which CCTP leads then.
        #[arg(long, value_name = "URL", conflicts_with = "spawn_solana")]
        solana: Option<String>,
        /// The program `devnet-solana`: a Solana chain of the network's own.
        #[arg(long, value_name = "PROGRAM")]
        spawn_solana: Option<PathBuf>,
        /// Uniswap V4, a fork of V2, more pools, and somebody who trades in them.
        #[arg(long)]
        arbitrage: bool,
    },
    /// Run the real daemon, live, on a network of its own, until its inventory is in its bands.
    Demo {
        /// The daemon's binary.
        #[arg(long)]
        purser: PathBuf,
        /// The program `devnet-solana`.
        #[arg(long, value_name = "PROGRAM")]
        devnet_solana: PathBuf,
        /// Address of the daemon's metrics and health; port 0 lets the system choose.
        #[arg(long, default_value = "127.0.0.1:9464")]
        listen: String,
        /// Where configuration, journal and log are written.
        #[arg(long, default_value = "target/demo")]
        dir: PathBuf,
        /// End when the targets are reached instead of going on until ctrl-c.
        #[arg(long)]
        once: bool,
        /// End with one JSON object on standard output; everything else goes to standard error.
        #[arg(long)]
        json: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Up { dir, json, block_time, providers, fund, solana, spawn_solana, arbitrage } => {
            let spawn = spawn_solana.map(|program| Solana::Spawn(Spawn { program, slot_ms: 200 }));
            let attach = solana.map(Solana::Attach);
            let options = Options {
                block_time: (block_time > 0.0).then_some(block_time),
                providers_per_chain: providers,
                also_fund: fund,
                solana: attach.or(spawn).unwrap_or_default(),
                arbitrage,
                ..Options::default()
            };
            up(options, &dir, json).await.map(|()| true)
        }
        Command::Demo { purser, devnet_solana, listen, dir, once, json } => {
            Demo { purser, devnet_solana, listen, dir, once, json }.run().await
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("devnet: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn up(options: Options, dir: &std::path::Path, json: bool) -> Result<(), Error> {
    // Installed first, so that a signal during the start is not lost.
    let server = |source| Error::Server { server: "signal".into(), source };
    let mut terminate = signal(SignalKind::terminate()).map_err(server)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(server)?;
    let devnet = tokio::select! {
        devnet = Devnet::start(options) => devnet?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    devnet.manifest.write(dir)?;
    if json {
        let file = |error: serde_json::Error| Error::File { path: dir.into(), source: error.into() };
        println!("{}", serde_json::to_string(&devnet.manifest).map_err(file)?);
    } else {
        print_summary(&devnet, dir);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    devnet.stop().await;
    Ok(())
}

fn print_summary(devnet: &Devnet, dir: &std::path::Path) {
    let manifest = &devnet.manifest;
    println!("wallet    {}", manifest.wallet.address);
    for (name, chain) in &manifest.chains {
        println!("{name:<9} chain {} domain {}: {}", chain.chain_id, chain.domain, chain.rpc.join(" "));
    }
    if let Some(solana) = &manifest.solana {
        println!("solana    {} domain {}: {}", solana.genesis_hash, solana.cctp.domain, solana.rpc.join(" "));
        println!("jupiter   {}", solana.jupiter_url);
        println!("control   {} (Solana)", solana.control_url);
    }
    println!("iris      {}", manifest.iris_url);
    println!("1inch     {} (key {})", manifest.oneinch.url, manifest.oneinch.key);
    println!("control   {}", manifest.control_url);
    println!("coingecko {}", manifest.prices.coingecko);
    println!("kraken    {}", manifest.prices.kraken);
    println!("binance   {}", manifest.prices.binance);
    println!("manifest  {}", dir.join("manifest.json").display());
}
