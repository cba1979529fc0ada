//! Rules of the rebalance goal and its profiles.

use std::collections::BTreeSet;

use super::Check;
use crate::config::path::{KeyPath, printable};
use crate::config::solana::CHAIN;
use crate::config::{Percent, RebalanceConfig, TargetConfig};

/// One, in millionths.
const WHOLE: u64 = 1_000_000;

pub(super) fn check(check: &mut Check<'_>) {
    let path = KeyPath::dotted("rebalance");
    for (name, profile) in &check.config.profiles {
        let path = KeyPath::dotted("profiles").key(name);
        weights(check, &path.key("weights"), profile.weights.iter().copied());
        check.schedule(&path.key("schedule"), &profile.schedule);
    }
    let goal = &check.config.rebalance;
    match (&goal.profile, goal.targets.is_empty()) {
        (Some(_), false) => check.refuse(&path.key("targets"), "either `profile` or `targets`, not both"),
        (None, true) => {
            check.refuse(&path, "set `profile` with `asset` and `chains`, or list [[rebalance.targets]]");
        }
        (Some(name), true) => profile(check, &path, goal, name),
        (None, false) => explicit(check, &path, goal),
    }
    match &goal.schedule {
        Some(text) => check.schedule(&path.key("schedule"), text),
        None if !goal.targets.is_empty() && goal.profile.is_none() => {
            check.refuse(&path, "`targets` need a `schedule`")
        }
        None => {}
    }
    let order = goal.trigger > goal.band;
    let message = "expected more than `band`: without hysteresis it would rebalance for ever";
    check.refuse_if(!order, &path.key("trigger"), message);
    let below = |share: Percent| u64::from(share.ppm()) <= WHOLE;
    check.refuse_if(!below(goal.trigger), &path.key("trigger"), "expected at most 100");
    check.refuse_if(!below(goal.max_cost_share), &path.key("max_cost_share"), "expected at most 100");
}

fn profile(check: &mut Check<'_>, path: &KeyPath, goal: &RebalanceConfig, name: &str) {
    let Some(profile) = check.config.profiles.get(name) else {
        let names: Vec<&str> = check.config.profiles.keys().map(String::as_str).collect();
        return check
            .refuse(&path.key("profile"), format!("no such profile; there are {}", names.join(", ")));
    };
    let needed = profile.weights.len();
    if goal.chains.len() != needed {
        let message =
            format!("the profile spreads over {needed} chains; list exactly {needed}, largest share first");
        check.refuse(&path.key("chains"), message);
    }
    let Some(asset) = &goal.asset else {
        return check.refuse(&path.key("asset"), "a profile needs the asset it spreads");
    };
    let mut seen = BTreeSet::new();
    for (index, chain) in goal.chains.iter().enumerate() {
        let at = path.key("chains").index(index);
        check.refuse_if(!seen.insert(chain), &at, "the same chain twice");
        position(check, &at, &path.key("asset"), chain, asset);
    }
}

fn explicit(check: &mut Check<'_>, path: &KeyPath, goal: &RebalanceConfig) {
    let unused = "only a profile uses this; targets name their chains and assets";
    check.refuse_if(goal.asset.is_some(), &path.key("asset"), unused);
    check.refuse_if(!goal.chains.is_empty(), &path.key("chains"), unused);
    let targets = path.key("targets");
    weights(check, &targets, goal.targets.iter().map(|target| target.weight));
    let mut seen = BTreeSet::new();
    for (index, TargetConfig { chain, asset, weight: _ }) in goal.targets.iter().enumerate() {
        let at = targets.index(index);
        check.refuse_if(!seen.insert((chain, asset)), &at, "the same chain and asset twice");
        position(check, &at.key("chain"), &at.key("asset"), chain, asset);
    }
}

/// A target must exist and must be priceable as a stablecoin.
fn position(check: &mut Check<'_>, at_chain: &KeyPath, at_asset: &KeyPath, chain: &str, asset: &str) {
    let solana = check.config.solana.as_ref().filter(|_| chain == CHAIN);
    let (has_token, table) = match (check.config.chains.get(chain), solana) {
        (Some(settings), _) => (settings.tokens.contains_key(asset), format!("chains.{}", printable(chain))),
        (None, Some(solana)) => (solana.tokens.contains_key(asset), CHAIN.to_owned()),
        (None, None) => return check.refuse(at_chain, "no such chain under [chains]"),
    };
    let Some(asset_settings) = check.config.assets.get(asset) else {
        return check.refuse(at_asset, "no such asset under [assets]");
    };
    if !has_token {
        let message = format!("the asset is no token of the chain; add it under [{table}.tokens]");
        check.refuse(at_asset, message);
    }
    if asset_settings.depeg_band.is_none() {
        let path = KeyPath::dotted("assets").key(asset);
        check.refuse(&path, "a target is a stablecoin: set `depeg_band`, how far from $1 it may be");
    }
}

fn weights(check: &mut Check<'_>, path: &KeyPath, weights: impl Iterator<Item = Percent>) {
    let weights: Vec<u64> = weights.map(|weight| u64::from(weight.ppm())).collect();
    check.refuse_if(weights.contains(&0), path, "a weight is 0; leave it out");
    let sum = weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
    if sum != WHOLE {
        let sum = crate::domain::amount::format_fixed(u128::from(sum), 4);
        check.refuse(path, format!("the weights add up to {sum}, not to 100"));
    }
}
