//! Quotes as edges: nothing is promised that was not quoted, and the solver uses them beside the pools.

use std::time::Duration;

use alloy::primitives::Address;
use proptest::prelude::*;
use purser::domain::{Position, QuoteView, Snapshot, Step, Venue};
use purser::network::{self, OpenRoutes, QuotedWay, Way};
use purser::strategies::rebalance::{Goal, decide, wanted};

use crate::solver::networks::{self, UNIT};

const ROUTER: Address = Address::repeat_byte(0x11);

/// All money as another dollar on one chain, all of it wanted as USDC there.
fn lopsided(units: u128) -> (Snapshot, Goal) {
    let (mut snapshot, _) = networks::instance(1, 2, 9);
    for view in snapshot.chains.values_mut() {
        for (asset, balance) in &mut view.as_mut().unwrap().balances {
            let held = if *asset == networks::asset(1) { units } else { 0 };
            balance.on_chain = balance.on_chain.with_units(held);
        }
    }
    let target = Position::new(networks::chain(0), networks::asset(0));
    let mut goal = Goal::new([(target, 1_000_000)], 50_000, 10_000, networks::terms()).unwrap();
    goal.assets = (0..2).map(networks::asset).collect();
    (snapshot, goal)
}

fn quote(snapshot: &Snapshot, samples: Vec<(u128, u128)>) -> QuoteView {
    QuoteView {
        chain: networks::chain(0),
        venue: Venue::OneInch,
        router: ROUTER.into(),
        from: networks::asset(1),
        to: networks::asset(0),
        taken_at: snapshot.taken_at,
        samples,
        refused: Vec::new(),
        slippage_ppm: 500,
    }
}

/// The way of a quote in the network, or why it is not there.
fn way(
    view: QuoteView,
    snapshot: &mut Snapshot,
    goal: &Goal,
    open: &OpenRoutes,
) -> Result<QuotedWay, String> {
    snapshot.quotes = vec![Ok(view)];
    let network = network::build(snapshot, &goal.assets, &goal.terms, open);
    let found = network.edges.iter().find_map(|edge| match &edge.way {
        Way::Quoted(way) => Some(way.clone()),
        Way::Bridge(_) | Way::Swap(_) => None,
    });
    let removed =
        || network.removed.iter().find(|one| one.route.starts_with("1inch")).unwrap().reason.clone();
    found.ok_or_else(removed)
}

fn usable(samples: Vec<(u128, u128)>, haircut_ppm: u32) -> Result<QuotedWay, String> {
    let (mut snapshot, goal) = lopsided(1_000 * UNIT);
    snapshot.haircuts.insert(Venue::OneInch, haircut_ppm);
    let view = quote(&snapshot, samples);
    way(view, &mut snapshot, &goal, &OpenRoutes::default())
}

#[test]
fn between_two_sizes_the_chord_counts_and_beyond_the_last_nothing() {
    let way = usable(vec![(1_000, 990), (3_000, 2_950)], 0).unwrap();
    assert_eq!(way.arrives(1_000), Ok(990));
    assert_eq!(way.arrives(500), Ok(495));
    assert_eq!(way.arrives(2_001), Ok(1_970), "1970.98 is rounded down");
    assert_eq!(way.arrives(3_000), Ok(2_950));
    assert!(way.arrives(3_001).unwrap_err().contains("only up to 3000"));
}

#[test]
fn a_haircut_is_taken_off_every_size() {
    let way = usable(vec![(1_000_000, 1_000_000), (2_000_000, 1_990_000)], 5_000).unwrap();
    assert_eq!(way.arrives(1_000_000), Ok(995_000));
    assert_eq!(way.arrives(2_000_000), Ok(1_980_050));
}

#[test]
fn what_cannot_be_used_is_kept_with_its_reason() {
    let (mut snapshot, goal) = lopsided(1_000 * UNIT);
    let fresh = quote(&snapshot, vec![(1_000_000, 999_000)]);
    let closed = OpenRoutes { pools: [(networks::chain(0), ROUTER.into())].into(), ..OpenRoutes::default() };
    let open = OpenRoutes::default();
    assert!(way(fresh.clone(), &mut snapshot, &goal, &open).is_ok());
    assert!(
        way(fresh.clone(), &mut snapshot, &goal, &closed).unwrap_err().contains("a swap of ours is open")
    );
    let taken_at = snapshot.taken_at.minus(Duration::from_secs(121));
    let old = QuoteView { taken_at, ..fresh.clone() };
    assert!(way(old, &mut snapshot, &goal, &open).unwrap_err().contains("121 s old"));
    let nothing = QuoteView { samples: Vec::new(), ..fresh };
    assert_eq!(way(nothing, &mut snapshot, &goal, &open), Err("nothing was quoted".to_owned()));
    snapshot.quotes = vec![Err("1inch chain00 USD1→USDC: no key".to_owned())];
    let record = decide(&snapshot, &goal).record;
    assert!(
        record.alternatives.iter().any(|one| one.reason.contains("no key")),
        "{:#?}",
        record.alternatives
    );
}

#[test]
fn only_pairs_of_too_much_and_too_little_are_asked_for() {
    let (snapshot, goal) = lopsided(1_000 * UNIT);
    let requests = wanted(&snapshot, &goal);
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!((requests[0].most.asset(), &requests[0].to), (&networks::asset(1), &networks::asset(0)));
    assert!(requests[0].most.units() <= 1_000 * UNIT && requests[0].most.units() >= 980 * UNIT);
    let (mut nowhere, goal) = lopsided(1_000 * UNIT);
    nowhere.prices.insert(networks::asset(0), Err("no price".to_owned()));
    assert_eq!(wanted(&nowhere, &goal), [], "nothing would be decided, so nobody is asked");
    let balanced = lopsided(0).0;
    assert_eq!(wanted(&balanced, &goal), []);
}

#[test]
fn a_better_quote_is_taken_with_its_limits() {
    let (mut snapshot, goal) = lopsided(100_000 * UNIT);
    snapshot.quotes =
        vec![Ok(quote(&snapshot, vec![(50_000 * UNIT, 50_010 * UNIT), (100_000 * UNIT, 100_000 * UNIT)]))];
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let [Step::Swap(step)] = plan.steps.as_slice() else { panic!("{:#?}", plan.steps) };
    assert_eq!((step.venue, step.pool, step.fee), (Venue::OneInch, ROUTER.into(), 0));
    let least = (step.quoted_out.units() * 999_500).div_ceil(1_000_000);
    assert_eq!(step.min_out.units(), least, "its own slippage, not the wider one of the pools");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Increasing sizes with any output: concave up to rounding, and nowhere above a quote.
    #[test]
    fn no_size_is_promised_more_than_was_quoted(
        steps in proptest::collection::vec((1_u128..1_000_000_000, 0_u128..1_200_000_000), 1..6), haircut in 0_u32..5_000,
    ) {
        let mut sold = 0;
        let samples: Vec<(u128, u128)> = steps.iter().map(|(more, out)| { sold += more; (sold, *out) }).collect();
        let Ok(way) = usable(samples.clone(), haircut) else { return Ok(()) };
        for (sold, out) in samples {
            if let Ok(arrives) = way.arrives(sold) {
                prop_assert!(arrives * 1_000_000 <= out * u128::from(1_000_000 - haircut), "{sold}: {arrives} of {out}");
            }
        }
        for pair in way.corners.windows(3) {
            let (x0, y0, x1, y1, x2, y2) = (pair[0].0, pair[0].1, pair[1].0, pair[1].1, pair[2].0, pair[2].1);
            prop_assert!((y2 - y1) * (x1 - x0) <= (y1 - y0) * (x2 - x1), "{:?}", way.corners);
        }
        for share in 1..=16_u128 {
            let units = way.most() * share / 16;
            let before = way.arrives(units.saturating_sub(1)).unwrap();
            prop_assert!(before <= way.arrives(units).unwrap());
        }
    }

    /// Another way can only help: what the plan is worth does not sink below what it was, up to the gap.
    #[test]
    fn a_quote_never_makes_a_plan_worse(rate in 990_000_u128..1_001_000, held in 1_000_u128..500_000) {
        let (mut snapshot, goal) = lopsided(held * UNIT);
        let without = decide(&snapshot, &goal).record.certificate;
        let line = |size: u128| (size * UNIT, size * rate - size * size / 10_000);
        snapshot.quotes = vec![Ok(quote(&snapshot, [held / 8, held / 4, held / 2, held].map(line).to_vec()))];
        let decision = decide(&snapshot, &goal);
        let with = decision.record.certificate.expect("something was solved");
        prop_assert!(with.value <= with.bound);
        if let Some(without) = without {
            let slack = with.gap().saturating_add(purser::domain::Usd::from_micros(10));
            prop_assert!(with.value.saturating_add(slack) >= without.value, "{with:?} after {without:?}");
        }
    }
}
