//! Records say why this and not something else.

use purser::domain::{Outcome, Speed, Step, Usd};
use purser::strategies::rebalance::decide;

use super::networks::{self, UNIT};
use super::strategy::pair;

#[test]
fn the_refused_speed_is_priced_at_the_same_amount() {
    for (dear, chosen, refused) in
        [(true, Speed::Standard, "cctp-fast"), (false, Speed::Fast, "cctp-standard")]
    {
        let (mut snapshot, mut goal) = pair(90_000, 10_000);
        for view in snapshot.bridges.iter_mut().flatten() {
            view.tiers[0].fee_ppm = if dear { 140 } else { 0 };
            view.tiers[0].expected_seconds = 10;
            view.tiers[1].expected_seconds = 1_000;
        }
        goal.terms.time_usd_per_hour = Usd::from_micros(5_000_000);
        let decision = decide(&snapshot, &goal);
        let plan = decision.plan.unwrap();
        assert!(matches!(&plan.steps[..], [Step::Bridge(step)] if step.speed == chosen));
        let other =
            decision.record.alternatives.iter().find(|way| way.route == format!("{refused} chain00→chain01"));
        let reason = &other.expect("the other speed is named").reason;
        assert!(reason.contains("more than") && reason.contains('$'), "{reason}");
    }
}

#[test]
fn shadow_prices_say_where_a_dollar_is_missing() {
    let (mut snapshot, mut goal) = pair(90_000, 10_000);
    // Less can be moved than is wanted: the limit binds and both ends have a price.
    snapshot.bridges.iter_mut().flatten().for_each(|view| view.burn_limit = 5_000 * UNIT);
    goal.terms.max_in_flight = 1;
    let record = decide(&snapshot, &goal).record;
    let price = |name: &str| record.shadow_prices.iter().find(|(node, _)| node == name).unwrap().1;
    assert!(price("USDC on chain01") > price("USDC on chain00") + 15_000, "{:?}", record.shadow_prices);
}

#[test]
fn doing_nothing_names_the_cheapest_way_and_what_it_would_cost() {
    let (mut snapshot, mut goal) = pair(120, 60);
    goal.terms.max_cost_share_ppm = 20_000;
    let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    super::gas(view).base_fee = 100_000_000_000;
    let decision = decide(&snapshot, &goal);
    let Outcome::Nothing { reason } = &decision.record.outcome else { panic!("gas is 66 dollars for 28") };
    assert!(reason.contains("no move pays") && reason.contains("ppm"), "{reason}");
    let certificate = decision.record.certificate.unwrap();
    assert_eq!(certificate.value, Usd::ZERO);
    assert!(certificate.bound <= Usd::from_micros(1), "the bound proves it: {}", certificate.bound);
}

#[test]
fn removed_ways_keep_their_reason() {
    let (mut snapshot, goal) = pair(90_000, 10_000);
    for view in snapshot.bridges.iter_mut().flatten() {
        view.tiers[0].allowance = None;
    }
    let record = decide(&snapshot, &goal).record;
    assert!(record.alternatives.iter().any(|way| {
        way.route == "cctp-fast chain00→chain01" && way.reason.contains("allowance is not known")
    }));
}
