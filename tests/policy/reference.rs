//! A second, much smaller evaluator, written from the rules' descriptions alone: it lists what the
//! bytes must be and compares. Both must agree on random cases.

use alloy::primitives::U256;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use purser::domain::{AnyAddress, Funding, Leg, RouteStep, Speed, Spent, Step, Timestamp, Usd, Venue};
use purser::policy::{ChainRules, Effect, RouteEffect, Rules};

use crate::policy::world::{ALPHA, BETA, Case, FRIEND, NOW, STRANGER, WALLET, chain, needed, rules, word};

fn allows(rules: &Rules, case: &Case, spent: Spent) -> bool {
    let Some(here) = rules.chains.get(&case.chain) else { return false };
    let gas = case.gas.micros();
    let within = case.chain_id == here.chain_id
        && case.value == U256::ZERO
        && (0..=here.max_gas.micros()).contains(&gas)
        && spent.gas.micros().max(0) + gas <= rules.max_gas_day.micros();
    let token = |asset: &purser::domain::Amount| here.tokens.get(asset.asset()).copied();
    let welcome =
        |who: AnyAddress| who.evm().is_some_and(|who| who == rules.wallet || rules.recipients.contains(&who));
    let planned = |units: u128| U256::from(units);
    let router = |venue| if venue == Venue::OneInch { here.aggregator } else { here.router };
    let fits = match (&case.step, case.leg, &case.effect) {
        (Step::Bridge(step), Leg::Approve | Leg::Revoke, Effect::Approve { spender, amount }) => {
            let wanted = if case.leg == Leg::Revoke { 0 } else { step.amount.units() };
            case.chain == step.from
                && step.from != step.to
                && Some(case.to) == token(&step.amount)
                && here.cctp.is_some_and(|cctp| cctp.token_messenger == *spender)
                && *amount == planned(wanted)
        }
        (Step::Bridge(step), Leg::Burn, Effect::Burn { .. }) => {
            let Effect::Burn { amount, destination_domain, mint_recipient, burn_token, max_fee, .. } =
                &case.effect
            else {
                return false;
            };
            let Effect::Burn { destination_caller, min_finality_threshold, .. } = &case.effect else {
                return false;
            };
            let there = rules.chains.get(&step.to).and_then(|chain| chain.cctp);
            let threshold = if step.speed == Speed::Fast { 1000 } else { 2000 };
            case.chain == step.from
                && step.from != step.to
                && here.cctp.is_some_and(|cctp| cctp.token_messenger == case.to)
                && there.is_some_and(|cctp| cctp.domain.0 == *destination_domain)
                && Some(*burn_token) == token(&step.amount)
                && *amount == planned(step.amount.units())
                && Some(*mint_recipient) == step.recipient.evm().map(word)
                && welcome(step.recipient)
                && destination_caller.is_zero()
                && *max_fee <= planned(step.max_fee.units())
                && *min_finality_threshold == threshold
        }
        (
            Step::Bridge(step),
            Leg::Mint,
            Effect::Mint { source_domain, destination_domain, mint_recipient, amount, fee_executed },
        ) => {
            let source = rules.chains.get(&step.from).and_then(|chain| chain.cctp);
            case.chain == step.to
                && step.from != step.to
                && here.cctp.is_some_and(|cctp| {
                    cctp.message_transmitter == case.to && cctp.domain.0 == *destination_domain
                })
                && source.is_some_and(|cctp| cctp.domain.0 == *source_domain)
                && Some(*mint_recipient) == step.recipient.evm().map(word)
                && welcome(step.recipient)
                && *amount == planned(step.amount.units())
                && *fee_executed <= planned(step.max_fee.units())
        }
        (Step::Swap(step), Leg::Approve | Leg::Revoke, Effect::Approve { spender, amount }) => {
            let wanted = if case.leg == Leg::Revoke { 0 } else { step.amount_in.units() };
            case.chain == step.chain
                && Some(case.to) == token(&step.amount_in)
                && token(&step.min_out).is_some()
                && router(step.venue) == Some(*spender)
                && *amount == planned(wanted)
        }
        (
            Step::Swap(step),
            Leg::Swap,
            Effect::Swap { venue, token_in, token_out, fee, amount_in, min_out, recipient, deadline },
        ) => {
            let now = case.at.millis() / 1000;
            let left = i128::try_from(*deadline).unwrap_or(i128::MAX) - i128::from(now);
            case.chain == step.chain
                && here.router == Some(case.to)
                && Some(*token_in) == token(&step.amount_in)
                && Some(*token_out) == token(&step.min_out)
                && *venue == step.venue
                && *fee == step.fee
                && *amount_in == planned(step.amount_in.units())
                && *min_out >= planned(step.min_out.units().max(1))
                && AnyAddress::from(*recipient) == step.recipient
                && welcome(step.recipient)
                && (1..=i128::from(rules.max_deadline_seconds)).contains(&left)
        }
        (
            Step::Swap(step),
            Leg::Swap,
            Effect::Aggregate { token_in, token_out, amount_in, min_out, recipient },
        ) => {
            case.chain == step.chain
                && step.venue == Venue::OneInch
                && step.fee == 0
                && here.aggregator == Some(case.to)
                && Some(*token_in) == token(&step.amount_in)
                && Some(*token_out) == token(&step.min_out)
                && *amount_in == planned(step.amount_in.units())
                && *min_out >= planned(step.min_out.units().max(1))
                && AnyAddress::from(*recipient) == step.recipient
                && welcome(step.recipient)
        }
        (Step::Route(step), Leg::Swap, Effect::Cancel { account }) => {
            case.chain == step.chain
                && token(&step.loan).is_some()
                && [case.to, *account] == [rules.wallet; 2]
        }
        (Step::Route(step), Leg::Revoke, Effect::Approve { spender, amount }) => {
            case.chain == step.chain
                && Some(case.to) == token(&step.loan)
                && *spender == step.contract
                && amount.is_zero()
        }
        (Step::Route(step), Leg::Approve, Effect::Approve { spender, amount }) => {
            case.chain == step.chain
                && may_begin(here, step)
                && step.funding == Funding::Inventory
                && step.loan.units() > 0
                && Some(case.to) == token(&step.loan)
                && *spender == step.contract
                && *amount == planned(step.loan.units())
        }
        (Step::Route(step), Leg::Swap, Effect::Route(route)) => {
            let now = case.at.millis() / 1000;
            let left = i128::from(route.deadline) - i128::from(now);
            case.chain == step.chain
                && may_begin(here, step)
                && case.to == step.contract
                && (1..=i128::from(rules.max_deadline_seconds)).contains(&left)
                && route.min_profit >= step.min_profit.units()
                && *route == written(here, step, route)
        }
        (Step::Bridge(_) | Step::Swap(_) | Step::Route(_), _, _) => false,
    };
    within && fits
}

/// Whether the rules of the chain let the route be begun.
fn may_begin(here: &ChainRules, step: &RouteStep) -> bool {
    let Some(routes) = &here.routes else { return false };
    let known = |amount: &purser::domain::Amount| here.tokens.contains_key(amount.asset());
    let in_base = [&step.loan, &step.profit, &step.min_profit].map(|amount| amount.asset() == &routes.base);
    let swaps = step.legs.iter().all(|leg| {
        known(&leg.amount_in)
            && known(&leg.min_out)
            && leg.quoted_out.asset() == leg.min_out.asset()
            && leg.amount_in.asset() != leg.min_out.asset()
            && leg.amount_in.units() > 0
            && (1..=leg.quoted_out.units()).contains(&leg.min_out.units())
    });
    step.contract == routes.contract
        && step.funding == routes.funding
        && in_base == [true; 3]
        && known(&step.loan)
        && (1..=step.profit.units()).contains(&step.min_profit.units())
        && (1..=routes.max_profit.micros()).contains(&step.profit_usd.micros())
        && (0..=routes.max_loan.micros()).contains(&step.loan_usd.micros())
        && step.legs.len() > 1
        && swaps
}

/// The only bytes that serve the step; `found` tells what may be better than planned.
fn written(here: &ChainRules, step: &RouteStep, found: &RouteEffect) -> RouteEffect {
    let mut route = found.clone();
    route.base = here.tokens[step.loan.asset()];
    (route.loan, route.last_block, route.funding) = (step.loan.units(), step.last_block, step.funding);
    route.legs.resize(step.legs.len(), found.legs[0]);
    for (leg, planned) in route.legs.iter_mut().zip(&step.legs) {
        leg.token_in = here.tokens[planned.amount_in.asset()];
        leg.token_out = here.tokens[planned.min_out.asset()];
        (leg.factory, leg.fee, leg.tick_spacing) = (planned.factory, planned.fee, planned.tick_spacing);
        leg.amount_in = if planned.takes_rest { None } else { Some(planned.amount_in.units()) };
        leg.min_out = leg.min_out.max(planned.min_out.units());
    }
    route
}

/// Sets one thing to one of a few telling values, often the one it has already.
fn nudge(case: &mut Case, what: u8, pick: usize) {
    let address = [
        WALLET,
        FRIEND,
        STRANGER,
        ALPHA.usdc,
        ALPHA.usdt,
        ALPHA.messenger,
        ALPHA.transmitter,
        ALPHA.router,
        BETA.usdc,
        BETA.messenger,
        BETA.transmitter,
        BETA.router,
        ALPHA.aggregator,
        BETA.aggregator,
        ALPHA.routes,
        BETA.routes,
    ][pick % 16];
    let shift = |number: U256| match pick % 4 {
        0 => number,
        1 => number + U256::from(1),
        2 => number.saturating_sub(U256::from(1)),
        _ => U256::ZERO,
    };
    match what {
        0 => {
            (case.chain, case.chain_id) =
                [(chain("alpha"), 1), (chain("beta"), 2), (chain("gamma"), 3)][pick % 3].clone()
        }
        1 => case.chain_id = [1, 2, 3, 10][pick % 4],
        2 => case.to = address,
        3 => case.value = U256::from(pick % 2),
        4 => case.gas = Usd::from_micros([-1, 0, 1_000_000, 1_000_001, 5_000_000, 5_000_001][pick % 6]),
        5 => case.leg = Leg::ALL[pick % 7],
        6 => case.effect = needed().swap_remove(pick % 17).effect,
        7 => case.step = needed().swap_remove(pick % 17).step,
        8 => {
            case.at = Timestamp::from_millis(
                [NOW - 300, NOW - 301, NOW, NOW + 299, NOW + 300][pick % 5] as i64 * 1000,
            )
        }
        9 => match &mut case.step {
            Step::Bridge(step) => step.recipient = address.into(),
            Step::Swap(step) => step.recipient = address.into(),
            Step::Route(step) => step.contract = address,
        },
        10 => match &mut case.step {
            Step::Bridge(step) => step.speed = [Speed::Fast, Speed::Standard][pick % 2],
            Step::Swap(step) => step.fee = [100, 500][pick % 2],
            Step::Route(step) => step.funding = [Funding::Inventory, Funding::PoolManager][pick % 2],
        },
        11 => match &mut case.step {
            Step::Bridge(step) => step.to = [chain("alpha"), chain("beta"), chain("gamma")][pick % 3].clone(),
            Step::Swap(step) => {
                step.min_out = step.min_out.with_units(step.min_out.units() - 1 + pick as u128 % 3)
            }
            Step::Route(step) => nudge_step(step, pick),
        },
        12 => match &mut case.effect {
            Effect::Approve { spender, .. } => *spender = address,
            Effect::Burn { mint_recipient, .. } | Effect::Mint { mint_recipient, .. } => {
                *mint_recipient = word(address)
            }
            Effect::Swap { recipient, .. } | Effect::Aggregate { recipient, .. } => *recipient = address,
            Effect::Route(route) => route.base = address,
            Effect::Cancel { account } => *account = address,
        },
        13 => match &mut case.effect {
            Effect::Approve { amount, .. } | Effect::Burn { amount, .. } | Effect::Mint { amount, .. } => {
                *amount = shift(*amount)
            }
            Effect::Swap { amount_in, .. } | Effect::Aggregate { amount_in, .. } => {
                *amount_in = shift(*amount_in)
            }
            Effect::Route(route) => nudge_route(route, pick),
            Effect::Cancel { .. } => {}
        },
        _ => match &mut case.effect {
            Effect::Approve { amount, .. } => *amount = [U256::ZERO, U256::MAX][pick % 2],
            Effect::Burn { max_fee, .. } => *max_fee = shift(*max_fee),
            Effect::Mint { fee_executed, .. } => *fee_executed = shift(*fee_executed),
            Effect::Swap { min_out, .. } | Effect::Aggregate { min_out, .. } => *min_out = shift(*min_out),
            Effect::Route(route) => {
                route.deadline = [NOW, NOW + 1, NOW + 300, NOW + 600, NOW + 601][pick % 5];
            }
            Effect::Cancel { .. } => {}
        },
    }
}

/// One below, the same, or one above.
fn near(number: u128, pick: usize) -> u128 {
    number - 1 + (pick / 16) as u128 % 3
}

fn nudge_step(step: &mut RouteStep, pick: usize) {
    let near = |amount: &purser::domain::Amount| amount.with_units(near(amount.units(), pick));
    let place = pick / 64 % step.legs.len();
    let leg = &mut step.legs[place];
    match pick % 11 {
        0 => step.loan = near(&step.loan),
        1 => step.min_profit = near(&step.min_profit),
        2 => step.min_profit = near(&step.profit),
        3 => step.last_block = step.last_block.saturating_add(pick as u64 % 2),
        4 => step.loan_usd = Usd::from_micros(999_999_999 + pick as i128 % 3),
        5 => step.profit_usd = Usd::from_micros([0, 1, 40_000_000, 40_000_001, 90_000_000][pick / 16 % 5]),
        6 => leg.min_out = near(&leg.min_out),
        7 => leg.min_out = near(&leg.quoted_out),
        8 => leg.amount_in = near(&leg.amount_in),
        9 => leg.takes_rest ^= true,
        _ => step.legs.truncate(1 + pick / 16 % 2),
    }
}

fn nudge_route(route: &mut RouteEffect, pick: usize) {
    let place = pick / 64 % route.legs.len();
    let leg = &mut route.legs[place];
    match pick % 10 {
        0 => route.loan = near(route.loan, pick),
        1 => route.min_profit = near(route.min_profit, pick),
        2 => route.last_block = [0, 18_000_000, 18_000_001][pick / 16 % 3],
        3 => route.funding = [Funding::Inventory, Funding::PoolManager][pick / 16 % 2],
        4 => leg.factory = [0, 1, 255][pick / 16 % 3],
        5 => leg.fee = [0, 8, 50, 100][pick / 16 % 4],
        6 => leg.tick_spacing = [0, 10][pick / 16 % 2],
        7 => leg.amount_in = leg.amount_in.map(|units| near(units, pick)),
        8 => leg.min_out = near(leg.min_out, pick),
        _ => std::mem::swap(&mut leg.token_in, &mut leg.token_out),
    }
}

#[test]
fn both_evaluators_agree_on_random_cases() {
    let mut runner = TestRunner::new(Config::with_cases(40_000));
    let nudges = proptest::collection::vec((0_u8..=14, any::<usize>()), 0..4);
    let spent = prop_oneof![Just(0_i128), Just(-5), Just(19_750_000), Just(19_750_001), 0..30_000_000_i128];
    let (allowed, denied) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let outcome = runner.run(&(0_usize..17, nudges, spent), |(base, nudges, spent)| {
        let case = needed().swap_remove(base).with(|case| {
            for (what, pick) in &nudges {
                nudge(case, *what, *pick);
            }
        });
        let spent = Spent { moved: Usd::ZERO, gas: Usd::from_micros(spent) };
        let verdict = case.judge_after(spent);
        prop_assert_eq!(verdict.is_allowed(), allows(&rules(), &case, spent), "{} for {:?}", verdict, case);
        let counter = if verdict.is_allowed() { &allowed } else { &denied };
        counter.set(counter.get() + 1);
        Ok(())
    });
    outcome.unwrap();
    assert!(allowed.get() > 4_000 && denied.get() > 4_000, "{} and {}", allowed.get(), denied.get());
}
