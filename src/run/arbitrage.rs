//! Arbitrage, one task per chain that has it configured.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::api::Health;
use crate::chains::evm::announce::{Announcements, Woken};
use crate::config::arbitrage::{ArbitrageConfig, UNISWAP_V2, UNISWAP_V3};
use crate::config::{ChainConfig, ChainKind, Config, PoolConfig, PoolKind};
use crate::cycle::News;
use crate::cycle::arbitrage::Desk;
use crate::domain::snapshot::Reading;
use crate::domain::{AssetId, ChainName};
use crate::journal::Journal;
use crate::observe::pools::PoolTable;
use crate::policy::Rules;
use crate::recording::{Header, Limits, Recorder};
use crate::run::{House, HouseError};
use crate::strategies::arbitrage::{Arbitrage, Goal, PoolTerms, RouteGas};
use crate::telemetry::clock;

/// Between two looks for a new block where none is announced.
const POLL: Duration = Duration::from_millis(500);
/// A desk that came to no block for so long counts as stuck.
const LIVENESS: Duration = Duration::from_secs(300);

/// The desks of all chains with arbitrage, each with what announces its blocks.
///
/// # Errors
/// [`HouseError::Observe`] when a configured pool cannot be used.
pub fn desks(
    house: &House,
    wallet: Address,
    rules: &Rules,
    live: bool,
) -> Result<Vec<(Announcements, Desk)>, HouseError> {
    let mut desks = Vec::new();
    for (name, settings) in &house.settings {
        let (Some(arbitrage), Some(chain)) = (&settings.arbitrage, house.chains.get(name)) else { continue };
        let Some(token) = settings.tokens.get(&arbitrage.base) else { continue };
        let table = PoolTable::new(chain.clone(), settings, house.metrics.clone());
        let table = table.map_err(crate::observe::ObserveError::Pool)?;
        let goal = goal(&house.config, name, settings, arbitrage, &table);
        let recorder = arbitrage.record.as_deref().and_then(|folder| {
            let header = Header { started: clock::now(), pools: table.pools().len(), goal: goal.clone() };
            let started = Recorder::start(folder, header, Limits::default(), house.metrics.clone());
            started.inspect_err(|error| warn!(chain = %name, "blocks are not recorded: {error}")).ok()
        });
        let announcements = Announcements::new(name, settings, POLL)?;
        desks.push((
            announcements,
            Desk {
                chain: chain.clone(),
                table,
                arbitrage: Arbitrage::new(goal),
                base: token.address,
                wallet,
                rules: rules.clone(),
                metrics: house.metrics.clone(),
                live,
                decided: None,
                news: News::default(),
                recorder,
            },
        ));
    }
    Ok(desks)
}

fn goal(
    config: &Config,
    name: &ChainName,
    settings: &ChainConfig,
    arbitrage: &ArbitrageConfig,
    table: &PoolTable,
) -> Goal {
    let pools = settings.uniswap.iter().flat_map(|uniswap| &uniswap.pools);
    let terms = pools.map(|pool| terms(arbitrage, pool)).zip(table.keys());
    let decimals = settings.tokens.get(&arbitrage.base).map_or(0, |token| token.decimals);
    Goal {
        chain: name.clone(),
        native: AssetId::new(&settings.native),
        contract: arbitrage.contract,
        base: AssetId::new(&arbitrage.base),
        base_decimals: decimals,
        funding: arbitrage.funding.into(),
        max_loan: arbitrage.max_loan_usd.usd(),
        min_profit: arbitrage.min_profit_usd.usd(),
        max_profit: arbitrage.max_profit_usd.usd(),
        keep_ppm: arbitrage.keep.ppm(),
        slippage_ppm: config.execution.slippage.ppm(),
        blocks: arbitrage.blocks,
        sees_blocks: settings.kind != ChainKind::Arbitrum,
        plan_valid: Duration::from_secs(arbitrage.plan_seconds),
        gas: RouteGas::default(),
        pools: terms.filter_map(|(terms, key)| Some((key, terms?))).collect::<BTreeMap<_, _>>(),
        busy: BTreeSet::new(),
    }
}

/// How the contract names a pool; `None` for one whose factory it does not have.
fn terms(arbitrage: &ArbitrageConfig, pool: &PoolConfig) -> Option<PoolTerms> {
    let place = |name: &str| {
        let place = arbitrage.factories.iter().position(|factory| factory == name)?;
        u8::try_from(place).ok().filter(|place| *place != PoolTerms::V4)
    };
    match pool.kind {
        PoolKind::V2 => Some(PoolTerms::v2(place(pool.factory.as_deref().unwrap_or(UNISWAP_V2))?)),
        PoolKind::V3 => Some(PoolTerms::v3(place(pool.factory.as_deref().unwrap_or(UNISWAP_V3))?, pool.fee)),
        PoolKind::V4 => Some(PoolTerms::v4(pool.fee, pool.tick_spacing?)),
    }
}

/// Deals block by block until asked to stop; `wake` tells the engine that there is something to carry out.
pub(super) async fn run(
    (mut announcements, mut desk): (Announcements, Desk),
    journal: Journal,
    house: Arc<House>,
    health_page: Health,
    wake: Arc<Notify>,
    stop: CancellationToken,
) {
    let chain = desk.chain.name().clone();
    let check = format!("arbitrage-{chain}");
    let (mut said, mut is_announced) = (None, false);
    loop {
        let dealt = tokio::select! {
            dealt = desk.deal(&journal, &house.prices, is_announced) => dealt,
            () = stop.cancelled() => break,
        };
        let reading: Reading<()> = dealt.as_ref().map(|_| ()).map_err(ToString::to_string);
        if said.as_ref() != Some(&reading) {
            match &reading {
                Ok(()) => info!(%chain, "arbitrage follows the chain"),
                Err(reason) => warn!(%chain, "arbitrage decides nothing: {reason}"),
            }
            said = Some(reading);
        }
        if let Ok(dealt) = &dealt {
            health_page.beat(check.clone(), clock::now(), LIVENESS);
            desk.metrics.succeeded(&check, clock::now());
            if dealt.accepted > 0 {
                wake.notify_one();
            }
        }
        tokio::select! {
            woken = announcements.next() => is_announced = woken == Woken::Announced,
            () = stop.cancelled() => break,
        }
    }
    if let Some(recorder) = desk.recorder {
        recorder.close().await;
    }
}
