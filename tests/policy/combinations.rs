//! Every effect under every leg of every step, on every chain, to every contract.

use std::collections::BTreeSet;

use purser::domain::{Leg, Step};
use purser::policy::Effect;

use crate::policy::routes::{LENT, borrowing, borrowing_effect, lending, lending_effect};
use crate::policy::world::{
    ALPHA, BETA, BURNT, Contracts, SOLD, WALLET, aggregate_effect, aggregated, approve, bridge, burn_effect,
    chain, mint_effect, needed, swap, swap_effect, swapping,
};

#[test]
fn each_needed_transaction_is_allowed() {
    for case in needed() {
        assert!(case.judge().is_allowed(), "{} of {}: {}", case.leg, case.step.route(), case.judge());
    }
}

/// The effects are as good as can be for their own step: only the combination is judged.
#[test]
fn exactly_the_needed_combinations_are_allowed() {
    let of = |contracts: &Contracts| {
        [
            contracts.usdc,
            contracts.usdt,
            contracts.messenger,
            contracts.transmitter,
            contracts.router,
            contracts.aggregator,
            contracts.routes,
        ]
    };
    let targets: Vec<_> = of(&ALPHA).into_iter().chain(of(&BETA)).chain([WALLET]).collect();
    let mut effects = vec![burn_effect(), mint_effect(), swap_effect(), aggregate_effect()];
    effects.extend([lending_effect(), borrowing_effect()]);
    for spender in &targets {
        effects
            .extend([0, BURNT, SOLD, LENT, borrowing().loan.units()].map(|units| approve(*spender, units)));
        effects.push(Effect::Cancel { account: *spender });
    }
    let mut allowed = BTreeSet::new();
    let mut tried = 0;
    let steps = [
        Step::Bridge(bridge()),
        Step::Swap(swap()),
        Step::Swap(aggregated()),
        Step::Route(lending()),
        Step::Route(borrowing()),
    ];
    for step in steps {
        for leg in Leg::ALL {
            for effect in &effects {
                for (name, chain_id) in [("alpha", 1), ("beta", 2), ("gamma", 3)] {
                    for to in &targets {
                        tried += 1;
                        let case = swapping().with(|case| {
                            case.step = step.clone();
                            case.leg = leg;
                            case.effect = effect.clone();
                            case.chain = chain(name);
                            case.chain_id = chain_id;
                            case.to = *to;
                        });
                        if case.judge().is_allowed() {
                            allowed.insert(format!("{} {leg} {effect:?} {name} {to}", step.route()));
                        }
                    }
                }
            }
        }
    }
    assert_eq!(tried, 5 * 7 * (6 + 15 * 6) * 3 * 15);
    let expected: BTreeSet<_> = needed()
        .iter()
        .map(|case| {
            format!("{} {} {:?} {} {}", case.step.route(), case.leg, case.effect, case.chain, case.to)
        })
        .collect();
    assert_eq!(expected.len(), 17);
    assert_eq!(allowed, expected);
}
