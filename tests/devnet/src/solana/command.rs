//! Changes of the Solana chain that no transaction makes.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

/// One of the mints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mint {
    /// USDC.
    Usdc,
    /// USDT.
    Usdt,
    /// The token with a transfer fee.
    Fee,
}

/// A change of the chain. Amounts are minor units, and accounts are wallets:
/// their associated token accounts are meant. `A` is an address in base58. In a
/// request the variant is the last part of the path and its fields are the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub enum Command<A> {
    /// The wallet has this many lamports.
    Native { account: A, lamports: u64 },
    /// The wallet gets tokens out of nothing.
    Mint { asset: Mint, to: A, amount: u64 },
    /// The wallet's tokens vanish.
    Drain { asset: Mint, account: A },
    /// The wallet's token account is frozen or thawed.
    Freeze { asset: Mint, account: A, on: bool },
    /// The wallet has no such token account.
    Close { asset: Mint, account: A },
    /// The fee token costs this much per transfer.
    TransferFee { bps: u16 },
    /// CCTP's custody holds this much.
    Custody { amount: u64 },
    /// A pool holds this much.
    Reserves { pool: String, a: u64, b: u64 },
    /// The wallet may not burn, or may again.
    Denylist { account: A, on: bool },
    /// Messages are neither sent nor received.
    PauseTransmitter { on: bool },
    /// Tokens are neither burned nor paid out.
    PauseMinter { on: bool },
    /// The most that one message may burn.
    BurnLimit { amount: u64 },
    /// The least fee, in thousandths of a basis point.
    MinFee { fee: u32 },
    /// Who gets the fees.
    FeeRecipient { account: A },
    /// An attester is enabled or not.
    Attester { attester: Address, on: bool },
    /// Signatures that an attestation needs.
    Threshold { signatures: u32 },
    /// A domain is known by this messenger and token, or by none.
    Remote { domain: u32, messenger: Option<B256>, token: B256 },
    /// The chain's clock jumps.
    PassTime { seconds: u64 },
    /// Blocks come at once up to this height, and none after it.
    StopAt { height: u64 },
    /// Blocks come by the clock again.
    Resume {},
}
