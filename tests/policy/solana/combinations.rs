//! Every pair of effects under every leg of every step.

use std::collections::BTreeSet;

use purser::domain::{Leg, RouteStep, Spent, Step};
use purser::policy::SolanaEffect;

use crate::policy::routes::lending;

use super::{
    Case, EVENT, OURS, USDC, USDT, arriving, burn, creation, leaving, limit, mint, needed, price, rules,
    swap, swapping,
};

/// The effects are as good as can be for their own step: only the combination is judged.
#[test]
fn exactly_the_needed_combinations_are_allowed() {
    let effects = [
        burn(),
        mint(),
        swap(),
        creation(USDC),
        creation(USDT),
        SolanaEffect::Reclaim { payee: OURS },
        SolanaEffect::Other("anything".to_owned()),
    ];
    let mut lists: Vec<Vec<SolanaEffect>> = vec![Vec::new()];
    for first in &effects {
        lists.push(vec![first.clone()]);
        for second in &effects {
            lists.push(vec![first.clone(), second.clone()]);
            lists.extend(effects.iter().map(|third| vec![first.clone(), second.clone(), third.clone()]));
        }
    }
    let route = RouteStep { chain: Step::Swap(swapping()).source_chain().clone(), ..lending() };
    let steps =
        [Step::Bridge(leaving()), Step::Bridge(arriving()), Step::Swap(swapping()), Step::Route(route)];
    let rules = rules();
    let (mut allowed, mut tried) = (BTreeSet::new(), 0);
    for step in &steps {
        for leg in Leg::ALL {
            for list in &lists {
                for signers in [vec![OURS], vec![OURS, EVENT], vec![EVENT, OURS], vec![EVENT]] {
                    tried += 1;
                    let mut case = Case::new(step.clone(), leg, list.clone());
                    case.signers = signers;
                    if case.judge_by(&rules, Spent::default()).is_allowed() {
                        allowed.insert(format!("{} {leg} {:?} {list:?}", step.route(), case.signers));
                    }
                }
            }
        }
    }
    assert_eq!(tried, 4 * 7 * (1 + 7 + 49 + 343) * 4);
    let mut expected: BTreeSet<_> = needed()
        .iter()
        .map(|case| {
            let acting = &case.effects[2..];
            format!("{} {} {:?} {acting:?}", case.step.route(), case.leg, case.signers)
        })
        .collect();
    // A swap may create either of its two accounts, or both, in any order.
    for before in [
        vec![creation(USDT)],
        vec![creation(USDC), creation(USDT)],
        vec![creation(USDT), creation(USDC)],
        vec![creation(USDC), creation(USDC)],
        vec![creation(USDT), creation(USDT)],
    ] {
        let acting = [before, vec![swap()]].concat();
        expected.insert(format!("{} {} {:?} {acting:?}", steps[2].route(), Leg::Swap, vec![OURS]));
    }
    // A mint may create the account it pays.
    let acting = [creation(USDC), mint()];
    let route = Step::Bridge(arriving()).route();
    expected.insert(format!("{route} {} {:?} {acting:?}", Leg::Mint, vec![OURS]));
    assert_eq!(allowed, expected);
}

#[test]
fn the_order_of_the_budget_does_not_matter() {
    for case in needed() {
        let last = case.with(|case| {
            case.effects.drain(..2);
            case.effects.extend([price(), limit()]);
        });
        assert!(last.judge().is_allowed(), "{last:?}");
    }
}
