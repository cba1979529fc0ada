//! Signing on Solana: build, simulate, price, judge, journal; then, and only then, send.

use alloy::primitives::Bytes;

use crate::act::sign::{Signing, refused};
use crate::act::solana::draft::{Expects, Prepared};
use crate::act::{ActError, Engine};
use crate::chains::solana::fees::{ComputeBudget, budget, fee_lamports};
use crate::chains::solana::simulate::{Simulation, SimulationError};
use crate::chains::solana::transaction::TransactionError;
use crate::chains::solana::wire::TransactionFailure;
use crate::chains::solana::{Address, Broadcast, Signed};
use crate::domain::price::Rounding;
use crate::domain::{Leg, Operation, OperationState, Usd};
use crate::journal::{Attempt, AttemptId, AttemptState, JournalError, Lifetime, NewAttempt};
use crate::telemetry::events;

/// What the runtime says when the payer lacks lamports.
const POOR: [&str; 3] = ["InsufficientFundsForFee", "InsufficientFundsForRent", "AccountNotFound"];

impl Engine {
    /// Signs and sends one leg on Solana from the operation's present state.
    pub(in crate::act) async fn sign_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        note: Option<&str>,
    ) -> Result<Signing, ActError> {
        let solana = self.solana(operation)?;
        let name = solana.chain.name();
        if let Some(reason) = self.unvouched(operation).await? {
            return Ok(Signing::Waiting(reason));
        }
        let prepared = match self.draft(operation, leg).await? {
            Ok(prepared) => prepared,
            Err(signing) => return Ok(signing),
        };
        let price = match self.native_price(operation, name).await? {
            Ok(price) => price,
            Err(reason) => return Ok(Signing::Waiting(reason)),
        };
        let blockhash = solana.chain.blockhash().await?;
        let widest = match prepared.draft.compile(ComputeBudget::WIDEST, &blockhash) {
            Ok(widest) => widest,
            Err(error @ TransactionError::TooLarge { .. }) => {
                return Ok(Signing::Reverted(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        let payer = solana.wallet.address();
        let mut watched: Vec<Address> = vec![payer];
        match &prepared.expects {
            Expects::Move(account, _) => watched.push(*account),
            Expects::Swap { watched: all, .. } => watched.clone_from(all),
        }
        let after = self.last_block(operation, name).await?;
        let simulation = match solana.chain.simulate(&widest, &watched, after).await {
            Ok(simulation) => simulation,
            Err(SimulationError::Refused { failure: TransactionFailure::Transaction(name), .. })
                if POOR.iter().any(|poor| name.contains(poor)) =>
            {
                let reason =
                    format!("solana: the native coin does not cover fee and rent ({name}); top it up");
                return Ok(Signing::Waiting(reason));
            }
            Err(error @ SimulationError::Refused { .. }) => return Ok(Signing::Reverted(error.to_string())),
            Err(SimulationError::Transaction(error)) => return Err(error.into()),
            Err(SimulationError::Chain(error)) => return Err(error.into()),
        };
        if let Err(signing) = self.as_expected(operation, &prepared, &simulation) {
            return Ok(signing);
        }
        let fees = &solana.config.fees;
        let compute_price = solana.chain.priority_price(&prepared.draft.writable(), fees.percentile).await?;
        let limits = budget(simulation.units, compute_price, fees);
        let unsigned = prepared.draft.compile(limits, &blockhash)?;

        let one_at_a_time = match self.locks.signing.get(name) {
            Some(lock) => lock.lock().await,
            None => return Err(self.inconsistent(operation, "chain")),
        };
        let signed = {
            let mut keys = vec![solana.wallet.signer()];
            keys.extend(prepared.event.as_ref().map(|event| event.signer()));
            unsigned.sign(&keys)?
        };
        let gas = self.gas_on_solana(operation, &signed, &simulation, limits)?;
        let gas = gas
            .and_then(|lamports| self.native_amount(operation, name, lamports).ok())
            .and_then(|amount| price.value(&amount, Rounding::Up))
            .unwrap_or(Usd::MAX);
        if let Err(denial) = self.judge_on_solana(operation, leg, &prepared, &signed, gas).await? {
            return Ok(refused(denial));
        }
        let number = self.parts.journal.next_nonce(name, payer).await?.unwrap_or(0);
        let new = NewAttempt {
            operation: operation.id.clone(),
            leg,
            chain: name.clone(),
            wallet: payer.into(),
            nonce: number,
            hash: signed.signature.into(),
            raw: Bytes::from(signed.bytes.clone()),
            gas_limit: u64::from(limits.limit),
            max_fee_per_gas: u128::from(limits.price),
            max_priority_fee_per_gas: u128::from(limits.price),
            replaces: None,
            lifetime: Some(Lifetime {
                from_slot: signed.slot,
                last_valid_height: signed.last_valid_block_height,
            }),
            landing_request: None,
        };
        let state = if leg == Leg::Mint { OperationState::Minting } else { OperationState::Signed };
        let id = match self.parts.journal.record_signed(&new, operation.state, state, self.now()).await {
            Ok(id) => id,
            Err(error @ JournalError::Halted { .. }) => return Ok(Signing::Waiting(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        drop(one_at_a_time);
        events::moved(&self.parts.metrics, operation, state, leg, note);
        let operation = Operation { state, leg, ..operation.clone() };
        self.send_on_solana(&operation, leg, id, &signed, note).await?;
        Ok(Signing::Sent)
    }

    /// Hands journalled bytes to the nodes and records what they said.
    pub(super) async fn send_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        id: AttemptId,
        signed: &Signed,
        note: Option<&str>,
    ) -> Result<(), ActError> {
        let solana = self.solana(operation)?;
        let (state, words) = match solana.chain.broadcast(signed).await {
            Broadcast::Accepted => (AttemptState::Broadcast, "accepted".to_owned()),
            Broadcast::Known => (AttemptState::Broadcast, "known".to_owned()),
            Broadcast::BlockhashNotFound => {
                (AttemptState::Unknown, "no node that answered knows its blockhash".to_owned())
            }
            Broadcast::Refused(reason) => (AttemptState::Unknown, format!("refused: {reason}")),
            Broadcast::Unknown(reason) => (AttemptState::Unknown, format!("unknown: {reason}")),
        };
        let name = solana.chain.name();
        let signature = signed.signature.to_string();
        events::broadcast(&self.parts.metrics, operation, name, leg, &signature, &words);
        self.sent(operation, leg, id, state, &words, note).await
    }

    /// Lamports that may be gone afterwards: signatures, priority, and what the wallet puts into accounts.
    fn gas_on_solana(
        &self,
        operation: &Operation,
        signed: &Signed,
        simulation: &Simulation,
        limits: ComputeBudget,
    ) -> Result<Option<u128>, ActError> {
        let payer = self.solana(operation)?.wallet.address();
        let own = simulation.changes.iter().find(|change| change.account == payer);
        let moved = own.map_or(0, |change| change.lamports().saturating_neg()).max(0);
        // The simulation took the fee of its own budget; counting it twice errs on the safe side.
        let rent = u128::try_from(moved).ok();
        let fee = fee_lamports(signed.signatures, limits).map(u128::from);
        Ok(rent.zip(fee).and_then(|(rent, fee)| rent.checked_add(fee)))
    }

    /// Whether the simulation shows exactly what the transaction is for.
    fn as_expected(
        &self,
        operation: &Operation,
        prepared: &Prepared,
        simulation: &Simulation,
    ) -> Result<(), Signing> {
        let (account, planned) = match &prepared.expects {
            Expects::Swap { intent, accepted, .. } => {
                let shown = intent.accept_simulation(accepted, &simulation.changes);
                return shown.map(|_| ()).map_err(|refusal| self.refused_build(operation, &refusal));
            }
            Expects::Move(account, planned) => (account, planned),
        };
        let change = simulation.changes.iter().find(|change| change.account == *account);
        let shown = change.map(|change| (change.units(), change.changes_hands()));
        if shown == Some((*planned, false)) {
            return Ok(());
        }
        Err(Signing::Reverted(format!(
            "the simulation shows other effects than planned: {account} should gain {planned} base units, it shows \
             {shown:?} (units, rights changed)"
        )))
    }

    /// What was journalled, to be sent again or judged.
    pub(in crate::act) fn signed_of(&self, attempt: &Attempt) -> Result<Signed, ActError> {
        let life = attempt.lifetime.unwrap_or(Lifetime { from_slot: 0, last_valid_height: u64::MAX });
        Ok(Signed::decode(&attempt.raw, life.from_slot, life.last_valid_height)?)
    }
}
