//! Random chains with random gaps: whatever is planned adds up, is paid from what is there, and none is worth more.

use std::collections::BTreeMap;
use std::sync::Arc;

use purser::domain::pool::{Pool, PoolState, V2State};
use purser::domain::price::Rounding;
use purser::domain::{AssetId, ChainName, Outcome, Snapshot, Usd};
use purser::network::pool::quote_exact_in;
use purser::strategies::cross_chain::decide;

use super::world::{after, goal, hold, swaps, view};
use crate::solver::networks::{self, Random, UNIT};

const INSTANCES: u64 = 1_000;

/// Up to four chains, each with V2 and V3 pools of up to three assets, the pairs tilted by up to six per cent.
fn instance(seed: u64) -> (Snapshot, usize, usize) {
    let mut random = Random(seed ^ 0x5eed);
    let (chains, assets) = (2 + random.below(3) as usize, 2 + random.below(3) as usize);
    let (mut snapshot, _) = networks::instance(chains, assets, seed);
    for chain in 0..chains {
        for asset in 0..assets {
            hold(&mut snapshot, chain, asset, u128::from(random.below(60_000)));
        }
        for pool in &mut view(&mut snapshot, chain).pools {
            if let PoolState::V2(state) = pool.state {
                let tilt = state.reserves[0] / 1_000_000 * u128::from(random.below(60_000));
                let reserves = [state.reserves[0] + tilt, state.reserves[1]];
                let state = PoolState::V2(V2State { reserves, ..state });
                *pool = Arc::new(Pool { state, ..Pool::clone(pool) });
            }
        }
    }
    (snapshot, chains, assets)
}

#[test]
fn every_plan_adds_up_and_none_is_worth_more_than_its_bound() {
    let mut plans = 0;
    for seed in 0..INSTANCES {
        let (snapshot, chains, assets) = instance(seed);
        let goal = goal(chains, assets);
        let decision = decide(&snapshot, &goal);
        let Some(plan) = &decision.plan else {
            if let Outcome::Refused { reason } = &decision.record.outcome {
                assert!(reason.contains("trap"), "{seed}: {reason}");
            }
            continue;
        };
        plans += 1;
        let steps = swaps(plan);
        let mut bought: BTreeMap<&AssetId, u128> = BTreeMap::new();
        let mut sold: BTreeMap<&AssetId, u128> = BTreeMap::new();
        let mut spent: BTreeMap<(&ChainName, &AssetId), u128> = BTreeMap::new();
        let mut sides: BTreeMap<(&ChainName, &AssetId), bool> = BTreeMap::new();
        let (mut profit, mut gas, mut slack) = (0_i128, Usd::ZERO, Usd::ZERO);
        for (index, step) in steps.iter().enumerate() {
            let view = snapshot.chains[&step.chain].as_ref().unwrap();
            let pool = view.pools.iter().find(|pool| step.pool == pool.address.into()).unwrap();
            let zero_for_one = pool.assets[0] == *step.amount_in.asset();
            let quote = quote_exact_in(pool, zero_for_one, step.amount_in.units()).unwrap().amount_out;
            assert_eq!(step.quoted_out.units(), quote, "{seed}");
            *spent.entry((&step.chain, step.amount_in.asset())).or_default() += step.amount_in.units();
            let is_buy = *step.amount_in.asset() == goal.base;
            let asset = if is_buy { step.quoted_out.asset() } else { step.amount_in.asset() };
            assert_eq!(
                *sides.entry((&step.chain, asset)).or_insert(is_buy),
                is_buy,
                "{seed}: both on one chain"
            );
            if is_buy {
                *bought.entry(asset).or_default() += quote;
                profit -= step.amount_in.units() as i128;
            } else {
                *sold.entry(asset).or_default() += step.amount_in.units();
                profit += quote as i128;
            }
            gas = gas.saturating_add(step.cost.gas);
            let least = step.quoted_out.with_units(step.quoted_out.units() - step.min_out.units());
            slack = slack.saturating_add(snapshot.worth(&least, Rounding::Up).unwrap());
            assert!(after(step).iter().all(|leader| (*leader as usize) < index), "{seed}: {steps:?}");
        }
        assert_eq!(bought.keys().collect::<Vec<_>>(), sold.keys().collect::<Vec<_>>(), "{seed}");
        for (asset, units) in bought {
            let left = units.checked_sub(sold[asset]).expect("no more is sold than bought");
            assert!(left <= units >> 16, "{seed}: {left} of {units} {asset}");
        }
        for ((chain, asset), units) in spent {
            let balance = &snapshot.chains[chain].as_ref().unwrap().balances[asset];
            assert!(units <= balance.on_chain.units(), "{seed}: {units} of {asset} on {chain}");
        }
        let certificate = plan.certificate;
        let half = certificate.value.micros() / 2 + 10;
        assert!(slack.micros() <= half, "{seed}: {slack} may be lost of {certificate:?}");
        assert!(certificate.value <= certificate.bound, "{seed}: {certificate:?}");
        // In dollars the base asset is within three hundredths of a per cent of one.
        let most = profit + profit / 1_000 + UNIT as i128 - gas.micros();
        assert!(certificate.value.micros() <= most, "{seed}: {certificate:?}, {profit} before {gas}");
    }
    assert!(plans > INSTANCES / 4, "{plans} plans");
}
