//! A CCTP transfer between its burn and its attestation.

use std::time::{Duration, Instant};

use alloy::primitives::{B256, Bytes};

use crate::act::engine::Progress;
use crate::act::proof::Proof;
use crate::act::pursue::Fate;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::contracts::calls::Burn;
use crate::bridges::cctp::contracts::events::burnt;
use crate::bridges::cctp::contracts::preflight::{
    attester_counts, attesters, decode_attester_counts, decode_attesters,
};
use crate::bridges::cctp::{AnyEnd, Attestation, Attesters, Message};
use crate::chains::evm::At;
use crate::domain::{BridgeStep, Leg, Operation, OperationState, Step};
use crate::journal::{Attempt, AttemptState, BridgeMessage};

/// Attesters change rarely: the set read from the chain is used for so long.
const ATTESTERS_FOR: Duration = Duration::from_secs(600);
/// A new attestation in place of an expired one is asked for again when none came for so long.
const REATTEST: Duration = Duration::from_secs(30);

impl Engine {
    pub(super) fn bridge_step<'a>(&self, operation: &'a Operation) -> Result<&'a BridgeStep, ActError> {
        match &operation.step {
            Step::Bridge(step) => Ok(step),
            Step::Swap(_) | Step::Route(_) => Err(self.inconsistent(operation, "transfer")),
        }
    }

    /// The stored message of a transfer.
    pub(super) async fn message(&self, operation: &Operation) -> Result<BridgeMessage, ActError> {
        let stored = self.parts.journal.message(&operation.id).await?;
        stored.ok_or_else(|| self.inconsistent(operation, "bridge message"))
    }

    /// The nonce of a transfer's attested message.
    pub(super) fn nonce_of(&self, operation: &Operation, stored: &BridgeMessage) -> Result<B256, ActError> {
        stored.nonce.ok_or_else(|| self.inconsistent(operation, "message nonce"))
    }

    /// The message that the burn of `attempt` sent, by its proof: exactly the one this step must send.
    pub(super) fn burnt_message(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        attempt: &Attempt,
        proof: &Proof,
    ) -> Result<Bytes, ActError> {
        let asset = step.amount.asset();
        let to = self.any_end(operation, &step.to, asset)?;
        let receipt = match proof {
            Proof::Evm(receipt) => receipt,
            Proof::Solana { landed, .. } => {
                return self.burnt_on_solana(operation, step, &to, attempt, landed);
            }
        };
        let from = self.end(operation, &step.from, asset)?;
        let expected = Burn::of_step(&from, &to, step)?.message(&from, &to, self.wallet());
        Ok(burnt(&receipt.logs, &from, &expected)?)
    }

    /// The burn is in a block: keep its message, then wait for the attestation.
    pub(super) async fn after_burn(&self, operation: &Operation) -> Result<Progress, ActError> {
        let step = self.bridge_step(operation)?;
        match self.pursue(operation, Leg::Burn).await? {
            Fate::Included { attempt, proof } => {
                let message = BridgeMessage {
                    source_message: self.burnt_message(operation, step, &attempt, &proof)?,
                    source_tx: attempt.hash,
                    nonce: None,
                    attested_message: None,
                    attestation: None,
                    expiration_block: None,
                };
                self.parts.journal.save_message(&operation.id, &message).await?;
                self.go(operation, OperationState::Attesting, Leg::Burn, None).await
            }
            Fate::Pending(why) => self.out_of_its_block(operation, &why).await,
            Fate::Reverted | Fate::Expired => {
                self.out_of_its_block(operation, "it reverted after a reorg").await
            }
            Fate::Foreign(why) => {
                self.go(operation, OperationState::NeedsOperator, Leg::Burn, Some(&why)).await
            }
            Fate::Nothing => Err(self.inconsistent(operation, "burn transaction")),
        }
    }

    /// Asks for the attestation, and watches that the burn stays where it is. However long it takes,
    /// the burn is never repeated.
    pub(super) async fn attest(&self, operation: &Operation) -> Result<Progress, ActError> {
        let step = self.bridge_step(operation)?;
        if let Some(moved) = self.burn_left(operation).await? {
            return Ok(moved);
        }
        if !self.may_ask_iris(operation).await {
            return Ok(Progress::Idle);
        }
        let stored = self.message(operation).await?;
        let burn = Message::decode(&stored.source_message)?;
        let asked = self.parts.iris.attestation(burn.source_domain, stored.source_tx, &burn).await;
        let (message, attestation) = match asked {
            Ok(Attestation::Ready { message, attestation }) => (message, attestation),
            Ok(Attestation::NotSeen) => {
                return Ok(Progress::Waiting("Iris has not seen the burn yet".to_owned()));
            }
            Ok(Attestation::Pending { delay }) => {
                return Ok(Progress::Waiting(match delay {
                    Some(delay) => format!("attestation pending, delayed: {delay:?}"),
                    None => "attestation pending".to_owned(),
                }));
            }
            Err(error) => return Ok(Progress::Waiting(format!("{error}; the burn stands, the mint waits"))),
        };
        if stored.attested_message.as_ref() == Some(&message)
            && stored.attestation.as_ref() == Some(&attestation)
        {
            // The mint says whether it still is the expired one, and if so asks for another again.
            if self.now().since(operation.updated_at) >= REATTEST {
                let reason = "no new attestation came; trying the one at hand";
                return self.go(operation, OperationState::Attested, Leg::Mint, Some(reason)).await;
            }
            return Ok(Progress::Waiting(
                "waiting for a new attestation in place of the expired one".to_owned(),
            ));
        }
        let attesters = self.attesters(operation, step).await?;
        if let Err(error) = attesters.verify(&message, &attestation) {
            // The set may have changed since it was read: the next look reads it again.
            self.locks.attesters.lock().await.remove(&step.to);
            return Ok(Progress::Waiting(format!(
                "Iris answered an attestation that does not hold: {error}"
            )));
        }
        let attested = Message::decode(&message)?;
        let stored = BridgeMessage {
            nonce: Some(attested.nonce),
            attested_message: Some(message),
            attestation: Some(attestation),
            expiration_block: Some(attested.expiration_block),
            ..stored
        };
        self.parts.journal.save_message(&operation.id, &stored).await?;
        self.go(operation, OperationState::Attested, Leg::Mint, None).await
    }

    /// Looks whether the burn, not final yet, was taken out by a reorg.
    async fn burn_left(&self, operation: &Operation) -> Result<Option<Progress>, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let is_final = |one: &crate::journal::Attempt| {
            one.leg == Leg::Burn && one.state == AttemptState::Final && one.success == Some(true)
        };
        if attempts.iter().any(is_final) {
            return Ok(None);
        }
        let why = match self.pursue(operation, Leg::Burn).await? {
            Fate::Included { .. } => return Ok(None),
            Fate::Pending(why) => why,
            Fate::Reverted | Fate::Expired => "it reverted after a reorg".to_owned(),
            Fate::Foreign(why) => {
                return Ok(Some(
                    self.go(operation, OperationState::NeedsOperator, Leg::Burn, Some(&why)).await?,
                ));
            }
            Fate::Nothing => return Err(self.inconsistent(operation, "burn transaction")),
        };
        let reason = format!("a reorg removed the burn: {why}");
        let moved = self.go_again(operation, OperationState::Broadcast, Leg::Burn, Some(&reason)).await?;
        Ok(Some(moved))
    }

    /// The destination's attesters, agreed by a quorum of its endpoints.
    async fn attesters(&self, operation: &Operation, step: &BridgeStep) -> Result<Attesters, ActError> {
        let mut known = self.locks.attesters.lock().await;
        let now = self.now();
        if let Some((read_at, attesters)) = known.get(&step.to)
            && now.since(*read_at) < ATTESTERS_FOR
        {
            return Ok(attesters.clone());
        }
        let to = match self.any_end(operation, &step.to, step.amount.asset())? {
            AnyEnd::Evm(to) => to,
            AnyEnd::Solana(to) => {
                let read = self.attesters_on_solana(operation, &to).await?;
                known.insert(step.to.clone(), (now, read.clone()));
                return Ok(read);
            }
        };
        let chain = self.chain(operation, &step.to)?;
        let at = At::Block(chain.latest().await?.hash);
        let mut answers = Vec::new();
        for call in attester_counts(&to) {
            answers.push(Ok(chain.call_agreed(&call, at).await?));
        }
        let (threshold, count) = decode_attester_counts(&answers)?;
        let mut answers = Vec::new();
        for call in attesters(&to, count) {
            answers.push(Ok(chain.call_agreed(&call, at).await?));
        }
        let read = decode_attesters(threshold, count, &answers)?;
        known.insert(step.to.clone(), (now, read.clone()));
        Ok(read)
    }

    /// Whether it is time to ask Iris about this operation again.
    async fn may_ask_iris(&self, operation: &Operation) -> bool {
        let period = Duration::from_millis(self.parts.cctp.poll_ms);
        let mut asked = self.locks.asked.lock().await;
        // Not the wall clock: set back, it would keep everybody from asking until it caught up.
        let now = Instant::now();
        asked.retain(|_, at: &mut Instant| now.saturating_duration_since(*at) < period);
        if asked.contains_key(&operation.id) {
            return false;
        }
        asked.insert(operation.id.clone(), now);
        true
    }
}
