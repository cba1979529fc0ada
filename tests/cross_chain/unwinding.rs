//! What a failed leg left is closed where that loses least, or waits.

use std::collections::BTreeMap;

use purser::domain::{Moved, PlanHash, Position, Snapshot, Trade, TradeRole};
use purser::network::pool::quote_exact_in;
use purser::strategies::cross_chain::{Goal, decide};

use super::world::{gap, hold, pair, reason, swaps};
use crate::solver::networks::{self, UNIT};

fn plan_hash() -> PlanHash {
    let (snapshot, goal) = gap(40_000);
    decide(&snapshot, &goal).plan.unwrap().hash().unwrap()
}

/// A trade that sold and bought so much of the second asset on either chain, in whole units.
fn trade(moved: [(usize, u128, u128); 2]) -> Trade {
    let at = |(chain, sold, bought): (usize, u128, u128)| {
        let position = Position::new(networks::chain(chain), networks::asset(1));
        (position, Moved { sold: sold * UNIT, bought: bought * UNIT })
    };
    Trade { plan: plan_hash(), is_open: false, moved: BTreeMap::from(moved.map(at)) }
}

/// No gap, and a trade of before.
fn after_trade(moved: [(usize, u128, u128); 2]) -> (Snapshot, Goal) {
    let (snapshot, goal) = gap(0);
    (snapshot, Goal { trades: vec![trade(moved)], ..goal })
}

#[test]
fn what_was_bought_and_not_sold_is_sold_where_it_brings_most() {
    let (mut snapshot, goal) = after_trade([(0, 0, 5_000), (1, 0, 0)]);
    pair(&mut snapshot, 1, 2_000);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let steps = swaps(&plan);
    assert_eq!(steps.len(), 1);
    assert_eq!((&steps[0].chain, steps[0].amount_in.units()), (&networks::chain(1), 5_000 * UNIT));
    assert_eq!(steps[0].trade, Some(TradeRole::Unwind { of: plan_hash() }));
    // Where there is not enough on that chain, it is sold on the other one.
    hold(&mut snapshot, 1, 1, 4_999);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert_eq!(swaps(&plan)[0].chain, networks::chain(0));
}

#[test]
fn what_was_sold_and_not_bought_is_bought_to_the_unit() {
    let (snapshot, goal) = after_trade([(0, 0, 1_000), (1, 6_000, 0)]);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let steps = swaps(&plan);
    let step = steps[0];
    assert_eq!(*step.amount_in.asset(), networks::asset(0));
    assert!(step.quoted_out.units() >= 5_000 * UNIT);
    let pool = &snapshot.chains[&step.chain].as_ref().unwrap().pools[0];
    let less = quote_exact_in(pool, true, step.amount_in.units() - 1).unwrap().amount_out;
    assert!(less < 5_000 * UNIT, "one unit less would not bring it");
}

#[test]
fn dust_is_no_exposure() {
    let (snapshot, goal) = after_trade([(0, 0, 1_000), (1, 991, 0)]);
    assert!(reason(&decide(&snapshot, &goal)).contains("no gap between chains pays"));
    let (snapshot, goal) = after_trade([(0, 0, 1_000), (1, 989, 0)]);
    assert_eq!(swaps(&decide(&snapshot, &goal).plan.unwrap())[0].amount_in.units(), 11 * UNIT);
}

/// A rest is closed before anything else is begun, however wide the gap.
#[test]
fn nothing_new_begins_while_legs_are_open_or_something_is_left() {
    let (snapshot, goal) = gap(40_000);
    let left = Goal { trades: vec![trade([(0, 0, 5_000), (1, 0, 0)])], ..goal.clone() };
    assert!(matches!(
        swaps(&decide(&snapshot, &left).plan.unwrap())[0].trade,
        Some(TradeRole::Unwind { .. })
    ));
    let mut open = trade([(0, 0, 5_000), (1, 0, 0)]);
    open.is_open = true;
    let open = Goal { trades: vec![open], ..goal };
    assert!(reason(&decide(&snapshot, &open)).contains("are under way"));
}

#[test]
fn what_would_lose_too_much_waits() {
    let (mut snapshot, goal) = after_trade([(0, 0, 50_000), (1, 0, 0)]);
    let decision = decide(&snapshot, &Goal { unwind_ppm: 10_000, ..goal.clone() });
    assert!(reason(&decision).contains("unwinding it would lose"), "{decision:?}");
    assert!(decide(&snapshot, &Goal { unwind_ppm: 100_000, ..goal.clone() }).plan.is_some());
    for chain in 0..2 {
        hold(&mut snapshot, chain, 1, 49_999);
    }
    assert!(reason(&decide(&snapshot, &goal)).contains("no pool takes it now"));
    // Of a chain that cannot be read the decimals are not known, so nothing is.
    snapshot.chains.insert(networks::chain(0), Err("no answer".to_owned()));
    assert!(reason(&decide(&snapshot, &goal)).contains("cannot be told"));
}
