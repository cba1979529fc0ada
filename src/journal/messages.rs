//! Bridge messages and their attestations.

use alloy::primitives::{B256, Bytes};
use sqlx::Row;

use crate::domain::{OperationId, TransactionId};
use crate::journal::moves::current;
use crate::journal::rows::{parsed, parsed_option, stored, unsigned_option};
use crate::journal::{Journal, JournalError};

/// What a burn emitted and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeMessage {
    /// The message as the burn emitted it.
    pub source_message: Bytes,
    /// The burn's transaction.
    pub source_tx: TransactionId,
    /// The message's nonce, once the attesters gave it one.
    pub nonce: Option<B256>,
    /// The message as attested.
    pub attested_message: Option<Bytes>,
    /// The attesters' signatures over it.
    pub attestation: Option<Bytes>,
    /// Destination block from which the attestation is void; `None` or 0 when it never is.
    pub expiration_block: Option<u64>,
}

impl Journal {
    /// Keeps the newest state of the operation's bridge message.
    pub async fn save_message(&self, id: &OperationId, message: &BridgeMessage) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        current(&mut tx, id).await?;
        sqlx::query(
            "INSERT INTO bridge_messages (operation, source_message, source_tx, nonce, attested_message, \
             attestation, expiration_block) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (operation) DO UPDATE SET source_message = excluded.source_message, \
             source_tx = excluded.source_tx, nonce = excluded.nonce, \
             attested_message = excluded.attested_message, attestation = excluded.attestation, \
             expiration_block = excluded.expiration_block",
        )
        .bind(id.as_str())
        .bind(message.source_message.as_ref())
        .bind(message.source_tx.to_string())
        .bind(message.nonce.map(|nonce| nonce.to_string()))
        .bind(message.attested_message.as_ref().map(|bytes| bytes.as_ref()))
        .bind(message.attestation.as_ref().map(|bytes| bytes.as_ref()))
        .bind(message.expiration_block.map(|block| stored(block, "the expiration block")).transpose()?)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The operation's bridge message, once its burn was seen.
    pub async fn message(&self, id: &OperationId) -> Result<Option<BridgeMessage>, JournalError> {
        let row = sqlx::query("SELECT * FROM bridge_messages WHERE operation = $1")
            .bind(id.as_str())
            .fetch_optional(self.readers())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let source_message: Vec<u8> = row.try_get("source_message")?;
        let attested_message: Option<Vec<u8>> = row.try_get("attested_message")?;
        let attestation: Option<Vec<u8>> = row.try_get("attestation")?;
        Ok(Some(BridgeMessage {
            source_message: source_message.into(),
            source_tx: parsed(&row, "source_tx")?,
            nonce: parsed_option(&row, "nonce")?,
            attested_message: attested_message.map(Bytes::from),
            attestation: attestation.map(Bytes::from),
            expiration_block: unsigned_option(&row, "expiration_block")?,
        }))
    }
}
