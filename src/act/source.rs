//! The source chain's legs: approve, burn or swap, and taking an approval back.

use alloy::primitives::U256;

use crate::act::engine::Progress;
use crate::act::pursue::Fate;
use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::domain::{Leg, Operation, OperationState, Step};
use crate::journal::JournalError;

impl Engine {
    /// Signs the first leg: the approval, unless exactly the right one stands.
    pub(super) async fn begin(&self, operation: &Operation) -> Result<Progress, ActError> {
        if self.now() > operation.expires_at {
            return self.end_when_final(operation, "the plan expired before this step could start").await;
        }
        if let Some(Operation { id: other, .. }) = self.spender_before(operation).await? {
            return Ok(Progress::Waiting(format!("operation {other} spends on this chain first")));
        }
        if self.is_solana(operation.step.source_chain()) {
            return self.begin_on_solana(operation).await;
        }
        if self.must_open_on_solana(operation).await? {
            return self.open_on_solana(operation).await;
        }
        let allowance = self.allowance(operation).await?;
        let borrows = Self::borrows(operation);
        let leg = if borrows && allowance.is_zero() {
            Leg::Swap
        } else if !borrows && allowance == U256::from(operation.step.spends().units()) {
            Self::spending_leg(operation)
        } else if allowance.is_zero() {
            Leg::Approve
        } else {
            Leg::Revoke
        };
        let auditioned = match Self::aggregated(operation).filter(|_| leg != Leg::Swap) {
            Some(step) if self.closed().await?.is_none() => self.audition(operation, step).await?,
            Some(_) | None => Ok(()),
        };
        let signing = match auditioned {
            Ok(()) => self.sign_leg(operation, leg, None).await?,
            Err(signing) => signing,
        };
        match signing {
            Signing::Sent => Ok(Progress::Moved),
            Signing::Waiting(reason) => Ok(Progress::Waiting(reason)),
            Signing::Reverted(reason) => {
                self.end_when_final(operation, &format!("the {leg} would fail: {reason}")).await
            }
            Signing::Expired => Err(self.inconsistent(operation, "leg")),
            Signing::Denied(denial) => {
                self.end_when_final(operation, &format!("policy denied the {leg} by {denial}")).await
            }
        }
    }

    /// Signs a leg that this operation may have sent before: nobody else looks whether that earlier
    /// transaction became final, and until it did the journal takes no second one.
    async fn sign_leg(
        &self,
        operation: &Operation,
        leg: Leg,
        note: Option<&str>,
    ) -> Result<Signing, ActError> {
        match self.sign(operation, leg, None, note).await {
            Err(ActError::Journal(JournalError::LegLive { .. })) => {
                self.pursue(operation, leg).await?;
                Ok(Signing::Waiting(format!("the {leg} before this one is not final yet")))
            }
            signed => signed,
        }
    }

    /// Follows the current leg's transaction.
    pub(super) async fn follow(&self, operation: &Operation) -> Result<Progress, ActError> {
        let leg = operation.leg;
        match self.pursue(operation, leg).await? {
            Fate::Included { .. } => {
                let note = if leg == Leg::Revoke { operation.reason.as_deref() } else { None };
                self.go_again(operation, OperationState::Included, leg, note).await
            }
            Fate::Pending(reason) => Ok(Progress::Waiting(reason)),
            Fate::Reverted if leg == Leg::Swap && Self::route_of(operation).is_some() => {
                self.abandon(operation, "its prices were gone: the route reverted, or was cancelled").await
            }
            Fate::Reverted => self.abandon(operation, &format!("the {leg} reverted on chain")).await,
            Fate::Expired => self.sign_anew(operation, leg).await,
            Fate::Foreign(reason) => {
                self.go_again(operation, OperationState::NeedsOperator, leg, Some(&reason)).await
            }
            Fate::Nothing => {
                let reason = format!(
                    "no transaction of the {leg} is alive; `purser operations resolve {} retry --reason …` begins it again from what the journal proves",
                    operation.id
                );
                self.go_again(operation, OperationState::NeedsOperator, leg, Some(&reason)).await
            }
        }
    }

    /// The leg is in a block: on to the next one.
    pub(super) async fn after_inclusion(&self, operation: &Operation) -> Result<Progress, ActError> {
        match operation.leg {
            Leg::Approve => self.after_approval(operation).await,
            Leg::Revoke => self.after_revocation(operation).await,
            Leg::Burn => self.after_burn(operation).await,
            Leg::Swap => match self.pursue(operation, Leg::Swap).await? {
                Fate::Included { proof, .. } if proof.is_final() => {
                    self.go(operation, OperationState::Final, Leg::Swap, None).await
                }
                Fate::Included { .. } => Ok(Progress::Waiting("waiting until the swap is final".to_owned())),
                Fate::Pending(reason) => self.out_of_its_block(operation, &reason).await,
                Fate::Reverted | Fate::Expired => {
                    self.out_of_its_block(operation, "it reverted after a reorg").await
                }
                Fate::Foreign(reason) => {
                    self.go(operation, OperationState::NeedsOperator, Leg::Swap, Some(&reason)).await
                }
                Fate::Nothing => Err(self.inconsistent(operation, "swap transaction")),
            },
            Leg::Open => self.after_opening(operation).await,
            Leg::Mint | Leg::Reclaim => Err(self.inconsistent(operation, "leg")),
        }
    }

    /// A transaction that was in a block is in none now: back to where the chain says it is.
    pub(super) async fn out_of_its_block(
        &self,
        operation: &Operation,
        why: &str,
    ) -> Result<Progress, ActError> {
        let reason = format!("a reorg removed the {}: {why}", operation.leg);
        self.go_again(operation, OperationState::Broadcast, operation.leg, Some(&reason)).await
    }

    async fn after_approval(&self, operation: &Operation) -> Result<Progress, ActError> {
        let leg = Self::spending_leg(operation);
        if self.now() > operation.expires_at {
            return self.abandon(operation, "the plan expired after the approval").await;
        }
        match self.sign(operation, leg, None, None).await? {
            Signing::Sent => Ok(Progress::Moved),
            Signing::Waiting(reason) => Ok(Progress::Waiting(reason)),
            Signing::Reverted(reason) => {
                // A reorg may have taken the approval: then the simulation proves nothing.
                match self.pursue(operation, Leg::Approve).await? {
                    // Nor does it by a node that is a block behind.
                    Fate::Included { .. } if self.simulates_behind(operation).await? => {
                        Ok(Progress::Waiting("the node asked does not show the approval yet".to_owned()))
                    }
                    Fate::Included { .. } => {
                        self.abandon(operation, &format!("the {leg} would fail: {reason}")).await
                    }
                    Fate::Pending(why) => self.out_of_its_block(operation, &why).await,
                    Fate::Reverted | Fate::Expired => self.abandon(operation, "the approval reverted").await,
                    Fate::Foreign(why) => {
                        self.go(operation, OperationState::NeedsOperator, Leg::Approve, Some(&why)).await
                    }
                    Fate::Nothing => Err(self.inconsistent(operation, "approval")),
                }
            }
            Signing::Expired => Err(self.inconsistent(operation, "leg")),
            Signing::Denied(denial) => {
                self.abandon(operation, &format!("policy denied the {leg} by {denial}")).await
            }
        }
    }

    /// Whether the approval stands, and only the node that simulates does not show it. An approval that
    /// a quorum does not show either is used up.
    async fn simulates_behind(&self, operation: &Operation) -> Result<bool, ActError> {
        let approved = U256::from(operation.step.spends().units());
        Ok(self.allowance_simulated(operation).await? != approved
            && self.allowance(operation).await? == approved)
    }

    /// After a revocation: begin anew when it only cleared the way, end when the step was given up,
    /// settle when the swap is done.
    async fn after_revocation(&self, operation: &Operation) -> Result<Progress, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        // A cancellation that succeeded swapped nothing.
        let swapped =
            attempts.iter().any(|one| one.leg == Leg::Swap && one.success == Some(true) && !one.cancels);
        if swapped {
            return match self.pursue(operation, Leg::Revoke).await? {
                Fate::Included { proof, .. } if proof.is_final() => self.settle_swap(operation).await,
                Fate::Included { .. } => {
                    Ok(Progress::Waiting("waiting until the revocation is final".to_owned()))
                }
                Fate::Pending(why) => self.out_of_its_block(operation, &why).await,
                Fate::Reverted | Fate::Expired | Fate::Foreign(_) | Fate::Nothing => {
                    let reason = "an allowance is left and could not be taken back; revoke it by hand";
                    self.go(operation, OperationState::NeedsOperator, Leg::Revoke, Some(reason)).await
                }
            };
        }
        let given_up = attempts.iter().any(|one| one.leg != Leg::Revoke);
        if given_up {
            let reason = operation
                .reason
                .clone()
                .unwrap_or_else(|| "given up; the approval was taken back".to_owned());
            return self.end_when_final(operation, &reason).await;
        }
        if self.now() > operation.expires_at {
            return self.end_when_final(operation, "the plan expired before the approval").await;
        }
        let leg = if Self::borrows(operation) { Leg::Swap } else { Leg::Approve };
        match self.sign_leg(operation, leg, None).await? {
            Signing::Reverted(reason) => {
                self.end_when_final(operation, &format!("the {leg} would fail: {reason}")).await
            }
            signing @ (Signing::Sent | Signing::Waiting(_) | Signing::Expired | Signing::Denied(_)) => {
                Ok(signing.into())
            }
        }
    }

    /// Gives a step up before its value moved: an approval that stands is taken back first.
    pub(super) async fn abandon(&self, operation: &Operation, reason: &str) -> Result<Progress, ActError> {
        if self.is_solana(operation.step.source_chain()) || self.allowance(operation).await?.is_zero() {
            return self.end_when_final(operation, reason).await;
        }
        if operation.state == OperationState::Signed {
            return self.go(operation, OperationState::Broadcast, operation.leg, Some(reason)).await;
        }
        Ok(self.sign_leg(operation, Leg::Revoke, Some(reason)).await?.into())
    }

    /// Fails the operation once nothing of it can still be mined or unmined.
    pub(super) async fn end_when_final(
        &self,
        operation: &Operation,
        reason: &str,
    ) -> Result<Progress, ActError> {
        if let Some(waits) = self.undecided(operation).await? {
            return Ok(Progress::Waiting(format!("{reason}; {waits}")));
        }
        match self.fail(operation, reason).await {
            Err(ActError::Journal(JournalError::LiveAttempts { .. })) => {
                Ok(Progress::Waiting(format!("{reason}; waiting until its transactions are final")))
            }
            Err(ActError::Journal(error @ JournalError::ValueMoved { .. })) => {
                let reason = format!(
                    "{reason}; {error}; `purser operations resolve {} retry --reason …`",
                    operation.id
                );
                self.go_again(operation, OperationState::NeedsOperator, operation.leg, Some(&reason)).await
            }
            other => other,
        }
    }

    /// The swap is final: its allowance must be gone, then it is settled.
    pub(super) async fn after_finality(&self, operation: &Operation) -> Result<Progress, ActError> {
        if let Step::Bridge(_) = &operation.step {
            return Err(self.inconsistent(operation, "leg"));
        }
        if let Some(Operation { id: other, .. }) = self.spender_before(operation).await? {
            return Ok(Progress::Waiting(format!("the allowance is operation {other}'s now")));
        }
        if self.is_solana(operation.step.source_chain()) {
            return self.settle_swap(operation).await;
        }
        if self.allowance(operation).await?.is_zero() {
            return self.settle_swap(operation).await;
        }
        Ok(self.sign_leg(operation, Leg::Revoke, Some("an allowance was left behind")).await?.into())
    }

    /// Moves on from wherever the operation is by now: sending may have moved it in between.
    pub(super) async fn go_again(
        &self,
        operation: &Operation,
        to: OperationState,
        leg: Leg,
        reason: Option<&str>,
    ) -> Result<Progress, ActError> {
        let current = self.parts.journal.operation(&operation.id).await?;
        let current = current.ok_or_else(|| self.inconsistent(operation, "row"))?;
        if current.state == to {
            return Ok(Progress::Moved);
        }
        self.go(&current, to, leg, reason).await
    }
}
