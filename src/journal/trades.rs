//! Arbitrage between chains: what its legs did until now.

use std::collections::BTreeMap;

use sqlx::Row;

use crate::domain::{AssetId, ChainName, OperationState, Position, Timestamp, Trade};
use crate::journal::rows::{corrupt, parse, parsed, plan_hash};
use crate::journal::{Cause, Journal, JournalError};

impl Journal {
    /// The trades whose plans were accepted since then, oldest first.
    pub async fn trades(&self, since: Timestamp) -> Result<Vec<Trade>, JournalError> {
        let rows = sqlx::query(
            "SELECT o.trade, o.state, e.chain, e.asset, e.cause, e.units \
             FROM operations o JOIN plans p ON p.hash = o.trade \
             LEFT JOIN entries e ON e.operation = o.id AND e.withdrawn_at IS NULL \
             AND e.cause IN ('swap-in', 'swap-out') \
             WHERE o.trade IS NOT NULL AND p.accepted_at >= $1 ORDER BY p.accepted_at, o.trade, o.sequence",
        )
        .bind(since.millis())
        .fetch_all(self.readers())
        .await?;
        let mut trades: Vec<Trade> = Vec::new();
        for row in &rows {
            let plan = plan_hash(row.try_get("trade")?)?;
            if trades.last().is_none_or(|trade| trade.plan != plan) {
                trades.push(Trade { plan, is_open: false, moved: BTreeMap::new() });
            }
            let Some(trade) = trades.last_mut() else { continue };
            let state: OperationState = parsed(row, "state")?;
            trade.is_open |= !state.is_end();
            let Some(units) = row.try_get::<Option<&str>, _>("units")? else { continue };
            let units: u128 = parse(units, "entries.units")?;
            let (chain, asset): (&str, &str) = (row.try_get("chain")?, row.try_get("asset")?);
            let moved =
                trade.moved.entry(Position::new(ChainName::new(chain), AssetId::new(asset))).or_default();
            let is_sold = parsed::<Cause>(row, "cause")? == Cause::SwapIn;
            let sum = if is_sold { &mut moved.sold } else { &mut moved.bought };
            let too_much = || corrupt("entries.units", "a trade's sum does not fit");
            *sum = sum.checked_add(units).ok_or_else(too_much)?;
        }
        Ok(trades)
    }
}
