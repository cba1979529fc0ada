//! From pools to a route in base units: exact, paid for at every step, and close to what is possible.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy::primitives::Address;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use purser::domain::pool::{Pool, PoolState, V2State, V3State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::quote_exact_in;
use purser::network::pool::tick::{MAX_TICK, MIN_TICK, sqrt_ratio_at_tick};
use purser::solve::arbitrage::{ChainMarket, Found, Loan, NoRoute, RouteTerms, Swap, Worth};

const SYMBOLS: [&str; 6] = ["USDC", "USDT", "WETH", "DAI", "WBTC", "EURC"];
/// Decimals and dollars of each.
const TOKENS: [(u8, f64); 6] = [(6, 1.0), (6, 0.9993), (18, 2_000.0), (18, 1.0001), (8, 60_000.0), (6, 1.08)];

/// Base units of USDC that a base unit of token `index` is worth.
fn worth(index: usize) -> f64 {
    let (decimals, dollars) = TOKENS[index];
    dollars * 1e6 / 10_f64.powi(i32::from(decimals))
}

fn index(asset: &AssetId) -> usize {
    SYMBOLS.iter().position(|symbol| *symbol == asset.as_str()).unwrap()
}

fn pool(number: usize, tokens: [usize; 2], state: PoolState) -> Arc<Pool> {
    Arc::new(Pool {
        chain: ChainName::new("test"),
        address: Address::from_word(alloy::primitives::U256::from(number + 1).into()),
        assets: tokens.map(|token| AssetId::new(SYMBOLS[token])),
        decimals: tokens.map(|token| TOKENS[token].0),
        state,
    })
}

/// A pair whose price is off by e^`off`.
pub(super) fn v2(number: usize, tokens: [usize; 2], dollars: f64, off: f64) -> Arc<Pool> {
    let units = |token: usize, factor: f64| (dollars * 1e6 / worth(token) * factor) as u128;
    pool(
        number,
        tokens,
        PoolState::V2(V2State { reserves: [units(tokens[0], 1.0), units(tokens[1], off.exp())], fee: 3_000 }),
    )
}

/// A concentrated pool with `count` ranges around its price, each `width` spacings wide and of its own depth.
fn v3(
    number: usize,
    tokens: [usize; 2],
    dollars: f64,
    off: f64,
    (fee, spacing): (u32, i32),
    depths: &[f64],
) -> Arc<Pool> {
    let price = worth(tokens[0]) / worth(tokens[1]) * off.exp();
    let tick = (price.ln() / 1.0001_f64.ln()).floor() as i32;
    let at = tick.div_euclid(spacing) * spacing;
    let mut net: BTreeMap<i32, i128> = BTreeMap::new();
    let mut liquidity = 0;
    for (step, depth) in depths.iter().enumerate() {
        // Overlapping and disjoint ones on either side.
        let step = i32::try_from(step).unwrap();
        let (low, high) =
            (at + (step % 3 - 1) * spacing * 2 - step * spacing, at + (step % 2 + 1) * spacing * (1 + step));
        let amount = (dollars * 1e6 / worth(tokens[1]) * depth / price.sqrt() * 50.0) as i128 + 1;
        *net.entry(low).or_default() += amount;
        *net.entry(high).or_default() -= amount;
        if (low..high).contains(&tick) {
            liquidity += u128::try_from(amount).unwrap();
        }
    }
    pool(
        number,
        tokens,
        PoolState::V3(V3State {
            sqrt_price_x96: sqrt_ratio_at_tick(tick).unwrap(),
            tick,
            liquidity,
            fee,
            tick_spacing: spacing,
            ticks: net.into_iter().filter(|(_, net)| *net != 0).collect(),
            known: (MIN_TICK, MAX_TICK),
        }),
    )
}

pub(super) fn market(pools: &[Option<Arc<Pool>>]) -> ChainMarket {
    let of = |asset: &AssetId| {
        let units = 10_u128.pow(24);
        Some(Worth { units, base: (worth(index(asset)) * units as f64) as u128 })
    };
    ChainMarket::new(pools, &AssetId::new("USDC"), of).unwrap()
}

/// Replays a route: each swap as the pool does it, nothing short at any step. Answers the profit, and
/// what is left over of other tokens.
pub(super) fn replay(
    assets: &[AssetId],
    pools: &[Option<Arc<Pool>>],
    found: &Found,
) -> (i128, BTreeMap<AssetId, i128>) {
    let mut held: BTreeMap<&AssetId, i128> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for loan in &found.route.loans {
        held.insert(&assets[loan.token], i128::try_from(loan.lent).unwrap());
    }
    for swap in &found.route.swaps {
        assert!(seen.insert(swap.pool), "a pool is used once");
        let pool = pools[swap.pool].as_ref().unwrap();
        let quote = quote_exact_in(pool, swap.zero_for_one, swap.amount_in).unwrap();
        assert_eq!(quote.amount_out, swap.amount_out);
        let [sold, bought] =
            if swap.zero_for_one { [0, 1] } else { [1, 0] }.map(|side: usize| &pool.assets[side]);
        let held_of = held.entry(sold).or_default();
        *held_of -= i128::try_from(swap.amount_in).unwrap();
        assert!(*held_of >= 0, "{sold} is short by {held_of}");
        *held.entry(bought).or_default() += i128::try_from(swap.amount_out).unwrap();
    }
    for loan in &found.route.loans {
        *held.get_mut(&assets[loan.token]).unwrap() -= i128::try_from(loan.lent).unwrap();
    }
    let profit = held.remove(&assets[found.route.loans[0].token]).unwrap();
    assert!(held.values().all(|left| *left >= 0), "a loan is not paid back: {held:?}");
    (profit, held.into_iter().map(|(asset, left)| (asset.clone(), left)).collect())
}

type Drawn = ((usize, usize), f64, f64, Option<(u8, Vec<f64>)>);

fn networks() -> impl Strategy<Value = Vec<Option<Arc<Pool>>>> {
    let range = prop::option::of((0..3_u8, prop::collection::vec(0.05..1.0_f64, 1..5)));
    let drawn = ((0..6_usize, 1..6_usize), 4.0..7.5_f64, -1.0..1.0_f64, range);
    (prop::collection::vec(drawn, 2..24), prop_oneof![Just(0.002), Just(0.01), Just(0.05)]).prop_map(
        |(drawn, spread)| {
            let of = |(number, ((first, step), depth, off, range)): (usize, Drawn)| {
                let (tokens, dollars) = ([first, (first + step) % 6], 10_f64.powf(depth));
                match range {
                    None => v2(number, tokens, dollars, spread * off),
                    Some((tier, depths)) => {
                        let tier = [(100, 1), (500, 10), (3_000, 60)][usize::from(tier)];
                        v3(number, tokens, dollars, spread * off, tier, &depths)
                    }
                }
            };
            drawn.into_iter().enumerate().map(of).map(Some).collect()
        },
    )
}

/// What the random networks came to.
#[derive(Default, Debug)]
struct Tally {
    found: f64,
    bounds: f64,
    unproven: usize,
}

/// One network: its route is replayed, and what it earns is compared with what is possible.
fn examine(pools: &[Option<Arc<Pool>>], tally: &mut Tally) {
    let mut market = market(pools);
    let found = match market.best(pools, &RouteTerms { lends: &|_| true, ..RouteTerms::default() }) {
        Ok(found) => found,
        Err(NoRoute::Nothing { bound }) => return tally.bounds += bound as f64,
        Err(NoRoute::Unproven { .. } | NoRoute::Rounds) => return tally.unproven += 1,
    };
    let few = RouteTerms { most_swaps: 4, ..RouteTerms::default() };
    if let Ok(short) = market.best(pools, &few) {
        assert!(short.route.swaps.len() <= 4, "{short:?}");
        replay(market.assets(), pools, &short);
    }
    let (profit, left) = replay(market.assets(), pools, &found);
    let left: f64 = left.iter().map(|(asset, left)| *left as f64 * worth(index(asset))).sum();
    assert_eq!(u128::try_from(profit).unwrap(), found.route.profit);
    let (profit, value, bound) = (profit as f64, found.value as f64, found.bound as f64);
    assert!(profit <= bound * (1.0 + 1e-6) + 1.0, "{profit} above {bound}");
    assert!(value <= bound * (1.0 + 1e-7), "{value} above {bound}: {found:?}");
    // Rounding takes at most a few base units of every token on the way, at its worth; and a pool that is full is
    // not known to the unit.
    let coarse = |swap: &Swap| {
        pools[swap.pool].as_ref().unwrap().assets.iter().map(|asset| worth(index(asset))).sum::<f64>()
    };
    let coarse: f64 = found.route.swaps.iter().map(coarse).sum();
    let lent = |loan: &Loan| loan.lent as f64 * worth(index(&market.assets()[loan.token]));
    let lent: f64 = found.route.loans.iter().map(lent).sum();
    // What cannot be turned into the base counts a thousandth.
    let lost = value - 1e-3 * left - profit;
    assert!(lost <= 3.0 * coarse + 2e-6 * lent + 5e-6 * bound, "{lost} lost: {found:?}");
    tally.found += profit;
    tally.bounds += bound;
}

#[test]
fn routes_are_exact_and_near_the_bound() {
    let config = Config { rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..Config::default() };
    let (mut runner, mut tally) = (TestRunner::new(config), Tally::default());
    let networks = networks();
    for _ in 0..600 {
        examine(&networks.new_tree(&mut runner).unwrap().current(), &mut tally);
    }
    // Pools that are full, and circles that end in tokens nobody wants, cost a little.
    assert!(tally.found >= 0.99 * tally.bounds, "{tally:?}");
    assert!(tally.unproven <= 3, "{tally:?}");
}

/// A deep pool earns next to nothing of what a shallow one's gap brings, less than its gas: it is needed all the same.
#[test]
fn a_pool_that_does_not_pay_for_itself_is_kept_for_its_cycle() {
    let pools = [Some(v2(0, [0, 2], 1e5, 0.05)), Some(v2(1, [0, 2], 1e9, 0.0))];
    let gas = 1_000_000;
    let terms = RouteTerms { cost: &|_| gas, ..RouteTerms::default() };
    let mut market = market(&pools);
    let found = market.best(&pools, &terms).unwrap();
    assert_eq!(found.route.swaps.len(), 2, "{found:?}");
    let (profit, _) = replay(market.assets(), &pools, &found);
    let net = profit - 2 * i128::try_from(gas).unwrap();
    assert!(net > 10_000_000, "a gap of five per cent of a hundred thousand dollars: {net}");
    // The deep one's own part is within its gas, which the bound does not count.
    let short = i128::try_from(found.bound).unwrap() - net;
    assert!((0..=i128::try_from(gas).unwrap() + 1_000).contains(&short), "{short}");
    // Where both together do not pay there is nothing.
    let terms = RouteTerms { cost: &|_| u128::try_from(profit).unwrap(), ..RouteTerms::default() };
    assert!(matches!(market.best(&pools, &terms), Err(NoRoute::Nothing { .. })));
}
