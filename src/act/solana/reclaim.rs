//! Getting back the rents of burns' messages.
//!
//! A burn on Solana pays the rent of the account its message is written to. Five days later, by the cluster's
//! clock, that account may be closed and its rent comes back. The transfer has settled by then and stays so: the
//! reclaim is one more transaction of it, journalled, judged and followed like the others.

use std::time::Duration;

use alloy::primitives::Bytes;

use crate::act::sign::Signing;
use crate::act::solana::draft::{Expects, Prepared};
use crate::act::watch::is_time;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::solana::accounts::owned;
use crate::bridges::cctp::solana::reclaim::{EVENT_ACCOUNT_WINDOW, ReclaimError};
use crate::bridges::cctp::solana::{MessageSent, SolanaEnd};
use crate::bridges::cctp::{Attestation, Message};
use crate::chains::solana::transaction::Draft;
use crate::chains::solana::{Account, Address, Commitment};
use crate::domain::{BridgeStep, Leg, Operation, Timestamp};
use crate::journal::{Attempt, AttemptState, DueReclaim, ReclaimState};
use crate::telemetry::events;

/// Between two looks at what is due.
const PERIOD: Duration = Duration::from_secs(3_600);
/// Until one is tried again that did not work.
const AGAIN: Duration = Duration::from_secs(86_400);
/// Times one is tried.
const TRIES: u32 = 3;
/// Rents looked after in one look.
const MOST: u32 = 8;
/// How long one look may take: operations wait for it.
const WITHIN: Duration = Duration::from_secs(30);

impl Engine {
    /// Looks after the rents that are due, at the start and then from time to time. Where the cluster cannot be
    /// asked, the next look does it: nothing is lost by waiting.
    pub(in crate::act) async fn reclaim_rents(&self) -> Result<(), ActError> {
        if self.parts.solana.is_none() || self.closed().await?.is_some() {
            return Ok(());
        }
        if !is_time(&self.locks.reclaimed, PERIOD).await {
            return Ok(());
        }
        // Signed bytes are journalled first: cutting off what follows loses nothing.
        tokio::time::timeout(WITHIN, self.look()).await.unwrap_or(Ok(()))
    }

    async fn look(&self) -> Result<(), ActError> {
        let Ok(cluster) = self.cluster_time().await else { return Ok(()) };
        let window = Duration::from_secs(EVENT_ACCOUNT_WINDOW.unsigned_abs());
        let before = Timestamp::from_millis(cluster.saturating_mul(1_000)).minus(window);
        for due in self.parts.journal.due_reclaims(before, self.now(), MOST).await? {
            let Some(operation) = self.parts.journal.operation(&due.operation).await? else { continue };
            if let Err(error) = self.look_after(&operation, &due).await {
                events::troubled(&operation, &error);
                // The others have their turn before this one.
                let reason = error.to_string();
                self.keep(&operation, ReclaimState::Waiting, due.tries, PERIOD, &reason).await?;
            }
        }
        Ok(())
    }

    /// The cluster's clock by quorum, seconds since the epoch; zero without Solana.
    async fn cluster_time(&self) -> Result<i64, ActError> {
        let Some(solana) = &self.parts.solana else { return Ok(0) };
        Ok(i64::try_from(solana.chain.time().await?).unwrap_or(i64::MAX))
    }

    async fn look_after(&self, operation: &Operation, due: &DueReclaim) -> Result<(), ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let ours = || attempts.iter().filter(|attempt| attempt.leg == Leg::Reclaim);
        if ours().any(|attempt| attempt.state.is_live()) {
            return Ok(());
        }
        if ours().any(|attempt| attempt.state == AttemptState::Final && attempt.success == Some(true)) {
            return self.keep(operation, ReclaimState::Done, due.tries, PERIOD, "its rent came back").await;
        }
        if due.tries >= TRIES {
            let reason = "the rent of its burn's message stays where it is: no transaction brought it back";
            events::troubled(operation, &reason);
            return self.keep(operation, ReclaimState::GivenUp, due.tries, AGAIN, reason).await;
        }
        let event = self.burnt_event(operation).await?;
        let chain = &self.solana(operation)?.chain;
        let read = chain.accounts_agreed(&[event], Commitment::Finalised, 0).await?;
        if read.accounts.first().is_some_and(Option::is_none) {
            return self.keep(operation, ReclaimState::Done, due.tries, PERIOD, "its account is gone").await;
        }
        let tries = due.tries.saturating_add(1);
        let refused = match self.sign(operation, Leg::Reclaim, None, None).await? {
            Signing::Sent => {
                return self.keep(operation, ReclaimState::Waiting, tries, AGAIN, "it was sent").await;
            }
            Signing::Waiting(reason) => {
                events::waiting(operation, &format!("the rent of its burn's message waits: {reason}"));
                return self.keep(operation, ReclaimState::Waiting, due.tries, PERIOD, &reason).await;
            }
            Signing::Expired => return Err(self.inconsistent(operation, "leg")),
            Signing::Reverted(reason) => reason,
            Signing::Denied(denial) => format!("policy denied it by {denial}"),
        };
        let state = if tries < TRIES { ReclaimState::Waiting } else { ReclaimState::GivenUp };
        let reason = format!("the rent of its burn's message stays where it is: {refused}");
        events::troubled(operation, &reason);
        self.keep(operation, state, tries, AGAIN, &reason).await
    }

    async fn keep(
        &self,
        operation: &Operation,
        state: ReclaimState,
        tries: u32,
        after: Duration,
        reason: &str,
    ) -> Result<(), ActError> {
        let next = self.now().plus(after);
        Ok(self.parts.journal.set_reclaim(&operation.id, state, tries, next, reason).await?)
    }

    /// The transaction that closes the account of the operation's burn.
    pub(super) async fn draft_reclaim(
        &self,
        operation: &Operation,
        step: &BridgeStep,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        let solana = self.solana(operation)?;
        let end = self.solana_end(operation, step.amount.asset())?;
        let payer = solana.wallet.address();
        let event = self.burnt_event(operation).await?;
        let read = solana.chain.accounts_agreed(&[event], Commitment::Finalised, 0).await?;
        let Some(account) = read.accounts.first().and_then(Option::as_ref) else {
            return Ok(Err(Signing::Reverted("its account is gone".to_owned())));
        };
        let content = content(&end, event, account)?;
        let (attested, attestation) = match self.attested(operation).await? {
            Ok(attested) => attested,
            Err(waits) => return Ok(Err(Signing::Waiting(waits))),
        };
        let now = self.cluster_time().await?;
        let due = end.reclaim_when_due(&payer, &event, &content, &attested, &attestation, now);
        let instruction = match due {
            Ok(instruction) => instruction,
            Err(error @ ReclaimError::TooEarly { .. }) => {
                return Ok(Err(Signing::Waiting(error.to_string())));
            }
            Err(error) => return Ok(Err(Signing::Reverted(error.to_string()))),
        };
        let draft = Draft { payer, instructions: vec![instruction], tables: Vec::new() };
        let expects = Expects::Rent { event, lamports: account.lamports };
        Ok(Ok(Prepared { draft, event: None, expects }))
    }

    /// The account that the operation's burn wrote its message to.
    async fn burnt_event(&self, operation: &Operation) -> Result<Address, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let burnt = |attempt: &&Attempt| {
            attempt.leg == Leg::Burn
                && attempt.state == AttemptState::Final
                && attempt.success == Some(true)
                && attempt.lifetime.is_some()
        };
        let burn = attempts.iter().find(burnt).ok_or_else(|| self.inconsistent(operation, "burn"))?;
        self.event_of(operation, burn)
    }

    /// The attested message, from the journal or, where somebody else minted, from Iris. The inner error says what is
    /// waited for.
    async fn attested(&self, operation: &Operation) -> Result<Result<(Bytes, Bytes), String>, ActError> {
        let stored = self.message(operation).await?;
        if let (Some(message), Some(attestation)) = (stored.attested_message, stored.attestation) {
            return Ok(Ok((message, attestation)));
        }
        let burn = Message::decode(&stored.source_message)?;
        let asked = self.parts.iris.attestation(burn.source_domain, stored.source_tx, &burn).await;
        Ok(match asked {
            Ok(Attestation::Ready { message, attestation }) => Ok((message, attestation)),
            Ok(Attestation::NotSeen | Attestation::Pending { .. }) => {
                Err("Iris shows no attestation of it".to_owned())
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

fn content(end: &SolanaEnd, event: Address, account: &Account) -> Result<MessageSent, ActError> {
    let program = &end.programs.message_transmitter;
    Ok(MessageSent::decode(owned("message_sent_event_data", event, program, Some(account))?)?)
}
