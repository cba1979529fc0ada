//! What a client needs to know of the running Solana chain.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Everything about a running chain. Addresses are base58.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Whose addresses the well-known programs and mints have.
    pub cluster: String,
    /// The hash that names the chain.
    pub genesis_hash: String,
    /// URLs of the RPC proxies, in the order `a`, `b`, ….
    pub rpc: Vec<String>,
    /// URL of the node itself, which never misbehaves.
    pub node_url: String,
    /// URL of the node's subscriptions.
    pub ws_url: String,
    /// Where the chain is steered.
    pub control_url: String,
    /// Base URL of Jupiter, without `/swap/v2`.
    pub jupiter_url: String,
    /// Milliseconds between slots.
    pub slot_ms: u64,
    /// Who holds the starting balances.
    pub wallet: Wallet,
    /// The mints by name: `usdc`, `usdt`, `fee`.
    pub mints: BTreeMap<String, MintInfo>,
    /// CCTP V2.
    pub cctp: Cctp,
    /// The program of the pools.
    pub pool_program: String,
    /// The pools of USDC (`a`) and USDT (`b`).
    pub pools: Vec<PoolInfo>,
}

/// A pool.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolInfo {
    /// Its label in routes.
    pub name: String,
    /// Its address.
    pub address: String,
    /// One token.
    pub mint_a: String,
    /// The other token.
    pub mint_b: String,
    /// Where the pool keeps the one.
    pub vault_a: String,
    /// Where it keeps the other.
    pub vault_b: String,
    /// What it keeps of every input.
    pub fee_bps: u16,
}

/// CCTP V2 on this chain.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cctp {
    /// This chain's domain.
    pub domain: u32,
    /// `MessageTransmitterV2`.
    pub message_transmitter: String,
    /// `TokenMessengerMinterV2`; in messages it is also the sender and recipient.
    pub token_messenger_minter: String,
    /// Where the tokens are that arriving messages pay out.
    pub custody: String,
    /// Whose USDC account gets the fees.
    pub fee_recipient: String,
    /// That account.
    pub fee_account: String,
    /// A lookup table of what every receipt names.
    pub lookup_table: String,
    /// Who attests messages, as on every chain of the network.
    pub attesters: Vec<String>,
    /// Signatures that an attestation needs.
    pub signature_threshold: u32,
    /// The other domains that are known.
    pub remotes: Vec<RemoteInfo>,
}

/// Another domain as it is known here, in hex of 32 bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteInfo {
    /// CCTP domain.
    pub domain: u32,
    /// Its `TokenMessengerV2`.
    pub token_messenger: String,
    /// Its USDC.
    pub usdc: String,
}

/// A wallet. Its key is public, and worth nothing outside the local network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wallet {
    /// The address.
    pub address: String,
    /// The 64 bytes of the key pair in base58, as wallets export it.
    pub secret_key: String,
    /// The first 32 of them, in hex.
    pub seed: String,
}

/// A mint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MintInfo {
    /// The mint's address.
    pub address: String,
    /// The token program that it belongs to.
    pub program: String,
    /// Digits after the point.
    pub decimals: u8,
    /// Transfer fee in basis points.
    pub fee_bps: Option<u16>,
    /// The wallet's associated token account.
    pub wallet_account: String,
}

impl Manifest {
    /// Writes the manifest as `solana.json` into `dir`, which is created if needed.
    ///
    /// # Errors
    /// [`Error::File`] if the directory or file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), Error> {
        let file = |path: &Path| {
            let path = path.to_path_buf();
            move |source| Error::File { path, source }
        };
        std::fs::create_dir_all(dir).map_err(file(dir))?;
        let path = dir.join("solana.json");
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from).map_err(file(&path))?;
        std::fs::write(&path, text).map_err(file(&path))
    }
}
