//! Attempts: signed transactions with their fate.

use std::fmt;
use std::str::FromStr;

use alloy::primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::domain::operation::UnknownWord;
use crate::domain::{AnyAddress, ChainName, Leg, OperationId, Timestamp, TransactionId, Usd};
use crate::journal::rows::{parsed, parsed_option, time, unsigned, unsigned_option, usd_option};
use crate::journal::{Journal, JournalError};

/// Names an attempt; counts up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub i64);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where an attempt stands. Live are all but `Final` and `Dead`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptState {
    /// Signed and journalled; no node is known to have it.
    Signed,
    /// At least one node took it.
    Broadcast,
    /// In a block that is not final yet.
    Included,
    /// In a final block. End.
    Final,
    /// Can never be mined. End.
    Dead,
    /// Neither proven alive nor dead.
    Unknown,
}

impl AttemptState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Signed, Self::Broadcast, Self::Included, Self::Final, Self::Dead, Self::Unknown];

    /// The word used in the database, the API and the logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Broadcast => "broadcast",
            Self::Included => "included",
            Self::Final => "final",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it may still be mined, or unmined.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Signed | Self::Broadcast | Self::Included | Self::Unknown => true,
            Self::Final | Self::Dead => false,
        }
    }

    /// Whether the table allows this move. A live state may be repeated.
    pub const fn can_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Final, Self::Final) | (Self::Dead, Self::Dead) => true,
            (Self::Final | Self::Dead, _) => false,
            (Self::Signed, _) => true,
            (Self::Broadcast | Self::Included | Self::Unknown, Self::Signed) => false,
            (Self::Broadcast | Self::Included | Self::Unknown, _) => true,
        }
    }
}

impl fmt::Display for AttemptState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AttemptState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownWord(text.to_owned()))
    }
}

/// Until when a transaction of Solana can land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// First slot it could land in.
    pub from_slot: u64,
    /// Last block height at which it can.
    pub last_valid_height: u64,
}

/// Signed bytes about to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// The operation it serves.
    pub operation: OperationId,
    /// Which of its transactions it is.
    pub leg: Leg,
    /// Chain it is for.
    pub chain: ChainName,
    /// Who signed.
    pub wallet: AnyAddress,
    /// Its nonce; on Solana its number among the key's transactions here.
    pub nonce: u64,
    /// Its hash or first signature.
    pub hash: TransactionId,
    /// The signed bytes.
    pub raw: Bytes,
    /// Limit of gas or compute units.
    pub gas_limit: u64,
    /// Highest price per gas in wei; per compute unit in millionths of a lamport.
    pub max_fee_per_gas: u128,
    /// Highest priority fee, in the same unit.
    pub max_priority_fee_per_gas: u128,
    /// The live attempt of the same leg and nonce that it is meant to displace.
    pub replaces: Option<AttemptId>,
    /// Whether it does nothing but use up the nonce of what it replaces.
    pub cancels: bool,
    /// On Solana, until when it can land.
    pub lifetime: Option<Lifetime>,
    /// The order at an aggregator that lands it for us.
    pub landing_request: Option<String>,
}

/// Where and how an attempt was mined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// Block height, or slot.
    pub block_number: u64,
    /// Block hash; a slot stands without.
    pub block_hash: Option<B256>,
    /// Gas or compute units used.
    pub gas_used: u64,
    /// Everything paid for it in base units of the native coin, layer 1 part included.
    pub fee_units: u128,
    /// The same in US dollars, when the price is known; the daily gas limit counts it.
    pub fee_usd: Option<Usd>,
    /// Whether it did what it should, or reverted.
    pub success: bool,
}

/// A signed transaction with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Id.
    pub id: AttemptId,
    /// The operation it serves.
    pub operation: OperationId,
    /// Which of its transactions it is.
    pub leg: Leg,
    /// Chain.
    pub chain: ChainName,
    /// Who signed.
    pub wallet: AnyAddress,
    /// Nonce; on Solana its number among the key's transactions here.
    pub nonce: u64,
    /// Hash or first signature.
    pub hash: TransactionId,
    /// The signed bytes.
    pub raw: Bytes,
    /// Where it stands.
    pub state: AttemptState,
    /// Limit of gas or compute units.
    pub gas_limit: u64,
    /// Highest price per gas in wei; per compute unit in millionths of a lamport.
    pub max_fee_per_gas: u128,
    /// Highest priority fee, in the same unit.
    pub max_priority_fee_per_gas: u128,
    /// What it was meant to displace.
    pub replaces: Option<AttemptId>,
    /// Whether it does nothing but use up the nonce of what it replaces.
    pub cancels: bool,
    /// On Solana, until when it can land.
    pub lifetime: Option<Lifetime>,
    /// The order at an aggregator that lands it for us.
    pub landing_request: Option<String>,
    /// Height of its block, or its slot.
    pub block_number: Option<u64>,
    /// Hash of its block.
    pub block_hash: Option<B256>,
    /// Gas or compute units used.
    pub gas_used: Option<u64>,
    /// Everything paid for it in base units of the native coin, layer 1 part included.
    pub fee_units: Option<u128>,
    /// The same in US dollars, when the price was known.
    pub fee_usd: Option<Usd>,
    /// Whether it did what it should, or reverted.
    pub success: Option<bool>,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Attempt {
    /// Whether it is recorded in this very block or slot.
    pub fn is_in(&self, number: u64, hash: Option<B256>) -> bool {
        self.block_number == Some(number) && self.block_hash == hash
    }
}

/// The newest block on `chain` that one of `attempts` is known to be in; zero before the first.
pub fn newest_block<'a>(attempts: impl IntoIterator<Item = &'a Attempt>, chain: &ChainName) -> u64 {
    let here = attempts.into_iter().filter(|attempt| attempt.chain == *chain);
    here.filter_map(|attempt| attempt.block_number).max().unwrap_or(0)
}

impl Journal {
    /// The attempts of one operation, oldest first.
    pub async fn attempts(&self, id: &OperationId) -> Result<Vec<Attempt>, JournalError> {
        let rows = sqlx::query("SELECT * FROM attempts WHERE operation = $1 ORDER BY id")
            .bind(id.as_str())
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(decode).collect()
    }

    /// Every attempt on `chain` that may still be mined or unmined, oldest first.
    pub async fn live_attempts(&self, chain: &ChainName) -> Result<Vec<Attempt>, JournalError> {
        let rows = sqlx::query(
            "SELECT * FROM attempts WHERE chain = $1 \
             AND state IN ('signed', 'broadcast', 'included', 'unknown') ORDER BY id",
        )
        .bind(chain.as_str())
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(decode).collect()
    }

    /// The attempt of a transaction.
    pub async fn attempt_by_hash(
        &self,
        hash: impl Into<TransactionId>,
    ) -> Result<Option<Attempt>, JournalError> {
        let row = sqlx::query("SELECT * FROM attempts WHERE hash = $1")
            .bind(hash.into().to_string())
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(decode).transpose()
    }
}

/// One attempt inside a transaction.
pub(super) async fn load(tx: &mut SqliteConnection, id: AttemptId) -> Result<Attempt, JournalError> {
    let row = sqlx::query("SELECT * FROM attempts WHERE id = $1")
        .bind(id.0)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(JournalError::UnknownAttempt(id))?;
    decode(&row)
}

/// All attempts of one nonce, oldest first.
pub(super) async fn at_nonce(
    tx: &mut SqliteConnection,
    chain: &ChainName,
    wallet: AnyAddress,
    nonce: i64,
) -> Result<Vec<Attempt>, JournalError> {
    let rows =
        sqlx::query("SELECT * FROM attempts WHERE chain = $1 AND wallet = $2 AND nonce = $3 ORDER BY id")
            .bind(chain.as_str())
            .bind(wallet.to_string())
            .bind(nonce)
            .fetch_all(&mut *tx)
            .await?;
    rows.iter().map(decode).collect()
}

/// All attempts of one leg of one operation, oldest first.
pub(super) async fn of_leg(
    tx: &mut SqliteConnection,
    operation: &OperationId,
    leg: Leg,
) -> Result<Vec<Attempt>, JournalError> {
    let rows = sqlx::query("SELECT * FROM attempts WHERE operation = $1 AND leg = $2 ORDER BY id")
        .bind(operation.as_str())
        .bind(leg.as_str())
        .fetch_all(&mut *tx)
        .await?;
    rows.iter().map(decode).collect()
}

fn decode(row: &SqliteRow) -> Result<Attempt, JournalError> {
    let operation: String = row.try_get("operation")?;
    let raw: Vec<u8> = row.try_get("raw")?;
    let success: Option<i64> = row.try_get("success")?;
    let replaces: Option<i64> = row.try_get("replaces")?;
    let from_slot = unsigned_option(row, "from_slot")?;
    let lifetime = from_slot.zip(unsigned_option(row, "last_valid_height")?);
    Ok(Attempt {
        id: AttemptId(row.try_get("id")?),
        operation: OperationId::new(operation),
        leg: parsed(row, "leg")?,
        chain: ChainName::new(row.try_get("chain")?),
        wallet: parsed(row, "wallet")?,
        nonce: unsigned(row, "nonce")?,
        hash: parsed(row, "hash")?,
        raw: Bytes::from(raw),
        state: parsed(row, "state")?,
        gas_limit: unsigned(row, "gas_limit")?,
        max_fee_per_gas: parsed(row, "max_fee_per_gas")?,
        max_priority_fee_per_gas: parsed(row, "max_priority_fee_per_gas")?,
        replaces: replaces.map(AttemptId),
        cancels: row.try_get("cancels")?,
        lifetime: lifetime.map(|(from_slot, last_valid_height)| Lifetime { from_slot, last_valid_height }),
        landing_request: row.try_get("landing_request")?,
        block_number: unsigned_option(row, "block_number")?,
        block_hash: parsed_option(row, "block_hash")?,
        gas_used: unsigned_option(row, "gas_used")?,
        fee_units: parsed_option(row, "fee_units")?,
        fee_usd: usd_option(row, "fee_usd")?,
        success: success.map(|value| value == 1),
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
