//! What an operator may decide about an operation that cannot go on by itself. The journal's rules
//! hold all the same: nothing is called failed while it may still be mined or after value moved.

use crate::domain::{Leg, Operation, OperationState, Timestamp, Usd};
use crate::journal::{AttemptState, Journal, JournalError};

/// The operator's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Take it up again from what the journal proves.
    Retry,
    /// Give it up: refused by the journal when a transaction may still be mined or value moved.
    Fail,
}

impl Resolution {
    /// Applies the decision and returns the state the operation is in afterwards.
    pub async fn apply(
        self,
        journal: &Journal,
        operation: &Operation,
        reason: &str,
        at: Timestamp,
    ) -> Result<OperationState, JournalError> {
        if self == Self::Fail {
            let attempts = journal.attempts(&operation.id).await?;
            let gas = attempts.iter().filter_map(|attempt| attempt.fee_usd);
            let gas = gas.fold(Usd::ZERO, Usd::saturating_add);
            journal.fail(&operation.id, operation.state, reason, gas, &[], at).await?;
            return Ok(OperationState::Failed);
        }
        let attempts = journal.attempts(&operation.id).await?;
        let burnt = attempts.iter().any(|one| one.leg == Leg::Burn && one.success == Some(true));
        let live = attempts.iter().rev().find(|one| {
            matches!(one.state, AttemptState::Signed | AttemptState::Broadcast | AttemptState::Unknown)
        });
        let attested = match journal.message(&operation.id).await? {
            Some(message) => message.attestation.is_some(),
            None => false,
        };
        let (to, leg) = match live {
            Some(attempt) if attempt.leg == Leg::Mint => (OperationState::Minting, Leg::Mint),
            Some(attempt) => (OperationState::Broadcast, attempt.leg),
            None if burnt && attested => (OperationState::Attested, Leg::Mint),
            None if burnt => (OperationState::Attesting, Leg::Burn),
            None => (OperationState::Reserved, Leg::Approve),
        };
        journal.advance(&operation.id, operation.state, to, leg, Some(reason), at).await?;
        Ok(to)
    }
}
