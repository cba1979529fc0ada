//! No field of an allowed transaction may be anything else.

use alloy::primitives::{Address, B256, U256};
use proptest::prelude::*;
use purser::domain::{Funding, Leg, RouteStep, Speed, Spent, Step, Timestamp, Usd, Venue};
use purser::policy::{Effect, LegEffect, RouteEffect, Rules};

use crate::policy::world::{Case, MAX_FEE, MIN_OUT, NOW, chain, needed, rules};

/// Raw material of one mutation.
#[derive(Debug, Clone, Copy)]
struct Noise {
    word: B256,
    number: u64,
}

impl Noise {
    fn address(self) -> Address {
        Address::from_slice(&self.word[12..])
    }

    fn big(self) -> U256 {
        U256::from_be_bytes(self.word.0)
    }

    fn small(self) -> u32 {
        u32::try_from(self.number & 0xffff_ffff).unwrap()
    }

    fn wide(self) -> u128 {
        u128::from_be_bytes(self.word.0[16..].try_into().unwrap())
    }

    /// Below `count`.
    fn place(self, count: usize) -> usize {
        usize::from(self.word[31]) % count
    }

    fn leg(self) -> Leg {
        Leg::ALL[usize::try_from(self.number % 7).unwrap()]
    }
}

type Mutation = (&'static str, fn(&mut Case, Noise));

/// Each sets one field to something forbidden, or leaves the case as it was where it does not apply.
const MUTATIONS: [Mutation; 52] = [
    ("chain", |case, noise| {
        case.chain = chain(if noise.number % 2 == 0 { "gamma" } else { "delta" });
    }),
    ("other chain with its own id", |case, _| {
        (case.chain, case.chain_id) =
            if case.chain_id == 1 { (chain("beta"), 2) } else { (chain("alpha"), 1) };
    }),
    ("chain id", |case, noise| case.chain_id = noise.number),
    ("contract", |case, noise| case.to = noise.address()),
    ("native value", |case, noise| case.value = noise.big()),
    ("gas above", |case, noise| case.gas = Usd::from_micros(5_000_001 + i128::from(noise.number))),
    ("gas below", |case, noise| case.gas = Usd::from_micros(-1 - i128::from(noise.number))),
    ("leg", |case, noise| case.leg = noise.leg()),
    ("approve spender", |case, noise| {
        if let Effect::Approve { spender, .. } = &mut case.effect {
            *spender = noise.address();
        }
    }),
    ("approve amount", |case, noise| {
        if let Effect::Approve { amount, .. } = &mut case.effect {
            *amount = noise.big();
        }
    }),
    ("approve all", |case, _| {
        if let Effect::Approve { amount, .. } = &mut case.effect {
            *amount = U256::MAX;
        }
    }),
    ("burn amount", |case, noise| {
        if let Effect::Burn { amount, .. } = &mut case.effect {
            *amount = noise.big();
        }
    }),
    ("burn domain", |case, noise| {
        if let Effect::Burn { destination_domain, .. } = &mut case.effect {
            *destination_domain = noise.small();
        }
    }),
    ("burn recipient", |case, noise| {
        if let Effect::Burn { mint_recipient, .. } = &mut case.effect {
            *mint_recipient = noise.word;
        }
    }),
    ("burn token", |case, noise| {
        if let Effect::Burn { burn_token, .. } = &mut case.effect {
            *burn_token = noise.address();
        }
    }),
    ("burn caller", |case, noise| {
        if let Effect::Burn { destination_caller, .. } = &mut case.effect {
            *destination_caller = noise.word;
        }
    }),
    ("burn fee", |case, noise| {
        if let Effect::Burn { max_fee, .. } = &mut case.effect {
            *max_fee = U256::from(MAX_FEE + 1).saturating_add(noise.big());
        }
    }),
    ("burn finality", |case, noise| {
        if let Effect::Burn { min_finality_threshold, .. } = &mut case.effect {
            *min_finality_threshold = noise.small();
        }
    }),
    ("mint source", |case, noise| {
        if let Effect::Mint { source_domain, .. } = &mut case.effect {
            *source_domain = noise.small();
        }
    }),
    ("mint destination", |case, noise| {
        if let Effect::Mint { destination_domain, .. } = &mut case.effect {
            *destination_domain = noise.small();
        }
    }),
    ("mint recipient", |case, noise| {
        if let Effect::Mint { mint_recipient, .. } = &mut case.effect {
            *mint_recipient = noise.word;
        }
    }),
    ("mint amount", |case, noise| {
        if let Effect::Mint { amount, .. } = &mut case.effect {
            *amount = noise.big();
        }
    }),
    ("mint fee", |case, noise| {
        if let Effect::Mint { fee_executed, .. } = &mut case.effect {
            *fee_executed = U256::from(MAX_FEE + 1).saturating_add(noise.big());
        }
    }),
    ("venue", |case, _| {
        if let Effect::Swap { venue, .. } = &mut case.effect {
            *venue = Venue::UniswapV2;
        }
    }),
    ("token sold", |case, noise| {
        if let Effect::Swap { token_in, .. } | Effect::Aggregate { token_in, .. } = &mut case.effect {
            *token_in = noise.address();
        }
    }),
    ("token bought", |case, noise| {
        if let Effect::Swap { token_out, .. } | Effect::Aggregate { token_out, .. } = &mut case.effect {
            *token_out = noise.address();
        }
    }),
    ("pool fee", |case, noise| {
        if let Effect::Swap { fee, .. } = &mut case.effect {
            *fee = noise.small();
        }
    }),
    ("amount sold", |case, noise| {
        if let Effect::Swap { amount_in, .. } | Effect::Aggregate { amount_in, .. } = &mut case.effect {
            *amount_in = noise.big();
        }
    }),
    ("minimum out", |case, noise| {
        if let Effect::Swap { min_out, .. } | Effect::Aggregate { min_out, .. } = &mut case.effect {
            *min_out = U256::from(u128::from(noise.number) % MIN_OUT);
        }
    }),
    ("swap recipient", |case, noise| {
        if let Effect::Swap { recipient, .. } | Effect::Aggregate { recipient, .. } = &mut case.effect {
            *recipient = noise.address();
        }
    }),
    ("deadline too late", |case, noise| {
        if let Effect::Swap { deadline, .. } = &mut case.effect {
            *deadline = U256::from(NOW + 601).saturating_add(noise.big());
        }
    }),
    ("deadline passed", |case, noise| {
        if let Effect::Swap { deadline, .. } = &mut case.effect {
            *deadline = U256::from(noise.number % (NOW + 1));
        }
    }),
    ("moment", |case, noise| {
        if let Effect::Swap { .. } | Effect::Route(_) = &case.effect {
            let late = i64::try_from(NOW + 300 + noise.number % 1_000_000_000).unwrap();
            case.at = Timestamp::from_millis(late * 1000);
        }
    }),
    ("step", |case, noise| misfit(case, noise)),
    ("route's base", |case, noise| of_route(case, |route| route.base = noise.address())),
    ("route's loan", |case, noise| of_route(case, |route| route.loan = noise.wide())),
    ("route's profit", |case, noise| {
        of_route(case, |route| route.min_profit = noise.wide() % route.min_profit);
    }),
    ("route's deadline too late", |case, noise| {
        of_route(case, |route| route.deadline = (NOW + 601).saturating_add(noise.number));
    }),
    ("route's deadline passed", |case, noise| {
        of_route(case, |route| route.deadline = noise.number % (NOW + 1));
    }),
    ("route's last block", |case, noise| of_route(case, |route| route.last_block = noise.number)),
    ("route's funding", |case, _| {
        of_route(case, |route| {
            route.funding = match route.funding {
                Funding::Inventory => Funding::PoolManager,
                Funding::PoolManager => Funding::Inventory,
            };
        });
    }),
    ("a swap less", |case, noise| {
        of_route(case, |route| {
            let place = noise.place(route.legs.len());
            route.legs.remove(place);
        });
    }),
    ("a swap more", |case, noise| {
        of_route(case, |route| {
            let again = route.legs[noise.place(route.legs.len())];
            route.legs.insert(noise.place(route.legs.len() + 1), again);
        });
    }),
    ("swaps in another order", |case, _| of_route(case, |route| route.legs.reverse())),
    ("swap's factory", |case, noise| of_swap(case, noise, |leg| leg.factory = noise.word[0])),
    ("swap's token sold", |case, noise| of_swap(case, noise, |leg| leg.token_in = noise.address())),
    ("swap's token bought", |case, noise| of_swap(case, noise, |leg| leg.token_out = noise.address())),
    ("swap's fee", |case, noise| of_swap(case, noise, |leg| leg.fee = noise.small())),
    ("swap's tick spacing", |case, noise| {
        of_swap(case, noise, |leg| leg.tick_spacing = noise.small().cast_signed());
    }),
    ("swap's amount", |case, noise| {
        let is_all = noise.number % 3 == 0;
        of_swap(case, noise, |leg| leg.amount_in = (!is_all).then_some(noise.wide()));
    }),
    ("swap's minimum out", |case, noise| {
        of_swap(case, noise, |leg| leg.min_out = noise.wide() % leg.min_out);
    }),
    ("cancelled account", |case, noise| {
        if let Effect::Cancel { account } = &mut case.effect {
            *account = noise.address();
        }
    }),
];

fn of_route(case: &mut Case, change: impl FnOnce(&mut RouteEffect)) {
    if let Effect::Route(route) = &mut case.effect {
        change(route);
    }
}

fn of_swap(case: &mut Case, noise: Noise, change: impl FnOnce(&mut LegEffect)) {
    of_route(case, |route| {
        let place = noise.place(route.legs.len());
        change(&mut route.legs[place]);
    });
}

/// Makes the step another one than the bytes serve.
fn misfit(case: &mut Case, noise: Noise) {
    let more = u128::from(noise.number) + 1;
    // A revocation is right whatever was approved before, so only its token and place matter there.
    let is_revoke = case.leg == Leg::Revoke;
    let is_approve = case.leg == Leg::Approve;
    match &mut case.step {
        Step::Bridge(step) => match noise.number % 5 {
            0 if !is_revoke => step.amount = step.amount.with_units(step.amount.units() + more),
            1 if !is_revoke && !is_approve => step.recipient = noise.address().into(),
            2 if !is_revoke && !is_approve => step.max_fee = step.max_fee.with_units(MAX_FEE - 1),
            3 if case.leg == Leg::Burn => step.speed = Speed::Standard,
            _ => (step.from, step.to) = (step.to.clone(), step.from.clone()),
        },
        Step::Swap(step) => match noise.number % 6 {
            0 if !is_revoke => step.amount_in = step.amount_in.with_units(step.amount_in.units() + more),
            1 if !is_revoke && !is_approve => step.recipient = noise.address().into(),
            2 if !is_revoke && !is_approve => step.fee += noise.small() % 1000 + 1,
            3 if !is_revoke && !is_approve => step.min_out = step.min_out.with_units(MIN_OUT + more),
            4 => std::mem::swap(&mut step.amount_in, &mut step.min_out),
            _ => step.chain = chain("beta"),
        },
        Step::Route(step) => {
            let is_cancel = matches!(case.effect, Effect::Cancel { .. });
            misfit_route(step, noise, [is_approve, is_revoke, is_cancel]);
        }
    }
}

/// A cancellation serves every route of its chain, a revocation every one of its token and contract.
fn misfit_route(step: &mut RouteStep, noise: Noise, [is_approve, is_revoke, is_cancel]: [bool; 3]) {
    let more = u128::from(noise.number) + 1;
    let is_route = !is_approve && !is_revoke && !is_cancel;
    match noise.number % 14 {
        0 if is_route || is_approve => step.loan = step.loan.with_units(step.loan.units() + more),
        1 if is_route => step.min_profit = step.min_profit.with_units(step.min_profit.units() + 1 + more % 9),
        2 if is_route => step.last_block += 1 + noise.number % 1000,
        3 if is_route => step.legs[noise.place(2)].factory ^= 1,
        4 if is_route => step.legs[noise.place(2)].takes_rest ^= true,
        5 if is_route => {
            let leg = &mut step.legs[noise.place(2)];
            leg.min_out = leg.min_out.with_units(leg.min_out.units() + 1 + more % 9);
        }
        6 if is_route || is_approve => step.loan_usd = Usd::from_micros(2_000_000_000_001),
        7 if is_route || is_approve => step.profit_usd = Usd::from_micros(90_000_001),
        8 if is_route || is_approve => step.legs.truncate(1),
        9 if is_route || is_approve => {
            step.funding = match step.funding {
                Funding::Inventory => Funding::PoolManager,
                Funding::PoolManager => Funding::Inventory,
            };
        }
        10 if !is_cancel => step.contract = noise.address(),
        11 if !is_cancel => step.loan = step.legs[0].min_out.with_units(step.loan.units()),
        _ => step.chain = chain(if step.chain == chain("alpha") { "beta" } else { "alpha" }),
    }
}

fn noise() -> impl Strategy<Value = Noise> {
    let word = prop_oneof![
        any::<[u8; 32]>().prop_map(B256::from),
        // Small words, so that near misses are tried as well.
        any::<u8>().prop_map(B256::with_last_byte),
        any::<[u8; 20]>().prop_map(|bytes| Address::from(bytes).into_word()),
    ];
    (word, any::<u64>()).prop_map(|(word, number)| Noise { word, number })
}

fn same(left: &Case, right: &Case) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn any_changed_field_is_denied(base in 0_usize..17, which in 0..MUTATIONS.len(), noise in noise()) {
        let original = needed().swap_remove(base);
        let (name, mutate) = MUTATIONS[which];
        let mutant = original.with(|case| mutate(case, noise));
        if !same(&original, &mutant) {
            prop_assert!(!mutant.judge().is_allowed(), "{} of {}: {name}", original.leg, original.step.route());
        }
    }

    #[test]
    fn tightening_a_limit_never_allows_more(
        base in 0_usize..17, micros in 0_i128..6_000_000, spent in 0_i128..25_000_000, cut in 0_i128..20_000_000,
    ) {
        let loose = rules();
        let tight = Rules { max_gas_day: loose.max_gas_day.saturating_sub(Usd::from_micros(cut)), ..rules() };
        let case = needed().swap_remove(base).with(|case| case.gas = Usd::from_micros(micros));
        let spent = Spent { moved: Usd::ZERO, gas: Usd::from_micros(spent) };
        if case.judge_by(&tight, spent).is_allowed() {
            prop_assert!(case.judge_by(&loose, spent).is_allowed());
        }
    }
}

#[test]
fn every_mutation_changes_at_least_one_needed_transaction() {
    for (name, mutate) in MUTATIONS {
        let changed = (0..14_u64).any(|number| {
            let noise = Noise { word: B256::repeat_byte(0x5a), number };
            needed().iter().any(|case| !same(case, &case.with(|case| mutate(case, noise))))
        });
        assert!(changed, "{name} does nothing");
    }
}
