//! Plans and what their records say.

use purser::domain::{Outcome, QuoteRequest, Step, SwapStep, Usd, Venue};
use purser::strategies::convert::{decide, wanted};

use super::Market;
use crate::solver::networks::{self, UNIT};

fn swaps(plan: &purser::domain::Plan) -> Vec<&SwapStep> {
    let mut swaps = Vec::new();
    for step in &plan.steps {
        let Step::Swap(swap) = step else { panic!("a conversion bridges nothing") };
        swaps.push(swap);
    }
    swaps
}

#[test]
fn a_split_adds_up_and_every_quote_is_in_the_record() {
    let market = Market::new(1, 2, 2, 2_000_000);
    let goal = market.goal();
    let decision = decide(&market.snapshot, &goal);
    let plan = decision.plan.unwrap();
    let steps = swaps(&plan);
    assert!(steps.len() > 1, "{plan:#?}");
    assert_eq!(steps.iter().map(|step| step.amount_in.units()).sum::<u128>(), market.amount.units());
    let record = decision.record;
    assert_eq!(record.asked.as_deref(), Some("convert 2000000 USD1 to USDC on chain00"));
    assert_eq!(record.outcome, Outcome::Previewed { plan: plan.hash().unwrap() });
    assert_eq!(record.certificate, Some(plan.certificate));
    assert!(plan.certificate.gap() >= Usd::ZERO && plan.certificate.gap() < Usd::from_micros(1_000_000));
    for step in &steps {
        let taken = record.quotes.iter().find(|quote| {
            quote.verdict == "taken"
                && quote.sold == step.amount_in
                && quote.bought == Some(step.quoted_out.clone())
        });
        assert!(taken.is_some(), "{step:#?} is not in {:#?}", record.quotes);
        assert!(step.min_out.units() >= step.quoted_out.units() - step.quoted_out.units() / 1_000 - 1);
    }
    // Four pools for the whole amount, two venues at ten sizes, and every part.
    assert_eq!(record.quotes.len(), 4 + 2 * 10 + steps.len(), "{:#?}", record.quotes);
    for view in market.snapshot.quotes.iter().flatten() {
        for (sold, bought) in &view.samples {
            let kept = |quote: &&purser::domain::Quoted| {
                quote.sold.units() == *sold && quote.bought.as_ref().is_some_and(|one| one.units() == *bought)
            };
            assert!(record.quotes.iter().any(|quote| kept(&quote)), "{sold} is not in {:#?}", record.quotes);
        }
    }
    let alone = record.alternatives.iter().filter(|one| one.reason.contains("alone")).count();
    assert_eq!(alone, 6, "each of the six ways alone: {:#?}", record.alternatives);
    let venues: Vec<Venue> = steps.iter().map(|step| step.venue).collect();
    assert!(venues.is_sorted_by_key(|venue| *venue != Venue::OneInch), "quotes age fastest: {venues:?}");
    let stored = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<purser::domain::DecisionRecord>(&stored).unwrap(), record);
    assert_eq!(decide(&market.snapshot, &goal).plan, Some(plan), "the same input gives the same plan");
}

#[test]
fn dear_gas_keeps_it_in_one_piece() {
    let mut market = Market::new(1, 2, 2, 5_000);
    market.gas(200_000_000_000);
    let record = decide(&market.snapshot, &market.goal()).record;
    let taken = record.quotes.iter().filter(|quote| quote.verdict == "taken").count();
    assert_eq!(taken, 1, "{:#?}", record.quotes);
}

#[test]
fn a_slippage_may_be_narrower_and_never_wider() {
    let market = Market::new(1, 0, 1, 10_000);
    let least = |asked: Option<u32>| {
        let mut request = market.goal().request;
        request.slippage_ppm = asked;
        let goal = purser::strategies::convert::Goal::new(
            request,
            Default::default(),
            networks::terms(),
            10_000,
            Default::default(),
        );
        let plan = decide(&market.snapshot, &goal).plan.unwrap();
        swaps(&plan).iter().map(|step| step.min_out.units()).sum::<u128>()
    };
    assert!(least(Some(100)) > least(None));
    assert_eq!(least(Some(50_000)), least(None), "the configured slippage is the widest");
}

#[test]
fn venues_are_asked_at_ten_sizes_of_exactly_the_amount() {
    let market = Market::new(1, 0, 0, 1_000);
    let asked = wanted(&market.snapshot, &market.goal());
    let [QuoteRequest { chain, most, to, sizes }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((chain, most, to), (&networks::chain(0), &market.amount, &networks::asset(0)));
    assert_eq!((sizes.len(), sizes[0]), (10, 1_000 * UNIT));
    assert!(sizes.iter().all(|size| *size > 0 && *size <= 1_000 * UNIT));
    let odd = QuoteRequest::tenths(networks::chain(0), networks::usd(7, 1), networks::asset(0));
    assert_eq!(odd.sizes, [7], "nothing is asked twice");
    let even = QuoteRequest::halving(networks::chain(0), networks::usd(4, 1), networks::asset(0));
    assert_eq!(even.sizes, [4, 2, 1], "nor about nothing");
}

#[test]
fn sizes_without_an_answer_are_in_the_record() {
    let mut market = Market::new(1, 0, 1, 10_000);
    let view = market.snapshot.quotes[0].as_mut().unwrap();
    view.refused.push((1_234 * UNIT, "not asked: the size before it met an error".to_owned()));
    market.snapshot.quotes.push(Err("jupiter chain00 USD1→USDC: no key".to_owned()));
    let record = decide(&market.snapshot, &market.goal()).record;
    let none = |words: &str| {
        record.quotes.iter().any(|quote| quote.bought.is_none() && quote.verdict.contains(words))
    };
    assert!(none("the size before it") && none("no key"), "{:#?}", record.quotes);
}
