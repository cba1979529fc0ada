//! A swap whose transaction Jupiter writes and lands. It is judged, simulated, signed and journalled as it is: not a
//! byte of its message is ours to change.

use crate::act::sign::{Signing, refused};
use crate::act::solana::land::{Hand, Outgoing};
use crate::act::solana::sign::shown;
use crate::act::solana::swap::{Refused, planned_bps, unanswered};
use crate::act::{ActError, Engine};
use crate::chains::solana::blockhash::last_valid_height;
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::simulate::{Simulation, SimulationError};
use crate::chains::solana::table::Table;
use crate::chains::solana::wire::TransactionFailure;
use crate::chains::solana::{Commitment, Signed};
use crate::domain::{Leg, Operation, SwapStep};
use crate::journal::Lifetime;
use crate::venues::jupiter::{Accepted, Intent, Order, PartiallySigned, Terms};

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
        let name = solana.chain.name();
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
            simulated => match shown(Leg::Swap, simulated)? {
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
        let hand =
            Hand::Order { request: &order.request_id, last_valid_height: order.last_valid_block_height };
        let outgoing = Outgoing { leg: Leg::Swap, signed, budget: accepted.budget, hand };
        self.journal_and_send(operation, outgoing, note, one_at_a_time).await
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
        let mut slippage = planned;
        loop {
            let order = match jupiter.order(&intent.exchange(), &intent.wallet, slippage, most).await {
                Ok(order) => order,
                Err(error) => return Ok(Err(unanswered(&error))),
            };
            let quoted = order.quoted;
            match self.accept_order(operation, intent, order).await? {
                Ok(ordered) => return Ok(Ok(ordered)),
                Err(refused) => {
                    match self.tighter(operation, intent, refused, &quoted, (slippage, planned)) {
                        Ok(tighter) => slippage = tighter,
                        Err(signing) => return Ok(Err(signing)),
                    }
                }
            }
        }
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
