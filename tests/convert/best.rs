//! No split anybody finds is better, and none is above the bound.

use crate::solver;
use proptest::prelude::*;
use purser::network::Network;

use super::{Market, ways, worth};
use crate::solver::networks::UNIT;

/// Micro-dollars that whole units may cost against real numbers: a few units per part.
const UNITS: i128 = 8;

/// An edge and how much of the amount it gets.
type Share = (usize, u128);

/// Every way of giving `steps` shares to the ways from `place` on.
fn each(parts: &mut [Share], place: usize, left: u128, look: &mut dyn FnMut(&[Share])) {
    if place + 1 == parts.len() {
        parts[place].1 = left;
        return look(parts);
    }
    for share in 0..=left {
        parts[place].1 = share;
        each(parts, place + 1, left - share, look);
    }
}

/// The best of all splits of `amount` in `steps` shares, in micro-dollars.
fn tried(network: &Network, edges: &[usize], amount: u128, steps: u128) -> i128 {
    let mut best = i128::MIN;
    let mut shares: Vec<Share> = edges.iter().map(|edge| (*edge, 0)).collect();
    each(&mut shares, 0, steps, &mut |shares| {
        let mut rest = amount;
        let mut parts: Vec<Share> = shares.iter().map(|(edge, n)| (*edge, amount * n / steps)).collect();
        parts.iter().for_each(|(_, units)| rest -= units);
        if let Some(part) = parts.iter_mut().find(|(_, units)| *units > 0) {
            part.1 += rest;
        }
        best = best.max(worth(network, &parts).unwrap_or(i128::MIN));
    });
    best
}

fn holds(market: &Market, steps: u128) -> Result<(), TestCaseError> {
    let network = market.network();
    let edges = ways(&network);
    let Ok(split) = market.solved() else {
        prop_assert_eq!(tried(&network, &edges, market.amount.units(), steps), i128::MIN);
        return Ok(());
    };
    let sold: u128 = split.parts.iter().map(|part| part.units).sum();
    prop_assert_eq!(sold, market.amount.units());
    let parts: Vec<(usize, u128)> = split.parts.iter().map(|part| (part.edge, part.units)).collect();
    prop_assert_eq!(worth(&network, &parts), Some(split.value.micros()));
    prop_assert_eq!(split.parts.len() + split.unused.len(), edges.len());
    let best = tried(&network, &edges, market.amount.units(), steps);
    prop_assert!(best <= split.bound.micros(), "{} is above the bound {}", best, split.bound);
    let slack = UNITS * edges.len() as i128;
    prop_assert!(best <= split.value.micros() + slack, "{} is better than {:?}", best, split);
    // Rounding of concentrated pools takes a few units per tick that is crossed.
    let gap = split.bound.micros() - split.value.micros();
    prop_assert!(gap <= 100 + split.value.micros() / 10_000_000, "a gap of {} in {:?}", gap, split);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_tried_is_better(
        seed in any::<u64>(), quotes in 0_usize..3, dollars in 50_u128..3_000_000, gwei in 1_u128..5_000
    ) {
        let mut market = Market::new(seed, 0, quotes, dollars);
        market.snapshot.haircuts = solver::haircuts(&mut solver::networks::Random(seed));
        // From a thousandth of a gwei to five gwei.
        market.gas(gwei * 1_000_000);
        holds(&market, if quotes == 2 { 20 } else { 60 })?;
    }

    #[test]
    fn many_ways_are_proven_as_well(seed in any::<u64>(), pools in 2_usize..7, quotes in 2_usize..6) {
        let mut market = Market::new(seed, pools, quotes, 900_000);
        market.snapshot.haircuts = solver::haircuts(&mut solver::networks::Random(seed));
        market.gas(2_000_000_000);
        let split = market.solved().unwrap();
        let gap = split.bound.micros() - split.value.micros();
        prop_assert!(gap <= 200_000, "a gap of {} in {:?}", gap, split);
        // Every way alone, and every two of the ways in halves.
        let network = market.network();
        let (edges, amount) = (ways(&network), market.amount.units());
        for first in &edges {
            for second in &edges {
                let parts = if first == second {
                    vec![(*first, amount)]
                } else {
                    vec![(*first, amount / 2), (*second, amount - amount / 2)]
                };
                let other = worth(&network, &parts).unwrap_or(i128::MIN);
                prop_assert!(other <= split.value.micros() + UNITS * edges.len() as i128);
            }
        }
    }
}

/// Amounts so small that every split there is can be tried.
#[test]
fn of_a_few_units_every_split_is_tried() {
    for seed in 0..40 {
        let mut market = Market::new(seed, 0, 0, 1);
        market.gas(1);
        market.amount = market.amount.with_units(60 + u128::from(seed));
        market.quoted(0x40, 990_000 - u128::from(seed % 7) * 1_000, 4_000);
        market.quoted(0x41, 985_000, 9_000 + u128::from(seed) * 100);
        let view = market.snapshot.chains.values_mut().next().unwrap().as_mut().unwrap();
        view.pools.clear();
        holds(&market, market.amount.units()).unwrap();
    }
}

#[test]
fn what_the_ways_do_not_take_is_not_sold() {
    let mut market = Market::new(3, 0, 0, 500_000_000);
    market.quoted(0x40, 999_000, 500_000_000_000 * UNIT);
    let view = market.snapshot.quotes[0].as_mut().unwrap();
    view.samples.retain(|(sold, _)| *sold <= 100_000_000 * UNIT);
    let error = market.solved().unwrap_err().to_string();
    assert!(error.contains("all usable ways together take"), "{error}");
}

/// Equal ways leave the search nothing to tell them apart by: it ends all the same, with a bound that holds.
#[test]
fn sixteen_equal_ways_end_with_a_sound_bound() {
    for wei in [100_000_000, 3_000_000_000, 30_000_000_000] {
        let mut market = Market::new(5, 0, 0, 1_000_000);
        market.gas(wei);
        market.snapshot.chains.values_mut().next().unwrap().as_mut().unwrap().pools.clear();
        (0..16).for_each(|router| market.quoted(0x40 + router, 999_000, 1_000_000_000 * UNIT));
        let split = market.solved().unwrap();
        let (network, amount) = (market.network(), market.amount.units());
        let edges = ways(&network);
        let even = |parts: u128| {
            let shares = edges.iter().take(parts as usize).enumerate();
            let units = |place: usize| amount * (place as u128 + 1) / parts - amount * place as u128 / parts;
            worth(&network, &shares.map(|(place, edge)| (*edge, units(place))).collect::<Vec<_>>())
        };
        let best = (1..=16).filter_map(even).max().unwrap();
        assert!(best <= split.bound.micros(), "{best} is above {}", split.bound);
        assert!(best <= split.value.micros() + UNITS * 16, "{best} is better than {split:?}");
        let gas = network.edges[edges[0]].fixed();
        assert!(split.bound.saturating_sub(split.value) < gas, "{split:?}");
    }
}
