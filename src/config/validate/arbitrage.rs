//! Rules of atomic arbitrage.

use super::Check;
use crate::config::arbitrage::{LoanSource, UNISWAP_V2, UNISWAP_V3};
use crate::config::path::KeyPath;
use crate::config::{ArbitrageConfig, ChainConfig};

/// The contract's list of factories is no longer.
const MOST_FACTORIES: usize = 255;
/// Blocks a route may wait at most: its prices are those of one block.
const MOST_BLOCKS: u64 = 50;
/// Blocks of a route whose loan the wallet approves first: its own, the approval's and one to look at it.
const BLOCKS_WITH_APPROVAL: u64 = 3;
/// Seconds a route may wait for its signature at most.
const MOST_SECONDS: u64 = 300;
/// One, in millionths.
const WHOLE: u32 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>, path: &KeyPath, chain: &ChainConfig, arbitrage: &ArbitrageConfig) {
    check.refuse_if(arbitrage.contract.is_zero(), &path.key("contract"), "the zero address is no contract");
    let Some(uniswap) = &chain.uniswap else {
        return check.refuse(path, "the chain has no `uniswap`, so it has no pools to route through");
    };
    check.refuse_if(uniswap.pools.is_empty(), path, "the chain has no pools; list them under `uniswap`");
    let long = arbitrage.factories.len() > MOST_FACTORIES;
    check.refuse_if(long, &path.key("factories"), "the contract's list has at most 255");
    for (index, name) in arbitrage.factories.iter().enumerate() {
        let known = match name.as_str() {
            UNISWAP_V2 => uniswap.v2_factory.is_some(),
            UNISWAP_V3 => true,
            fork => uniswap.forks.iter().any(|one| one.name == fork),
        };
        let message = "expected `uniswap-v2`, `uniswap-v3` or the name of a fork of this chain";
        check.refuse_if(!known, &path.key("factories").index(index), message);
    }
    let known = chain.tokens.contains_key(&arbitrage.base);
    check.refuse_if(!known, &path.key("base"), "the asset is no token of this chain");
    let lender = arbitrage.funding == LoanSource::PoolManager && uniswap.pool_manager.is_none();
    check.refuse_if(
        lender,
        &path.key("funding"),
        "the chain's `uniswap` has no `pool_manager` to borrow from",
    );
    let least = arbitrage.min_profit_usd < arbitrage.max_profit_usd;
    check.refuse_if(!least, &path.key("max_profit_usd"), "must be more than `min_profit_usd`");
    let nothing = arbitrage.max_loan_usd.usd().micros() <= 0;
    check.refuse_if(nothing, &path.key("max_loan_usd"), "nothing could be lent");
    let keep = (1..=WHOLE).contains(&arbitrage.keep.ppm());
    check.refuse_if(!keep, &path.key("keep"), "expected more than 0, at most 100");
    let blocks = (1..=MOST_BLOCKS).contains(&arbitrage.blocks);
    check.refuse_if(!blocks, &path.key("blocks"), "expected 1 to 50: prices are those of one block");
    let short = (1..=MOST_SECONDS).contains(&arbitrage.plan_seconds);
    check.refuse_if(!short, &path.key("plan_seconds"), "expected 1 to 300");
    let hasty = arbitrage.funding == LoanSource::Inventory && arbitrage.blocks < BLOCKS_WITH_APPROVAL;
    let message = "with `funding = \"inventory\"` the approval takes a block of its own: expected at least 3";
    check.refuse_if(hasty, &path.key("blocks"), message);
    for (index, url) in arbitrage.private_rpc.iter().enumerate() {
        check.url(&path.key("private_rpc").index(index), url);
    }
    let nowhere = arbitrage.record.as_ref().is_some_and(|folder| folder.as_os_str().is_empty());
    check.refuse_if(nowhere, &path.key("record"), "the path is empty; leave the key out to record nothing");
    let message = "a route needs `private_rpc`, or `public = true` where nobody sees transactions before they are in a block";
    check.refuse_if(arbitrage.private_rpc.is_empty() && !arbitrage.public, path, message);
}
