//! Two routes with the transactions they need: one that the wallet lends to, one that borrows.

use alloy::primitives::{Address, B256};
use proptest::prelude::*;
use purser::domain::plan::Cost;
use purser::domain::pool::PoolKey;
use purser::domain::{Amount, AssetId, Funding, Leg, RouteLeg, RouteStep, Spent, Step, Usd};
use purser::policy::{Effect, LegEffect, RouteEffect, RouteRules, Rule, Verdict, judge_step};

use crate::policy::world::{
    ALPHA, BETA, Case, NOW, ONE_MICRO, STRANGER, WALLET, amount, approve, chain, dollars, rules,
};

pub(super) const LENT: u128 = 800_000_000;
pub(super) const LAST_BLOCK: u64 = 18_000_001;
/// Place of a V4 pool's factory in the contract's list.
const MANAGED: u8 = 255;

pub(super) fn alpha_rules() -> RouteRules {
    RouteRules {
        contract: ALPHA.routes,
        base: AssetId::new("USDC"),
        funding: Funding::Inventory,
        max_loan: dollars(1_000),
        max_profit: dollars(40),
    }
}

pub(super) fn beta_rules() -> RouteRules {
    RouteRules {
        contract: BETA.routes,
        base: AssetId::new("USDT"),
        funding: Funding::PoolManager,
        max_loan: dollars(2_000_000),
        max_profit: dollars(90),
    }
}

fn leg(factory: u8, fee: u32, sold: (&str, u128), bought: &str, least: u128) -> RouteLeg {
    let is_managed = factory == MANAGED;
    RouteLeg {
        pool: if is_managed {
            PoolKey::Managed { manager: Address::repeat_byte(0x44), id: B256::repeat_byte(0x45) }
        } else {
            PoolKey::Contract(Address::repeat_byte(0x46))
        },
        factory,
        fee,
        tick_spacing: if is_managed { 10 } else { 0 },
        amount_in: amount(sold.0, sold.1),
        takes_rest: is_managed,
        quoted_out: amount(bought, least + 1_000_000),
        min_out: amount(bought, least),
    }
}

/// A route on alpha that begins with the wallet's own USDC.
pub(super) fn lending() -> RouteStep {
    RouteStep {
        chain: chain("alpha"),
        contract: ALPHA.routes,
        block: LAST_BLOCK - 1,
        last_block: LAST_BLOCK,
        funding: Funding::Inventory,
        loan: amount("USDC", LENT),
        legs: vec![
            leg(1, 100, ("USDC", LENT), "USDT", LENT + 1_000_000),
            leg(MANAGED, 50, ("USDT", LENT + 2_000_000), "USDC", LENT + 2_700_000),
        ],
        profit: amount("USDC", 3_000_000),
        min_profit: amount("USDC", 2_700_000),
        profit_usd: dollars(3),
        loan_usd: dollars(800),
        cost: Cost::default(),
    }
}

/// A route on beta that borrows USDT, in any block.
pub(super) fn borrowing() -> RouteStep {
    RouteStep {
        chain: chain("beta"),
        contract: BETA.routes,
        last_block: 0,
        funding: Funding::PoolManager,
        loan: amount("USDT", 1_000_000_000_000),
        legs: vec![
            leg(0, 0, ("USDT", 1_000_000_000_000), "USDC", 1_000_010_000_000),
            leg(MANAGED, 8, ("USDC", 1_000_011_000_000), "USDT", 1_000_020_000_000),
        ],
        profit: amount("USDT", 21_000_000),
        min_profit: amount("USDT", 19_000_000),
        profit_usd: dollars(21),
        loan_usd: dollars(1_000_000),
        ..lending()
    }
}

/// What the bytes of a route do when they are right.
fn effect(step: &RouteStep, [usdc, usdt]: [Address; 2]) -> Effect {
    let token = |amount: &Amount| if amount.asset().as_str() == "USDC" { usdc } else { usdt };
    let leg = |leg: &RouteLeg| LegEffect {
        factory: leg.factory,
        token_in: token(&leg.amount_in),
        token_out: token(&leg.min_out),
        fee: leg.fee,
        tick_spacing: leg.tick_spacing,
        amount_in: if leg.takes_rest { None } else { Some(leg.amount_in.units()) },
        min_out: leg.min_out.units(),
    };
    Effect::Route(RouteEffect {
        base: token(&step.loan),
        loan: step.loan.units(),
        min_profit: step.min_profit.units(),
        deadline: NOW + 300,
        last_block: step.last_block,
        funding: step.funding,
        legs: step.legs.iter().map(leg).collect(),
    })
}

pub(super) fn lending_effect() -> Effect {
    effect(&lending(), [ALPHA.usdc, ALPHA.usdt])
}

pub(super) fn borrowing_effect() -> Effect {
    effect(&borrowing(), [BETA.usdc, BETA.usdt])
}

pub(super) fn routing() -> Case {
    Case::new("alpha", ALPHA.routes, lending_effect(), Step::Route(lending()), Leg::Swap)
}

pub(super) fn cancelling() -> Case {
    Case::new("alpha", WALLET, Effect::Cancel { account: WALLET }, Step::Route(lending()), Leg::Swap)
}

/// Every transaction the two routes need. What is left of an allowance may be in the way of one that borrows, too.
pub(super) fn needed() -> Vec<Case> {
    let (lending, borrowing) = (Step::Route(lending()), Step::Route(borrowing()));
    vec![
        Case::new("alpha", ALPHA.usdc, approve(ALPHA.routes, LENT), lending.clone(), Leg::Approve),
        routing(),
        cancelling(),
        Case::new("alpha", ALPHA.usdc, approve(ALPHA.routes, 0), lending, Leg::Revoke),
        Case::new("beta", BETA.routes, borrowing_effect(), borrowing.clone(), Leg::Swap),
        Case::new("beta", WALLET, Effect::Cancel { account: WALLET }, borrowing.clone(), Leg::Swap),
        Case::new("beta", BETA.usdt, approve(BETA.routes, 0), borrowing, Leg::Revoke),
    ]
}

fn judge(step: RouteStep, value: Usd) -> Verdict {
    judge_step(&rules(), &Step::Route(step), value, Spent::default())
}

pub(super) fn promising(profit: Usd) -> Verdict {
    judge(RouteStep { profit_usd: profit, ..lending() }, dollars(800))
}

#[track_caller]
fn denied(verdict: Verdict, rule: Rule) {
    match verdict {
        Verdict::Deny(denial) => assert_eq!(denial.rule, rule, "{denial}"),
        Verdict::Allow => panic!("{rule} lets it pass"),
    }
}

#[test]
fn a_loan_may_be_worth_its_limit_and_no_more_by_either_word() {
    let of = |claimed: Usd, value: Usd| judge(RouteStep { loan_usd: claimed, ..lending() }, value);
    let limit = alpha_rules().max_loan;
    let above = limit.saturating_add(ONE_MICRO);
    assert_eq!(of(limit, limit), Verdict::Allow);
    denied(of(above, limit), Rule::PerOperation);
    denied(of(limit, above), Rule::PerOperation);
    denied(of(Usd::from_micros(-1), limit), Rule::PerOperation);
    // Of what is borrowed nothing can be lost: the planner's word is enough, and the value is the profit.
    let of = |claimed: Usd| judge(RouteStep { loan_usd: claimed, ..borrowing() }, dollars(21));
    assert_eq!(of(beta_rules().max_loan), Verdict::Allow);
    denied(of(beta_rules().max_loan.saturating_add(ONE_MICRO)), Rule::PerOperation);
}

#[test]
fn routes_that_no_rule_covers_are_denied() {
    assert_eq!(judge(lending(), dollars(800)), Verdict::Allow);
    assert_eq!(judge(borrowing(), dollars(21)), Verdict::Allow);
    let with = |change: fn(&mut RouteStep)| {
        let mut step = lending();
        change(&mut step);
        judge(step, dollars(800))
    };
    denied(with(|step| step.chain = chain("delta")), Rule::Chain);
    denied(with(|step| step.chain = chain("gamma")), Rule::Contract);
    denied(with(|step| step.chain = chain("beta")), Rule::Contract);
    denied(with(|step| step.contract = STRANGER), Rule::Contract);
    denied(with(|step| step.contract = BETA.routes), Rule::Contract);
    denied(with(|step| step.funding = Funding::PoolManager), Rule::Function);
    denied(with(|step| step.loan = amount("USDT", LENT)), Rule::Token);
    denied(with(|step| step.profit = amount("USDT", 3_000_000)), Rule::Token);
    denied(with(|step| step.min_profit = amount("USDT", 2_700_000)), Rule::Token);
    denied(with(|step| step.min_profit = amount("USDC", 0)), Rule::MinimumOut);
    denied(with(|step| step.min_profit = amount("USDC", 3_000_001)), Rule::MinimumOut);
    denied(with(|step| step.profit_usd = Usd::ZERO), Rule::Profit);
    denied(with(|step| step.profit_usd = Usd::from_micros(-1)), Rule::Profit);
    denied(with(|step| step.legs.truncate(1)), Rule::Amount);
    denied(with(|step| step.legs.clear()), Rule::Amount);
    denied(with(|step| step.legs[1].amount_in = amount("DAI", 5)), Rule::Token);
    denied(with(|step| step.legs[0].quoted_out = amount("DAI", u128::MAX)), Rule::Token);
    denied(with(|step| step.legs[0].min_out = step.legs[0].amount_in.clone()), Rule::Token);
    denied(with(|step| step.legs[0].quoted_out = amount("USDC", u128::MAX)), Rule::MinimumOut);
    denied(with(|step| step.legs[1].quoted_out = amount("USDC", LENT)), Rule::MinimumOut);
    denied(with(|step| step.legs[1].min_out = amount("USDC", 0)), Rule::MinimumOut);
    denied(with(|step| step.legs[0].amount_in = amount("USDC", 0)), Rule::MinimumOut);
    let mut without = rules();
    without.chains.get_mut(&chain("alpha")).unwrap().routes = None;
    denied(judge_step(&without, &Step::Route(lending()), dollars(800), Spent::default()), Rule::Contract);
}

#[test]
fn the_daily_limits_count_routes_too() {
    let after = |moved: Usd| {
        let spent = Spent { moved, gas: Usd::ZERO };
        judge_step(&rules(), &Step::Route(lending()), dollars(800), spent)
    };
    assert_eq!(after(dollars(49_200)), Verdict::Allow);
    denied(after(dollars(49_200).saturating_add(ONE_MICRO)), Rule::PerDay);
    let whale = RouteStep { loan_usd: dollars(900), ..borrowing() };
    denied(judge(whale, dollars(10_001)), Rule::PerOperation);
}

/// Every rule the bytes of a route can break, by its own name.
#[test]
fn bytes_that_are_not_the_route_are_denied_by_name() {
    let with = |change: fn(&mut RouteEffect)| {
        let case = routing().with(|case| {
            let Effect::Route(route) = &mut case.effect else { panic!("{case:?}") };
            change(route);
        });
        case.judge()
    };
    assert_eq!(with(|_| {}), Verdict::Allow);
    assert_eq!(with(|route| route.min_profit += 1), Verdict::Allow);
    denied(with(|route| route.min_profit -= 1), Rule::MinimumOut);
    assert_eq!(with(|route| route.legs[0].min_out += 1), Verdict::Allow);
    denied(with(|route| route.legs[0].min_out -= 1), Rule::MinimumOut);
    denied(with(|route| route.base = ALPHA.usdt), Rule::Token);
    denied(with(|route| route.loan += 1), Rule::Amount);
    denied(with(|route| route.loan -= 1), Rule::Amount);
    denied(with(|route| route.funding = Funding::PoolManager), Rule::Function);
    denied(with(|route| route.last_block += 1), Rule::Deadline);
    denied(with(|route| route.last_block = 0), Rule::Deadline);
    assert_eq!(with(|route| route.deadline = NOW + 600), Verdict::Allow);
    denied(with(|route| route.deadline = NOW + 601), Rule::Deadline);
    assert_eq!(with(|route| route.deadline = NOW + 1), Verdict::Allow);
    denied(with(|route| route.deadline = NOW), Rule::Deadline);
    denied(with(|route| route.legs.truncate(1)), Rule::Function);
    denied(with(|route| route.legs.push(route.legs[0])), Rule::Function);
    denied(with(|route| route.legs.reverse()), Rule::Token);
    denied(with(|route| route.legs[0].factory = 2), Rule::Contract);
    denied(with(|route| route.legs[0].fee = 500), Rule::Contract);
    denied(with(|route| route.legs[1].tick_spacing = -10), Rule::Contract);
    denied(with(|route| route.legs[0].amount_in = None), Rule::Amount);
    denied(with(|route| route.legs[1].amount_in = Some(LENT + 2_000_000)), Rule::Amount);
}

/// The rules may have changed since the step was reserved.
#[test]
fn a_route_is_judged_as_a_step_again_when_it_is_signed() {
    let tight = |change: fn(&mut RouteRules)| {
        let mut rules = rules();
        change(rules.chains.get_mut(&chain("alpha")).unwrap().routes.as_mut().unwrap());
        rules
    };
    for (rules, rule) in [
        (tight(|routes| routes.max_loan = dollars(799)), Rule::PerOperation),
        (tight(|routes| routes.max_profit = dollars(2)), Rule::Profit),
        (tight(|routes| routes.contract = STRANGER), Rule::Contract),
        (tight(|routes| routes.funding = Funding::PoolManager), Rule::Function),
        (tight(|routes| routes.base = AssetId::new("USDT")), Rule::Token),
    ] {
        let verdicts: Vec<Verdict> =
            needed()[..4].iter().map(|case| case.judge_by(&rules, Spent::default())).collect();
        let [approve, route, cancel, revoke] = &verdicts[..] else { panic!("{verdicts:?}") };
        denied(approve.clone(), rule);
        denied(route.clone(), rule);
        assert_eq!([cancel, revoke], [&Verdict::Allow; 2], "what gives nothing away stays possible: {rule}");
    }
}

#[test]
fn a_chain_that_does_no_routes_any_more_still_takes_back_what_was_begun() {
    let mut without = rules();
    without.chains.get_mut(&chain("alpha")).unwrap().routes = None;
    let allowed: Vec<bool> =
        needed()[..4].iter().map(|case| case.judge_by(&without, Spent::default()).is_allowed()).collect();
    assert_eq!(allowed, [false, false, true, true]);
}

#[test]
fn a_route_that_borrows_approves_nothing() {
    for units in [0, 1, borrowing().loan.units(), u128::MAX] {
        let effect = approve(BETA.routes, units);
        let case = Case::new("beta", BETA.usdt, effect, Step::Route(borrowing()), Leg::Approve);
        denied(case.judge(), Rule::Function);
    }
    // Nor does one that begins with nothing of the wallet.
    let nothing = RouteStep { loan: amount("USDC", 0), ..lending() };
    let case = Case::new("alpha", ALPHA.usdc, approve(ALPHA.routes, 0), Step::Route(nothing), Leg::Approve);
    denied(case.judge(), Rule::Function);
}

#[test]
fn a_cancellation_sends_nothing_to_nobody_but_the_wallet() {
    let cancel = |account: Address| Effect::Cancel { account };
    denied(
        cancelling().with(|case| case.value = alloy::primitives::U256::from(1)).judge(),
        Rule::NativeValue,
    );
    denied(cancelling().with(|case| case.to = STRANGER).judge(), Rule::Contract);
    denied(cancelling().with(|case| case.effect = cancel(STRANGER)).judge(), Rule::Recipient);
    denied(
        cancelling().with(|case| (case.to, case.effect) = (STRANGER, cancel(STRANGER))).judge(),
        Rule::Contract,
    );
    denied(cancelling().with(|case| case.to = ALPHA.routes).judge(), Rule::Contract);
    for leg in Leg::ALL.into_iter().filter(|leg| *leg != Leg::Swap) {
        denied(cancelling().with(|case| case.leg = leg).judge(), Rule::Function);
    }
    let mut gas = cancelling();
    gas.gas = dollars(5).saturating_add(ONE_MICRO);
    denied(gas.judge(), Rule::GasCap);
}

/// Nothing but a route is cancelled: of everything else the nonce is raised, or waited for.
#[test]
fn steps_that_are_no_routes_are_not_cancelled() {
    let others = crate::policy::world::needed();
    let steps = others.iter().filter(|case| !matches!(case.step, Step::Route(_)));
    let mut tried = 0;
    for other in steps {
        for leg in Leg::ALL {
            let case = other.with(|case| {
                (case.leg, case.to) = (leg, WALLET);
                case.effect = Effect::Cancel { account: WALLET };
            });
            assert!(!case.judge().is_allowed(), "{leg} of {}", case.step.route());
            tried += 1;
        }
    }
    assert_eq!(tried, 70);
}

proptest! {
    /// A route whose numbers are all at the edge of their types is judged without a panic, and never allowed.
    #[test]
    fn numbers_at_the_end_of_their_range_are_denied(which in 0_u8..5, units in (u128::MAX - 3)..=u128::MAX) {
        let mut step = lending();
        match which {
            0 => (step.loan, step.loan_usd) = (amount("USDC", units), Usd::MAX),
            1 => (step.min_profit, step.profit_usd) = (amount("USDC", units), Usd::MAX),
            2 => step.legs[0].min_out = amount("USDT", units),
            3 => step.legs[1].min_out = amount("USDC", units),
            _ => step.profit_usd = Usd::from_micros(i128::MIN),
        }
        prop_assert!(!judge(step, dollars(800)).is_allowed());
    }
}
