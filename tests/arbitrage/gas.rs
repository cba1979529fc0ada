//! What every pool costs that is used, in pairs of a few tokens.

use std::sync::Arc;

use purser::domain::pool::Pool;
use purser::solve::arbitrage::{Found, NoRoute, RouteTerms};

use super::networks::Random;
use super::route::{market, replay, v2};

/// Pairs of up to a million dollars, each up to `spread` off.
fn pairs(seed: u64, count: usize, spread: f64) -> Vec<Option<Arc<Pool>>> {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let pair = |number| {
        let (first, step) = (random.below(4), 1 + random.below(3));
        let dollars = 10_f64.powf(random.between(4.0, 6.0));
        Some(v2(number, [first, (first + step) % 4], dollars, random.between(-spread, spread)))
    };
    (0..count).map(pair).collect()
}

fn best_of(pools: &[Option<Arc<Pool>>], gas: u128) -> Result<Found, NoRoute> {
    let terms = RouteTerms { cost: &|_| gas, ..RouteTerms::default() };
    market(pools).best(pools, &terms)
}

/// What a route leaves over after gas, replayed, and what no route leaves more than.
fn net_and_bound(pools: &[Option<Arc<Pool>>], gas: u128) -> (i128, i128) {
    match best_of(pools, gas) {
        Ok(found) => {
            let (profit, _) = replay(market(pools).assets(), pools, &found);
            let swaps = i128::try_from(found.route.swaps.len()).unwrap();
            (profit - swaps * i128::try_from(gas).unwrap(), i128::try_from(found.bound).unwrap())
        }
        Err(NoRoute::Nothing { bound }) => (0, i128::try_from(bound).unwrap()),
        Err(reason) => panic!("{reason}"),
    }
}

/// As gas rises less is left, never more than the bound, and the bound falls.
#[test]
fn what_gas_rises_by_is_never_won() {
    for seed in 0..40 {
        let pools = pairs(seed, 30, 0.02);
        let (free, bound) = net_and_bound(&pools, 0);
        assert!(free > 0, "{seed}");
        let mut before = (free, bound);
        for step in 1..8 {
            let gas = u128::try_from(free / 60 * step).unwrap();
            let (net, bound) = net_and_bound(&pools, gas);
            assert!(net >= 0 && net <= bound && bound <= before.1, "{seed}: {net} of {bound}, {before:?}");
            assert!(net <= before.1, "{seed}: {net} {before:?}");
            before = (net, bound);
        }
    }
}

/// Where every set of pools can be tried, none beats the bound, and what is found is close to the best.
#[test]
fn no_set_of_pools_beats_the_bound() {
    let (mut found, mut possible, mut tried) = (0.0, 0.0, 0);
    for seed in 0..200 {
        let pools = pairs(seed, 7, 0.03);
        let (free, _) = net_and_bound(&pools, 0);
        if free <= 0 {
            continue;
        }
        let gas = free / 5;
        let mut best = 0;
        for set in 1_u32..1 << pools.len() {
            let chosen: Vec<_> = pools
                .iter()
                .enumerate()
                .map(|(index, pool)| pool.clone().filter(|_| set >> index & 1 == 1))
                .collect();
            // What is worth less than the last digits of what the pools hold has no proof.
            let profit = best_of(&chosen, 0).map_or(0, |found| i128::try_from(found.route.profit).unwrap());
            best = best.max(profit - i128::from(set.count_ones()) * gas);
        }
        let (net, bound) = net_and_bound(&pools, u128::try_from(gas).unwrap());
        assert!(best <= bound, "{seed}: {best} above {bound}");
        // Rounding may help one of two routes by a few base units.
        assert!(net <= best + 100, "{seed}: {net} above {best}");
        (found, possible, tried) = (found + net as f64, possible + best as f64, tried + 1);
    }
    assert!(tried > 50, "{tried}");
    assert!(found >= 0.95 * possible, "{found} of {possible}");
}

/// More than anything earns: nothing is done, and no later search is held back by it.
#[test]
fn nothing_is_done_for_less_than_it_costs() {
    let pools = [Some(v2(0, [0, 1], 1e5, 0.02)), Some(v2(1, [0, 1], 1e5, -0.02))];
    let mut market = market(&pools);
    let gas = |gas: u128| move |_: &Pool| gas;
    let (dear, cheap) = (gas(10_u128.pow(12)), gas(1_000));
    let dear = RouteTerms { cost: &dear, ..RouteTerms::default() };
    let cheap = RouteTerms { cost: &cheap, ..RouteTerms::default() };
    for _ in 0..3 {
        let Err(NoRoute::Nothing { bound }) = market.best(&pools, &dear) else {
            panic!("more than it costs")
        };
        assert!(bound < 10, "{bound}");
        assert_eq!(market.best(&pools, &cheap).unwrap().route.swaps.len(), 2);
    }
}
