//! From planned to reserved: expiry, limits, balance, and one spender at a time per chain.

use alloy::primitives::U256;

use crate::act::engine::Progress;
use crate::act::{ActError, Engine};
use crate::domain::{Leg, Operation, OperationState, Spent, Timestamp};
use crate::policy::{Verdict, judge_step};
use crate::telemetry::events;

impl Engine {
    /// Judges a planned operation, then sets its amount aside.
    pub(super) async fn admit(&self, operation: &Operation) -> Result<Progress, ActError> {
        let _one_at_a_time = self.locks.admission.lock().await;
        let now = self.now();
        if now > operation.expires_at {
            return self.fail(operation, "the plan expired before this step could start").await;
        }
        if let Some(reason) = self.closed().await? {
            return Ok(Progress::Waiting(reason));
        }
        if let Some(progress) = self.leaders(operation).await? {
            return Ok(progress);
        }
        let value = match Self::route_of(operation) {
            // Nothing of a route that borrows is in the wallet before; what it lends is valued like any amount.
            Some(step) if !step.is_lent_by_wallet() => step.at_stake(),
            Some(_) | None => match self.worth(operation.step.spends()).await {
                Ok(value) => value,
                Err(error) => return Ok(Progress::Waiting(error.to_string())),
            },
        };
        let verdict = judge_step(&self.parts.rules, &operation.step, value, self.spent(now).await?);
        events::judged(&self.parts.metrics, &operation.step.route(), &verdict);
        if let Verdict::Deny(denial) = verdict {
            return self.fail(operation, &format!("policy denied it by {denial}")).await;
        }
        if operation.state == OperationState::Planned {
            return self.go(operation, OperationState::Approved, first_leg(), None).await;
        }
        if let Some(Operation { id: other, .. }) = self.spender_before(operation).await? {
            return Ok(Progress::Waiting(format!("operation {other} spends on this chain first")));
        }
        let balance = if Self::borrows(operation) { U256::MAX } else { self.spendable(operation).await? };
        let amount = operation.step.spends();
        if balance < U256::from(amount.units()) {
            let reason = format!("the wallet holds {balance} base units, the step spends {amount}");
            return self.fail(operation, &reason).await;
        }
        self.go(operation, OperationState::Reserved, first_leg(), None).await
    }

    /// Another operation that is between its reservation and the inclusion of its burn or swap on the
    /// same chain. Approvals are exact, so two spenders at once would take each other's.
    pub(super) async fn spender_before(&self, operation: &Operation) -> Result<Option<Operation>, ActError> {
        let open = self.parts.journal.open_operations().await?;
        Ok(open.into_iter().find(|other| {
            other.id != operation.id
                && other.step.source_chain() == operation.step.source_chain()
                && is_spending(other)
                // An operator may put a second one back: of two that have not begun the older is first.
                && (operation.state != OperationState::Reserved
                    || other.state != OperationState::Reserved
                    || other.id < operation.id)
        }))
    }

    /// What the last 24 hours used up.
    pub(super) async fn spent(&self, now: Timestamp) -> Result<Spent, ActError> {
        Ok(self.parts.journal.spent_since(now.minus(Spent::WINDOW)).await?)
    }

    /// Ends an operation that moved nothing.
    pub(super) async fn fail(&self, operation: &Operation, reason: &str) -> Result<Progress, ActError> {
        let gas = match self.gas_paid(operation).await? {
            Ok(gas) => gas,
            Err(reason) => return Ok(Progress::Waiting(reason)),
        };
        self.parts.journal.fail(&operation.id, operation.state, reason, gas, &[], self.now()).await?;
        events::moved(&self.parts.metrics, operation, OperationState::Failed, operation.leg, Some(reason));
        Ok(Progress::Moved)
    }
}

/// Operations wait at their first leg until they are begun.
const fn first_leg() -> Leg {
    Leg::Approve
}

fn is_spending(operation: &Operation) -> bool {
    // What is borrowed and paid back in one transaction needs no approval and no balance.
    if Engine::borrows(operation) {
        return false;
    }
    match operation.state {
        OperationState::Reserved
        | OperationState::Signed
        | OperationState::Broadcast
        | OperationState::Unknown => true,
        OperationState::Included => matches!(operation.leg, Leg::Open | Leg::Approve | Leg::Revoke),
        OperationState::Planned
        | OperationState::Approved
        | OperationState::Final
        | OperationState::Attesting
        | OperationState::Attested
        | OperationState::Minting
        | OperationState::Settled
        | OperationState::Failed
        | OperationState::NeedsOperator => false,
    }
}
