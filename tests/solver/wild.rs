//! No input, however odd, makes a decision panic or break its own promises.

use std::sync::Arc;

use alloy::primitives::U256;
use proptest::prelude::*;
use purser::domain::pool::{PoolState, V2State};
use purser::domain::snapshot::GasPrice;
use purser::domain::{Amount, Price, Snapshot, Usd};
use purser::strategies::rebalance::{Goal, decide};

use super::networks::{self, Random};

fn odd(random: &mut Random) -> u128 {
    match random.below(8) {
        0 => 0,
        1 => 1,
        2 => u128::MAX,
        3 => u128::from(u64::MAX),
        4 => 1_u128 << random.below(128),
        _ => u128::from(random.next()) % 1_000_000_000_000,
    }
}

fn wild(seed: u64) -> (Snapshot, Goal) {
    let mut random = Random(seed);
    let (mut snapshot, mut goal) =
        networks::instance(1 + random.below(4) as usize, 1 + random.below(3) as usize, seed);
    let hit = |random: &mut Random| random.below(4) == 0;
    for view in snapshot.prices.values_mut() {
        if hit(&mut random) {
            match (Price::from_pico(odd(&mut random)), view.as_mut()) {
                (Some(price), Ok(view)) => view.price = price,
                (None, _) | (_, Err(_)) => *view = Err("none".to_owned()),
            }
        }
    }
    for reading in snapshot.chains.values_mut() {
        let Ok(view) = reading else { continue };
        for (asset, balance) in &mut view.balances {
            let decimals =
                if hit(&mut random) { [0, 2, 18, 38, 77, 255][random.below(6) as usize] } else { 6 };
            let amount = |often: bool, random: &mut Random| {
                let units = if often || hit(random) { odd(random) } else { 0 };
                Amount::new(asset.clone(), decimals, units)
            };
            if hit(&mut random) {
                balance.on_chain = amount(true, &mut random);
                balance.reserved = amount(false, &mut random);
                balance.in_flight = amount(false, &mut random);
            }
        }
        if hit(&mut random) {
            view.gas = GasPrice {
                base_fee: odd(&mut random),
                priority_fee: odd(&mut random),
                l1_fee: odd(&mut random),
            }
            .into();
        }
        if hit(&mut random) {
            view.native = view.native.with_units(odd(&mut random));
        }
        for pool in &mut view.pools {
            if !hit(&mut random) {
                continue;
            }
            let pool = Arc::make_mut(pool);
            match &mut pool.state {
                PoolState::V2(state) => {
                    *state = V2State { reserves: [odd(&mut random), odd(&mut random)], fee: 3_000 }
                }
                PoolState::V4(_) => unreachable!("the instances have none"),
                PoolState::V3(state) => match random.below(4) {
                    0 => state.liquidity = odd(&mut random),
                    1 => state.sqrt_price_x96 = U256::from(odd(&mut random)),
                    2 => state.known = (5, -5),
                    _ => state.tick = random.next() as i32,
                },
            }
        }
        if random.below(40) == 0 {
            *reading = Err("not read".to_owned());
        }
    }
    for reading in &mut snapshot.bridges {
        let Ok(view) = reading else { continue };
        if hit(&mut random) {
            view.burn_limit = odd(&mut random);
            view.min_fee = odd(&mut random) as u64;
        }
        for tier in &mut view.tiers {
            if hit(&mut random) {
                tier.fee_ppm = odd(&mut random) as u32;
                tier.expected_seconds = odd(&mut random) as u64;
                tier.allowance = Some(odd(&mut random));
            }
        }
    }
    let terms = &mut goal.terms;
    for setting in [
        &mut terms.max_cost_share_ppm,
        &mut terms.capital_rate_ppm,
        &mut terms.fee_buffer_ppm,
        &mut terms.slippage_ppm,
        &mut terms.pool_share_ppm,
        &mut terms.max_in_flight,
    ] {
        if hit(&mut random) {
            *setting = odd(&mut random) as u32;
        }
    }
    for setting in [&mut terms.min_transfer, &mut terms.time_usd_per_hour] {
        if hit(&mut random) {
            *setting = Usd::from_micros(odd(&mut random) as i128);
        }
    }
    (snapshot, goal)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_plans_keep_their_promises(seed in any::<u64>()) {
        let (snapshot, goal) = wild(seed);
        let decision = decide(&snapshot, &goal);
        prop_assert_eq!(&decision, &decide(&snapshot, &goal));
        if let Some(plan) = decision.plan {
            prop_assert!(!plan.steps.is_empty());
            prop_assert!(plan.certificate.bound >= plan.certificate.value);
            for step in &plan.steps {
                let price = snapshot.price(step.spends().asset()).unwrap();
                let value = price.value(step.spends(), purser::domain::price::Rounding::Up).unwrap();
                let limit = value.micros() / 1_000_000 * i128::from(goal.terms.cost_share_ppm());
                prop_assert!(step.cost().total().micros() <= limit + 1_000_000);
            }
        }
    }
}

/// Networks whose programs are almost singular, whose pivots cycle by rounding, or whose swaps pay a
/// little more than their polygons say: each has a plan.
#[test]
fn programs_that_are_hard_to_pivot_are_solved() {
    let small = [228, 1_015, 2_085, 2_257, 2_313, 2_393, 3_653, 3_860, 3_877, 5_233, 15_915];
    let large = [34, 304];
    let instances = small.map(|seed| (3, 3, seed)).into_iter().chain(large.map(|seed| (8, 5, seed)));
    for (chains, assets, seed) in instances {
        let (snapshot, goal) = networks::instance(chains, assets, seed);
        let decision = decide(&snapshot, &goal);
        let outcome = &decision.record.outcome;
        assert!(decision.plan.is_some(), "{chains} × {assets}, {seed}: {outcome:?}");
        let certificate = decision.record.certificate.expect("a plan has one");
        let (gap, bound) = (certificate.gap().micros() as f64, certificate.bound.micros() as f64);
        assert!(gap <= 0.02 * bound, "{chains} × {assets}, {seed}: a gap of {gap} under {bound}");
    }
}
