//! The destination's side of a CCTP transfer.

use crate::act::engine::Progress;
use crate::act::proof::Proof;
use crate::act::pursue::Fate;

use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::AnyEnd;
use crate::bridges::cctp::contracts::events::{Minted, received_topics};
use crate::bridges::cctp::contracts::preflight::{decode_used_nonce, used_nonce};
use crate::chains::evm::{At, Inclusion};
use crate::domain::{BridgeStep, Leg, Operation, OperationState};

/// The contract's words for an attestation past its block.
const EXPIRED: &str = "Message expired and must be re-signed";
/// Blocks searched per request for a mint by somebody else, and requests at most.
const SEARCH: (u64, u64) = (1_000, 50);
/// A search that went so many blocks back begins anew at the head.
const SEARCH_BACK: u64 = 5_000_000;

impl Engine {
    /// Mints, unless somebody did already.
    pub(super) async fn mint(&self, operation: &Operation) -> Result<Progress, ActError> {
        let step = self.bridge_step(operation)?;
        if self.is_minted(operation, step).await? {
            return self.minted_by_others(operation, step).await;
        }
        match self.sign(operation, Leg::Mint, None, None).await? {
            Signing::Sent => Ok(Progress::Moved),
            Signing::Waiting(reason) => Ok(Progress::Waiting(reason)),
            Signing::Expired => self.attest_again(operation, step).await,
            Signing::Reverted(reason) if reason.contains(EXPIRED) => self.attest_again(operation, step).await,
            Signing::Reverted(reason) => Ok(Progress::Waiting(format!(
                "the mint would fail: {reason}; the burnt amount stays mintable"
            ))),
            Signing::Denied(denial) => {
                let reason = format!("policy denied the mint by {denial}; the burnt amount stays mintable");
                self.go(operation, OperationState::NeedsOperator, Leg::Mint, Some(&reason)).await
            }
        }
    }

    /// Follows our mint.
    pub(super) async fn follow_mint(&self, operation: &Operation) -> Result<Progress, ActError> {
        let step = self.bridge_step(operation)?;
        match self.pursue(operation, Leg::Mint).await? {
            Fate::Included { attempt, proof } => match self.minted(operation, step, &proof).await? {
                Minted::Ours { amount, fee, .. } if proof.is_final() => {
                    self.settle_bridge(operation, step, Some(attempt.id), amount, fee).await
                }
                Minted::Ours { .. } => Ok(Progress::Waiting("waiting until the mint is final".to_owned())),
                Minted::Absent | Minted::Wrong { .. } => {
                    let reason = "our mint succeeded without minting our transfer; the destination's contracts \
                                  are not what they were. Do not retry; compare the receipt with the message";
                    self.go(operation, OperationState::NeedsOperator, Leg::Mint, Some(reason)).await
                }
            },
            Fate::Pending(reason) => Ok(Progress::Waiting(reason)),
            Fate::Reverted | Fate::Expired | Fate::Nothing => {
                if self.is_minted(operation, step).await? {
                    return self.minted_by_others(operation, step).await;
                }
                self.go(operation, OperationState::Attested, Leg::Mint, Some("the mint reverted")).await
            }
            Fate::Foreign(reason) => {
                self.go(operation, OperationState::NeedsOperator, Leg::Mint, Some(&reason)).await
            }
        }
    }

    /// Whether the destination has used the message's nonce.
    async fn is_minted(&self, operation: &Operation, step: &BridgeStep) -> Result<bool, ActError> {
        let nonce = self.nonce_of(operation, &self.message(operation).await?)?;
        let to = match self.any_end(operation, &step.to, step.amount.asset())? {
            AnyEnd::Evm(to) => to,
            AnyEnd::Solana(to) => return self.is_received_on_solana(operation, &to, nonce).await,
        };
        let call = used_nonce(&to, nonce);
        let answer = self.chain(operation, &step.to)?.call_agreed(&call, At::Latest).await?;
        Ok(decode_used_nonce(&Ok(answer))?)
    }

    /// Anybody may mint. It is our success only when our recipient got our amount, for good.
    async fn minted_by_others(&self, operation: &Operation, step: &BridgeStep) -> Result<Progress, ActError> {
        let nonce = self.nonce_of(operation, &self.message(operation).await?)?;
        let to = match self.any_end(operation, &step.to, step.amount.asset())? {
            AnyEnd::Evm(to) => to,
            AnyEnd::Solana(to) => {
                return match self.receipt_on_solana(operation, &to, nonce).await? {
                    Ok(proof) => self.judge_foreign_mint(operation, step, &proof).await,
                    Err(waits) => Ok(Progress::Waiting(waits)),
                };
            }
        };
        let chain = self.chain(operation, &step.to)?;
        let head = chain.head().await?.latest;
        // A mint of long ago is found over several passes, each going on where the last one ended.
        let from = self.locks.searched.lock().await.remove(&operation.id).unwrap_or(head);
        let found =
            chain.find_log(to.message_transmitter, &received_topics(nonce), from, SEARCH.0, SEARCH.1).await?;
        let Some(transaction) = found else {
            let next = from.saturating_sub(SEARCH.0.saturating_mul(SEARCH.1));
            if next > 0 && head.saturating_sub(next) < SEARCH_BACK {
                self.locks.searched.lock().await.insert(operation.id.clone(), next);
            }
            return Ok(Progress::Waiting("the message was received; looking for the transaction".to_owned()));
        };
        // Until it is settled the next look begins where it was found.
        self.locks.searched.lock().await.insert(operation.id.clone(), from);
        let Inclusion::Included(receipt) = chain.inclusion(transaction).await? else {
            return Ok(Progress::Waiting(
                "the message was received; its receipt is not there yet".to_owned(),
            ));
        };
        self.judge_foreign_mint(operation, step, &Proof::Evm(receipt)).await
    }

    /// Whether somebody else's mint is our success.
    async fn judge_foreign_mint(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        proof: &Proof,
    ) -> Result<Progress, ActError> {
        match self.minted(operation, step, proof).await? {
            Minted::Ours { amount, fee, .. } if proof.is_final() => {
                self.settle_bridge(operation, step, None, amount, fee).await
            }
            Minted::Ours { .. } => {
                Ok(Progress::Waiting("somebody minted for us; waiting until that is final".to_owned()))
            }
            Minted::Absent => {
                Ok(Progress::Waiting("the message was received; its event is not there".to_owned()))
            }
            Minted::Wrong { reason } => {
                let reason =
                    format!("the message's nonce was used for something else: {reason}. Do not retry");
                self.go(operation, OperationState::NeedsOperator, Leg::Mint, Some(&reason)).await
            }
        }
    }

    /// Asks for a new attestation of the same message. The nonce stays, so it still mints once.
    async fn attest_again(&self, operation: &Operation, step: &BridgeStep) -> Result<Progress, ActError> {
        let nonce = self.nonce_of(operation, &self.message(operation).await?)?;
        if let Err(error) = self.parts.iris.reattest(nonce).await {
            return Ok(Progress::Waiting(format!(
                "the attestation expired and Iris did not take the request: {error}"
            )));
        }
        let labels = [step.from.as_str(), step.to.as_str()];
        self.parts.metrics.reattestations.with_label_values(&labels).inc();
        let reason = "the attestation expired; a new one was asked for";
        self.go(operation, OperationState::Attesting, Leg::Mint, Some(reason)).await
    }
}
