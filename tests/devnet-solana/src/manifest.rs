//! What a client needs to know of the running chain.

use std::collections::BTreeMap;
use std::path::Path;

use devnet::iris::{ATTESTERS, SIGNATURE_THRESHOLD};
use serde::{Deserialize, Serialize};

use crate::cctp::{Remote, pda};
use crate::error::Error;
use crate::genesis::USDC_MINT;
use crate::ids::{
    CCTP_LOOKUP_TABLE, DOMAIN, FEE_RECIPIENT, MESSAGE_TRANSMITTER, TOKEN_MESSENGER_MINTER, USDC,
};
use crate::pool::POOLS;

/// Everything about a running chain. Addresses are base58.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Whose addresses the well-known programs and mints have.
    pub cluster: String,
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

impl PoolInfo {
    pub(crate) fn all() -> Vec<Self> {
        let pools = POOLS.map(|spec| {
            let (address, pool) = spec.pool();
            Self {
                name: pool.name,
                address: address.to_string(),
                mint_a: pool.mint_a.to_string(),
                mint_b: pool.mint_b.to_string(),
                vault_a: pool.vault_a.to_string(),
                vault_b: pool.vault_b.to_string(),
                fee_bps: pool.fee_bps,
            }
        });
        pools.into()
    }
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

impl Cctp {
    pub(crate) fn of(remotes: &[Remote]) -> Self {
        let hex = |bytes: &[u8; 32]| format!("0x{}", hex::encode(bytes));
        let remotes = remotes.iter().map(|remote| RemoteInfo {
            domain: remote.domain,
            token_messenger: hex(&remote.messenger),
            usdc: hex(&remote.token),
        });
        Self {
            domain: DOMAIN,
            message_transmitter: MESSAGE_TRANSMITTER.to_string(),
            token_messenger_minter: TOKEN_MESSENGER_MINTER.to_string(),
            custody: pda::custody(&USDC).to_string(),
            fee_recipient: FEE_RECIPIENT.to_string(),
            fee_account: USDC_MINT.ata(&FEE_RECIPIENT).to_string(),
            lookup_table: CCTP_LOOKUP_TABLE.to_string(),
            attesters: ATTESTERS.iter().map(|attester| attester.to_string().to_lowercase()).collect(),
            signature_threshold: SIGNATURE_THRESHOLD,
            remotes: remotes.collect(),
        }
    }
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
