//! What an operation did to the ledger, and what it cost in the end.

use std::collections::BTreeSet;

use alloy::primitives::Address;

use crate::act::engine::Progress;
use crate::act::proof::Proof;
use crate::act::pursue::Fate;
use crate::act::solana::minted_on_solana;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::contracts::events::{Minted, minted_for};
use crate::domain::price::{PriceError, Rounding};
use crate::domain::{
    Amount, AssetId, BridgeStep, Leg, Operation, OperationState, Position, Step, SwapStep, Usd,
};
use crate::journal::{Attempt, AttemptId, Cause, Entry};
use crate::telemetry::events;
use crate::venues::uniswap::logs::{received, sent};

impl Engine {
    /// The ledger entries of a transaction in a block: its gas, and what it moved if it succeeded.
    pub(super) async fn entries(
        &self,
        operation: &Operation,
        leg: Leg,
        attempt: &Attempt,
        proof: &Proof,
        fee_units: u128,
    ) -> Result<Vec<Entry>, ActError> {
        let id = &operation.id;
        let entry = |cause, position, units| Entry::of(id, Some(attempt.id), cause, position, units);
        let native = self.native(operation, &attempt.chain)?;
        let receipt = match proof {
            Proof::Evm(receipt) => receipt,
            Proof::Solana { landed, .. } => {
                return self.entries_on_solana(operation, leg, attempt, landed, native).await;
            }
        };
        let mut entries = vec![entry(Cause::Gas, native, fee_units)];
        if !receipt.success {
            return Ok(entries);
        }
        match (&operation.step, leg) {
            (_, Leg::Open | Leg::Approve | Leg::Revoke) => {}
            (Step::Bridge(step), Leg::Burn) => {
                self.burnt_message(operation, step, attempt, proof)?;
                let position = Position::new(step.from.clone(), step.amount.asset().clone());
                entries.push(entry(Cause::Burn, position, step.amount.units()));
            }
            (Step::Bridge(step), Leg::Mint) => {
                if let Minted::Ours { amount, fee, .. } = self.minted(operation, step, proof).await? {
                    entries.extend(arrival(operation, step, Some(attempt.id), amount, fee));
                }
            }
            (Step::Swap(step), Leg::Swap) => {
                let (asset_in, asset_out) = (step.amount_in.asset(), step.min_out.asset());
                let given = self.token(operation, &step.chain, asset_in)?;
                let got = self.token(operation, &step.chain, asset_out)?;
                let at = |asset: &AssetId| Position::new(step.chain.clone(), asset.clone());
                let given = sent(&receipt.logs, given, self.wallet());
                let got = received(&receipt.logs, got, self.evm_recipient(operation, step)?);
                entries.push(entry(Cause::SwapIn, at(asset_in), given));
                entries.push(entry(Cause::SwapOut, at(asset_out), got));
            }
            (Step::Route(step), Leg::Swap) => {
                if !attempt.cancels {
                    entries.extend(self.route_entries(operation, step, attempt, proof)?);
                }
            }
            (_, Leg::Reclaim)
            | (Step::Bridge(_), Leg::Swap)
            | (Step::Swap(_) | Step::Route(_), Leg::Burn | Leg::Mint) => {
                return Err(self.inconsistent(operation, "leg"));
            }
        }
        Ok(entries)
    }

    /// Whether a receipt on the destination minted this transfer.
    pub(super) async fn minted(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        proof: &Proof,
    ) -> Result<Minted, ActError> {
        let stored = self.message(operation).await?;
        let burn = crate::bridges::cctp::Message::decode(&stored.source_message)?;
        let nonce = self.nonce_of(operation, &stored)?;
        match proof {
            Proof::Evm(receipt) => {
                let to = self.end(operation, &step.to, step.amount.asset())?;
                Ok(minted_for(&receipt.logs, &to, &burn, nonce)?)
            }
            Proof::Solana { landed, .. } => {
                let to = self.solana_end(operation, step.amount.asset())?;
                Ok(minted_on_solana(&to, &burn, nonce, landed))
            }
        }
    }

    /// Settles a transfer that arrived; `by` is our own mint, if it was ours.
    pub(super) async fn settle_bridge(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        by: Option<AttemptId>,
        amount: u128,
        fee: u128,
    ) -> Result<Progress, ActError> {
        let fee_usd = match self.worth(&step.amount.with_units(fee)).await {
            Ok(usd) => usd,
            Err(reason) => return Ok(Progress::Waiting(format!("the fee cannot be valued: {reason}"))),
        };
        let entries: Vec<Entry> = arrival(operation, step, by, amount, fee).into();
        self.settle(operation, fee_usd, &entries).await
    }

    /// Settles a swap or a route that is final.
    pub(super) async fn settle_swap(&self, operation: &Operation) -> Result<Progress, ActError> {
        let step = match &operation.step {
            Step::Swap(step) => step,
            Step::Route(step) => {
                return match self.route_cost(operation, step).await? {
                    Ok(cost) => {
                        let settled = self.settle(operation, cost, &[]).await?;
                        if settled == Progress::Moved {
                            let profit = Usd::ZERO.saturating_sub(cost);
                            events::earned(&self.parts.metrics, &step.chain, profit);
                        }
                        Ok(settled)
                    }
                    Err(reason) => Ok(Progress::Waiting(format!("the profit cannot be valued: {reason}"))),
                };
            }
            Step::Bridge(_) => return Err(self.inconsistent(operation, "step")),
        };
        // What came out was booked with the transaction itself.
        let out = self.parts.journal.swapped_out(&operation.id).await?;
        let out = out.ok_or_else(|| self.inconsistent(operation, "swap's output"))?;
        // Fee and slippage as quoted, corrected by what came out more or less than quoted.
        let quoted = step.quoted_out.units();
        let difference = step.quoted_out.with_units(quoted.abs_diff(out));
        let difference = match self.worth(&difference).await {
            Ok(usd) => usd,
            Err(reason) => return Ok(Progress::Waiting(format!("what came out cannot be valued: {reason}"))),
        };
        let expected = step.cost.fee.saturating_add(step.cost.slippage);
        let cost = if out < quoted {
            expected.saturating_add(difference)
        } else {
            expected.saturating_sub(difference)
        };
        let settled = self.settle(operation, cost, &[]).await?;
        if settled == Progress::Moved {
            self.count_trade(operation).await?;
        }
        Ok(settled)
    }

    /// Ends an operation with its realised cash cost: `cost` and all gas paid.
    async fn settle(
        &self,
        operation: &Operation,
        cost: Usd,
        entries: &[Entry],
    ) -> Result<Progress, ActError> {
        if let Some(reason) = self.undecided(operation).await? {
            return Ok(Progress::Waiting(reason));
        }
        let gas = match self.gas_paid(operation).await? {
            Ok(gas) => gas,
            Err(reason) => return Ok(Progress::Waiting(reason)),
        };
        let realised = cost.saturating_add(gas);
        self.parts.journal.settle(&operation.id, operation.state, realised, entries, self.now()).await?;
        events::moved(&self.parts.metrics, operation, OperationState::Settled, operation.leg, None);
        Ok(Progress::Moved)
    }

    /// Which of its transactions is not decided for good, if one is not. An operation ends only when
    /// all are: nobody would see a reorg of an ended operation's approval or burn, nor rebook its gas.
    pub(super) async fn undecided(&self, operation: &Operation) -> Result<Option<String>, ActError> {
        let attempts = self.parts.journal.attempts(&operation.id).await?;
        let live = attempts.iter().filter(|attempt| attempt.state.is_live());
        let legs: BTreeSet<Leg> = live.map(|attempt| attempt.leg).collect();
        for leg in legs {
            match self.pursue(operation, leg).await? {
                Fate::Included { proof, .. } if !proof.is_final() => {
                    return Ok(Some(format!("waiting until the {leg} is final")));
                }
                Fate::Pending(reason) => return Ok(Some(format!("the {leg} is not final: {reason}"))),
                Fate::Included { .. } | Fate::Reverted | Fate::Expired | Fate::Foreign(_) | Fate::Nothing => {
                }
            }
        }
        Ok(None)
    }

    /// Gas paid by all transactions of an operation; the inner error says why it cannot be valued.
    pub(super) async fn gas_paid(&self, operation: &Operation) -> Result<Result<Usd, String>, ActError> {
        let mut sum = Usd::ZERO;
        for attempt in self.parts.journal.attempts(&operation.id).await? {
            let (Some(wei), known) = (attempt.fee_units, attempt.fee_usd) else { continue };
            let usd = match known {
                Some(usd) => usd,
                None => match self.worth(&self.native_amount(operation, &attempt.chain, wei)?).await {
                    Ok(usd) => usd,
                    Err(reason) => return Ok(Err(format!("gas cannot be valued: {reason}"))),
                },
            };
            sum = sum.saturating_add(usd);
        }
        Ok(Ok(sum))
    }

    /// Who receives what a swap on an EVM chain gives.
    fn evm_recipient(&self, operation: &Operation, step: &SwapStep) -> Result<Address, ActError> {
        step.recipient.evm().ok_or_else(|| self.inconsistent(operation, "recipient"))
    }

    /// The value of `amount` at the price of now, rounded up.
    pub(super) async fn worth(&self, amount: &Amount) -> Result<Usd, PriceError> {
        self.parts.prices.price(amount.asset(), self.now()).await?.worth(amount, Rounding::Up)
    }
}

/// What a mint moves: the arrival, and the fee the bridge kept.
pub(super) fn arrival(
    operation: &Operation,
    step: &BridgeStep,
    by: Option<AttemptId>,
    amount: u128,
    fee: u128,
) -> [Entry; 2] {
    let position = Position::new(step.to.clone(), step.amount.asset().clone());
    [
        Entry::of(&operation.id, by, Cause::Mint, position.clone(), amount),
        Entry::of(&operation.id, by, Cause::BridgeFee, position, fee),
    ]
}
