//! Every rule from both sides: the last thing it allows and the first it denies.

use std::collections::HashSet;

use alloy::primitives::{Address, U256};
use purser::domain::{Spent, Step, Usd};
use purser::policy::{Effect, Rule, Verdict, judge_step};

use crate::policy::routes::promising;
use crate::policy::world::{
    ALPHA, BETA, MIN_OUT, NOW, ONE_MICRO, STRANGER, WALLET, amount, bridge, bridge_approval, burn, chain,
    dollars, mint, rules, swap, swapping,
};

fn step(value: Usd, moved: Usd) -> Verdict {
    judge_step(&rules(), &Step::Bridge(bridge()), value, Spent { moved, gas: Usd::ZERO })
}

fn swap_with(min_out: u128, deadline: u64) -> Verdict {
    let changed = swapping().with(|case| {
        if let Effect::Swap { min_out: least, deadline: until, .. } = &mut case.effect {
            *least = U256::from(min_out);
            *until = U256::from(deadline);
        }
    });
    changed.judge()
}

fn approval_of(units: u128) -> Verdict {
    bridge_approval().with(|case| case.effect = crate::policy::world::approve(ALPHA.messenger, units)).judge()
}

fn received_by(recipient: Address) -> Verdict {
    judge_step(
        &rules(),
        &Step::Bridge(purser::domain::BridgeStep { recipient: recipient.into(), ..bridge() }),
        dollars(5_000),
        Spent::default(),
    )
}

fn priced(fee: u128, of: u128) -> Verdict {
    let step =
        purser::domain::BridgeStep { amount: amount("USDC", of), max_fee: amount("USDC", fee), ..bridge() };
    judge_step(&rules(), &Step::Bridge(step), dollars(1), Spent::default())
}

fn swapped(asset: &str) -> Verdict {
    let step = purser::domain::SwapStep { amount_in: amount(asset, 1_000_000), ..swap() };
    judge_step(&rules(), &Step::Swap(step), dollars(1), Spent::default())
}

fn gas(of: Usd, spent: Usd) -> Verdict {
    burn().with(|case| case.gas = of).judge_after(Spent { moved: Usd::ZERO, gas: spent })
}

/// The nearest pair around the edge of a rule. Without a wildcard: a new rule needs a pair.
fn pair(rule: Rule) -> (Verdict, Verdict) {
    match rule {
        Rule::Chain => (burn().judge(), burn().with(|case| case.chain_id = 2).judge()),
        Rule::Contract => (burn().judge(), burn().with(|case| case.to = BETA.messenger).judge()),
        Rule::Function => {
            (burn().judge(), burn().with(|case| case.effect = bridge_approval().effect).judge())
        }
        Rule::Recipient => (received_by(crate::policy::world::FRIEND), received_by(STRANGER)),
        Rule::Token => (swapped("USDT"), swapped("DAI")),
        Rule::Amount => (approval_of(5_000_000_000), approval_of(5_000_000_001)),
        Rule::MinimumOut => (swap_with(MIN_OUT, NOW + 1), swap_with(MIN_OUT - 1, NOW + 1)),
        // 3,000 of 1,000,000 is the limit; of one unit less it is above by a rounding error.
        Rule::Fee => (priced(3_000, 1_000_000), priced(3_000, 999_999)),
        Rule::Deadline => (swap_with(MIN_OUT, NOW + 600), swap_with(MIN_OUT, NOW + 601)),
        Rule::GasCap => (gas(dollars(5), Usd::ZERO), gas(dollars(5).saturating_add(ONE_MICRO), Usd::ZERO)),
        Rule::GasPerDay => {
            (gas(dollars(4), dollars(16)), gas(dollars(4), dollars(16).saturating_add(ONE_MICRO)))
        }
        Rule::PerOperation => {
            (step(dollars(10_000), Usd::ZERO), step(dollars(10_000).saturating_add(ONE_MICRO), Usd::ZERO))
        }
        Rule::PerDay => (
            step(dollars(5_000), dollars(45_000)),
            step(dollars(5_000), dollars(45_000).saturating_add(ONE_MICRO)),
        ),
        Rule::Profit => (promising(dollars(40)), promising(dollars(40).saturating_add(ONE_MICRO))),
        Rule::NativeValue => (mint().judge(), mint().with(|case| case.value = U256::from(1)).judge()),
    }
}

#[test]
fn every_rule_allows_up_to_its_edge_and_denies_beyond_by_its_own_name() {
    for rule in Rule::ALL {
        let (allowed, denied) = pair(rule);
        assert_eq!(allowed, Verdict::Allow, "{rule}");
        match denied {
            Verdict::Deny(denial) => assert_eq!(denial.rule, rule, "{denial}"),
            Verdict::Allow => panic!("{rule} denies nothing"),
        }
    }
}

#[test]
fn every_rule_is_listed_once_with_a_name_of_its_own() {
    let names: HashSet<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(names.iter().all(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')));
}

#[test]
fn a_deadline_that_has_passed_is_denied() {
    for deadline in [0, NOW - 1, NOW] {
        assert!(!swap_with(MIN_OUT, deadline).is_allowed(), "{deadline}");
    }
    let endless = swapping().with(|case| {
        if let Effect::Swap { deadline, .. } = &mut case.effect {
            *deadline = U256::MAX;
        }
    });
    assert!(!endless.judge().is_allowed());
}

#[test]
fn what_does_not_fit_is_denied_and_a_refund_frees_no_limit() {
    let endless = purser::policy::Rules { max_day: Usd::MAX, max_gas_day: Usd::MAX, ..rules() };
    let spent = Spent { moved: Usd::MAX, gas: Usd::MAX };
    assert!(!judge_step(&endless, &Step::Bridge(bridge()), ONE_MICRO, spent).is_allowed());
    assert!(!burn().judge_by(&endless, spent).is_allowed());

    let refunded = Spent { moved: dollars(-1_000_000), gas: dollars(-1_000_000) };
    let tight = purser::policy::Rules { max_day: dollars(1), max_gas_day: Usd::from_micros(1), ..rules() };
    assert!(!judge_step(&tight, &Step::Bridge(bridge()), dollars(2), refunded).is_allowed());
    assert!(!burn().judge_by(&tight, refunded).is_allowed());
    assert!(!gas(Usd::from_micros(-1), Usd::ZERO).is_allowed(), "a negative cost is no cost");
}

#[test]
fn a_transfer_to_its_own_chain_is_denied_when_signed_too() {
    let own = burn().with(|case| {
        case.step = Step::Bridge(purser::domain::BridgeStep { to: chain("alpha"), ..bridge() });
        if let Effect::Burn { destination_domain, .. } = &mut case.effect {
            *destination_domain = 0;
        }
    });
    assert!(matches!(own.judge(), Verdict::Deny(denial) if denial.rule == Rule::Chain));
}

#[test]
fn a_recipient_taken_off_the_list_gets_nothing_though_the_step_names_it() {
    let to_friend = burn().with(|case| {
        let friend = crate::policy::world::FRIEND;
        case.step = Step::Bridge(purser::domain::BridgeStep { recipient: friend.into(), ..bridge() });
        if let Effect::Burn { mint_recipient, .. } = &mut case.effect {
            *mint_recipient = friend.into_word();
        }
    });
    assert!(to_friend.judge().is_allowed());
    let without = purser::policy::Rules { recipients: Default::default(), ..rules() };
    assert!(matches!(
        to_friend.judge_by(&without, Spent::default()),
        Verdict::Deny(denial) if denial.rule == Rule::Recipient
    ));
}

#[test]
fn a_recipient_that_is_no_evm_address_is_denied() {
    let mut bytes = WALLET.into_word();
    bytes[11] = 1;
    let wide = burn().with(|case| {
        if let Effect::Burn { mint_recipient, .. } = &mut case.effect {
            *mint_recipient = bytes;
        }
    });
    assert!(matches!(wide.judge(), Verdict::Deny(denial) if denial.rule == Rule::Recipient));
}
