//! Which contract is called for which leg.

use alloy::primitives::{Address, U256};

use crate::act::{ActError, Engine};
use crate::bridges::cctp::contracts::calls;
use crate::chains::evm::{At, Call, EvmChain, erc20};
use crate::domain::{ChainName, Leg, Operation, Step, Venue};
use crate::venues::uniswap::RouterSwap;

impl Engine {
    /// The chain a leg is sent on.
    pub(super) fn chain_of(operation: &Operation, leg: Leg) -> &ChainName {
        match (&operation.step, leg) {
            (Step::Bridge(step), Leg::Open | Leg::Mint) => &step.to,
            (Step::Bridge(step), Leg::Approve | Leg::Burn | Leg::Swap | Leg::Revoke | Leg::Reclaim) => {
                &step.from
            }
            (Step::Swap(step), _) => &step.chain,
            (Step::Route(step), _) => &step.chain,
        }
    }

    /// The leg that moves the value out of the wallet.
    pub(super) const fn spending_leg(operation: &Operation) -> Leg {
        match operation.step {
            Step::Bridge(_) => Leg::Burn,
            Step::Swap(_) | Step::Route(_) => Leg::Swap,
        }
    }

    /// The call of a leg.
    pub(super) async fn call_for(&self, operation: &Operation, leg: Leg) -> Result<Call, ActError> {
        let amount = operation.step.spends();
        let source = operation.step.source_chain();
        match (leg, &operation.step) {
            (Leg::Approve | Leg::Revoke, _) => {
                let spender = self.spender(operation)?;
                let units = if leg == Leg::Approve { amount.units() } else { 0 };
                Ok(erc20::approve(self.token(operation, source, amount.asset())?, spender, units))
            }
            (Leg::Burn, Step::Bridge(step)) => {
                let from = self.end(operation, &step.from, amount.asset())?;
                let to = self.any_end(operation, &step.to, amount.asset())?;
                Ok(calls::burn(&from, &to, step)?)
            }
            (Leg::Mint, Step::Bridge(step)) => {
                let to = self.end(operation, &step.to, amount.asset())?;
                let stored = self.message(operation).await?;
                let (Some(message), Some(attestation)) = (&stored.attested_message, &stored.attestation)
                else {
                    return Err(self.inconsistent(operation, "attestation"));
                };
                Ok(calls::mint(&to, message, attestation))
            }
            (Leg::Swap, Step::Swap(step)) => {
                let settings = self.settings(operation, &step.chain)?;
                let now = u64::try_from(self.now().seconds()).unwrap_or(0);
                let deadline = now.saturating_add(self.parts.execution.swap_deadline_seconds);
                Ok(RouterSwap::from_step(step, settings, deadline)?.call()?)
            }
            (Leg::Swap, Step::Route(step)) => self.route_call(operation, step),
            (Leg::Open | Leg::Reclaim, _)
            | (Leg::Burn | Leg::Mint, Step::Swap(_) | Step::Route(_))
            | (Leg::Swap, Step::Bridge(_)) => Err(self.inconsistent(operation, "leg")),
        }
    }

    /// Who is approved to take the amount.
    pub(super) fn spender(&self, operation: &Operation) -> Result<Address, ActError> {
        let source = operation.step.source_chain();
        let settings = self.settings(operation, source)?;
        let (spender, what) = match &operation.step {
            Step::Bridge(_) => (settings.cctp.as_ref().map(|cctp| cctp.token_messenger), "CCTP"),
            Step::Swap(step) => match step.venue {
                Venue::UniswapV2 | Venue::UniswapV3 => {
                    (settings.uniswap.as_ref().map(|uniswap| uniswap.swap_router02), "Uniswap")
                }
                Venue::OneInch => (settings.oneinch.as_ref().map(|oneinch| oneinch.router), "1inch"),
                Venue::Jupiter => (None, "a spender for Jupiter"),
            },
            // Its own, whatever is configured by now: an allowance must not be left behind unseen.
            Step::Route(step) => (Some(step.contract), "arbitrage"),
        };
        spender.ok_or_else(|| ActError::NotConfigured {
            operation: operation.id.clone(),
            what,
            chain: source.clone(),
        })
    }

    /// What the spender may still take, by quorum at the newest block: whether an approval has to be
    /// taken back rests on it.
    pub(super) async fn allowance(&self, operation: &Operation) -> Result<U256, ActError> {
        let (chain, call) = self.allowance_call(operation)?;
        let answer = chain.call_agreed(&call, At::Latest).await?;
        self.word(operation, &answer, "allowance")
    }

    /// The same as the node shows it that simulates, which may be a block behind the quorum.
    pub(super) async fn allowance_simulated(&self, operation: &Operation) -> Result<U256, ActError> {
        let (chain, call) = self.allowance_call(operation)?;
        let answer = chain.call(&call, At::Latest).await?;
        self.word(operation, &answer, "allowance")
    }

    fn allowance_call(&self, operation: &Operation) -> Result<(&EvmChain, Call), ActError> {
        let source = operation.step.source_chain();
        let token = self.token(operation, source, operation.step.spends().asset())?;
        let call = erc20::allowance(token, self.wallet(), self.spender(operation)?);
        Ok((self.chain(operation, source)?, call))
    }

    fn word(&self, operation: &Operation, answer: &[u8], what: &'static str) -> Result<U256, ActError> {
        U256::try_from_be_slice(answer)
            .filter(|_| answer.len() == 32)
            .ok_or_else(|| self.inconsistent(operation, what))
    }

    /// The wallet's balance of what the operation spends, by the newest block of a quorum.
    pub(super) async fn spendable(&self, operation: &Operation) -> Result<U256, ActError> {
        let source = operation.step.source_chain();
        if self.is_solana(source) {
            return self.held_on_solana(operation).await.map(U256::from);
        }
        let token = self.token(operation, source, operation.step.spends().asset())?;
        let call = erc20::balance_of(token, self.wallet());
        let answer = self.chain(operation, source)?.call_agreed(&call, At::Latest).await?;
        self.word(operation, &answer, "balance")
    }

    pub(super) fn inconsistent(&self, operation: &Operation, what: &'static str) -> ActError {
        ActError::Inconsistent { operation: operation.id.clone(), state: operation.state.as_str(), what }
    }
}
