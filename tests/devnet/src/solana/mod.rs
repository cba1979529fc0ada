//! The local Solana chain as the rest of the network sees it: the process that
//! it runs in, its manifest, and what it can be told to do.

pub mod chain;
pub mod command;
pub mod jupiter;
pub mod manifest;
mod process;
pub mod provider;

use std::path::{Path, PathBuf};

pub use chain::{Departure, Departures, SolanaChain};
pub use command::{Command, Mint};
pub use manifest::Manifest as SolanaManifest;
pub(crate) use process::{Balances, Process};

/// The environment variable that names the program of the Solana chain.
pub const PROGRAM: &str = "PURSER_DEVNET_SOLANA";
/// What the chain is called, as in the daemon's configuration.
pub const NAME: &str = "solana";

/// Which Solana chain the network has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Solana {
    /// None; CCTP does not know it.
    #[default]
    None,
    /// One that runs already, steered at this URL. It keeps its own balances.
    Attach(String),
    /// One of its own, which ends with the network.
    Spawn(Spawn),
}

/// How a Solana chain is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spawn {
    /// The program `devnet-solana`.
    pub program: PathBuf,
    /// Milliseconds between slots. A blockhash lives 150 slots, and a slot is
    /// final after 31 more.
    pub slot_ms: u64,
}

impl Spawn {
    /// The program that [`PROGRAM`] names, or else the debug build in `target`,
    /// with ten slots a second.
    pub fn of(target: &Path) -> Self {
        let built = || target.join("debug/devnet-solana");
        Self { program: std::env::var_os(PROGRAM).map_or_else(built, PathBuf::from), slot_ms: 100 }
    }
}
