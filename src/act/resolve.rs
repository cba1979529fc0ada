//! What an operator may decide about an operation that cannot go on by itself. The journal's rules
//! hold all the same: nothing is called failed while it may still be mined or after value moved.

use crate::domain::{Leg, Operation, OperationState, Timestamp, Usd};
use crate::journal::{Attempt, AttemptState, BridgeMessage, Journal, JournalError};

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
        let message = journal.message(&operation.id).await?;
        let (to, leg) = provable(&attempts, message.as_ref());
        journal.advance(&operation.id, operation.state, to, leg, Some(reason), at).await?;
        Ok(to)
    }
}

/// Where the journal proves an operation to be. What is not decided yet is followed first; what moved
/// value is never begun again.
fn provable(attempts: &[Attempt], message: Option<&BridgeMessage>) -> (OperationState, Leg) {
    let newest = |wanted: &dyn Fn(&Attempt) -> bool| attempts.iter().rev().find(|one| wanted(one));
    let unseen = newest(&|one| one.state.is_live() && one.state != AttemptState::Included);
    // A cancellation that succeeded swapped nothing.
    let succeeded = |leg| newest(&|one| one.leg == leg && one.success == Some(true) && !one.cancels);
    match unseen {
        Some(attempt) if attempt.leg == Leg::Mint => return (OperationState::Minting, Leg::Mint),
        Some(attempt) => return (OperationState::Broadcast, attempt.leg),
        None => {}
    }
    if succeeded(Leg::Burn).or_else(|| succeeded(Leg::Mint)).is_some() {
        return match message {
            Some(message) if message.attestation.is_some() => (OperationState::Attested, Leg::Mint),
            Some(_) => (OperationState::Attesting, Leg::Burn),
            // The burn is in a block and its message was not kept: following it keeps it.
            None => (OperationState::Broadcast, Leg::Burn),
        };
    }
    match succeeded(Leg::Swap) {
        Some(swap) if swap.state == AttemptState::Final => return (OperationState::Final, Leg::Swap),
        Some(_) => return (OperationState::Broadcast, Leg::Swap),
        None => {}
    }
    match newest(&|one| one.state == AttemptState::Included) {
        Some(attempt) => (OperationState::Broadcast, attempt.leg),
        None => (OperationState::Reserved, Leg::Approve),
    }
}
