//! One gap and everything that stands against closing it.

use purser::domain::snapshot::Reading;
use purser::domain::{Outcome, Snapshot, Usd};
use purser::network::pool::quote_exact_in;
use purser::strategies::cross_chain::{Goal, decide};

use super::world::{after, dollars, gap, hold, reason, swaps, view};
use crate::solver::networks::{self, UNIT};

/// A gap of four per cent.
const WIDE: u128 = 40_000;

/// What buying for `units` on the first chain and selling on the second brings in base units, fees of pools alone.
fn brings(snapshot: &Snapshot, units: u128) -> i128 {
    let pool = |chain: usize| &snapshot.chains[&networks::chain(chain)].as_ref().unwrap().pools[0];
    let bought = quote_exact_in(pool(0), true, units).unwrap().amount_out;
    let sold = quote_exact_in(pool(1), false, bought).unwrap().amount_out;
    sold as i128 - units as i128
}

#[test]
fn it_is_bought_where_it_is_cheap_and_as_much_sold_where_it_is_dear() {
    let (snapshot, goal) = gap(WIDE);
    let decision = decide(&snapshot, &goal);
    let plan = decision.plan.unwrap_or_else(|| panic!("{:?}", decision.record));
    let steps = swaps(&plan);
    let [buy, sell] =
        if steps[0].chain == networks::chain(0) { [steps[0], steps[1]] } else { [steps[1], steps[0]] };
    assert_eq!((&buy.chain, &sell.chain), (&networks::chain(0), &networks::chain(1)));
    assert_eq!((buy.amount_in.asset(), sell.quoted_out.asset()), (&networks::asset(0), &networks::asset(0)));
    assert_eq!(buy.quoted_out, sell.amount_in, "no more is sold than bought, and no less");
    let profit = brings(&snapshot, buy.amount_in.units());
    assert_eq!(sell.quoted_out.units() as i128 - buy.amount_in.units() as i128, profit, "exact");
    let cost: i128 = steps.iter().map(|step| step.cost.fee.micros() + step.cost.slippage.micros()).sum();
    assert!(
        (cost + profit).abs() <= 4,
        "what the legs cost at the reference price is the profit: {cost} {profit}"
    );
    // No size is worth more: gas and transfers are the same for all that are not tiny.
    let certificate = plan.certificate;
    assert!(certificate.value > Usd::ZERO && certificate.value <= certificate.bound, "{certificate:?}");
    let best = (1..2_000).map(|step| brings(&snapshot, step * 25 * UNIT)).max().unwrap();
    assert!(profit >= best - best / 1_000, "{profit} of {best}");
    assert!(certificate.bound.micros() - certificate.value.micros() <= best / 40, "{certificate:?}");
}

/// The leg that loses by itself waits for the one that pays for it, wherever the gap came from.
#[test]
fn what_loses_by_itself_waits_for_what_pays_for_it() {
    let (snapshot, goal) = gap(WIDE);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let steps = swaps(&plan);
    // At the reference price of one dollar, buying at par with a fee loses.
    assert_eq!((&steps[0].chain, after(steps[0])), (&networks::chain(1), [].as_slice()));
    assert_eq!((&steps[1].chain, after(steps[1])), (&networks::chain(0), [0].as_slice()));
    assert!(steps[0].cost.cash() < Usd::ZERO && steps[1].cost.cash() > Usd::ZERO);
    // Where both gain, none waits.
    let (mut snapshot, goal) = gap(WIDE);
    let price = snapshot.prices.get_mut(&networks::asset(1)).unwrap().as_mut().unwrap();
    price.price = purser::domain::Price::parse("1.02").unwrap();
    let plan = decide(&snapshot, &goal).plan.unwrap();
    assert!(swaps(&plan).iter().all(|step| after(step).is_empty()), "{plan:?}");
}

#[test]
fn a_gap_that_does_not_pay_for_the_way_back_is_none() {
    let (mut snapshot, goal) = gap(WIDE);
    assert!(decide(&snapshot, &goal).plan.is_some());
    for view in snapshot.bridges.iter_mut().flatten() {
        for tier in &mut view.tiers {
            tier.fee_ppm = 50_000;
        }
    }
    let decision = decide(&snapshot, &goal);
    assert!(reason(&decision).contains("what brings USDC back"), "{decision:?}");
    // Nor one that cannot come back at all.
    for reading in &mut snapshot.bridges {
        *reading = Reading::Err("Iris did not answer".to_owned());
    }
    let decision = decide(&snapshot, &goal);
    assert!(reason(&decision).contains("no gap between chains pays"), "{decision:?}");
    assert!(decision.record.alternatives.iter().any(|one| one.reason.contains("Iris")), "{decision:?}");
}

#[test]
fn the_way_back_is_named_and_no_part_of_the_plan() {
    let (snapshot, goal) = gap(WIDE);
    let decision = decide(&snapshot, &goal);
    assert_eq!(decision.plan.unwrap().steps.len(), 2);
    let ways: Vec<_> =
        decision.record.alternatives.iter().filter(|one| one.route.starts_with("cctp")).collect();
    assert!(!ways.is_empty() && ways.iter().all(|one| one.route.contains("chain01→chain00")), "{ways:?}");
}

/// What is bought first: the size of the purchase in base units.
fn bought(snapshot: &Snapshot, goal: &Goal) -> Option<u128> {
    let plan = decide(snapshot, goal).plan?;
    swaps(&plan)
        .iter()
        .find(|step| *step.amount_in.asset() == networks::asset(0))
        .map(|step| step.amount_in.units())
}

#[test]
fn only_what_is_there_is_traded_on_either_side() {
    let (free, goal) = gap(WIDE);
    let most = bought(&free, &goal).unwrap();
    assert!(most > 4_000 * UNIT, "{most}");
    let (mut snapshot, _) = gap(WIDE);
    hold(&mut snapshot, 0, 0, 3_000);
    assert!(matches!(bought(&snapshot, &goal), Some(units) if units <= 3_000 * UNIT && units > 2_900 * UNIT));
    let (mut snapshot, _) = gap(WIDE);
    hold(&mut snapshot, 1, 1, 3_000);
    let plan = decide(&snapshot, &goal).plan.unwrap();
    let sold = swaps(&plan)
        .iter()
        .find(|step| *step.amount_in.asset() == networks::asset(1))
        .unwrap()
        .amount_in
        .units();
    assert!(sold <= 3_000 * UNIT && sold > 2_900 * UNIT, "{sold}");
    for (chain, asset) in [(0, 0), (1, 1)] {
        let (mut snapshot, _) = gap(WIDE);
        hold(&mut snapshot, chain, asset, 0);
        assert_eq!(bought(&snapshot, &goal), None);
    }
    // What is promised to another operation is not there.
    let (mut snapshot, _) = gap(WIDE);
    let balance = view(&mut snapshot, 1).balances.get_mut(&networks::asset(1)).unwrap();
    balance.reserved = balance.on_chain.clone();
    assert_eq!(bought(&snapshot, &goal), None);
}

#[test]
fn no_leg_is_worth_more_than_may_be_at_stake() {
    let (snapshot, goal) = gap(WIDE);
    let goal = Goal { max_exposure: dollars(1_000), ..goal };
    let plan = decide(&snapshot, &goal).plan.unwrap();
    for step in swaps(&plan) {
        let units = step.amount_in.units();
        assert!(units <= 1_000 * UNIT && units > 900 * UNIT, "{step:?}");
    }
}

#[test]
fn too_little_is_left_alone_and_too_much_is_taken_for_a_trap() {
    let (snapshot, goal) = gap(WIDE);
    let picky = Goal { min_profit: dollars(4_000), ..goal.clone() };
    assert!(reason(&decide(&snapshot, &picky)).contains("less than the"));
    let cautious = Goal { min_profit: Usd::ZERO, max_profit: dollars(2), ..goal.clone() };
    let decision = decide(&snapshot, &cautious);
    assert!(matches!(decision.record.outcome, Outcome::Refused { .. }));
    assert!(reason(&decision).contains("may be a trap (uniswap-v2 chain0"), "{decision:?}");
    let (narrow, _) = gap(5_000);
    assert!(reason(&decide(&narrow, &goal)).contains("no gap between chains pays"));
}

#[test]
fn the_expected_loss_of_a_leg_is_part_of_the_price() {
    let (snapshot, goal) = gap(WIDE);
    let free = bought(&snapshot, &goal).unwrap();
    let dear = bought(&snapshot, &Goal { risk_ppm: 10_000, ..goal.clone() }).unwrap();
    assert!(dear < free * 3 / 4, "{dear} of {free}");
    assert_eq!(bought(&snapshot, &Goal { risk_ppm: 60_000, ..goal }), None);
}

#[test]
fn a_pool_with_an_open_swap_and_a_chain_that_cannot_be_read_are_left_out() {
    let (snapshot, goal) = gap(WIDE);
    let pool = snapshot.chains[&networks::chain(1)].as_ref().unwrap().pools[0].address;
    let mut busy = goal.clone();
    busy.open.pools.insert((networks::chain(1), pool.into()));
    assert_eq!(bought(&snapshot, &busy), None);
    let mut snapshot = snapshot;
    snapshot.chains.insert(networks::chain(0), Err("no answer".to_owned()));
    assert_eq!(bought(&snapshot, &goal), None);
}

#[test]
fn no_price_and_a_lost_peg_decide_nothing() {
    let (mut snapshot, mut goal) = gap(WIDE);
    let one = purser::domain::Price::ONE_DOLLAR;
    goal.pegs.insert(networks::asset(1), purser::strategies::Peg { price: one, tolerance_ppm: 10_000 });
    assert!(bought(&snapshot, &goal).is_some());
    let price = snapshot.prices.get_mut(&networks::asset(1)).unwrap().as_mut().unwrap();
    price.price = purser::domain::Price::parse("0.98").unwrap();
    assert!(reason(&decide(&snapshot, &goal)).contains("from its peg"));
    snapshot.prices.insert(networks::asset(1), Err("stale".to_owned()));
    assert!(reason(&decide(&snapshot, &goal)).contains("no usable price: "));
}
