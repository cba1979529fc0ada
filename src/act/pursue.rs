//! Following the transactions of one leg to their fate.

use std::time::Duration;

use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::chains::evm::{At, Inclusion, Receipt};
use crate::domain::price::Rounding;
use crate::domain::{Amount, Leg, Operation, OperationState};
use crate::journal::{self, Attempt, AttemptState, JournalError};
use crate::telemetry::events;

/// The same bytes are sent again when nothing was heard of them for so long.
const REBROADCAST: Duration = Duration::from_secs(10);

/// What became of a leg.
pub(super) enum Fate {
    /// In a block, with its effect; `receipt.is_final` says whether for good.
    Included {
        /// Which attempt.
        attempt: Box<Attempt>,
        /// Its receipt.
        receipt: Box<Receipt>,
    },
    /// In a final block, without effect: it only cost gas.
    Reverted,
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
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let mut attempts: Vec<Attempt> = attempts
            .into_iter()
            .filter(|attempt| attempt.leg == leg && attempt.state != AttemptState::Dead)
            .collect();
        let Some(nonce) = attempts.last().map(|newest| newest.nonce) else { return Ok(Fate::Nothing) };
        // A leg may have been repeated at a later nonce: only the last one is still undecided.
        attempts.retain(|attempt| attempt.nonce == nonce);
        if attempts.iter().any(|one| one.state == AttemptState::Final && one.success == Some(false)) {
            return Ok(Fate::Reverted);
        }
        let name = Self::chain_of(operation, leg);
        let chain = self.chain(operation, name)?;
        let mut left_its_block = false;
        for attempt in attempts.iter().rev() {
            match chain.inclusion(attempt.hash).await? {
                Inclusion::Included(receipt) => {
                    self.record_inclusion(operation, leg, attempt, &receipt).await?;
                    return Ok(match (receipt.success, receipt.is_final) {
                        (true, _) => {
                            Fate::Included { attempt: Box::new(attempt.clone()), receipt: Box::new(receipt) }
                        }
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
        let may_bump = u32::try_from(count).unwrap_or(u32::MAX) < self.parts.execution.max_attempts
            && matches!(
                operation.state,
                OperationState::Broadcast | OperationState::Unknown | OperationState::Minting
            )
            && operation.leg == leg
            && newest.state != AttemptState::Signed;
        if may_bump && !at_once && now.since(newest.created_at) >= bump_after {
            // Its own effect may make the simulation fail: it is about to be found in a block. Whatever
            // keeps the fee from being raised, the bytes that exist are sent again below.
            waits = match self.sign(operation, leg, Some(newest), None).await? {
                Signing::Sent => return Ok(Fate::Pending("replaced with a higher fee".to_owned())),
                Signing::Waiting(reason) | Signing::Reverted(reason) => reason,
                Signing::Denied(denial) => format!("no fee bump: {denial}"),
            };
        }
        if at_once || newest.state == AttemptState::Signed || now.since(newest.updated_at) >= REBROADCAST {
            self.send(operation, leg, newest.id, &newest.raw, newest.hash, operation.reason.as_deref())
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
        let spent = chain.nonce(newest.wallet, At::Finalized).await?;
        if spent <= newest.nonce {
            return Ok(None);
        }
        // The receipts were asked for before the nonce: only a second look makes absence a proof.
        for attempt in attempts {
            if chain.inclusion(attempt.hash).await? != Inclusion::Absent {
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

    async fn record_inclusion(
        &self,
        operation: &Operation,
        leg: Leg,
        attempt: &Attempt,
        receipt: &Receipt,
    ) -> Result<(), ActError> {
        let state = if receipt.is_final { AttemptState::Final } else { AttemptState::Included };
        if attempt.state == state && attempt.block_hash == Some(receipt.block.hash) {
            return Ok(());
        }
        let fee_wei = receipt.fee_wei().ok_or_else(|| self.inconsistent(operation, "fee"))?;
        let native = self.native(operation, &attempt.chain)?;
        let price = self.native_price(operation, &attempt.chain).await?.ok();
        let paid = Amount::new(native.asset.clone(), 18, fee_wei);
        // Another block charges another fee.
        let known = attempt.fee_usd.filter(|_| attempt.block_hash == Some(receipt.block.hash));
        let inclusion = journal::Inclusion {
            block_number: receipt.block.number,
            block_hash: receipt.block.hash,
            gas_used: receipt.gas_used,
            fee_wei,
            fee_usd: known.or_else(|| price.and_then(|price| price.value(&paid, Rounding::Up))),
            success: receipt.success,
        };
        let entries = self.entries(operation, leg, attempt, receipt, native, fee_wei).await?;
        self.parts.journal.set_included(attempt.id, state, &inclusion, &entries, self.now()).await?;
        if let (None, Some(usd)) = (attempt.block_hash, inclusion.fee_usd) {
            events::paid(&self.parts.metrics, &attempt.chain, usd);
        }
        Ok(())
    }
}
