//! Blocks of a chain with many pools: what is found again, what is found anew, and what is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy::primitives::{Address, U256};
use purser::domain::pool::{Pool, PoolState, V2State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::quote_exact_in;
use purser::solve::arbitrage::{ChainMarket, Found, NoRoute, RouteTerms};

use super::networks::Random;
use super::route::replay;

const TOKENS: usize = 60;
const POOLS: usize = 1_200;
const MOST_SWAPS: usize = 24;
/// Base units of one dollar; every token is worth one, and has six decimals.
const DOLLAR: u128 = 1_000_000;

fn asset(token: usize) -> AssetId {
    AssetId::new(&format!("T{token}"))
}

/// Pairs of ten thousand to a million dollars, each up to `spread` off.
fn chain(random: &mut Random, spread: f64) -> Vec<Option<Arc<Pool>>> {
    let mut taken = BTreeSet::new();
    let mut pools = Vec::new();
    while pools.len() < POOLS {
        let (first, second) = (random.below(TOKENS), random.below(TOKENS));
        if first >= second || !taken.insert((first, second)) {
            continue;
        }
        let units = 10_f64.powf(random.between(4.0, 6.0)) * DOLLAR as f64;
        let off = 1.0 + random.between(-spread, spread);
        pools.push(Some(Arc::new(Pool {
            chain: ChainName::new("test"),
            address: Address::from_word(U256::from(pools.len() + 1).into()),
            assets: [asset(first), asset(second)],
            decimals: [6; 2],
            state: PoolState::V2(V2State { reserves: [units as u128, (units * off) as u128], fee: 3_000 }),
        })));
    }
    pools
}

/// Somebody gives `pools[index]` a part of its first token.
fn tilt(pools: &mut [Option<Arc<Pool>>], index: usize, part: f64) {
    let pool = Arc::make_mut(pools[index].as_mut().unwrap());
    if let PoolState::V2(state) = &mut pool.state {
        state.reserves[0] += (state.reserves[0] as f64 * part) as u128;
    }
}

fn market(pools: &[Option<Arc<Pool>>]) -> ChainMarket {
    ChainMarket::new(pools, &asset(0), |_| None).unwrap()
}

fn worth(result: &Result<Found, NoRoute>) -> (f64, f64) {
    match result {
        Ok(found) => (found.value as f64, found.bound as f64),
        Err(NoRoute::Nothing { bound }) => (0.0, *bound as f64),
        Err(reason) => panic!("{reason}"),
    }
}

/// Block after block a few pools move. Every route is exact, no longer than it may be and within the bound, and what
/// is remembered from block to block costs nothing against searching as if for the first time.
#[test]
fn what_is_remembered_never_costs() {
    for (seed, spread, gas) in [(1, 0.005, DOLLAR / 500), (2, 0.004, DOLLAR / 20), (3, 0.002, DOLLAR / 2)] {
        let mut random = Random(seed);
        let mut pools = chain(&mut random, spread);
        let mut kept = market(&pools);
        let terms =
            RouteTerms { cost: &|_| gas, fixed: gas, most_swaps: MOST_SWAPS, ..RouteTerms::default() };
        let (mut remembered, mut anew) = (0.0, 0.0);
        for _ in 0..40 {
            let changed: Vec<usize> = (0..8).map(|_| random.below(POOLS)).collect();
            for index in &changed {
                tilt(&mut pools, *index, random.between(0.0, 0.02));
            }
            assert!(kept.update(&pools, &changed).unwrap());
            let found = kept.best(&pools, &terms);
            let (value, bound) = worth(&found);
            assert!(value <= bound, "{value} above {bound}");
            if let Ok(found) = found {
                assert!(found.route.swaps.len() <= MOST_SWAPS, "{found:?}");
                let (profit, _) = replay(kept.assets(), &pools, &found);
                let costs = gas * (1 + found.route.swaps.len() as u128);
                let lost = found.value as f64 - (profit - i128::try_from(costs).unwrap()) as f64;
                assert!(lost <= 1e-3 * found.value as f64 + 100.0, "{lost} lost: {found:?}");
            }
            (remembered, anew) = (remembered + value, anew + worth(&market(&pools).best(&pools, &terms)).0);
        }
        assert!(anew > 0.0, "{seed}");
        assert!(remembered >= 0.95 * anew, "{seed}: {remembered} {anew}");
    }
}

/// What the best single cycle of up to four swaps leaves over that buys the first token of `pools[gap]`, by trying
/// them all at sizes a fifth apart.
fn best_cycle(pools: &[Option<Arc<Pool>>], gap: usize, gas: u128) -> f64 {
    let tokens = |pool: usize| {
        let pool = pools[pool].as_ref().unwrap();
        pool.assets.clone().map(|asset| asset.as_str()[1..].parse::<usize>().unwrap())
    };
    // Pools by their tokens, with the side that is sold.
    let mut between = BTreeMap::new();
    for pool in 0..POOLS {
        let [first, second] = tokens(pool);
        between.insert((first, second), (pool, true));
        between.insert((second, first), (pool, false));
    }
    let ways = |from: usize, to: usize| -> Vec<Vec<(usize, bool)>> {
        if from == to {
            return vec![Vec::new()];
        }
        let over = (0..TOKENS)
            .filter_map(|token| Some(vec![*between.get(&(from, token))?, *between.get(&(token, to))?]));
        between.get(&(from, to)).map(|one| vec![*one]).into_iter().chain(over).collect()
    };
    let [bought, sold] = tokens(gap);
    let mut best = 0.0_f64;
    for out in ways(0, sold) {
        for back in ways(bought, 0) {
            let cycle: Vec<(usize, bool)> =
                out.iter().copied().chain([(gap, false)]).chain(back.clone()).collect();
            let pools_of: BTreeSet<usize> = cycle.iter().map(|(pool, _)| *pool).collect();
            if cycle.len() > 4 || pools_of.len() < cycle.len() {
                continue;
            }
            for step in 0..50 {
                let sold = (DOLLAR as f64 * 10.0 * 1.2_f64.powi(step)) as u128;
                let bring = |amount: u128, (pool, zero_for_one): &(usize, bool)| {
                    quote_exact_in(pools[*pool].as_ref().unwrap(), *zero_for_one, amount).unwrap().amount_out
                };
                let got = cycle.iter().fold(sold, bring);
                best = best.max(got as f64 - sold as f64 - (gas * (1 + cycle.len() as u128)) as f64);
            }
        }
    }
    best
}

/// Prices are even; then one pool is pushed far off. It is found in that very block, wherever it is, and in the one
/// after, when somebody else was there first, nothing is.
#[test]
fn a_gap_is_found_in_its_block() {
    let mut random = Random(4);
    let mut pools = chain(&mut random, 1e-4);
    let mut kept = market(&pools);
    let gas = DOLLAR / 100;
    let terms = RouteTerms { cost: &|_| gas, fixed: gas, most_swaps: MOST_SWAPS, ..RouteTerms::default() };
    assert_eq!(kept.best(&pools, &terms), Err(NoRoute::Nothing { bound: 0 }));
    for _ in 0..12 {
        let index = random.below(POOLS);
        let before = pools[index].clone();
        tilt(&mut pools, index, 0.05);
        assert!(kept.update(&pools, &[index]).unwrap());
        let (value, bound) = worth(&kept.best(&pools, &terms));
        let cycle = best_cycle(&pools, index, gas);
        assert!(cycle > 0.0 && value >= 0.9 * cycle && value <= bound, "{value} of {cycle}, {bound}");
        pools[index] = before;
        assert!(kept.update(&pools, &[index]).unwrap());
        assert_eq!(kept.best(&pools, &terms), Err(NoRoute::Nothing { bound: 0 }));
    }
}

/// What paid too little pays when gas falls, although no pool changed; a pool that is gone is not used any more.
#[test]
fn cheaper_gas_and_pools_that_go_are_seen() {
    let mut random = Random(5);
    let mut pools = chain(&mut random, 1e-4);
    tilt(&mut pools, 7, 0.05);
    let mut kept = market(&pools);
    let mut value = |pools: &[Option<Arc<Pool>>], gas: u128, changed: &[usize]| {
        let terms =
            RouteTerms { cost: &|_| gas, fixed: gas, most_swaps: MOST_SWAPS, ..RouteTerms::default() };
        assert!(kept.update(pools, changed).unwrap());
        worth(&kept.best(pools, &terms)).0
    };
    assert!(value(&pools, 10_000 * DOLLAR, &[]) <= 0.0);
    let (dear, cheap) = (value(&pools, DOLLAR / 2, &[]), value(&pools, DOLLAR / 100, &[]));
    assert!(dear > 0.0 && cheap > dear, "{dear} {cheap}");
    let gone = pools[7].take();
    assert!(value(&pools, DOLLAR / 100, &[7]) <= 0.0);
    pools[7] = gone;
    assert!(value(&pools, DOLLAR / 100, &[7]) >= 0.99 * cheap);
}
