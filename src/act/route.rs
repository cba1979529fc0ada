//! Atomic routes: simulated at the head right before they are signed, sent where nobody looks on, and cancelled
//! when their block has passed without them.

use std::collections::BTreeSet;

use alloy::primitives::{Bytes, U256};

use crate::act::engine::missing;
use crate::act::proof::Proof;
use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::chains::evm::{Broadcast, Call, EvmChain, Fees, Prepared, Signed};
use crate::config::ArbitrageConfig;
use crate::domain::price::Rounding;
use crate::domain::{AssetId, Leg, Operation, Position, Price, RouteStep, Step, Usd};
use crate::journal::{Attempt, Cause, Entry};
use crate::policy::{Denial, Rule};
use crate::venues::atomic::RouteCall;
use crate::venues::uniswap::logs::{received, sent};

impl Engine {
    /// The route of an operation, if it is one.
    pub(super) const fn route_of(operation: &Operation) -> Option<&RouteStep> {
        match &operation.step {
            Step::Route(step) => Some(step),
            Step::Bridge(_) | Step::Swap(_) => None,
        }
    }

    /// Whether it is a route that nothing is approved for.
    pub(super) fn borrows(operation: &Operation) -> bool {
        Self::route_of(operation).is_some_and(|step| !step.is_lent_by_wallet())
    }

    pub(super) fn arbitrage(
        &self,
        operation: &Operation,
        step: &RouteStep,
    ) -> Result<&ArbitrageConfig, ActError> {
        let settings = self.settings(operation, &step.chain)?.arbitrage.as_ref();
        settings.ok_or_else(|| missing(operation, "arbitrage", &step.chain))
    }

    /// The call of a route.
    pub(super) fn route_call(&self, operation: &Operation, step: &RouteStep) -> Result<Call, ActError> {
        let now = u64::try_from(self.now().seconds()).unwrap_or(0);
        let deadline = now.saturating_add(self.parts.execution.swap_deadline_seconds);
        let settings = self.settings(operation, &step.chain)?;
        Ok(RouteCall::from_step(step, settings, deadline)?.call()?)
    }

    /// Whether the last block in which the route could be has passed, by a quorum, or its plan has expired: its nonce
    /// is to be freed. A block that is taken back later harms nothing, since only one of a nonce is ever mined.
    pub(super) async fn is_past(&self, operation: &Operation) -> Result<bool, ActError> {
        let Some(step) = Self::route_of(operation) else { return Ok(false) };
        if self.now() > operation.expires_at {
            return Ok(true);
        }
        if step.last_block == 0 {
            return Ok(false);
        }
        let head = self.chain(operation, &step.chain)?.latest().await?;
        Ok(head.number >= step.last_block)
    }

    /// What the simulation at the head says of the profit, against the plan: less than the least reverts by itself,
    /// and more than was planned is not believed. Whoever pays more than the pools' own mathematics say has a reason.
    pub(super) fn believed(&self, step: &RouteStep, prepared: &Prepared) -> Result<(), Signing> {
        let profit = U256::try_from_be_slice(&prepared.output).filter(|_| prepared.output.len() == 32);
        let Some(profit) = profit else {
            let reason = "the contract answers no profit; it is not AtomicRoute".to_owned();
            return Err(Signing::Denied(Denial { rule: Rule::Contract, reason }));
        };
        let (least, most) = (U256::from(step.min_profit.units()), believable(step));
        if profit < least {
            return Err(Signing::Reverted(format!("the simulated profit {profit} is less than {least}")));
        }
        if profit > most {
            let reason = format!(
                "the simulated profit of {profit} base units is more than the planned {} explain; a pool or \
                 token may be a trap, nothing was signed",
                step.profit.units()
            );
            return Err(Signing::Denied(Denial { rule: Rule::Profit, reason }));
        }
        Ok(())
    }

    /// Whether the profit is more than what the gas will probably cost: it may have become dear since the decision,
    /// or by a replacement.
    pub(super) fn still_pays(
        &self,
        operation: &Operation,
        step: &RouteStep,
        prepared: &Prepared,
        fees: Fees,
        price: Price,
    ) -> Result<Result<(), Signing>, ActError> {
        let per_gas = prepared.quote.base_fee.saturating_add(fees.max_priority_fee_per_gas);
        let wei = per_gas.saturating_mul(u128::from(prepared.gas_estimate)).saturating_add(prepared.l1_fee);
        let cost = price.value(&self.native_amount(operation, &step.chain, wei)?, Rounding::Up);
        let cost = cost.unwrap_or(Usd::MAX);
        if cost < step.profit_usd {
            return Ok(Ok(()));
        }
        let reason = format!("gas of {cost} would take the whole profit of {}", step.profit_usd);
        Ok(Err(Signing::Reverted(reason)))
    }

    /// The call that only uses a nonce up.
    pub(super) fn cancellation(&self) -> Call {
        Call { to: self.wallet(), data: Bytes::new() }
    }

    /// Hands a transaction to the nodes: a route only to the private endpoints where there are any.
    pub(super) async fn hand_over(
        &self,
        operation: &Operation,
        leg: Leg,
        chain: &EvmChain,
        raw: &Bytes,
    ) -> Result<Broadcast, ActError> {
        let Some(step) = Self::route_of(operation).filter(|_| leg == Leg::Swap) else {
            return Ok(chain.broadcast(raw).await);
        };
        // A cancellation is no secret, and goes out whatever is configured by now.
        if Signed::decode(raw)?.transaction.data.is_empty() {
            return Ok(chain.broadcast(raw).await);
        }
        let settings = self.arbitrage(operation, step)?;
        if settings.private_rpc.is_empty() {
            return Ok(chain.broadcast(raw).await);
        }
        let sent = chain.broadcast_privately(raw).await;
        let is_with_somebody = matches!(sent, Broadcast::Accepted | Broadcast::Known);
        Ok(if settings.public && !is_with_somebody { chain.broadcast(raw).await } else { sent })
    }

    /// What a route moved in and out of the wallet, asset by asset.
    pub(super) fn route_entries(
        &self,
        operation: &Operation,
        step: &RouteStep,
        attempt: &Attempt,
        proof: &Proof,
    ) -> Result<Vec<Entry>, ActError> {
        let Proof::Evm(receipt) = proof else { return Err(self.inconsistent(operation, "receipt")) };
        let legs = step.legs.iter().flat_map(|leg| [leg.amount_in.asset(), leg.min_out.asset()]);
        let assets: BTreeSet<&AssetId> = legs.chain([step.loan.asset()]).collect();
        let mut entries = Vec::new();
        for asset in assets {
            let token = self.token(operation, &step.chain, asset)?;
            let out = sent(&receipt.logs, token, self.wallet());
            let back = received(&receipt.logs, token, self.wallet());
            for (cause, units) in [(Cause::RouteIn, out), (Cause::RouteOut, back)] {
                if units > 0 {
                    let position = Position::new(step.chain.clone(), asset.clone());
                    entries.push(Entry::of(&operation.id, Some(attempt.id), cause, position, units));
                }
            }
        }
        Ok(entries)
    }

    /// What a settled route cost besides gas: the profit, as a cost below zero. The inner error says why it cannot be
    /// valued.
    pub(super) async fn route_cost(
        &self,
        operation: &Operation,
        step: &RouteStep,
    ) -> Result<Result<Usd, String>, ActError> {
        let moved = self.parts.journal.route_moved(&operation.id).await?;
        let Some((out, back)) = moved.get(step.loan.asset()).copied() else {
            return Err(self.inconsistent(operation, "route's profit"));
        };
        let profit = back.checked_sub(out).ok_or_else(|| self.inconsistent(operation, "route's profit"))?;
        let worth = self.worth(&step.loan.with_units(profit)).await;
        Ok(worth.map(|usd| Usd::ZERO.saturating_sub(usd)).map_err(|reason| reason.to_string()))
    }
}

/// The most profit that the plan explains: a sixteenth more than planned, as prices move between the blocks.
fn believable(step: &RouteStep) -> U256 {
    let planned = step.profit.units();
    U256::from(planned.saturating_add(planned >> 4).saturating_add(1))
}
