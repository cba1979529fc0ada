//! Rules of arbitrage between chains.

use std::collections::BTreeSet;

use super::Check;
use crate::config::path::KeyPath;
use crate::config::{CrossChainConfig, PoolConfig, PoolKind};

/// Seconds in which legs have to begin at most: prices are those of one moment.
const MOST_SECONDS: u64 = 3_600;
/// Milliseconds between two looks at least and at most.
const LEAST_PAUSE_MS: u64 = 50;
const MOST_PAUSE_MS: u64 = 60_000;
/// One, in millionths.
const WHOLE: u32 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>) {
    let config = check.config;
    let Some(settings) = &config.cross_chain else { return };
    let path = KeyPath::dotted("cross_chain");
    let at_assets = path.key("assets");
    check.refuse_if(settings.assets.is_empty(), &at_assets, "nothing could be traded; name an asset");
    check.refuse_if(settings.chains.len() < 2, &path.key("chains"), "expected two chains at least");
    let mut seen = BTreeSet::new();
    for (index, asset) in settings.assets.iter().enumerate() {
        let at = at_assets.index(index);
        if *asset == settings.base {
            check.refuse(&at, "the base asset cannot be traded for itself");
            continue;
        }
        check.refuse_if(!seen.insert(asset), &at, "the same asset twice");
        if !config.assets.contains_key(asset) {
            check.refuse(&at, "no such asset under [assets], so it has no price");
            continue;
        }
        let sides = settings.chains.iter().filter(|chain| trades(check, settings, chain, asset)).count();
        let message = "fewer than two of `chains` have a pool of it and the base asset that swaps can go through: \
                       list one under `uniswap.pools`, of Uniswap's own V2 or V3";
        check.refuse_if(sides < 2, &at, message);
    }
    let is_priced = config.assets.contains_key(&settings.base);
    check.refuse_if(!is_priced, &path.key("base"), "no such asset under [assets], so it has no price");
    let mut seen = BTreeSet::new();
    for (index, name) in settings.chains.iter().enumerate() {
        let at = path.key("chains").index(index);
        check.refuse_if(!seen.insert(name), &at, "the same chain twice");
        let Some(chain) = config.chains.get(name) else {
            check.refuse(&at, "no such EVM chain under [chains]");
            continue;
        };
        check.refuse_if(chain.cctp.is_none(), &at, "the chain has no `cctp`, so nothing comes back to it");
        let known = chain.tokens.contains_key(&settings.base);
        check.refuse_if(!known, &at, "the base asset is no token of this chain");
    }
    let order = settings.min_profit_usd < settings.max_profit_usd;
    check.refuse_if(!order, &path.key("max_profit_usd"), "must be more than `min_profit_usd`");
    let at_stake = settings.max_exposure_usd;
    check.refuse_if(at_stake.usd().micros() <= 0, &path.key("max_exposure_usd"), "nothing could be traded");
    let most = config.policy.max_operation_usd;
    let message = "is more than `policy.max_operation_usd`, so every leg of that size would be denied";
    check.refuse_if(at_stake > most, &path.key("max_exposure_usd"), message);
    for (key, share) in [("risk", settings.risk), ("max_unwind_loss", settings.max_unwind_loss)] {
        check.refuse_if(share.ppm() >= WHOLE, &path.key(key), "expected less than 100");
    }
    let pause = (LEAST_PAUSE_MS..=MOST_PAUSE_MS).contains(&settings.pause_ms);
    check.refuse_if(!pause, &path.key("pause_ms"), "expected 50 to 60000");
    let short = (1..=MOST_SECONDS).contains(&settings.plan_seconds);
    check.refuse_if(!short, &path.key("plan_seconds"), "expected 1 to 3600");
}

/// Whether swaps of `asset` for the base asset have a pool on the chain.
fn trades(check: &Check<'_>, settings: &CrossChainConfig, chain: &str, asset: &str) -> bool {
    let uniswap = check.config.chains.get(chain).and_then(|chain| chain.uniswap.as_ref());
    let is_pool = |pool: &PoolConfig| {
        let is_of = |wanted: &str| pool.assets.iter().any(|one| one == wanted);
        pool.kind != PoolKind::V4 && pool.factory.is_none() && is_of(asset) && is_of(&settings.base)
    };
    uniswap.is_some_and(|uniswap| uniswap.pools.iter().any(is_pool))
}
