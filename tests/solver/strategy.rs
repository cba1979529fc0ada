//! When a rebalance starts, when it ends, and when nothing may be decided.

use purser::domain::{AssetId, Outcome, Position, Price, Snapshot, Step};
use purser::strategies::rebalance::{Goal, GoalError, Peg, decide};

use super::networks::{self, UNIT};

/// Two chains with `here` and `there` dollars of the one asset, half wanted on each.
pub(super) fn pair(here: u128, there: u128) -> (Snapshot, Goal) {
    let (mut snapshot, _) = networks::instance(2, 1, 1);
    for (view, units) in snapshot.chains.values_mut().zip([here, there]) {
        let balance = view.as_mut().unwrap().balances.get_mut(&networks::asset(0)).unwrap();
        balance.on_chain = networks::usd(units * UNIT, 0);
    }
    if let Some(Ok(view)) = snapshot.prices.get_mut(&networks::asset(0)) {
        view.price = Price::parse("1").unwrap();
    }
    let half = |place| (Position::new(networks::chain(place), networks::asset(0)), 500_000);
    let goal = Goal::new([half(0), half(1)], 50_000, 10_000, networks::terms()).unwrap();
    (snapshot, goal)
}

fn reason(snapshot: &Snapshot, goal: &Goal) -> String {
    let decision = decide(snapshot, goal);
    assert_eq!(decision.plan, None);
    match decision.record.outcome {
        Outcome::Nothing { reason } | Outcome::Refused { reason } => reason,
        Outcome::Previewed { .. } | Outcome::Accepted { .. } => panic!("there is no plan"),
    }
}

fn is_refused(snapshot: &Snapshot, goal: &Goal) -> bool {
    matches!(decide(snapshot, goal).record.outcome, Outcome::Refused { .. })
}

#[test]
fn inside_the_trigger_nothing_happens_and_the_figures_are_told() {
    for (here, there) in [(50_000, 50_000), (55_000, 45_000), (45_001, 54_999)] {
        let (snapshot, goal) = pair(here, there);
        let said = reason(&snapshot, &goal);
        assert!(said.contains("within the trigger of 50000 ppm"), "{said}");
    }
    let (snapshot, goal) = pair(55_001, 44_999);
    assert!(decide(&snapshot, &goal).plan.is_some(), "one dollar above the trigger starts it");
}

#[test]
fn a_rebalance_ends_at_the_near_edge_of_the_band() {
    let (snapshot, goal) = pair(90_000, 10_000);
    let decision = decide(&snapshot, &goal);
    let plan = decision.plan.unwrap();
    let moved: u128 = plan.steps.iter().map(|step| step.spends().units()).sum();
    assert!(moved.abs_diff(39_000 * UNIT) <= 10 * UNIT, "{moved}: 90 % comes down to 51 %");
    assert_eq!(decision.record.outcome, Outcome::Previewed { plan: plan.hash().unwrap() });
    assert_eq!(decision.record.certificate, Some(plan.certificate));
    let weights: Vec<(i64, i64)> = decision
        .record
        .deviations
        .iter()
        .map(|deviation| (deviation.weight_ppm, deviation.target_ppm))
        .collect();
    assert_eq!(weights, [(900_000, 500_000), (100_000, 500_000)]);
    assert_eq!(plan.decided_at, snapshot.taken_at);
    assert_eq!(plan.expires_at, snapshot.taken_at.plus(goal.terms.plan_valid));
}

#[test]
fn what_is_in_flight_counts_so_the_same_move_is_not_made_twice() {
    for seed in 0..12 {
        let (mut snapshot, goal) = networks::instance(4, 1, seed);
        let Some(plan) = decide(&snapshot, &goal).plan else { continue };
        for step in &plan.steps {
            let Step::Bridge(step) = step else { panic!("one asset only") };
            let mut change = |place: &purser::domain::ChainName, gone: u128, coming: u128| {
                let view = snapshot.chains.get_mut(place).unwrap().as_mut().unwrap();
                let balance = view.balances.get_mut(&networks::asset(0)).unwrap();
                balance.on_chain = networks::usd(balance.on_chain.units() - gone, 0);
                balance.in_flight = networks::usd(balance.in_flight.units() + coming, 0);
            };
            change(&step.from, step.amount.units(), 0);
            change(&step.to, 0, step.amount.units() - step.max_fee.units());
        }
        assert!(reason(&snapshot, &goal).contains("within the trigger"), "seed {seed}");
    }
}

#[test]
fn no_price_no_peg_no_chain_no_decision() {
    let (good, goal) = pair(90_000, 10_000);

    let mut snapshot = good.clone();
    snapshot.prices.insert(networks::asset(0), Err("sources disagree".to_owned()));
    assert!(is_refused(&snapshot, &goal) && reason(&snapshot, &goal).contains("sources disagree"));
    snapshot.prices.clear();
    assert!(is_refused(&snapshot, &goal));

    let mut pegged = goal.clone();
    let peg = Peg { price: Price::parse("1").unwrap(), tolerance_ppm: 20_000 };
    pegged.pegs.insert(networks::asset(0), peg);
    assert!(decide(&good, &pegged).plan.is_some());
    for (price, sound) in [("0.98", true), ("0.979999", false), ("1.02", true), ("1.020001", false)] {
        let mut snapshot = good.clone();
        if let Some(Ok(view)) = snapshot.prices.get_mut(&networks::asset(0)) {
            view.price = Price::parse(price).unwrap();
        }
        assert_eq!(is_refused(&snapshot, &pegged), !sound, "{price}");
        assert!(sound || reason(&snapshot, &pegged).contains("peg"));
    }

    let mut snapshot = good.clone();
    snapshot.chains.insert(networks::chain(1), Err("no endpoint answers".to_owned()));
    assert!(is_refused(&snapshot, &goal) && reason(&snapshot, &goal).contains("no endpoint answers"));

    let mut snapshot = good.clone();
    snapshot.chains.remove(&networks::chain(1));
    assert!(is_refused(&snapshot, &goal));

    let mut snapshot = good.clone();
    let view = snapshot.chains.get_mut(&networks::chain(1)).unwrap().as_mut().unwrap();
    view.balances.clear();
    assert!(is_refused(&snapshot, &goal));

    let mut snapshot = good;
    let view = snapshot.chains.get_mut(&networks::chain(1)).unwrap().as_mut().unwrap();
    view.balances.get_mut(&networks::asset(0)).unwrap().reserved = networks::usd(20_000 * UNIT, 0);
    assert!(is_refused(&snapshot, &goal) && reason(&snapshot, &goal).contains("reserved"));
}

#[test]
fn an_empty_wallet_is_left_alone() {
    let (snapshot, goal) = pair(0, 0);
    assert!(reason(&snapshot, &goal).contains("no inventory"));
}

#[test]
fn assets_that_are_not_managed_stay_where_they_are() {
    let (mut snapshot, mut goal) = networks::instance(2, 2, 3);
    let usdc = |place| (Position::new(networks::chain(place), networks::asset(0)), 500_000);
    goal = Goal::new([usdc(0), usdc(1)], 50_000, 10_000, goal.terms).unwrap();
    for (place, view) in snapshot.chains.values_mut().enumerate() {
        for (asset, balance) in &mut view.as_mut().unwrap().balances {
            let units = if *asset == networks::asset(1) && place == 0 { 500_000 } else { 10_000 };
            balance.on_chain = balance.on_chain.with_units(units * UNIT);
        }
    }
    assert!(reason(&snapshot, &goal).contains("within the trigger"));
    goal.assets.insert(networks::asset(1));
    assert!(decide(&snapshot, &goal).plan.is_some(), "managed without a target means: exchange it");
}

#[test]
fn goals_that_make_no_sense_are_refused() {
    let terms = networks::terms;
    let position = Position::new(networks::chain(0), networks::asset(0));
    let one = |weight| [(position.clone(), weight)];
    assert_eq!(Goal::new(one(999_999), 2, 1, terms()).unwrap_err(), GoalError::Sum { sum: 999_999 });
    let band = Goal::new(one(1_000_000), 1, 1, terms()).unwrap_err();
    assert_eq!(band, GoalError::Band { band_ppm: 1, trigger_ppm: 1 });
    let twice = [(position.clone(), 500_000), (position.clone(), 500_000)];
    assert_eq!(Goal::new(twice, 2, 1, terms()).unwrap_err(), GoalError::Twice(position.clone()));
    let chains = [networks::chain(0), networks::chain(1)];
    let asset = AssetId::new("USDC");
    assert_eq!(
        Goal::spread(&[1_000_000], &chains, &asset).unwrap_err(),
        GoalError::Chains { weights: 1, chains: 2 }
    );
    let spread = Goal::spread(&[600_000, 400_000], &chains, &asset).unwrap();
    let goal = Goal::new(spread, 50_000, 10_000, terms()).unwrap();
    assert_eq!((goal.target(&position), goal.targets().len()), (600_000, 2));
}
