//! Plans and operations: accepting and reading.

use std::collections::BTreeMap;

use sqlx::Row;
use uuid::{ContextV7, Uuid};

use crate::domain::{
    AssetId, Leg, Operation, OperationId, OperationState, Plan, PlanHash, Step, SwapStep, Timestamp, Usd,
};
use crate::journal::moves::{Change, write_timeline};
use crate::journal::rows::{corrupt, operation, operation_columns, parse, step as stored_step};
use crate::journal::{Cause, Journal, JournalError};

/// Which operations to list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFilter {
    /// Only those in this state.
    pub state: Option<OperationState>,
    /// At most so many.
    pub limit: u32,
    /// Only those recorded before this one: the last id of the page before.
    pub before: Option<OperationId>,
}

impl Default for OperationFilter {
    fn default() -> Self {
        Self { state: None, limit: 100, before: None }
    }
}

impl Journal {
    /// Records the plan and one planned operation per step in one transaction.
    ///
    /// `values` has one entry per step: what the step moves, in US dollars at the prices the
    /// decision was made with. [`Journal::spent_since`] counts them.
    ///
    /// # Errors
    /// [`JournalError::PlanKnown`] when the same content was accepted before.
    pub async fn accept_plan(
        &self,
        plan: &Plan,
        values: &[Usd],
        at: Timestamp,
    ) -> Result<Vec<Operation>, JournalError> {
        if plan.steps.len() != values.len() {
            return Err(JournalError::ValueCount { steps: plan.steps.len(), values: values.len() });
        }
        let unstorable = |error: serde_json::Error| JournalError::Unstorable {
            what: "the plan",
            detail: error.to_string(),
        };
        let hash = plan.hash().map_err(unstorable)?;
        let body = serde_json::to_string(plan).map_err(unstorable)?;
        let ids = ContextV7::new();
        let mut tx = self.begin().await?;
        let inserted = sqlx::query(
            "INSERT INTO plans (hash, body, decided_at, accepted_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(hash.as_str())
        .bind(body)
        .bind(plan.decided_at.millis())
        .bind(at.millis())
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 0 {
            return Err(JournalError::PlanKnown(hash));
        }
        let mut operations = Vec::with_capacity(plan.steps.len());
        for (step, value) in plan.steps.iter().zip(values) {
            let text = serde_json::to_string(step).map_err(unstorable)?;
            // Found unreadable now, the plan is refused; found later, the daemon could not start.
            if stored_step(&text)? != *step {
                return Err(JournalError::Unstorable {
                    what: "the plan",
                    detail: "a step does not survive being stored".to_owned(),
                });
            }
            let recorded = Operation {
                id: new_id(&ids, at),
                plan: hash.clone(),
                step: step.clone(),
                state: OperationState::Planned,
                leg: Leg::Approve,
                reason: None,
                expires_at: plan.expires_at,
                created_at: at,
                updated_at: at,
                quoted_cost: step.cost().cash(),
                realised_cost: None,
            };
            sqlx::query(
                "INSERT INTO operations (id, plan, step, state, leg, expires_at, created_at, updated_at, \
                 value, quoted_cost, quoted_gas, trade) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11)",
            )
            .bind(recorded.id.as_str())
            .bind(hash.as_str())
            .bind(text)
            .bind(recorded.state.as_str())
            .bind(recorded.leg.as_str())
            .bind(plan.expires_at.millis())
            .bind(at.millis())
            .bind(value.micros().to_string())
            .bind(recorded.quoted_cost.micros().to_string())
            .bind(step.cost().gas.micros().to_string())
            .bind(step.trade().map(|role| role.trade(&hash).as_str()))
            .execute(&mut *tx)
            .await?;
            let change = Change { from: None, to: recorded.state, leg: recorded.leg, reason: None };
            write_timeline(&mut tx, &recorded.id, &change, at).await?;
            operations.push(recorded);
        }
        tx.commit().await?;
        Ok(operations)
    }

    /// A plan that was accepted.
    pub async fn plan(&self, hash: &PlanHash) -> Result<Option<Plan>, JournalError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM plans WHERE hash = $1")
            .bind(hash.as_str())
            .fetch_optional(self.readers())
            .await?;
        body.map(|body| serde_json::from_str(&body).map_err(|error| corrupt("plans.body", error))).transpose()
    }

    /// The operations of one plan in the order of its steps.
    pub async fn operations_of(&self, plan: &PlanHash) -> Result<Vec<Operation>, JournalError> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            operation_columns!(),
            " FROM operations WHERE plan = $1 ORDER BY sequence"
        ))
        .bind(plan.as_str())
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(operation).collect()
    }

    /// Every operation that has not ended, oldest first.
    pub async fn open_operations(&self) -> Result<Vec<Operation>, JournalError> {
        let rows = sqlx::query(concat!(
            "SELECT ",
            operation_columns!(),
            " FROM operations WHERE state NOT IN ('settled', 'failed') ORDER BY sequence"
        ))
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(operation).collect()
    }

    /// One operation.
    pub async fn operation(&self, id: &OperationId) -> Result<Option<Operation>, JournalError> {
        let row = sqlx::query(concat!("SELECT ", operation_columns!(), " FROM operations WHERE id = $1"))
            .bind(id.as_str())
            .fetch_optional(self.readers())
            .await?;
        row.as_ref().map(operation).transpose()
    }

    /// Operations by state and page, newest first.
    ///
    /// # Errors
    /// [`JournalError::UnknownOperation`] when `before` names none.
    pub async fn operations(&self, filter: &OperationFilter) -> Result<Vec<Operation>, JournalError> {
        let before = match &filter.before {
            None => i64::MAX,
            Some(id) => sqlx::query_scalar("SELECT sequence FROM operations WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(self.readers())
                .await?
                .ok_or_else(|| JournalError::UnknownOperation(id.clone()))?,
        };
        let limit = i64::from(filter.limit);
        let rows = match filter.state {
            Some(state) => {
                sqlx::query(concat!(
                    "SELECT ",
                    operation_columns!(),
                    " FROM operations WHERE state = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3"
                ))
                .bind(state.as_str())
                .bind(before)
                .bind(limit)
                .fetch_all(self.readers())
                .await?
            }
            None => {
                sqlx::query(concat!(
                    "SELECT ",
                    operation_columns!(),
                    " FROM operations WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2"
                ))
                .bind(before)
                .bind(limit)
                .fetch_all(self.readers())
                .await?
            }
        };
        rows.iter().map(operation).collect()
    }

    /// Base units that a swap brought, as booked from its receipt; `None` when nothing is booked.
    pub async fn swapped_out(&self, id: &OperationId) -> Result<Option<u128>, JournalError> {
        let units: Option<String> = sqlx::query_scalar(
            "SELECT units FROM entries WHERE operation = $1 AND cause = $2 AND withdrawn_at IS NULL",
        )
        .bind(id.as_str())
        .bind(Cause::SwapOut.as_str())
        .fetch_optional(self.readers())
        .await?;
        units.map(|units| parse(&units, "entries.units")).transpose()
    }

    /// Base units of each asset that a route took out of the wallet and brought back, as booked from its receipt.
    pub async fn route_moved(
        &self,
        id: &OperationId,
    ) -> Result<BTreeMap<AssetId, (u128, u128)>, JournalError> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT cause, asset, units FROM entries \
             WHERE operation = $1 AND cause IN ('route-in', 'route-out') AND withdrawn_at IS NULL",
        )
        .bind(id.as_str())
        .fetch_all(self.readers())
        .await?;
        let mut moved: BTreeMap<AssetId, (u128, u128)> = BTreeMap::new();
        for (cause, asset, units) in rows {
            let units: u128 = parse(&units, "entries.units")?;
            let (out, back) = moved.entry(AssetId::new(&asset)).or_default();
            let sum = if cause == Cause::RouteIn.as_str() { out } else { back };
            *sum = sum.saturating_add(units);
        }
        Ok(moved)
    }

    /// Which entry is the newest that says what a swap brought; `None` before the first.
    pub async fn newest_swap(&self) -> Result<Option<i64>, JournalError> {
        let newest = sqlx::query_scalar(
            "SELECT MAX(id) FROM entries WHERE cause = 'swap-out' AND withdrawn_at IS NULL",
        );
        Ok(newest.fetch_one(self.readers()).await?)
    }

    /// The last swaps with the base units they brought, as booked from their receipts, newest first.
    pub async fn swaps_realised(&self, limit: u32) -> Result<Vec<(SwapStep, u128)>, JournalError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT o.step, e.units FROM entries e JOIN operations o ON o.id = e.operation \
             WHERE e.cause = 'swap-out' AND e.withdrawn_at IS NULL ORDER BY e.id DESC LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.readers())
        .await?;
        let mut swaps = Vec::with_capacity(rows.len());
        for (step, units) in rows {
            if let Step::Swap(step) = stored_step(&step)? {
                swaps.push((step, parse(&units, "entries.units")?));
            }
        }
        Ok(swaps)
    }

    /// How many operations are in each state; every state is named.
    pub async fn counts_by_state(&self) -> Result<BTreeMap<OperationState, u64>, JournalError> {
        let rows = sqlx::query("SELECT state, COUNT(*) AS count FROM operations GROUP BY state")
            .fetch_all(self.readers())
            .await?;
        let mut counts: BTreeMap<_, _> = OperationState::ALL.into_iter().map(|state| (state, 0)).collect();
        for row in rows {
            let state: &str = row.try_get("state")?;
            let count: i64 = row.try_get("count")?;
            let count = u64::try_from(count).map_err(|error| corrupt("count", error))?;
            counts.insert(parse(state, "operations.state")?, count);
        }
        Ok(counts)
    }
}

/// A UUID of version 7 at `at`; ids made with one context sort in the order they were made.
fn new_id(context: &ContextV7, at: Timestamp) -> OperationId {
    let seconds = u64::try_from(at.seconds()).unwrap_or(0);
    let millis = u32::try_from(at.millis().rem_euclid(1000)).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(context, seconds, millis.saturating_mul(1_000_000));
    OperationId::new(Uuid::new_v7(time).to_string())
}
