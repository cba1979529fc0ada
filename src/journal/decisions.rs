//! Decision records.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::DecisionRecord;
use crate::journal::rows::corrupt;
use crate::journal::{Journal, JournalError};

/// A decision with its number in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDecision {
    /// Counts up from 1.
    pub id: i64,
    /// What was decided and why.
    pub record: DecisionRecord,
}

impl Journal {
    /// Keeps the record of one decision and returns its number.
    pub async fn record_decision(&self, record: &DecisionRecord) -> Result<i64, JournalError> {
        let body = serde_json::to_string(record).map_err(|error| JournalError::Unstorable {
            what: "the decision record",
            detail: error.to_string(),
        })?;
        let mut tx = self.begin().await?;
        let id: i64 = sqlx::query_scalar("INSERT INTO decisions (at, body) VALUES ($1, $2) RETURNING id")
            .bind(record.at.millis())
            .bind(body)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The newest decisions, newest first.
    pub async fn decisions(&self, limit: u32) -> Result<Vec<StoredDecision>, JournalError> {
        let rows = sqlx::query("SELECT id, body FROM decisions ORDER BY id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await?;
        rows.iter().map(decode).collect()
    }

    /// One decision by its number.
    pub async fn decision(&self, id: i64) -> Result<Option<StoredDecision>, JournalError> {
        let row = sqlx::query("SELECT id, body FROM decisions WHERE id = $1")
            .bind(id)
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(decode).transpose()
    }

    /// The last decision, if there ever was one.
    pub async fn last_decision(&self) -> Result<Option<StoredDecision>, JournalError> {
        Ok(self.decisions(1).await?.pop())
    }
}

fn decode(row: &SqliteRow) -> Result<StoredDecision, JournalError> {
    let body: &str = row.try_get("body")?;
    let record = serde_json::from_str(body).map_err(|error| corrupt("decisions.body", error))?;
    Ok(StoredDecision { id: row.try_get("id")?, record })
}
