//! Rules of Uniswap's contracts, its forks and the pools in use.

use std::collections::BTreeSet;

use alloy::primitives::Address;

use super::Check;
use super::chains::contracts_present;
use crate::config::path::KeyPath;
use crate::config::{ChainConfig, ForkConfig, PoolConfig, PoolKind, UniswapContracts};
use crate::domain::pool::V2_FEE;

/// Fees a V3 factory of Uniswap has enabled, in hundredths of a basis point.
const V3_FEES: [u32; 4] = [100, 500, 3000, 10_000];
/// Fees are in millionths; one of everything leaves nothing to trade.
const WHOLE_FEE: u32 = 1_000_000;
/// Greatest tick spacing of V4, an `int16`.
const MAX_TICK_SPACING: i32 = 32_767;

pub(super) fn check(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig, uniswap: &UniswapContracts) {
    let present = Address::repeat_byte(1);
    let contracts = [
        ("v2_factory", uniswap.v2_factory.unwrap_or(present)),
        ("v3_factory", uniswap.v3_factory),
        ("quoter_v2", uniswap.quoter_v2),
        ("swap_router02", uniswap.swap_router02),
        ("pool_manager", uniswap.pool_manager.unwrap_or(present)),
        ("state_view", uniswap.state_view.unwrap_or(present)),
    ];
    contracts_present(check, path, &contracts);
    forks(check, path, uniswap);
    let mut seen = BTreeSet::new();
    for (index, pool) in uniswap.pools.iter().enumerate() {
        let path = path.key("pools").index(index);
        let [left, right] = &pool.assets;
        check.refuse_if(left == right, &path.key("assets"), "a pool has two different assets");
        for (side, symbol) in [left, right].into_iter().enumerate() {
            let known = chain.tokens.contains_key(symbol);
            check.refuse_if(!known, &path.key("assets").index(side), "the asset is no token of this chain");
        }
        fees(check, &path, uniswap, pool);
        let pair = if left < right { (left, right) } else { (right, left) };
        let fresh = seen.insert((pool.kind, &pool.factory, pair, pool.fee, pool.tick_spacing));
        check.refuse_if(!fresh, &path, "the same pool twice");
    }
}

fn forks(check: &mut Check<'_>, path: &KeyPath, uniswap: &UniswapContracts) {
    let mut names = BTreeSet::new();
    for (index, fork) in uniswap.forks.iter().enumerate() {
        let path = path.key("forks").index(index);
        check.refuse_if(fork.name.is_empty(), &path.key("name"), "a fork needs a name");
        check.refuse_if(!names.insert(&fork.name), &path.key("name"), "the same name twice");
        contracts_present(check, &path, &[("factory", fork.factory)]);
        let blank = fork.init_code_hash.is_zero();
        check.refuse_if(blank, &path.key("init_code_hash"), "zero is the hash of no code");
        let managed = fork.kind == PoolKind::V4;
        check.refuse_if(managed, &path.key("kind"), "a fork is of kind `v2` or `v3`");
        let range = (1..WHOLE_FEE).contains(&fork.fee);
        check.refuse_if(!range, &path.key("fee"), "expected 1 to 999999");
    }
}

fn fees(check: &mut Check<'_>, path: &KeyPath, uniswap: &UniswapContracts, pool: &PoolConfig) {
    let spaced = pool.tick_spacing.is_some() && pool.kind != PoolKind::V4;
    let message = "only a V4 pool has a tick spacing of its own";
    check.refuse_if(spaced, &path.key("tick_spacing"), message);
    match (&pool.factory, pool.kind) {
        (Some(_), PoolKind::V4) => {
            check.refuse(&path.key("factory"), "every V4 pool is in the PoolManager; leave it out");
        }
        (Some(name), PoolKind::V2 | PoolKind::V3) => {
            match uniswap.forks.iter().find(|fork| fork.name == *name) {
                Some(fork) => of_fork(check, path, fork, pool),
                None => check.refuse(&path.key("factory"), "no fork under `forks` has this name"),
            }
        }
        (None, PoolKind::V2) => {
            check.refuse_if(pool.fee != V2_FEE, &path.key("fee"), "the fee of every V2 pool is 3000");
            let message = "the chain has no `v2_factory`, so it has no V2 pools";
            check.refuse_if(uniswap.v2_factory.is_none(), &path.key("kind"), message);
        }
        (None, PoolKind::V3) => {
            let known = V3_FEES.contains(&pool.fee);
            check.refuse_if(!known, &path.key("fee"), "expected 100, 500, 3000 or 10000");
        }
        (None, PoolKind::V4) => {
            let missing = uniswap.pool_manager.is_none() || uniswap.state_view.is_none();
            let message = "a V4 pool needs the chain's `pool_manager` and `state_view`";
            check.refuse_if(missing, &path.key("kind"), message);
            check.refuse_if(pool.fee >= WHOLE_FEE, &path.key("fee"), "expected 0 to 999999");
            let spacing = pool.tick_spacing.is_some_and(|spacing| (1..=MAX_TICK_SPACING).contains(&spacing));
            let message = "a V4 pool needs the tick spacing of its PoolKey, 1 to 32767";
            check.refuse_if(!spacing, &path.key("tick_spacing"), message);
        }
    }
}

fn of_fork(check: &mut Check<'_>, path: &KeyPath, fork: &ForkConfig, pool: &PoolConfig) {
    let other = fork.kind != pool.kind;
    check.refuse_if(other, &path.key("kind"), "the fork has pools of the other kind");
    match pool.kind {
        PoolKind::V2 => {
            let other = pool.fee != V2_FEE && pool.fee != fork.fee;
            let message = "the fee of a fork's pairs is set at the fork; leave it out here";
            check.refuse_if(other, &path.key("fee"), message);
        }
        PoolKind::V3 | PoolKind::V4 => {
            let range = (1..WHOLE_FEE).contains(&pool.fee);
            check.refuse_if(!range, &path.key("fee"), "expected 1 to 999999");
        }
    }
}
