//! Following a leg on Solana: landed, still possible, or proven dead.

use crate::act::proof::Proof;
use crate::act::pursue::Fate;
use crate::act::solana::land::Hand;
use crate::act::{ActError, Engine};
use crate::chains::solana::broadcast::REBROADCAST;
use crate::chains::solana::{ChainError, Commitment, Landed, Status, Verdict};
use crate::domain::price::Rounding;
use crate::domain::{Leg, Operation, TransactionId};
use crate::journal::{self, Attempt, AttemptState};
use crate::telemetry::events;

impl Engine {
    /// Looks for the newest transaction of a leg; sends the same bytes again until it has landed or can
    /// never land.
    pub(in crate::act) async fn pursue_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
    ) -> Result<Fate, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let of_leg = |attempt: &&Attempt| attempt.leg == leg && attempt.lifetime.is_some();
        let Some(newest) = attempts.iter().rev().find(of_leg) else { return Ok(Fate::Nothing) };
        match (newest.state, newest.success) {
            (AttemptState::Dead, _) => return Ok(Fate::Expired),
            (AttemptState::Final, Some(false)) => return Ok(Fate::Reverted),
            _ => {}
        }
        let chain = &self.solana(operation)?.chain;
        let TransactionId::Solana(signature) = newest.hash else {
            return Err(self.inconsistent(operation, "signature"));
        };
        let status = match chain.status(signature).await {
            Ok(status) => status,
            // Endpoints that do not agree yet are no reason to stop sending.
            Err(error @ (ChainError::Undecided { .. } | ChainError::QuorumLost { .. })) => {
                return self.press_on_solana(operation, leg, newest, &error.to_string()).await;
            }
            Err(error) => return Err(error.into()),
        };
        let commitment = match status.commitment() {
            Some(commitment) if commitment >= Commitment::Confirmed => commitment,
            Some(_) | None => return self.unseen(operation, leg, newest, &status).await,
        };
        let Some(landed) = chain.landed(signature, commitment).await? else {
            return Ok(Fate::Pending("it landed; its effects are not shown yet".to_owned()));
        };
        let is_final = commitment == Commitment::Finalised;
        self.record_landed(operation, leg, newest, &landed, is_final).await?;
        Ok(match (&landed.failure, is_final) {
            (None, _) => Fate::Included {
                attempt: Box::new(newest.clone()),
                proof: Box::new(Proof::Solana { landed, is_final }),
            },
            (Some(_), true) => Fate::Reverted,
            (Some(failure), false) => {
                Fate::Pending(format!("it failed ({failure}); waiting until that is final"))
            }
        })
    }

    /// Nobody, or not enough of them, has it in a slot that two thirds voted for.
    async fn unseen(
        &self,
        operation: &Operation,
        leg: Leg,
        newest: &Attempt,
        status: &Status,
    ) -> Result<Fate, ActError> {
        let chain = &self.solana(operation)?.chain;
        if newest.state == AttemptState::Final {
            return Ok(Fate::Pending(format!("the nodes do not show the final {leg}")));
        }
        if newest.state == AttemptState::Included {
            events::reorged(&self.parts.metrics, operation, chain.name(), leg);
            self.parts.journal.set_attempt(newest.id, AttemptState::Unknown, None, self.now()).await?;
        }
        let past = match newest.lifetime {
            Some(life) => chain.head(Commitment::Finalised).await?.block_height > life.last_valid_height,
            None => false,
        };
        if *status != Status::Unseen || !past {
            return self.press_on_solana(operation, leg, newest, "not in a confirmed slot yet").await;
        }
        match chain.verdict(&self.signed_of(newest)?).await? {
            Verdict::Dead { block_height } => {
                self.parts.journal.record_expired(newest.id, block_height, self.now()).await?;
                Ok(Fate::Expired)
            }
            Verdict::Seen { slot } => Ok(Fate::Pending(format!("one endpoint has seen it in slot {slot}"))),
            Verdict::MayLand { .. } => Ok(Fate::Pending(
                "its blockhash is past; waiting until enough endpoints rule it out".to_owned(),
            )),
        }
    }

    /// Sends the same bytes again when it is time.
    async fn press_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        newest: &Attempt,
        waits: &str,
    ) -> Result<Fate, ActError> {
        if let Some(reason) = self.closed().await? {
            return Ok(Fate::Pending(reason));
        }
        let quiet = self.now().since(newest.updated_at);
        let sendable = !matches!(newest.state, AttemptState::Final | AttemptState::Dead);
        if sendable && (newest.state == AttemptState::Signed || quiet >= REBROADCAST) {
            let signed = self.signed_of(newest)?;
            let hand = match newest.landing_request.as_deref() {
                Some(request) => Hand::OrderAgain { request },
                None => Hand::Nodes,
            };
            let note = operation.reason.as_deref();
            self.send_on_solana(operation, leg, newest.id, &signed, &hand, note).await?;
        }
        Ok(Fate::Pending(waits.to_owned()))
    }

    async fn record_landed(
        &self,
        operation: &Operation,
        leg: Leg,
        attempt: &Attempt,
        landed: &Landed,
        is_final: bool,
    ) -> Result<(), ActError> {
        let state = if is_final { AttemptState::Final } else { AttemptState::Included };
        if attempt.state == state && attempt.is_in(landed.slot, None) {
            return Ok(());
        }
        let name = self.solana(operation)?.chain.name();
        let price = self.native_price(operation, name).await?.ok();
        // Rent of what is never closed again is a cost like the fee; a burn's rent comes back.
        let rent = match leg {
            Leg::Open | Leg::Mint | Leg::Swap => self.rent_of(operation, landed)?.max(0).unsigned_abs(),
            Leg::Burn | Leg::Reclaim | Leg::Approve | Leg::Revoke => 0,
        };
        let fee_units = u128::from(landed.fee).saturating_add(rent);
        let paid = self.native_amount(operation, name, fee_units)?;
        let known = attempt.fee_usd.filter(|_| attempt.is_in(landed.slot, None));
        let inclusion = journal::Inclusion {
            block_number: landed.slot,
            block_hash: None,
            gas_used: landed.compute_units,
            fee_units,
            fee_usd: known.or_else(|| price.and_then(|price| price.value(&paid, Rounding::Up))),
            success: landed.failure.is_none(),
        };
        let proof = Proof::Solana { landed: landed.clone(), is_final };
        let entries = self.entries(operation, leg, attempt, &proof, fee_units).await?;
        self.parts.journal.set_included(attempt.id, state, &inclusion, &entries, self.now()).await?;
        if let (None, Some(usd)) = (attempt.block_number, inclusion.fee_usd) {
            events::paid(&self.parts.metrics, name, usd);
        }
        Ok(())
    }
}
