//! 1inch: what it writes is judged and rehearsed before anything is signed, the approval included.

use alloy::primitives::U256;

use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::chains::evm::{Call, ChainError, Signed, erc20};
use crate::domain::{Operation, Step, SwapStep, Venue};
use crate::journal::Attempt;
use crate::policy::{Denial, Rule, Verdict};
use crate::telemetry::events;
use crate::venues::oneinch::{Intent, OneInch, OneInchError, Refusal};

/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// What a leg of the aggregator came to before it is signed; `Err` says why it is not.
type Ready<T> = Result<T, Signing>;

impl Engine {
    /// The step of an operation that goes through the aggregator.
    pub(super) fn aggregated(operation: &Operation) -> Option<&SwapStep> {
        match &operation.step {
            Step::Swap(step) => match step.venue {
                Venue::OneInch => Some(step),
                Venue::UniswapV2 | Venue::UniswapV3 | Venue::Jupiter => None,
            },
            Step::Bridge(_) | Step::Route(_) => None,
        }
    }

    /// Before anything of the operation is signed: would the whole of it work, approval and swap? Nothing
    /// is approved for a swap that 1inch would write otherwise than it was planned.
    pub(super) async fn audition(
        &self,
        operation: &Operation,
        step: &SwapStep,
    ) -> Result<Ready<()>, ActError> {
        let venue = self.venue(operation, step)?;
        match venue.spender().await {
            Ok(spender) if spender == venue.router() => {}
            Ok(spender) => {
                let pinned = venue.router();
                let reason = format!("1inch would have {spender} approved, the pinned router is {pinned}");
                return Ok(Err(self.deny(operation, Rule::Contract, reason)));
            }
            Err(error) => return Ok(Err(self.unanswered(&error))),
        }
        let call = match self.ask(operation, step).await? {
            Ok(call) => call,
            Err(signing) => return Ok(Err(signing)),
        };
        let token = self.token(operation, &step.chain, step.amount_in.asset())?;
        let approve = |units| erc20::approve(token, venue.router(), units);
        let before = [approve(0), approve(step.amount_in.units())];
        self.rehearse(operation, step, &before, &call).await
    }

    /// The call to sign: asked for now, judged, and rehearsed on the approval that stands. A replacement
    /// is the same call with a higher fee.
    pub(super) async fn aggregated_call(
        &self,
        operation: &Operation,
        step: &SwapStep,
        replaces: Option<&Attempt>,
    ) -> Result<Ready<Call>, ActError> {
        if let Some(attempt) = replaces {
            let transaction = Signed::decode(&attempt.raw)?.transaction;
            return Ok(Ok(Call::new(transaction.to, transaction.data)));
        }
        let call = match self.ask(operation, step).await? {
            Ok(call) => call,
            Err(signing) => return Ok(Err(signing)),
        };
        Ok(self.rehearse(operation, step, &[], &call).await?.map(|()| call))
    }

    fn venue(&self, operation: &Operation, step: &SwapStep) -> Result<&OneInch, ActError> {
        self.parts.oneinch.get(&step.chain).ok_or_else(|| ActError::NotConfigured {
            operation: operation.id.clone(),
            what: "1inch",
            chain: step.chain.clone(),
        })
    }

    /// Asks for exactly the step's swap. The first question has the plan's slippage. Where the quote sank
    /// a little, its least would be below the step's: it is asked once more with what is left of it, which
    /// is less. The least accepted is never lowered.
    async fn ask(&self, operation: &Operation, step: &SwapStep) -> Result<Ready<Call>, ActError> {
        let venue = self.venue(operation, step)?;
        let settings = self.settings(operation, &step.chain)?;
        let intent = Intent::of_step(step, settings, venue.router());
        let intent = intent.map_err(|_| self.inconsistent(operation, "token"))?;
        let planned = planned_slippage(step);
        let reply = match venue.swap(&intent.exchange, intent.wallet, planned).await {
            Ok(reply) => reply,
            Err(error) => return Ok(Err(self.unanswered(&error))),
        };
        let refusal = match intent.accept(&reply) {
            Ok(call) => return Ok(Ok(call)),
            Err(refusal) => refusal,
        };
        let tighter = match refusal {
            Refusal::MinimumOut { quoted, .. } => {
                intent.slippage_ppm(quoted, planned).filter(|slippage| *slippage < planned)
            }
            Refusal::Router { .. }
            | Refusal::Sender(_)
            | Refusal::Value(_)
            | Refusal::Function(_)
            | Refusal::Token { .. }
            | Refusal::Recipient { .. }
            | Refusal::Amount { .. } => None,
        };
        let Some(tighter) = tighter else { return Ok(Err(self.refused_reply(operation, &refusal))) };
        match venue.swap(&intent.exchange, intent.wallet, tighter).await {
            Ok(reply) => match intent.accept(&reply) {
                Ok(call) => Ok(Ok(call)),
                Err(refusal) => Ok(Err(self.refused_reply(operation, &refusal))),
            },
            Err(error) => Ok(Err(self.unanswered(&error))),
        }
    }

    /// Plays `before` and then the swap: exactly the amount must leave, at least the least arrive, and
    /// nothing stay approved.
    async fn rehearse(
        &self,
        operation: &Operation,
        step: &SwapStep,
        before: &[Call],
        call: &Call,
    ) -> Result<Ready<()>, ActError> {
        let wallet = self.wallet();
        let sold = self.token(operation, &step.chain, step.amount_in.asset())?;
        let bought = self.token(operation, &step.chain, step.min_out.asset())?;
        let balances = [erc20::balance_of(sold, wallet), erc20::balance_of(bought, wallet)];
        let mut calls = before.to_vec();
        calls.extend(balances.clone());
        calls.push(call.clone());
        calls.extend(balances);
        calls.push(erc20::allowance(sold, wallet, call.to));
        let after = self.last_block(operation, &step.chain).await?;
        let played = match self.chain(operation, &step.chain)?.rehearse(wallet, &calls, after).await {
            Ok(played) => played,
            Err(error @ ChainError::Unavailable { .. }) => {
                let reason = format!("the swap cannot be rehearsed, so it is not signed: {error}");
                return Ok(Err(Signing::Waiting(reason)));
            }
            Err(error) => return Err(error.into()),
        };
        let mut outputs = Vec::with_capacity(played.len());
        for output in played {
            match output {
                Ok(output) => outputs.push(output),
                Err(reason) => return Ok(Err(Signing::Reverted(format!("in its rehearsal: {reason}")))),
            }
        }
        let word = |from_end: usize| {
            let index = outputs.len().checked_sub(from_end)?;
            let output = outputs.get(index).filter(|output| output.len() == 32)?;
            U256::try_from_be_slice(output)
        };
        let words = [6, 5, 3, 2, 1].map(word);
        let [Some(sold_before), Some(bought_before), Some(sold_after), Some(bought_after), Some(left)] =
            words
        else {
            return Ok(Err(Signing::Waiting("a token answers no balance in the rehearsal".to_owned())));
        };
        let spent = sold_before.checked_sub(sold_after);
        let wanted = U256::from(step.amount_in.units());
        if spent != Some(wanted) {
            let spent = spent.map_or_else(|| "less than nothing".to_owned(), |spent| spent.to_string());
            let reason = format!("the rehearsed swap takes {spent} base units, planned are {wanted}");
            return Ok(Err(self.deny(operation, Rule::Amount, reason)));
        }
        let got = bought_after.checked_sub(bought_before).unwrap_or_default();
        let least = U256::from(step.min_out.units());
        if got < least {
            let reason = format!("the rehearsed swap gives {got} base units, at least {least} are wanted");
            return Ok(Err(self.deny(operation, Rule::MinimumOut, reason)));
        }
        if !left.is_zero() {
            let reason = format!("the rehearsed swap leaves an allowance of {left} base units");
            return Ok(Err(self.deny(operation, Rule::Amount, reason)));
        }
        Ok(Ok(()))
    }

    fn unanswered(&self, error: &OneInchError) -> Signing {
        let reason = error.to_string();
        if error.passes() { Signing::Waiting(reason) } else { Signing::Reverted(reason) }
    }

    /// The same words and counters as when policy finds it in the signed bytes.
    fn refused_reply(&self, operation: &Operation, refusal: &Refusal) -> Signing {
        let rule = match refusal {
            Refusal::Router { .. } => Rule::Contract,
            Refusal::Sender(_) | Refusal::Recipient { .. } => Rule::Recipient,
            Refusal::Value(_) => Rule::NativeValue,
            Refusal::Function(_) => Rule::Function,
            Refusal::Token { .. } => Rule::Token,
            Refusal::Amount { .. } => Rule::Amount,
            Refusal::MinimumOut { .. } => Rule::MinimumOut,
        };
        self.deny(operation, rule, refusal.to_string())
    }

    fn deny(&self, operation: &Operation, rule: Rule, reason: String) -> Signing {
        let denial = Denial { rule, reason };
        let what = format!("a reply for {}", operation.step.route());
        events::judged(&self.parts.metrics, &what, &Verdict::Deny(denial.clone()));
        Signing::Denied(denial)
    }
}

/// How far the least accepted is below what was quoted in the plan, in millionths, rounded down.
fn planned_slippage(step: &SwapStep) -> u32 {
    let quoted = step.quoted_out.units();
    let spare = quoted.saturating_sub(step.min_out.units());
    let ppm = spare.checked_mul(WHOLE).and_then(|scaled| scaled.checked_div(quoted)).unwrap_or(0);
    u32::try_from(ppm).unwrap_or(0)
}
