//! Following the transactions of one leg to their fate.

use std::time::Duration;

use alloy::primitives::{Address, B256};

use crate::act::proof::Proof;
use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::chains::evm::{At, Inclusion, Receipt};
use crate::domain::price::Rounding;
use crate::domain::{Leg, Operation, OperationState};
use crate::journal::{self, Attempt, AttemptState, JournalError};
use crate::telemetry::events;

/// The same bytes are sent again when nothing was heard of them for so long.
const REBROADCAST: Duration = Duration::from_secs(10);

/// What became of a leg.
pub(super) enum Fate {
    /// In a block, with its effect; `proof.is_final()` says whether for good.
    Included {
        /// Which attempt.
        attempt: Box<Attempt>,
        /// What shows it.
        proof: Box<Proof>,
    },
    /// In a final block, without effect: it only cost gas.
    Reverted,
    /// Proven dead without a trace: its blockhash is past. It may be signed anew.
    Expired,
    /// Not decided; why.
    Pending(String),
    /// Its nonce was spent by a transaction the journal does not know: proven dead, cause unknown.
    Foreign(String),
    /// Nothing of this leg is alive.
    Nothing,
}

impl Engine {
    /// Looks for every attempt of a leg; sends again, or raises the fee, when it is time.
    pub(super) async fn pursue(&self, operation: &Operation, leg: Leg) -> Result<Fate, ActError> {
        if self.is_solana(Self::chain_of(operation, leg)) {
            return self.pursue_on_solana(operation, leg).await;
        }
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let mut attempts: Vec<Attempt> = attempts
            .into_iter()
            .filter(|attempt| attempt.leg == leg && attempt.state != AttemptState::Dead)
            .collect();
        let Some(nonce) = attempts.last().map(|newest| newest.nonce) else { return Ok(Fate::Nothing) };
        // A leg may have been repeated at a later nonce: only the last one is still undecided.
        attempts.retain(|attempt| attempt.nonce == nonce);
        for one in attempts.iter().filter(|one| one.state == AttemptState::Final) {
            if one.success == Some(false) || one.cancels {
                return Ok(Fate::Reverted);
            }
        }
        let name = Self::chain_of(operation, leg);
        let chain = self.chain(operation, name)?;
        let mut left_its_block = false;
        for attempt in attempts.iter().rev() {
            match chain.inclusion(self.hash(operation, attempt)?).await? {
                Inclusion::Included(receipt) => {
                    self.record_inclusion(operation, leg, attempt, &receipt).await?;
                    if attempt.cancels {
                        return Ok(if receipt.is_final {
                            Fate::Reverted
                        } else {
                            Fate::Pending("it was cancelled; waiting until that is final".to_owned())
                        });
                    }
                    return Ok(match (receipt.success, receipt.is_final) {
                        (true, _) => Fate::Included {
                            attempt: Box::new(attempt.clone()),
                            proof: Box::new(Proof::Evm(receipt)),
                        },
                        (false, true) => Fate::Reverted,
                        (false, false) => {
                            Fate::Pending("it reverted; waiting until that is final".to_owned())
                        }
                    });
                }
                Inclusion::Absent if attempt.state == AttemptState::Included => {
                    left_its_block = true;
                    events::reorged(&self.parts.metrics, operation, name, leg);
                    let journal = &self.parts.journal;
                    journal.set_attempt(attempt.id, AttemptState::Unknown, None, self.now()).await?;
                }
                // What is final stays; a node without its receipt proves nothing.
                Inclusion::Absent if attempt.state == AttemptState::Final => {
                    return Ok(Fate::Pending(format!(
                        "the nodes do not show the receipt of the final {leg}"
                    )));
                }
                Inclusion::Absent => {}
            }
        }
        let Some(newest) = attempts.last() else { return Ok(Fate::Nothing) };
        if let Some(dead) = self.proven_dead(operation, newest, &attempts).await? {
            return Ok(Fate::Foreign(dead));
        }
        self.press(operation, leg, newest, attempts.len(), left_its_block).await
    }

    /// Sends again, or raises the fee, when it is time.
    async fn press(
        &self,
        operation: &Operation,
        leg: Leg,
        newest: &Attempt,
        count: usize,
        at_once: bool,
    ) -> Result<Fate, ActError> {
        let now = self.now();
        if let Some(reason) = self.closed().await? {
            return Ok(Fate::Pending(reason));
        }
        let mut waits = "not in a block yet".to_owned();
        let bump_after = Duration::from_secs(self.parts.execution.bump_seconds);
        // A route has one block or a few: after that its nonce is freed at once, however often it was replaced.
        let is_past = leg == Leg::Swap && !newest.cancels && self.is_past(operation).await?;
        let may_bump = (is_past
            || u32::try_from(count).unwrap_or(u32::MAX) < self.parts.execution.max_attempts)
            && matches!(
                operation.state,
                OperationState::Broadcast | OperationState::Unknown | OperationState::Minting
            )
            && operation.leg == leg
            && newest.state != AttemptState::Signed;
        if may_bump && !at_once && (is_past || now.since(newest.created_at) >= bump_after) {
            // Its own effect may make the simulation fail: it is about to be found in a block. Whatever
            // keeps the fee from being raised, the bytes that exist are sent again below.
            waits = match self.sign(operation, leg, Some(newest), None).await? {
                Signing::Sent => return Ok(Fate::Pending("replaced with a higher fee".to_owned())),
                Signing::Waiting(reason) | Signing::Reverted(reason) => reason,
                Signing::Expired => "its attestation expired".to_owned(),
                Signing::Denied(denial) => format!("no fee bump: {denial}"),
            };
        }
        if at_once || newest.state == AttemptState::Signed || now.since(newest.updated_at) >= REBROADCAST {
            self.send(
                operation,
                leg,
                newest.id,
                &newest.raw,
                self.hash(operation, newest)?,
                operation.reason.as_deref(),
            )
            .await?;
        }
        Ok(Fate::Pending(waits))
    }

    /// Whether the nonce is spent in a final block by a transaction that is none of ours.
    async fn proven_dead(
        &self,
        operation: &Operation,
        newest: &Attempt,
        attempts: &[Attempt],
    ) -> Result<Option<String>, ActError> {
        let chain = self.chain(operation, &newest.chain)?;
        let spent = chain.nonce(self.wallet_of(operation, newest)?, At::Finalized).await?;
        if spent <= newest.nonce {
            return Ok(None);
        }
        // The receipts were asked for before the nonce: only a second look makes absence a proof.
        for attempt in attempts {
            if chain.inclusion(self.hash(operation, attempt)?).await? != Inclusion::Absent {
                return Ok(None);
            }
        }
        let now = self.now();
        let journal = &self.parts.journal;
        let adopt = match journal.record_finalised_nonce(&newest.chain, newest.wallet, spent, now).await {
            Ok(()) => String::new(),
            Err(JournalError::ForeignNonce { .. }) => {
                format!("`purser keys adopt {} --reason …` and ", newest.chain)
            }
            Err(error) => return Err(error.into()),
        };
        for attempt in attempts {
            match journal.set_attempt(attempt.id, AttemptState::Dead, None, now).await {
                Ok(()) | Err(JournalError::IllegalAttemptMove { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(format!(
            "nonce {} on {} was spent by a transaction this journal does not know: somebody else signs with \
             this key. Nothing of this operation was sent twice. Find out who, then {adopt}`purser operations \
             resolve {} retry --reason …`",
            newest.nonce, newest.chain, operation.id
        )))
    }

    /// The hash of a transaction on an EVM chain.
    pub(super) fn hash(&self, operation: &Operation, attempt: &Attempt) -> Result<B256, ActError> {
        attempt.hash.evm().ok_or_else(|| self.inconsistent(operation, "transaction hash"))
    }

    fn wallet_of(&self, operation: &Operation, attempt: &Attempt) -> Result<Address, ActError> {
        attempt.wallet.evm().ok_or_else(|| self.inconsistent(operation, "wallet"))
    }

    async fn record_inclusion(
        &self,
        operation: &Operation,
        leg: Leg,
        attempt: &Attempt,
        receipt: &Receipt,
    ) -> Result<(), ActError> {
        let state = if receipt.is_final { AttemptState::Final } else { AttemptState::Included };
        if attempt.state == state && attempt.is_in(receipt.block.number, Some(receipt.block.hash)) {
            return Ok(());
        }
        let fee_units = receipt.fee_wei().ok_or_else(|| self.inconsistent(operation, "fee"))?;
        let price = self.native_price(operation, &attempt.chain).await?.ok();
        let paid = self.native_amount(operation, &attempt.chain, fee_units)?;
        // Another block charges another fee.
        let known = attempt.fee_usd.filter(|_| attempt.is_in(receipt.block.number, Some(receipt.block.hash)));
        let inclusion = journal::Inclusion {
            block_number: receipt.block.number,
            block_hash: Some(receipt.block.hash),
            gas_used: receipt.gas_used,
            fee_units,
            fee_usd: known.or_else(|| price.and_then(|price| price.value(&paid, Rounding::Up))),
            success: receipt.success,
        };
        let proof = Proof::Evm(receipt.clone());
        let entries = self.entries(operation, leg, attempt, &proof, fee_units).await?;
        self.parts.journal.set_included(attempt.id, state, &inclusion, &entries, self.now()).await?;
        if let (None, Some(usd)) = (attempt.block_hash, inclusion.fee_usd) {
            events::paid(&self.parts.metrics, &attempt.chain, usd);
        }
        Ok(())
    }
}
