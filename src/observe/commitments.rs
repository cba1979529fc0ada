//! What open operations promise and bring, judged at the block that was read.
//!
//! The journal learns of a transaction's inclusion a moment after it happened. Between the two a
//! balance read from the chain already misses the amount. Whether a transaction is in the state
//! that was read is therefore decided by that state: by the wallet's nonce at that block, and on a
//! destination by the use of the message's nonce.

use std::collections::BTreeMap;

use alloy::primitives::B256;

use crate::chains::solana::Signature;
use crate::domain::pool::PoolKey;
use crate::domain::snapshot::{Balance, ChainView, Reading};
use crate::domain::{Amount, AnyAddress, ChainName, Leg, Operation, OperationState, Position, Step};
use crate::journal::{Attempt, AttemptState, Journal, JournalError, newest_block};
use crate::network::OpenRoutes;
use crate::observe::chain::{Observed, Progress};

/// Open operations with their transactions.
#[derive(Debug, Clone, Default)]
pub struct Commitments {
    open: Vec<Commitment>,
}

#[derive(Debug, Clone)]
struct Commitment {
    operation: Operation,
    attempts: Vec<Attempt>,
    message_nonce: Option<B256>,
}

impl Commitments {
    /// Reads the open operations.
    pub async fn read(journal: &Journal) -> Result<Self, JournalError> {
        let mut open = Vec::new();
        for operation in journal.open_operations().await? {
            let attempts = journal.attempts(&operation.id).await?;
            let message = journal.message(&operation.id).await?;
            open.push(Commitment {
                operation,
                attempts,
                message_nonce: message.and_then(|message| message.nonce),
            });
        }
        Ok(Self { open })
    }

    /// The same operations with the transactions known by now. Bytes are journalled before they are
    /// sent, so whatever the chains showed until now is among them: a burn that was signed and mined
    /// while the chains were read is not taken for one that is still to come.
    pub async fn refreshed(&self, journal: &Journal) -> Result<Self, JournalError> {
        let mut open = Vec::with_capacity(self.open.len());
        for known in &self.open {
            let attempts = journal.attempts(&known.operation.id).await?;
            open.push(Commitment { attempts, ..known.clone() });
        }
        Ok(Self { open })
    }

    /// The open operations.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.open.iter().map(|commitment| &commitment.operation)
    }

    /// Message nonces whose use on `chain` means an arrival.
    pub fn awaited(&self, chain: &ChainName) -> Vec<B256> {
        let here = self.open.iter().filter(|one| match &one.operation.step {
            Step::Bridge(step) => step.to == *chain,
            Step::Swap(_) | Step::Route(_) => false,
        });
        here.filter_map(|one| one.message_nonce).collect()
    }

    /// Signatures of transactions that move value out of the wallet on `chain`, if it is Solana.
    pub fn signatures(&self, chain: &ChainName) -> Vec<Signature> {
        let attempts = self.open.iter().flat_map(|one| &one.attempts);
        let ours = attempts.filter(|attempt| {
            attempt.chain == *chain
                && matches!(attempt.leg, Leg::Burn | Leg::Swap)
                && attempt.state != AttemptState::Dead
        });
        ours.filter_map(|attempt| attempt.hash.solana()).collect()
    }

    /// The newest block on `chain` that one of their transactions is known to be in; zero before the first.
    /// A state from before it would still hold what that transaction moved.
    pub fn newest_block(&self, chain: &ChainName) -> u64 {
        let attempts = self.open.iter().flat_map(|one| &one.attempts);
        newest_block(attempts, chain)
    }

    /// Pools with an open swap, and open transfers per route.
    pub fn routes(&self) -> OpenRoutes {
        let mut routes = OpenRoutes::default();
        for operation in self.operations() {
            match &operation.step {
                Step::Bridge(step) => {
                    let count = routes.bridges.entry((step.from.clone(), step.to.clone())).or_default();
                    *count = count.saturating_add(1);
                }
                Step::Swap(step) => {
                    routes.pools.insert((step.chain.clone(), step.pool));
                }
                Step::Route(step) => {
                    let contracts = step.pools().filter_map(|pool| match pool {
                        PoolKey::Contract(address) => Some(AnyAddress::Evm(address)),
                        // Swaps of other steps do not go through V4.
                        PoolKey::Managed { .. } => None,
                    });
                    routes.pools.extend(contracts.map(|pool| (step.chain.clone(), pool)));
                }
            }
        }
        routes
    }

    /// The chains' views: what was read, with what is reserved and on its way.
    pub fn apply(
        &self,
        observed: &BTreeMap<ChainName, Reading<Observed>>,
    ) -> BTreeMap<ChainName, Reading<ChainView>> {
        let mut views: BTreeMap<ChainName, Reading<ChainView>> = observed
            .iter()
            .map(|(name, read)| (name.clone(), read.as_ref().map_err(Clone::clone).and_then(view)))
            .collect();
        for commitment in &self.open {
            let (out, arriving) = commitment.moves();
            let source = commitment.operation.step.source_chain();
            let spent = observed
                .get(source)
                .is_some_and(|read| read.as_ref().is_ok_and(|read| commitment.is_spent(read)));
            if !spent && let Some(balance) = balance(&mut views, &out.0) {
                add(&mut balance.reserved, &out.1);
            }
            let arrived = observed
                .get(&arriving.0.chain)
                .is_some_and(|read| read.as_ref().is_ok_and(|read| commitment.has_arrived(read, spent)));
            if !arrived && let Some(balance) = balance(&mut views, &arriving.0) {
                add(&mut balance.in_flight, &arriving.1);
            }
        }
        views
    }
}

impl Commitment {
    /// What leaves where, and what arrives where at least.
    fn moves(&self) -> ((Position, Amount), (Position, Amount)) {
        match &self.operation.step {
            Step::Bridge(step) => {
                let asset = step.amount.asset().clone();
                let least =
                    step.amount.checked_sub(&step.max_fee).unwrap_or_else(|_| step.amount.with_units(0));
                (
                    (Position::new(step.from.clone(), asset.clone()), step.amount.clone()),
                    (Position::new(step.to.clone(), asset), least),
                )
            }
            Step::Swap(step) => (
                (Position::new(step.chain.clone(), step.amount_in.asset().clone()), step.amount_in.clone()),
                (Position::new(step.chain.clone(), step.min_out.asset().clone()), step.min_out.clone()),
            ),
            Step::Route(step) => {
                let position = Position::new(step.chain.clone(), step.loan.asset().clone());
                let lent = if step.is_lent_by_wallet() { step.loan.clone() } else { step.loan.with_units(0) };
                let back = lent.checked_add(&step.min_profit).unwrap_or_else(|_| lent.clone());
                ((position.clone(), lent), (position, back))
            }
        }
    }

    /// Whether the burn or swap is part of the state that was read on the source.
    fn is_spent(&self, source: &Observed) -> bool {
        self.attempts.iter().any(|attempt| {
            matches!(attempt.leg, Leg::Burn | Leg::Swap)
                && attempt.state != AttemptState::Dead
                && attempt.success != Some(false)
                && match &source.progress {
                    Progress::Nonce(next) => *next > attempt.nonce,
                    Progress::Landed(landed) => {
                        attempt.hash.solana().is_some_and(|signature| landed.contains(&signature))
                    }
                }
        })
    }

    /// Whether the arrival is part of the state that was read on the destination.
    fn has_arrived(&self, destination: &Observed, spent: bool) -> bool {
        match self.operation.step {
            Step::Bridge(_) => self.message_nonce.is_some_and(|nonce| destination.used.contains(&nonce)),
            // Both sides of a swap or a route happen at once.
            Step::Swap(_) | Step::Route(_) => spent || self.operation.state == OperationState::Final,
        }
    }
}

fn view(observed: &Observed) -> Reading<ChainView> {
    let mut balances = BTreeMap::new();
    for (asset, read) in &observed.balances {
        let on_chain = read.clone()?;
        let none = on_chain.with_units(0);
        balances.insert(asset.clone(), Balance { on_chain, reserved: none.clone(), in_flight: none });
    }
    Ok(ChainView {
        block: observed.height,
        native: observed.native.clone(),
        balances,
        pools: observed.pools.clone(),
        gas: observed.gas,
    })
}

fn balance<'a>(
    views: &'a mut BTreeMap<ChainName, Reading<ChainView>>,
    position: &Position,
) -> Option<&'a mut Balance> {
    views.get_mut(&position.chain)?.as_mut().ok()?.balances.get_mut(&position.asset)
}

/// A sum that does not fit stays what it was: balances are bounded by the tokens' supplies.
fn add(sum: &mut Amount, more: &Amount) {
    if let Ok(total) = sum.checked_add(more) {
        *sum = total;
    }
}
