//! The halt: persistent, and checked in the transaction that records signed bytes.

use sqlx::{Executor, Row, Sqlite, SqliteConnection};

use crate::domain::Timestamp;
use crate::journal::rows::time;
use crate::journal::{Journal, JournalError};

/// Why nothing is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// The first reason that stands.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

impl Journal {
    /// Stops all signing until [`Journal::resume`], across restarts. A second reason is kept beside
    /// the first; a reason that stands already is not repeated.
    pub async fn halt(&self, reason: &str, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let known: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM halts WHERE resumed_at IS NULL AND reason = $1")
                .bind(reason)
                .fetch_one(&mut *tx)
                .await?;
        if known == 0 {
            sqlx::query("INSERT INTO halts (reason, halted_at) VALUES ($1, $2)")
                .bind(reason)
                .bind(at.millis())
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Lifts every standing halt and says how many there were.
    pub async fn resume(&self, at: Timestamp) -> Result<u64, JournalError> {
        let mut tx = self.begin().await?;
        let lifted = sqlx::query("UPDATE halts SET resumed_at = $1 WHERE resumed_at IS NULL")
            .bind(at.millis())
            .execute(&mut *tx)
            .await?
            .rows_affected();
        tx.commit().await?;
        Ok(lifted)
    }

    /// The halt that stands, if one does.
    pub async fn halted(&self) -> Result<Option<Halt>, JournalError> {
        standing(self.readers()).await
    }
}

/// Refuses to sign anything while a halt stands.
pub(super) async fn refuse_halted(tx: &mut SqliteConnection) -> Result<(), JournalError> {
    match standing(tx).await? {
        Some(halt) => Err(JournalError::Halted { reason: halt.reason, since: halt.at }),
        None => Ok(()),
    }
}

async fn standing<'e, E>(executor: E) -> Result<Option<Halt>, JournalError>
where
    E: Executor<'e, Database = Sqlite>,
{
    let row = sqlx::query("SELECT reason, halted_at FROM halts WHERE resumed_at IS NULL ORDER BY id LIMIT 1")
        .fetch_optional(executor)
        .await?;
    row.map(|row| Ok(Halt { reason: row.try_get("reason")?, at: time(&row, "halted_at")? })).transpose()
}
