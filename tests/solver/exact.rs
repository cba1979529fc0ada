//! Exact plans: splits, limits, legs in a row.

use purser::domain::{Position, Snapshot, Speed, Step, Usd};
use purser::strategies::rebalance::{Goal, decide};

use super::networks::{self, UNIT};

/// All money as `asset` on chain 0, all of it wanted as `wanted` on chain 1.
fn lopsided(units: u128, asset: usize, wanted: usize) -> (Snapshot, Goal) {
    let (mut snapshot, _) = networks::instance(2, 2, 9);
    for (place, view) in snapshot.chains.values_mut().enumerate() {
        for (held_asset, balance) in &mut view.as_mut().unwrap().balances {
            let held = if place == 0 && *held_asset == networks::asset(asset) { units } else { 0 };
            balance.on_chain = balance.on_chain.with_units(held);
        }
    }
    let target = Position::new(networks::chain(1), networks::asset(wanted));
    let mut goal = Goal::new([(target, 1_000_000)], 50_000, 10_000, networks::terms()).unwrap();
    goal.assets = (0..2).map(networks::asset).collect();
    (snapshot, goal)
}

#[test]
fn amounts_above_the_burn_limit_are_split_evenly_and_no_more_than_may_fly() {
    let (mut snapshot, goal) = lopsided(1_000_000 * UNIT, 0, 0);
    snapshot.bridges.iter_mut().flatten().for_each(|view| view.burn_limit = 400_000 * UNIT);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert_eq!(plan.steps.len(), 3, "990,000 dollars in transfers of at most 400,000");
    let total: u128 = plan.steps.iter().map(|step| step.spends().units()).sum();
    assert!(total > 985_000 * UNIT && total <= 1_000_000 * UNIT);
    for step in &plan.steps {
        assert!(step.spends().units().abs_diff(total / 3) <= 1);
    }
    snapshot.bridges.iter_mut().flatten().for_each(|view| view.burn_limit = 100_000 * UNIT);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert_eq!(plan.steps.len(), 4, "four in flight at most");
    assert!(plan.steps.iter().all(|step| step.spends().units() == 100_000 * UNIT));
}

#[test]
fn the_largest_transfer_splits_too() {
    let (snapshot, mut goal) = lopsided(100_000 * UNIT, 0, 0);
    goal.terms.max_transfer = Some(Usd::from_micros(30_000_000_000));
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert_eq!(plan.steps.len(), 4);
    let price = snapshot.price(&networks::asset(0)).unwrap();
    for step in &plan.steps {
        let value = price.value(step.spends(), purser::domain::price::Rounding::Up).unwrap();
        assert!(value <= goal.terms.max_transfer.unwrap());
    }
}

#[test]
fn the_fast_allowance_is_shared_and_respected() {
    let (mut snapshot, mut goal) = lopsided(500_000 * UNIT, 0, 0);
    // Time is dear: fast is worth its fee, as far as the allowance goes.
    goal.terms.capital_rate_ppm = 3_000_000_000;
    for view in snapshot.bridges.iter_mut().flatten() {
        view.tiers[0].allowance = Some(123_456 * UNIT);
        view.tiers[0].fee_ppm = 130;
        view.tiers[0].expected_seconds = 8;
        view.tiers[1].expected_seconds = 60;
    }
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let sum = |wanted: Speed| -> u128 {
        let fits = |step: &&Step| matches!(step, Step::Bridge(step) if step.speed == wanted);
        plan.steps.iter().filter(fits).map(|step| step.spends().units()).sum()
    };
    assert!(sum(Speed::Fast) <= 123_456 * UNIT && sum(Speed::Fast) > 123_455 * UNIT);
    assert!(sum(Speed::Standard) > 300_000 * UNIT);
}

#[test]
fn a_second_leg_waits_until_its_input_is_there() {
    let (snapshot, goal) = lopsided(50_000 * UNIT, 1, 0);
    let decision = decide(&snapshot, &goal);
    let plan = decision.plan.unwrap();
    assert!(
        plan.steps.iter().all(|step| matches!(step, Step::Swap(step) if step.chain == networks::chain(0)))
    );
    let waits =
        decision.record.alternatives.iter().find(|alternative| alternative.reason.contains("later tick"));
    assert!(waits.unwrap().route.contains("chain00→chain01"));
    assert!(plan.certificate.value > Usd::ZERO, "the legs that follow are what the first is paid for");

    // The swap has run: the next tick bridges what it gave.
    let mut snapshot = snapshot;
    let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    for step in &plan.steps {
        let Step::Swap(step) = step else { panic!("only swaps come first, not {step:?}") };
        for (amount, gained) in [(&step.amount_in, false), (&step.quoted_out, true)] {
            let balance = view.balances.get_mut(amount.asset()).unwrap();
            let on_chain = &balance.on_chain;
            balance.on_chain =
                if gained { on_chain.checked_add(amount) } else { on_chain.checked_sub(amount) }.unwrap();
        }
    }
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert!(matches!(&plan.steps[..], [Step::Bridge(step)] if step.to == networks::chain(1)));
}

#[test]
fn gas_of_all_steps_together_must_be_there() {
    let (mut snapshot, goal) = lopsided(1_000_000 * UNIT, 0, 0);
    snapshot.bridges.iter_mut().flatten().for_each(|view| view.burn_limit = 300_000 * UNIT);
    let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    // Approve and burn cost 220,000 gas: enough for one transfer, not for four.
    let gas = *super::gas(view);
    let wei = (gas.base_fee + gas.priority_fee) * 220_000 + 2 * gas.l1_fee;
    view.native = view.native.with_units(wei * 3 / 2);
    let decision = decide(&snapshot, &goal);
    assert_eq!(decision.plan, None);
    assert!(decision.record.alternatives.iter().any(|way| way.reason.contains("not enough native coin")));
}
