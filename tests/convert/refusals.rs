//! When nothing may be converted.

use std::time::Duration;

use purser::domain::snapshot::Gas;
use purser::domain::{Outcome, Price};
use purser::network::OpenRoutes;
use purser::strategies::Peg;
use purser::strategies::convert::{Goal, decide, wanted};

use super::Market;
use crate::solver::networks::{self, UNIT};

fn reason(market: &Market, goal: &Goal) -> String {
    let decision = decide(&market.snapshot, goal);
    assert_eq!(decision.plan, None);
    match decision.record.outcome {
        Outcome::Refused { reason } => reason,
        Outcome::Nothing { .. } | Outcome::Previewed { .. } | Outcome::Accepted { .. } => {
            panic!("not refused: {:?}", decision.record)
        }
    }
}

/// Refused before anybody is asked.
fn unasked(market: &Market, goal: &Goal) -> String {
    assert_eq!(wanted(&market.snapshot, goal), []);
    reason(market, goal)
}

#[test]
fn without_sound_prices_nobody_is_even_asked() {
    for asset in [0, 1] {
        let mut market = Market::new(1, 0, 2, 1_000);
        let goal = market.goal();
        market.snapshot.prices.insert(networks::asset(asset), Err("the price is 600 s old".to_owned()));
        assert!(unasked(&market, &goal).contains("the price is 600 s old"));
        market.snapshot.prices.remove(&networks::asset(asset));
        assert!(unasked(&market, &goal).contains("no price source"));
    }
    let mut market = Market::new(1, 0, 2, 1_000);
    let mut goal = market.goal();
    let peg = Peg { price: Price::parse("1").unwrap(), tolerance_ppm: 20_000 };
    goal.pegs = [(networks::asset(0), peg), (networks::asset(1), peg)].into();
    assert!(decide(&market.snapshot, &goal).plan.is_some());
    if let Some(Ok(view)) = market.snapshot.prices.get_mut(&networks::asset(0)) {
        view.price = Price::parse("0.97").unwrap();
    }
    assert!(unasked(&market, &goal).contains("peg"));
    market.snapshot.prices.insert(purser::domain::AssetId::new("ETH"), Err("no ETH price".to_owned()));
    if let Some(Ok(view)) = market.snapshot.prices.get_mut(&networks::asset(0)) {
        view.price = Price::parse("1").unwrap();
    }
    assert!(reason(&market, &goal).contains("no usable way"), "gas of unknown price is not free");
}

#[test]
fn what_is_not_there_is_not_sold() {
    let mut market = Market::new(1, 0, 2, 1_000);
    let goal = market.goal();
    let view = market.snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    let balance = view.balances.get_mut(&networks::asset(1)).unwrap();
    balance.reserved = networks::usd(1, 1);
    assert!(unasked(&market, &goal).contains("reserved"));
    market.snapshot.chains.insert(networks::chain(0), Err("no endpoint answers".to_owned()));
    assert!(unasked(&market, &goal).contains("no endpoint answers"));
    market.snapshot.chains.clear();
    assert!(unasked(&market, &goal).contains("not configured"));

    let market = Market::new(1, 0, 2, 1_000);
    let mut goal = market.goal();
    goal.request.amount = networks::usd(0, 1);
    assert!(unasked(&market, &goal).contains("nothing is to be sold"));
    goal.request.amount = networks::usd(5, 0);
    assert!(unasked(&market, &goal).contains("itself"));
}

#[test]
fn a_quote_far_below_the_reference_price_is_refused() {
    let mut market = Market::new(1, 0, 0, 1_000);
    let view = market.snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    view.pools.clear();
    for asset in [0, 1] {
        if let Some(Ok(view)) = market.snapshot.prices.get_mut(&networks::asset(asset)) {
            view.price = Price::parse("1").unwrap();
        }
    }
    // 1 % of fee and 0.1 % of slippage are what it may be below.
    market.quoted(0x40, 989_001, 1_000_000_000_000_000_000);
    let goal = market.goal();
    assert!(decide(&market.snapshot, &goal).plan.is_some(), "{}", reason(&market, &goal));
    market.snapshot.quotes.clear();
    market.quoted(0x40, 988_999, 1_000_000_000_000_000_000);
    let said = reason(&market, &goal);
    assert!(said.contains("more than 11000 ppm below the reference price"), "{said}");
}

#[test]
fn gas_of_all_steps_must_be_there_and_old_quotes_are_none() {
    let mut market = Market::new(1, 0, 3, 1_000_000);
    let goal = market.goal();
    let plan = decide(&market.snapshot, &goal).plan.unwrap();
    assert!(plan.steps.len() > 1, "{plan:#?}");
    let view = market.snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    // Enough for the dearest step alone.
    let Gas::Evm(gas) = view.gas else { unreachable!("an EVM chain") };
    view.native = view.native.with_units((gas.base_fee + gas.priority_fee) * 460_000);
    assert!(reason(&market, &goal).contains("gas of all steps"));

    let mut market = Market::new(1, 0, 3, 1_000_000);
    for view in market.snapshot.quotes.iter_mut().flatten() {
        view.taken_at = view.taken_at.minus(Duration::from_secs(121));
    }
    let record = decide(&market.snapshot, &market.goal()).record;
    let old = record.quotes.iter().filter(|quote| quote.verdict.contains("121 s old")).count();
    assert!(old >= 30, "{record:#?}");
}

#[test]
fn pools_with_a_swap_of_ours_are_left_alone() {
    let market = Market::new(1, 0, 0, 1_000);
    let mut goal = market.goal();
    let view = market.snapshot.chains[&networks::chain(0)].as_ref().unwrap();
    let pools = view.pools.iter().map(|pool| (networks::chain(0), pool.address.into())).collect();
    goal.open = OpenRoutes { pools, ..OpenRoutes::default() };
    assert!(reason(&market, &goal).contains("no usable way"));
    let record = decide(&market.snapshot, &goal).record;
    let open = record.alternatives.iter().filter(|one| one.reason.contains("a swap of ours is open"));
    assert_eq!(open.count(), 2, "{record:#?}");
}

#[test]
fn more_ways_than_are_compared_are_refused() {
    let market = Market::new(1, 15, 0, 1_000 * UNIT / UNIT);
    assert!(reason(&market, &market.goal()).contains("17 ways lead there"));
}
