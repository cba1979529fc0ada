//! From the configuration to the rebalance goal.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{AssetConfig, Config};
use crate::domain::{AssetId, ChainName, Position, Price};
use crate::network::{GasUnits, OpenRoutes, Terms};
use crate::strategies::cross_chain;
use crate::strategies::rebalance::{Goal, GoalError, Peg};

/// Most of a pool's depth one swap may take, in millionths.
const POOL_SHARE_PPM: u32 = 100_000;
/// The whole, in millionths.
const WHOLE_PPM: u32 = 1_000_000;

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
    let mut goal = Goal::new(targets, rebalance.trigger.ppm(), rebalance.band.ppm(), terms(config))?;
    goal.pegs = pegs(config);
    // Every stablecoin that is held somewhere is part of the inventory, also without a target.
    goal.assets.extend(goal.pegs.keys().cloned());
    Ok(goal)
}

/// The goal of arbitrage between chains, where it is configured.
pub fn cross_chain(config: &Config) -> Option<cross_chain::Goal> {
    let settings = config.cross_chain.as_ref()?;
    let terms = Terms {
        max_transfer: None,
        // What a trade takes of a pool, the solver says.
        pool_share_ppm: WHOLE_PPM,
        plan_valid: Duration::from_secs(settings.plan_seconds),
        ..terms(config)
    };
    Some(cross_chain::Goal {
        base: AssetId::new(&settings.base),
        assets: settings.assets.iter().map(|asset| AssetId::new(asset)).collect(),
        chains: settings.chains.iter().map(|chain| ChainName::new(chain)).collect(),
        max_exposure: settings.max_exposure_usd.usd(),
        min_profit: settings.min_profit_usd.usd(),
        max_profit: settings.max_profit_usd.usd(),
        risk_ppm: settings.risk.ppm(),
        unwind_ppm: settings.max_unwind_loss.ppm(),
        pegs: pegs(config),
        terms,
        open: OpenRoutes::default(),
        trades: Vec::new(),
    })
}

/// Stablecoins and how far from a dollar they may be.
fn pegs(config: &Config) -> BTreeMap<AssetId, Peg> {
    let peg = |(symbol, settings): (&String, &AssetConfig)| {
        let band = settings.depeg_band?;
        Some((AssetId::new(symbol), Peg { price: Price::ONE_DOLLAR, tolerance_ppm: band.ppm() }))
    };
    config.assets.iter().filter_map(peg).collect()
}

/// Prices and limits of every move.
fn terms(config: &Config) -> Terms {
    let rebalance = &config.rebalance;
    Terms {
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
    }
}
