//! Arbitrage between chains: which leg waits for which, and what a trade came to.

use crate::act::engine::Progress;
use crate::act::{ActError, Engine};
use crate::domain::price::Rounding;
use crate::domain::{Amount, ChainName, Operation, OperationState, Spent, TradeRole, Usd};
use crate::telemetry::events;

impl Engine {
    /// What a leg of arbitrage between chains waits for: the legs that pay for it have to be in a block. `None` where
    /// it may go on.
    pub(super) async fn leaders(&self, operation: &Operation) -> Result<Option<Progress>, ActError> {
        let Some(TradeRole::Leg { after }) = operation.step.trade() else { return Ok(None) };
        if after.is_empty() {
            return Ok(None);
        }
        let legs = self.parts.journal.operations_of(&operation.plan).await?;
        for index in after {
            let place = usize::try_from(*index).ok();
            let leader = place.and_then(|place| legs.get(place));
            let leader = leader.ok_or_else(|| self.inconsistent(operation, "leg it waits for"))?;
            if leader.state == OperationState::Failed {
                let reason = format!(
                    "operation {}, which pays for it, failed; nothing was moved by this leg",
                    leader.id
                );
                return self.fail(operation, &reason).await.map(Some);
            }
            if !leader.has_swapped() {
                return Ok(Some(Progress::Waiting(format!(
                    "operation {} goes first, since it pays for this leg",
                    leader.id
                ))));
            }
        }
        Ok(None)
    }

    /// Counts what a trade came to once nothing of it is open, and nothing is left but dust: what sales brought of the
    /// base asset more than purchases took, before gas.
    pub(super) async fn count_trade(&self, operation: &Operation) -> Result<(), ActError> {
        let Some(role) = operation.step.trade() else { return Ok(()) };
        let Some(rules) = &self.parts.rules.trades else { return Ok(()) };
        let plan = role.trade(&operation.plan);
        let trades = self.parts.journal.trades(self.now().minus(Spent::WINDOW)).await?;
        let Some(trade) = trades.into_iter().find(|trade| trade.plan == *plan && !trade.is_open) else {
            return Ok(());
        };
        let decimals = |asset: &str, chain: &ChainName| {
            Some(self.parts.settings.get(chain)?.tokens.get(asset)?.decimals)
        };
        let left = |asset| trade.left(asset, |chain| decimals(asset.as_str(), chain));
        let is_whole = trade.assets().filter(|asset| **asset != rules.base);
        if !is_whole.into_iter().all(|asset| left(asset).is_some_and(|left| left.is_dust)) {
            return Ok(());
        }
        let Some(result) = left(&rules.base) else { return Ok(()) };
        let amount = Amount::new(rules.base.clone(), result.decimals, result.units);
        let price = self.parts.prices.price(&rules.base, self.now()).await;
        let worth = price.ok().and_then(|price| price.value(&amount, Rounding::Down)).unwrap_or(Usd::ZERO);
        events::trade_ended(&self.parts.metrics, plan, &amount, worth, result.is_long);
        Ok(())
    }
}
