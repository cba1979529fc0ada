//! Steps, judged before anything is reserved for them.

use alloy::primitives::Address;
use purser::domain::{BridgeStep, Spent, Step, SwapStep, Usd};
use purser::policy::{Rule, Verdict, judge_step};

use crate::policy::world::{FRIEND, STRANGER, amount, bridge, chain, dollars, rules, swap};

fn judge(step: Step) -> Verdict {
    judge_step(&rules(), &step, dollars(1), Spent::default())
}

#[track_caller]
fn denied(step: Step, rule: Rule) {
    match judge(step.clone()) {
        Verdict::Deny(denial) => assert_eq!(denial.rule, rule, "{step:?}: {denial}"),
        Verdict::Allow => panic!("{rule} lets {step:?} pass"),
    }
}

#[test]
fn ordinary_steps_are_allowed() {
    assert_eq!(judge(Step::Bridge(bridge())), Verdict::Allow);
    assert_eq!(judge(Step::Swap(swap())), Verdict::Allow);
    assert_eq!(judge(Step::Bridge(BridgeStep { recipient: FRIEND.into(), ..bridge() })), Verdict::Allow);
}

#[test]
fn transfers_that_no_rule_covers_are_denied() {
    let with = |change: fn(&mut BridgeStep)| {
        let mut step = bridge();
        change(&mut step);
        Step::Bridge(step)
    };
    denied(with(|step| step.from = chain("delta")), Rule::Chain);
    denied(with(|step| step.to = chain("delta")), Rule::Chain);
    denied(with(|step| step.to = chain("alpha")), Rule::Chain);
    denied(with(|step| step.to = chain("gamma")), Rule::Contract);
    denied(with(|step| step.from = chain("gamma")), Rule::Contract);
    denied(with(|step| step.recipient = STRANGER.into()), Rule::Recipient);
    denied(with(|step| step.recipient = Address::ZERO.into()), Rule::Recipient);
    denied(with(|step| step.amount = amount("DAI", 1_000_000)), Rule::Token);
    denied(with(|step| step.amount = amount("USDC", 0)), Rule::Fee);
    denied(with(|step| step.max_fee = step.amount.clone()), Rule::Fee);
    denied(with(|step| step.max_fee = amount("USDT", 1)), Rule::Fee);
    denied(with(|step| step.max_fee = step.amount.with_units(step.amount.units() / 1_000 * 4)), Rule::Fee);
    denied(
        with(|step| {
            step.amount = amount("USDC", u128::MAX);
            step.max_fee = amount("USDC", u128::MAX - 1);
        }),
        Rule::Fee,
    );
}

#[test]
fn swaps_that_no_rule_covers_are_denied() {
    let with = |change: fn(&mut SwapStep)| {
        let mut step = swap();
        change(&mut step);
        Step::Swap(step)
    };
    denied(with(|step| step.chain = chain("delta")), Rule::Chain);
    denied(
        with(|step| {
            step.chain = chain("gamma");
            step.amount_in = amount("USDC", 1_000_000);
        }),
        Rule::Contract,
    );
    denied(with(|step| step.amount_in = amount("DAI", 1_000_000)), Rule::Token);
    denied(with(|step| step.min_out = amount("DAI", 1_000_000)), Rule::Token);
    denied(with(|step| step.amount_in = step.min_out.clone()), Rule::Token);
    denied(with(|step| step.recipient = STRANGER.into()), Rule::Recipient);
    denied(with(|step| step.amount_in = step.amount_in.with_units(0)), Rule::Amount);
    denied(with(|step| step.min_out = step.min_out.with_units(0)), Rule::MinimumOut);
    denied(
        with(|step| step.min_out = step.quoted_out.with_units(step.quoted_out.units() + 1)),
        Rule::MinimumOut,
    );
    denied(with(|step| step.quoted_out = amount("USDT", step.quoted_out.units())), Rule::MinimumOut);
    denied(with(|step| step.fee = 3_001), Rule::Fee);
    denied(with(|step| step.fee = u32::MAX), Rule::Fee);
}

#[test]
fn the_least_output_stays_close_to_the_quote() {
    let with = |least: u128| {
        let mut step = swap();
        step.quoted_out = amount("USDC", 1_000_000_001);
        step.min_out = amount("USDC", least);
        Step::Swap(step)
    };
    // 0.1 % of 1000.000001 below it, rounded up.
    let verdict = judge_step(&rules(), &with(999_000_001), dollars(1), Spent::default());
    assert_eq!(verdict, Verdict::Allow);
    denied(with(999_000_000), Rule::MinimumOut);
    denied(with(1), Rule::MinimumOut);
}

#[test]
fn a_chain_without_a_router_has_no_swaps() {
    let mut without = rules();
    without.chains.get_mut(&chain("alpha")).unwrap().router = None;
    let verdict = judge_step(&without, &Step::Swap(swap()), dollars(1), Spent::default());
    assert!(matches!(verdict, Verdict::Deny(denial) if denial.rule == Rule::Contract));
}

#[test]
fn a_value_that_cannot_be_is_denied() {
    for value in [Usd::ZERO, Usd::from_micros(-1), Usd::from_micros(i128::MIN), Usd::MAX] {
        let verdict = judge_step(&rules(), &Step::Swap(swap()), value, Spent::default());
        assert!(matches!(verdict, Verdict::Deny(denial) if denial.rule == Rule::PerOperation), "{value}");
    }
}

#[test]
fn the_verdict_tells_the_rule_and_both_numbers() {
    let verdict = judge_step(&rules(), &Step::Swap(swap()), dollars(10_001), Spent::default());
    assert_eq!(
        verdict.to_string(),
        "denied by per-operation: $10001 is more than the $10000 one operation may move"
    );
    assert_eq!(Verdict::Allow.to_string(), "allowed");
}
