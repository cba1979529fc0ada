//! Rents of burns' messages on Solana: which are due, and how looking after them went.

use sqlx::Row;

use crate::domain::{Leg, OperationId, OperationState, Timestamp};
use crate::journal::halts::refuse_halted;
use crate::journal::moves::current;
use crate::journal::signing::{check_new, insert};
use crate::journal::{AttemptId, Journal, JournalError, NewAttempt};

/// How it stands with one rent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReclaimState {
    /// It is looked at again.
    Waiting,
    /// It came back, or is not there.
    Done,
    /// It is left where it is.
    GivenUp,
}

impl ReclaimState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::GivenUp => "given-up",
        }
    }
}

/// A rent that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReclaim {
    /// Whose burn it was of.
    pub operation: OperationId,
    /// Times a transaction was sent or refused.
    pub tries: u32,
}

impl Journal {
    /// Burns of settled operations on Solana, signed before `burnt_before`, whose rents are to be looked at by
    /// `now`: `limit` of them, first those never looked at, then those that waited longest.
    pub async fn due_reclaims(
        &self,
        burnt_before: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueReclaim>, JournalError> {
        let rows = sqlx::query(
            "SELECT a.operation, COALESCE(r.tries, 0) AS tries FROM attempts a \
             JOIN operations o ON o.id = a.operation LEFT JOIN reclaims r ON r.operation = a.operation \
             WHERE a.leg = 'burn' AND a.last_valid_height IS NOT NULL AND a.state = 'final' AND a.success = 1 \
             AND a.created_at <= $1 AND o.state = 'settled' \
             AND (r.operation IS NULL OR (r.state = 'waiting' AND r.next_at <= $2)) \
             ORDER BY COALESCE(r.next_at, 0), a.created_at LIMIT $3",
        )
        .bind(burnt_before.millis())
        .bind(now.millis())
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        let decode = |row: &sqlx::sqlite::SqliteRow| {
            let operation: String = row.try_get("operation")?;
            let tries: i64 = row.try_get("tries")?;
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            Ok(DueReclaim { operation: OperationId::new(operation), tries })
        };
        rows.iter().map(decode).collect()
    }

    /// Keeps how it stands with a rent.
    pub async fn set_reclaim(
        &self,
        operation: &OperationId,
        state: ReclaimState,
        tries: u32,
        next_at: Timestamp,
        reason: &str,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO reclaims (operation, state, tries, next_at, reason) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (operation) DO UPDATE SET state = $2, tries = $3, next_at = $4, reason = $5",
        )
        .bind(operation.as_str())
        .bind(state.as_str())
        .bind(i64::from(tries))
        .bind(next_at.millis())
        .bind(reason)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Records the signed bytes of a reclaim before any broadcast. Its operation has settled and stays so.
    ///
    /// # Errors
    /// Refused, with nothing written: while halted; when the operation has not settled; when a reclaim of it is
    /// live or succeeded; when the number is not the key's next one.
    pub async fn record_reclaim(&self, new: &NewAttempt, at: Timestamp) -> Result<AttemptId, JournalError> {
        let mut tx = self.begin().await?;
        refuse_halted(&mut tx).await?;
        let (actual, ..) = current(&mut tx, &new.operation).await?;
        if actual != OperationState::Settled || new.leg != Leg::Reclaim {
            let expected = OperationState::Settled;
            return Err(JournalError::Moved { operation: new.operation.clone(), expected, actual });
        }
        check_new(&mut tx, new).await?;
        let id = insert(&mut tx, new, at).await?;
        tx.commit().await?;
        Ok(id)
    }
}
