//! Signing: simulate, price, build, decode, judge, journal; then, and only then, send.

use alloy::primitives::{B256, Bytes, U256};

use crate::act::engine::Progress;
use crate::act::{ActError, Engine, effect_of};
use crate::chains::evm::{At, Broadcast, CallError, Fees, Prepared, Signed, Transaction, TransactionRequest};
use crate::domain::price::Rounding;
use crate::domain::{ChainName, Leg, Operation, OperationState, Price, Usd};
use crate::journal::{Attempt, AttemptId, AttemptState, JournalError, NewAttempt, newest_block};
use crate::policy::{Denial, Proposal, Rule, Verdict, judge_transaction};
use crate::telemetry::events;
use crate::venues::atomic::refusal;

/// How signing a leg ended.
pub(super) enum Signing {
    /// Journalled and handed to the nodes.
    Sent,
    /// Not now; nothing was signed.
    Waiting(String),
    /// The simulation failed; nothing was signed.
    Reverted(String),
    /// The attestation is past; nothing was signed.
    Expired,
    /// Policy forbids it; nothing was signed.
    Denied(Denial),
}

impl Engine {
    /// Signs and sends one leg from the operation's present state. `note` is kept as its reason.
    pub(super) async fn sign(
        &self,
        operation: &Operation,
        leg: Leg,
        replaces: Option<&Attempt>,
        note: Option<&str>,
    ) -> Result<Signing, ActError> {
        if let Some(reason) = self.closed().await? {
            return Ok(Signing::Waiting(reason));
        }
        let name = Self::chain_of(operation, leg);
        if self.is_solana(name) {
            return self.sign_on_solana(operation, leg, note).await;
        }
        let chain = self.chain(operation, name)?;
        if leg == Leg::Burn
            && let Err(signing) = self.may_receive_on_solana(operation).await?
        {
            return Ok(signing);
        }
        let call = match Self::aggregated(operation).filter(|_| leg == Leg::Swap) {
            Some(step) => match self.aggregated_call(operation, step, replaces).await? {
                Ok(call) => call,
                Err(signing) => return Ok(signing),
            },
            None => match replaces.filter(|_| leg == Leg::Swap) {
                // What was cancelled stays cancelled, should the nodes be of two minds about the block.
                Some(before) if before.cancels || self.is_past(operation).await? => self.cancellation(),
                Some(_) | None => self.call_for(operation, leg).await?,
            },
        };
        let request = TransactionRequest {
            from: self.wallet(),
            to: call.to,
            data: call.data.clone(),
            value: U256::ZERO,
            after: self.last_block(operation, name).await?,
        };
        let prepared = match chain.prepare(&request).await {
            Ok(prepared) => prepared,
            // A replacement of what a node already holds is simulated on top of it there.
            Err(CallError::Reverted { reason, data }) => {
                let is_route = Self::route_of(operation).is_some();
                let reason = if is_route { refusal(&data).unwrap_or(reason) } else { reason };
                return Ok(Signing::Reverted(reason));
            }
            Err(error @ CallError::InsufficientFunds(_)) => {
                return Ok(Signing::Waiting(format!("{name}: {error}")));
            }
            Err(CallError::Chain(error)) => return Err(error.into()),
        };
        let route = Self::route_of(operation).filter(|_| leg == Leg::Swap && !call.data.is_empty());
        if let Some(step) = route
            && let Err(signing) = self.believed(step, &prepared)
        {
            return Ok(signing);
        }
        let price = match self.native_price(operation, name).await? {
            Ok(price) => price,
            Err(reason) => return Ok(Signing::Waiting(reason)),
        };
        let fees = self.fees(operation, name, &prepared, replaces, price)?;
        let fees = match fees {
            Ok(fees) => fees,
            Err(reason) => return Ok(Signing::Waiting(reason)),
        };

        if let Some(step) = route
            && let Err(signing) = self.still_pays(operation, step, &prepared, fees, price)?
        {
            return Ok(signing);
        }

        let _one_nonce_at_a_time = match self.locks.signing.get(name) {
            Some(lock) => lock.lock().await,
            None => return Err(self.inconsistent(operation, "chain")),
        };
        let nonce = match replaces {
            Some(attempt) => attempt.nonce,
            None => match self.next_nonce(operation, name).await? {
                Ok(nonce) => nonce,
                Err(reason) => return Ok(Signing::Waiting(reason)),
            },
        };
        let transaction = Transaction {
            chain_id: chain.chain_id(),
            nonce,
            to: call.to,
            value: U256::ZERO,
            data: call.data,
            gas_limit: prepared.gas_limit,
            fees,
        };
        let signed = transaction.sign(&self.parts.signer)?;
        if let Err(denial) = self.judge(operation, leg, name, &signed, prepared.l1_fee, price).await? {
            return Ok(refused(denial));
        }
        let id = match self.record(operation, leg, name, &signed, replaces).await {
            Ok(id) => id,
            Err(ActError::Journal(error @ JournalError::Halted { .. })) => {
                return Ok(Signing::Waiting(error.to_string()));
            }
            Err(error) => return Err(error),
        };
        drop(_one_nonce_at_a_time);
        let state = if leg == Leg::Mint { OperationState::Minting } else { OperationState::Signed };
        events::moved(&self.parts.metrics, operation, state, leg, note);
        if replaces.is_some() {
            events::replaced(&self.parts.metrics, operation, name, &signed.hash.to_string());
        }
        let operation = Operation { state, leg, ..operation.clone() };
        self.send(&operation, leg, id, &signed.raw, signed.hash, note).await?;
        Ok(Signing::Sent)
    }

    /// The newest block on `name` that holds a transaction of this operation; zero when there is none.
    pub(super) async fn last_block(&self, operation: &Operation, name: &ChainName) -> Result<u64, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        Ok(newest_block(&attempts, name))
    }

    /// Hands journalled bytes to the nodes and records what they said. The operation must be in the
    /// state it was signed into.
    pub(super) async fn send(
        &self,
        operation: &Operation,
        leg: Leg,
        id: AttemptId,
        raw: &Bytes,
        hash: B256,
        note: Option<&str>,
    ) -> Result<(), ActError> {
        let name = Self::chain_of(operation, leg);
        let chain = self.chain(operation, name)?;
        let outcome = self.hand_over(operation, leg, chain, raw).await?;
        let (state, words) = match outcome {
            Broadcast::Accepted => (AttemptState::Broadcast, "accepted".to_owned()),
            Broadcast::Known => (AttemptState::Broadcast, "known".to_owned()),
            Broadcast::Underpriced => (AttemptState::Unknown, "underpriced".to_owned()),
            Broadcast::NonceTooLow => (AttemptState::Unknown, "the nonce is used".to_owned()),
            Broadcast::InsufficientFunds => (
                AttemptState::Unknown,
                format!("the native coin on {name} does not cover the gas; top it up"),
            ),
            Broadcast::Refused(reason) => (AttemptState::Unknown, format!("refused: {reason}")),
            Broadcast::Unknown(reason) => (AttemptState::Unknown, format!("unknown: {reason}")),
        };
        events::broadcast(&self.parts.metrics, operation, name, leg, &hash.to_string(), &words);
        self.sent(operation, leg, id, state, &words, note).await
    }

    /// Records what the nodes said to bytes that were sent.
    pub(super) async fn sent(
        &self,
        operation: &Operation,
        leg: Leg,
        id: AttemptId,
        state: AttemptState,
        words: &str,
        note: Option<&str>,
    ) -> Result<(), ActError> {
        self.parts.journal.set_attempt(id, state, None, self.now()).await?;
        let next = match state {
            AttemptState::Broadcast => OperationState::Broadcast,
            AttemptState::Signed
            | AttemptState::Included
            | AttemptState::Final
            | AttemptState::Dead
            | AttemptState::Unknown => OperationState::Unknown,
        };
        let reason = if next == OperationState::Unknown { Some(words) } else { note };
        // Another leg than the operation's own is only sent again: the operation stays where it is.
        let is_its_own = operation.leg == leg && leg != Leg::Mint;
        if is_its_own && operation.state != next && operation.state.can_become(next) {
            self.go(operation, next, leg, reason).await?;
        }
        Ok(())
    }

    /// Judges the decoded bytes. The inner error is policy's denial.
    async fn judge(
        &self,
        operation: &Operation,
        leg: Leg,
        name: &ChainName,
        signed: &Signed,
        l1_fee: u128,
        price: Price,
    ) -> Result<Result<(), Denial>, ActError> {
        let transaction = &signed.transaction;
        let effect = match effect_of(transaction.to, &transaction.data) {
            Ok(effect) => effect,
            Err(error) => return Ok(Err(Denial { rule: Rule::Function, reason: error.to_string() })),
        };
        let worst = transaction.fees.worst_cost(transaction.gas_limit, l1_fee).ok();
        let native = self.native(operation, name)?.asset;
        let gas = worst
            .and_then(|wei| price.value(&crate::domain::Amount::new(native, 18, wei), Rounding::Up))
            .unwrap_or(Usd::MAX);
        let now = self.now();
        let proposal = Proposal {
            chain: name,
            chain_id: transaction.chain_id,
            to: transaction.to,
            value: transaction.value,
            effect,
            step: &operation.step,
            leg,
            gas,
            at: now,
        };
        let verdict = judge_transaction(&self.parts.rules, &proposal, self.spent(now).await?);
        events::judged(&self.parts.metrics, &format!("{leg} of {}", operation.step.route()), &verdict);
        Ok(match verdict {
            Verdict::Allow => Ok(()),
            Verdict::Deny(denial) => Err(denial),
        })
    }

    async fn record(
        &self,
        operation: &Operation,
        leg: Leg,
        name: &ChainName,
        signed: &Signed,
        replaces: Option<&Attempt>,
    ) -> Result<AttemptId, ActError> {
        let new = NewAttempt {
            cancels: signed.transaction.data.is_empty(),
            operation: operation.id.clone(),
            leg,
            chain: name.clone(),
            wallet: signed.from.into(),
            nonce: signed.transaction.nonce,
            hash: signed.hash.into(),
            raw: signed.raw.clone(),
            gas_limit: signed.transaction.gas_limit,
            max_fee_per_gas: signed.transaction.fees.max_fee_per_gas,
            max_priority_fee_per_gas: signed.transaction.fees.max_priority_fee_per_gas,
            replaces: replaces.map(|attempt| attempt.id),
            lifetime: None,
            landing_request: None,
        };
        let to = if leg == Leg::Mint { OperationState::Minting } else { OperationState::Signed };
        Ok(self.parts.journal.record_signed(&new, operation.state, to, self.now()).await?)
    }

    /// The next nonce, from journal and chain together. The inner error says why there is none.
    async fn next_nonce(
        &self,
        operation: &Operation,
        name: &ChainName,
    ) -> Result<Result<u64, String>, ActError> {
        let on_chain = self.chain(operation, name)?.nonce(self.wallet(), At::Latest).await?;
        let Some(next) = self.parts.journal.next_nonce(name, self.wallet()).await? else {
            return Ok(Ok(on_chain));
        };
        if on_chain > next {
            return Ok(Err(format!(
                "the key was used outside this daemon on {name}: the chain expects nonce {on_chain}, the journal \
                 {next}. Nothing is signed there until `purser keys adopt {name} --reason …` accepts it. If this \
                 journal is an old copy that was put back, put the newest one back instead"
            )));
        }
        Ok(Ok(next))
    }

    /// Fees within the chain's cap; the inner error says why there are none.
    fn fees(
        &self,
        operation: &Operation,
        name: &ChainName,
        prepared: &Prepared,
        replaces: Option<&Attempt>,
        price: Price,
    ) -> Result<Result<Fees, String>, ActError> {
        let cap = price
            .units_for(self.settings(operation, name)?.max_gas_usd.usd(), 18)
            .ok_or_else(|| self.inconsistent(operation, "gas cap"))?;
        let (gas, l1_fee, quote) = (prepared.gas_limit, prepared.l1_fee, &prepared.quote);
        let fees = match replaces {
            None => Fees::from_quote(quote).and_then(|fees| fees.trimmed(quote, gas, l1_fee, cap)),
            Some(attempt) => {
                let before = Fees {
                    max_fee_per_gas: attempt.max_fee_per_gas,
                    max_priority_fee_per_gas: attempt.max_priority_fee_per_gas,
                };
                before.bumped(quote).and_then(|fees| fees.within(gas, l1_fee, cap))
            }
        };
        Ok(fees.map_err(|error| format!("{name}: {error}")))
    }

    /// The native coin's price; the inner error says why there is none.
    pub(super) async fn native_price(
        &self,
        operation: &Operation,
        name: &ChainName,
    ) -> Result<Result<Price, String>, ActError> {
        let native = self.native(operation, name)?.asset;
        let price = self.parts.prices.price(&native, self.now()).await;
        Ok(price.map_err(|error| format!("gas on {name} cannot be priced: {error}")))
    }
}

/// Expensive gas passes; every other denial is about the transaction itself.
pub(super) fn refused(denial: Denial) -> Signing {
    match denial.rule {
        Rule::GasCap | Rule::GasPerDay => Signing::Waiting(denial.to_string()),
        Rule::Chain
        | Rule::Contract
        | Rule::Function
        | Rule::Recipient
        | Rule::Token
        | Rule::Amount
        | Rule::MinimumOut
        | Rule::Fee
        | Rule::Deadline
        | Rule::PerOperation
        | Rule::PerDay
        | Rule::NativeValue
        | Rule::Profit => Signing::Denied(denial),
    }
}

impl From<Signing> for Progress {
    /// For legs whose refusal is only to be waited out.
    fn from(signing: Signing) -> Self {
        match signing {
            Signing::Sent => Self::Moved,
            Signing::Waiting(reason) | Signing::Reverted(reason) => Self::Waiting(reason),
            Signing::Expired => Self::Waiting("the attestation expired".to_owned()),
            Signing::Denied(denial) => Self::Waiting(format!("policy denied it by {denial}")),
        }
    }
}
