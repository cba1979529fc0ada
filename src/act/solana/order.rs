//! A swap whose transaction Jupiter writes and lands. It is judged, simulated, signed and journalled as it is: not a
//! byte of its message is ours to change.

use alloy::primitives::Bytes;

use crate::act::sign::{Signing, refused};
use crate::act::solana::land::Hand;
use crate::act::solana::sign::shown;
use crate::act::solana::swap::{Refused, least, planned_bps, unanswered};
use crate::act::{ActError, Engine};
use crate::chains::solana::blockhash::last_valid_height;
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::simulate::{Simulation, SimulationError};
use crate::chains::solana::table::Table;
use crate::chains::solana::wire::TransactionFailure;
use crate::chains::solana::{Commitment, Signed};
use crate::domain::{Leg, Operation, OperationState, SwapStep};
use crate::journal::{JournalError, Lifetime, NewAttempt};
use crate::telemetry::events;
use crate::venues::jupiter::{Accepted, Intent, Order, PartiallySigned, Refusal, Terms};

/// What the runtime says to a blockhash that it does not know, or knows no longer.
const NO_BLOCKHASH: &str = "BlockhashNotFound";

/// An order that is exactly the swap.
struct Ordered {
    order: Order,
    tables: Vec<Table>,
    resolved: Resolved,
    accepted: Accepted,
}

impl Engine {
    /// Signs Jupiter's own transaction for a swap and hands it to `/execute`.
    pub(super) async fn sign_order(
        &self,
        operation: &Operation,
        step: &SwapStep,
        note: Option<&str>,
    ) -> Result<Signing, ActError> {
        let solana = self.solana(operation)?;
        let (name, payer) = (solana.chain.name(), solana.wallet.address());
        let intent = self.intent(operation, step)?;
        let Ordered { order, tables, resolved, accepted } = match self.order(operation, step, &intent).await?
        {
            Ok(ordered) => ordered,
            Err(signing) => return Ok(signing),
        };
        let price = match self.native_price(operation, name).await? {
            Ok(price) => price,
            Err(reason) => return Ok(Signing::Waiting(reason)),
        };
        let after = self.last_block(operation, name).await?;
        let watched = intent.watched(&resolved);
        let simulation = match solana.chain.simulate_bytes(&order.transaction, &watched, after).await {
            // The node may be behind, or the order too old: it is asked anew.
            Err(SimulationError::Refused { failure: TransactionFailure::Transaction(failure), .. })
                if failure.contains(NO_BLOCKHASH) =>
            {
                return Ok(Signing::Waiting("no node knows the blockhash of Jupiter's order".to_owned()));
            }
            simulated => match shown(simulated)? {
                Ok(simulation) => simulation,
                Err(signing) => return Ok(signing),
            },
        };
        if let Err(refusal) = intent.accept_simulation(&accepted, &simulation.changes) {
            return Ok(self.refused_build(operation, &refusal));
        }
        let Some(lifetime) = self.lifetime(operation, &order, &simulation).await? else {
            let height = order.last_valid_block_height;
            let reason = format!("Jupiter's order could land until height {height}, far ahead of the chain");
            return Ok(Signing::Reverted(reason));
        };

        let one_at_a_time = match self.locks.signing.get(name) {
            Some(lock) => lock.lock().await,
            None => return Err(self.inconsistent(operation, "chain")),
        };
        let signatures = u8::try_from(resolved.signers.len()).unwrap_or(u8::MAX);
        let gas = self.gas_on_solana(operation, signatures, &simulation, accepted.budget, price)?;
        let judged = (order.transaction.as_slice(), tables.as_slice());
        if let Err(denial) = self.judge_on_solana(operation, Leg::Swap, judged, gas, true).await? {
            return Ok(refused(denial));
        }
        let partly = match PartiallySigned::sign(&order.transaction, &solana.wallet) {
            Ok(partly) => partly,
            Err(error) => return Ok(Signing::Reverted(error.to_string())),
        };
        let signed = Signed::decode_partly(&partly.bytes, lifetime.from_slot, lifetime.last_valid_height)?;
        let new = NewAttempt {
            operation: operation.id.clone(),
            leg: Leg::Swap,
            chain: name.clone(),
            wallet: payer.into(),
            nonce: self.parts.journal.next_nonce(name, payer).await?.unwrap_or(0),
            hash: signed.signature.into(),
            raw: Bytes::from(signed.bytes.clone()),
            gas_limit: u64::from(accepted.budget.limit),
            max_fee_per_gas: u128::from(accepted.budget.price),
            max_priority_fee_per_gas: u128::from(accepted.budget.price),
            replaces: None,
            lifetime: Some(lifetime),
            landing_request: Some(order.request_id.clone()),
        };
        let state = OperationState::Signed;
        let id = match self.parts.journal.record_signed(&new, operation.state, state, self.now()).await {
            Ok(id) => id,
            Err(error @ JournalError::Halted { .. }) => return Ok(Signing::Waiting(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        drop(one_at_a_time);
        events::moved(&self.parts.metrics, operation, state, Leg::Swap, note);
        let operation = Operation { state, leg: Leg::Swap, ..operation.clone() };
        let hand =
            Hand::Order { request: &order.request_id, last_valid_height: order.last_valid_block_height };
        self.send_on_solana(&operation, Leg::Swap, id, &signed, &hand, note).await?;
        Ok(Signing::Sent)
    }

    /// An order that may be signed once its simulation shows what it should; `Err` says why there is none now.
    async fn order(
        &self,
        operation: &Operation,
        step: &SwapStep,
        intent: &Intent,
    ) -> Result<Result<Ordered, Signing>, ActError> {
        let jupiter = self.jupiter(operation)?;
        let most = self.solana(operation)?.config.fees.max_priority_lamports;
        let planned = planned_bps(step);
        let order = match jupiter.order(&intent.exchange(), &intent.wallet, planned, most).await {
            Ok(order) => order,
            Err(error) => return Ok(Err(unanswered(&error))),
        };
        let quoted = order.quoted;
        let ordered = match self.accept_order(operation, intent, order).await? {
            // The quote sank a little: asked with what is left of the slippage its least is the step's again. The
            // least accepted is never lowered.
            Err(Refused::Reply(Refusal::MinimumOut { .. })) => {
                let tighter = intent.slippage_bps(quoted.amount_out, planned);
                let Some(tighter) = tighter.filter(|tighter| *tighter < planned) else {
                    return Ok(Err(self.refused_build(operation, &least(intent, &quoted))));
                };
                match jupiter.order(&intent.exchange(), &intent.wallet, tighter, most).await {
                    Ok(order) => self.accept_order(operation, intent, order).await?,
                    Err(error) => return Ok(Err(unanswered(&error))),
                }
            }
            first => first,
        };
        Ok(ordered.map_err(|refused| self.refused(operation, refused)))
    }

    /// Decodes an order's transaction, with the lookup tables as the cluster has them, and takes it only if it is
    /// exactly the swap.
    async fn accept_order(
        &self,
        operation: &Operation,
        intent: &Intent,
        order: Order,
    ) -> Result<Result<Ordered, Refused>, ActError> {
        let addresses = match order.tables() {
            Ok(addresses) => addresses,
            Err(error) => return Ok(Err(Refused::Words(error.to_string()))),
        };
        let tables = match self.tables(operation, &addresses).await? {
            Ok(tables) => tables,
            Err(refused) => return Ok(Err(refused)),
        };
        let resolved = match Resolved::decode(&order.transaction, &tables) {
            Ok(resolved) => resolved,
            Err(error) => return Ok(Err(Refused::Words(error.to_string()))),
        };
        let max_priority_lamports = self.solana(operation)?.config.fees.max_priority_lamports;
        Ok(match intent.judge(&resolved, &Terms { cosigners: true, max_priority_lamports }) {
            Ok(accepted) => Ok(Ordered { order, tables, resolved, accepted }),
            Err(refusal) => Err(Refused::Reply(refusal)),
        })
    }

    /// Until when the order can land. Jupiter's word may lengthen this, within bounds, and never shorten it: the
    /// cluster knew the blockhash when the order was simulated, and no blockhash is younger than the chain. `None` when
    /// Jupiter names a height far ahead of it.
    async fn lifetime(
        &self,
        operation: &Operation,
        order: &Order,
        simulation: &Simulation,
    ) -> Result<Option<Lifetime>, ActError> {
        let head = self.solana(operation)?.chain.head(Commitment::Confirmed).await?;
        // The node that simulated may be ahead of the quorum; it is so by at most one block a slot.
        let ahead = simulation.slot.saturating_sub(head.slot);
        let reached = head.block_height.saturating_add(ahead);
        Ok(last_valid_height(order.last_valid_block_height, reached).map(|last_valid_height| Lifetime {
            from_slot: head.slot.min(simulation.slot),
            last_valid_height,
        }))
    }
}
