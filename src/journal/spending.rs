//! What was spent in a period, for the limits.

use std::collections::BTreeMap;

use sqlx::Row;

use crate::domain::{OperationState, Spent, Timestamp, Usd};
use crate::journal::rows::{parsed, usd, usd_option};
use crate::journal::{Journal, JournalError};

impl Journal {
    /// Counts every operation that was reserved at or after `since`, whatever became of it, and the fees of what was
    /// signed since for operations that had ended: reclaims of rent.
    /// A sum that does not fit is [`Usd::MAX`], which every limit refuses.
    pub async fn spent_since(&self, since: Timestamp) -> Result<Spent, JournalError> {
        let mut tx = self.readers().begin().await?;
        let paid = sqlx::query(
            "SELECT a.operation AS operation, a.fee_usd AS fee_usd FROM operations o \
             JOIN attempts a ON a.operation = o.id \
             WHERE o.reserved_at >= $1 AND a.success IS NOT NULL",
        )
        .bind(since.millis())
        .fetch_all(&mut *tx)
        .await?;
        // A transaction that was mined at an unknown price is covered by the quote.
        let mut gas_paid: BTreeMap<String, (Usd, bool)> = BTreeMap::new();
        for row in paid {
            let total = gas_paid.entry(row.try_get("operation")?).or_default();
            match usd_option(&row, "fee_usd")? {
                Some(fee) => total.0 = total.0.saturating_add(fee),
                None => total.1 = true,
            }
        }
        let rows = sqlx::query("SELECT id, state, value, quoted_gas FROM operations WHERE reserved_at >= $1")
            .bind(since.millis())
            .fetch_all(&mut *tx)
            .await?;
        let mut spent = Spent::default();
        for row in rows {
            let id: &str = row.try_get("id")?;
            let state: OperationState = parsed(&row, "state")?;
            let quoted = usd(&row, "quoted_gas")?;
            let (paid, unpriced) = gas_paid.get(id).copied().unwrap_or_default();
            let gas = if state != OperationState::Failed || unpriced { paid.max(quoted) } else { paid };
            spent.gas = spent.gas.saturating_add(gas);
            if state != OperationState::Failed {
                spent.moved = spent.moved.saturating_add(usd(&row, "value")?);
            }
        }
        let reclaims = sqlx::query(
            "SELECT a.fee_usd AS fee_usd FROM attempts a JOIN operations o ON o.id = a.operation \
             WHERE a.leg = 'reclaim' AND a.created_at >= $1 AND o.reserved_at < $1",
        )
        .bind(since.millis())
        .fetch_all(&mut *tx)
        .await?;
        for row in reclaims {
            spent.gas = spent.gas.saturating_add(usd_option(&row, "fee_usd")?.unwrap_or(Usd::ZERO));
        }
        Ok(spent)
    }
}
