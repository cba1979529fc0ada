//! From the configuration to the rebalance goal.

use std::time::Duration;

use crate::config::Config;
use crate::domain::{AssetId, ChainName, Position, Price};
use crate::network::{GasUnits, Terms};
use crate::strategies::rebalance::{Goal, GoalError, Peg};

/// Most of a pool's depth one swap may take, in millionths.
const POOL_SHARE_PPM: u32 = 100_000;

/// The goal of the configured targets.
///
/// # Errors
/// [`GoalError`] when the targets make none; a loaded configuration's do.
pub fn goal(config: &Config) -> Result<Goal, GoalError> {
    let rebalance = &config.rebalance;
    let targets = config.targets().into_iter().map(|target| {
        let position = Position::new(ChainName::new(&target.chain), AssetId::new(&target.asset));
        (position, target.weight.ppm())
    });
    let terms = Terms {
        min_transfer: rebalance.minimum_transfer_usd.usd(),
        max_transfer: Some(config.policy.max_operation_usd.usd()),
        max_cost_share_ppm: rebalance.max_cost_share.ppm(),
        time_usd_per_hour: rebalance.time_usd_per_hour.usd(),
        capital_rate_ppm: rebalance.capital_rate.ppm(),
        fee_buffer_ppm: config.cctp.fee_buffer.ppm(),
        slippage_ppm: config.execution.slippage.ppm(),
        pool_share_ppm: POOL_SHARE_PPM,
        max_in_flight: config.cctp.max_in_flight,
        plan_valid: Duration::from_secs(config.execution.plan_seconds),
        gas: GasUnits::default(),
    };
    let mut goal = Goal::new(targets, rebalance.trigger.ppm(), rebalance.band.ppm(), terms)?;
    for (symbol, settings) in &config.assets {
        // Every stablecoin that is held somewhere is part of the inventory, also without a target.
        let Some(band) = settings.depeg_band else { continue };
        let asset = AssetId::new(symbol);
        goal.assets.insert(asset.clone());
        goal.pegs.insert(asset, Peg { price: Price::ONE_DOLLAR, tolerance_ppm: band.ppm() });
    }
    Ok(goal)
}
