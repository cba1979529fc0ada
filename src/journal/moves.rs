//! Moving an operation: compare-and-set against the table, with a timeline row for every move.

use sqlx::{Row, SqliteConnection};

use crate::domain::{Leg, OperationId, OperationState, Timestamp, Usd};
use crate::journal::positions::book;
use crate::journal::rows::{parsed, parsed_option, time};
use crate::journal::{Entry, Journal, JournalError};

/// One line of an operation's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// From where; `None` for the first line.
    pub from: Option<OperationState>,
    /// To where. Equal to `from` when a mint was replaced at its nonce.
    pub to: OperationState,
    /// The leg it was at.
    pub leg: Leg,
    /// Why, when that needs saying.
    pub reason: Option<String>,
}

/// A move about to be written.
pub(super) struct Change<'a> {
    pub(super) from: Option<OperationState>,
    pub(super) to: OperationState,
    pub(super) leg: Leg,
    pub(super) reason: Option<&'a str>,
}

impl Journal {
    /// Moves an operation from one state to the next, if it still is where the caller believes.
    ///
    /// Signed bytes are recorded by [`Journal::record_signed`] alone: this method enters `Signed`
    /// or `Minting` only while a transaction of that leg is live. `Settled` is entered by
    /// [`Journal::settle`]. `Failed` is refused while a transaction may still be mined, or after a
    /// burn or swap succeeded.
    ///
    /// # Errors
    /// [`JournalError::Moved`] when it is elsewhere, [`JournalError::IllegalMove`] when the table
    /// or one of the rules above forbids it.
    pub async fn advance(
        &self,
        id: &OperationId,
        from: OperationState,
        to: OperationState,
        leg: Leg,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        match to {
            OperationState::Settled => {
                let rule = "an operation is settled together with its cost and ledger entries";
                return Err(JournalError::IllegalMove { from, to, rule });
            }
            OperationState::Signed | OperationState::Minting => {
                if live_attempts_of(&mut tx, id, Some(leg)).await? == 0 {
                    let rule = "its signed bytes must be recorded first";
                    return Err(JournalError::IllegalMove { from, to, rule });
                }
            }
            OperationState::Failed => may_fail(&mut tx, id).await?,
            OperationState::Planned
            | OperationState::Approved
            | OperationState::Reserved
            | OperationState::Broadcast
            | OperationState::Included
            | OperationState::Unknown
            | OperationState::Final
            | OperationState::Attesting
            | OperationState::Attested
            | OperationState::NeedsOperator => {}
        }
        compare_and_set(&mut tx, id, &Change { from: Some(from), to, leg, reason }, at).await?;
        Ok(tx.commit().await?)
    }

    /// Ends an operation as settled, with what it cost and its ledger entries, in one transaction.
    pub async fn settle(
        &self,
        id: &OperationId,
        from: OperationState,
        realised: Usd,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.end(id, from, OperationState::Settled, None, realised, entries, at).await
    }

    /// Ends an operation as failed, with what it cost all the same and its ledger entries, in one
    /// transaction. The rules of [`Journal::advance`] to `Failed` apply.
    pub async fn fail(
        &self,
        id: &OperationId,
        from: OperationState,
        reason: &str,
        realised: Usd,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.end(id, from, OperationState::Failed, Some(reason), realised, entries, at).await
    }

    #[allow(clippy::too_many_arguments, reason = "the two public methods above name every argument")]
    async fn end(
        &self,
        id: &OperationId,
        from: OperationState,
        to: OperationState,
        reason: Option<&str>,
        realised: Usd,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        if to == OperationState::Failed {
            may_fail(&mut tx, id).await?;
        }
        let leg = current(&mut tx, id).await?.1;
        compare_and_set(&mut tx, id, &Change { from: Some(from), to, leg, reason }, at).await?;
        sqlx::query("UPDATE operations SET realised_cost = $1 WHERE id = $2")
            .bind(realised.micros().to_string())
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        book(&mut tx, entries, at).await?;
        Ok(tx.commit().await?)
    }

    /// The operation's history, oldest first.
    pub async fn timeline(&self, id: &OperationId) -> Result<Vec<TimelineEntry>, JournalError> {
        let rows = sqlx::query(
            "SELECT at, from_state, to_state, leg, reason FROM timeline WHERE operation = $1 ORDER BY id",
        )
        .bind(id.as_str())
        .fetch_all(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TimelineEntry {
                    at: time(row, "at")?,
                    from: parsed_option(row, "from_state")?,
                    to: parsed(row, "to_state")?,
                    leg: parsed(row, "leg")?,
                    reason: row.try_get("reason")?,
                })
            })
            .collect()
    }
}

/// Where the operation stands.
pub(super) async fn current(
    tx: &mut SqliteConnection,
    id: &OperationId,
) -> Result<(OperationState, Leg, Timestamp), JournalError> {
    let row = sqlx::query("SELECT state, leg, expires_at FROM operations WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or_else(|| JournalError::UnknownOperation(id.clone()))?;
    Ok((parsed(&row, "state")?, parsed(&row, "leg")?, time(&row, "expires_at")?))
}

/// Moves the operation if it is where the change says and the table allows the move.
pub(super) async fn compare_and_set(
    tx: &mut SqliteConnection,
    id: &OperationId,
    change: &Change<'_>,
    at: Timestamp,
) -> Result<(), JournalError> {
    let (actual, _, _) = current(&mut *tx, id).await?;
    let expected = change.from.unwrap_or(actual);
    if actual != expected {
        return Err(JournalError::Moved { operation: id.clone(), expected, actual });
    }
    if !expected.can_become(change.to) {
        let rule = "the table of moves has no such move";
        return Err(JournalError::IllegalMove { from: expected, to: change.to, rule });
    }
    set(tx, id, change, at).await
}

/// Writes the state and its timeline row. The caller has checked the move in this transaction.
pub(super) async fn set(
    tx: &mut SqliteConnection,
    id: &OperationId,
    change: &Change<'_>,
    at: Timestamp,
) -> Result<(), JournalError> {
    sqlx::query("UPDATE operations SET state = $1, leg = $2, reason = $3, updated_at = $4 WHERE id = $5")
        .bind(change.to.as_str())
        .bind(change.leg.as_str())
        .bind(change.reason)
        .bind(at.millis())
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
    if change.to == OperationState::Reserved {
        // The first reservation counts: coming back from the operator does not move it to another day.
        sqlx::query("UPDATE operations SET reserved_at = $1 WHERE id = $2 AND reserved_at IS NULL")
            .bind(at.millis())
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
    }
    write_timeline(tx, id, change, at).await
}

pub(super) async fn write_timeline(
    tx: &mut SqliteConnection,
    id: &OperationId,
    change: &Change<'_>,
    at: Timestamp,
) -> Result<(), JournalError> {
    sqlx::query(
        "INSERT INTO timeline (operation, at, from_state, to_state, leg, reason) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.as_str())
    .bind(at.millis())
    .bind(change.from.map(OperationState::as_str))
    .bind(change.to.as_str())
    .bind(change.leg.as_str())
    .bind(change.reason)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn live_attempts_of(
    tx: &mut SqliteConnection,
    id: &OperationId,
    leg: Option<Leg>,
) -> Result<i64, JournalError> {
    let legs: Vec<String> = sqlx::query_scalar(
        "SELECT leg FROM attempts WHERE operation = $1 \
         AND state IN ('signed', 'broadcast', 'included', 'unknown')",
    )
    .bind(id.as_str())
    .fetch_all(&mut *tx)
    .await?;
    let counted = legs.iter().filter(|word| leg.is_none_or(|leg| leg.as_str() == word.as_str())).count();
    Ok(i64::try_from(counted).unwrap_or(i64::MAX))
}

/// "Failed" is a statement about money: nothing of it may still move, and nothing may have moved.
async fn may_fail(tx: &mut SqliteConnection, id: &OperationId) -> Result<(), JournalError> {
    let live = live_attempts_of(&mut *tx, id, None).await?;
    if live > 0 {
        return Err(JournalError::LiveAttempts { operation: id.clone(), live });
    }
    let moved = sqlx::query(
        "SELECT leg FROM attempts WHERE operation = $1 AND state = 'final' AND success = 1 \
         AND leg IN ('burn', 'swap') AND cancels = 0 LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *tx)
    .await?;
    match moved {
        Some(row) => Err(JournalError::ValueMoved { operation: id.clone(), leg: parsed(&row, "leg")? }),
        None => Ok(()),
    }
}
