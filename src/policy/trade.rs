//! Judging the legs of arbitrage between chains: swaps like others, and within its own bounds.

use std::collections::BTreeSet;

use crate::domain::{AssetId, ChainName, SwapStep, Usd};
use crate::policy::{Denial, Rule, Rules, require};

/// What arbitrage between chains may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRules {
    /// What every leg is paid in or brings.
    pub base: AssetId,
    /// What may be bought and sold for it.
    pub assets: BTreeSet<AssetId>,
    /// Where.
    pub chains: BTreeSet<ChainName>,
    /// Most that one leg may be worth.
    pub max_exposure: Usd,
}

/// A leg that waited may be worth this part more than it was when it was planned.
const MORE: i128 = 8;

/// Judges a swap that is part of a trade and worth `value`; any other passes.
pub(super) fn step(rules: &Rules, step: &SwapStep, value: Usd) -> Result<(), Denial> {
    if step.trade.is_none() {
        return Ok(());
    }
    let of_trades = rules.trades.as_ref().ok_or_else(|| Denial {
        rule: Rule::Function,
        reason: "arbitrage between chains is not configured".to_owned(),
    })?;
    require(of_trades.chains.contains(&step.chain), Rule::Chain, || {
        format!("arbitrage between chains is not configured on {}", step.chain)
    })?;
    let ends = [step.amount_in.asset(), step.min_out.asset()];
    let other = ends.into_iter().find(|asset| **asset != of_trades.base);
    let is_meant = ends.contains(&&of_trades.base)
        && other.is_some_and(|asset| of_trades.assets.contains(asset))
        && step.quoted_out.asset() == step.min_out.asset();
    require(is_meant, Rule::Token, || {
        format!("{} for {} is not traded between chains", step.amount_in.asset(), step.min_out.asset())
    })?;
    let most = of_trades.max_exposure.micros();
    let most = Usd::from_micros(most.saturating_add(most.checked_div(MORE).unwrap_or(0)));
    require(value <= most, Rule::PerOperation, || {
        format!("a leg of {value} is more than the {} that may be at stake", of_trades.max_exposure)
    })
}
