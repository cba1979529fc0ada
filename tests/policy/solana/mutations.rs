//! No field of an allowed transaction may be anything else.

use alloy::primitives::B256;
use proptest::prelude::*;
use purser::chains::solana::Address;
use purser::domain::{AnyAddress, Domain, Leg, Spent, Step, Usd};
use purser::policy::{Rules, SolanaEffect, SolanaRules};

use super::{Case, MAX_PRIORITY, needed, rules, units};
use crate::policy::world::{MAX_FEE, MIN_OUT, chain};

/// Raw material of one mutation.
#[derive(Debug, Clone, Copy)]
struct Noise {
    bytes: [u8; 32],
    number: u64,
}

impl Noise {
    const fn key(self) -> Address {
        Address::new_from_array(self.bytes)
    }
}

type Mutation = (&'static str, fn(&mut Case, Noise));

/// Changes a field of the main effect, where it has one of that name.
macro_rules! field {
    ($kind:ident, $field:ident, $noise:ident, $value:expr) => {
        (concat!(stringify!($kind), " ", stringify!($field)), |case, $noise| {
            if let SolanaEffect::$kind { $field, .. } = case.main() {
                *$field = $value;
            }
        })
    };
}

/// Each sets one field to something forbidden, or leaves the case as it was where it does not apply.
const MUTATIONS: [Mutation; 32] = [
    ("payer", |case, noise| case.payer = noise.key()),
    ("first signer", |case, noise| case.signers[0] = noise.key()),
    ("further signer", |case, noise| case.signers.push(noise.key())),
    ("fewer signers", |case, _| case.signers.truncate(case.signers.len() - 1)),
    ("gas above", |case, noise| case.gas = Usd::from_micros(2_000_001 + i128::from(noise.number))),
    ("gas below", |case, noise| case.gas = Usd::from_micros(-1 - i128::from(noise.number))),
    ("leg", |case, noise| case.leg = Leg::ALL[usize::try_from(noise.number % 7).unwrap()]),
    ("no limit", |case, _| drop(case.effects.remove(0))),
    ("price", |case, noise| {
        let micro_lamports = 250_001_u64.saturating_add(noise.number);
        case.effects[1] = SolanaEffect::ComputePrice { micro_lamports };
    }),
    ("dear limit", |case, noise| {
        let least = u32::try_from(MAX_PRIORITY * 10 + 1).unwrap();
        let units = least.saturating_add(u32::try_from(noise.number % 1_000_000).unwrap());
        case.effects[0] = SolanaEffect::ComputeLimit { units };
    }),
    ("other", |case, _| case.effects.push(SolanaEffect::Other("a transfer".to_owned()))),
    ("main other", |case, _| *case.main() = SolanaEffect::Other("a transfer".to_owned())),
    ("main reclaim", |case, noise| *case.main() = SolanaEffect::Reclaim { payee: noise.key() }),
    field!(CreateAccount, payer, noise, noise.key()),
    field!(CreateAccount, owner, noise, noise.key()),
    field!(CreateAccount, mint, noise, noise.key()),
    field!(Burn, owner, noise, noise.key()),
    field!(Burn, rent_payer, noise, noise.key()),
    field!(Burn, event, noise, noise.key()),
    field!(Burn, amount, noise, noise.number),
    field!(Burn, destination, noise, Domain(u32::try_from(noise.number & 0xff).unwrap())),
    field!(Burn, mint_recipient, noise, B256::from(noise.bytes)),
    field!(Burn, max_fee, noise, units(MAX_FEE).saturating_add(1).saturating_add(noise.number)),
    field!(Burn, min_finality_threshold, noise, u32::try_from(noise.number & 0xffff).unwrap()),
    field!(Mint, source, noise, Domain(u32::try_from(noise.number & 0xff).unwrap())),
    field!(Mint, recipient, noise, noise.key()),
    field!(Mint, amount, noise, u128::from(noise.number)),
    field!(Mint, fee_executed, noise, MAX_FEE + 1 + u128::from(noise.number)),
    field!(Swap, destination, noise, noise.key()),
    field!(Swap, min_out, noise, noise.number % units(MIN_OUT)),
    ("swap's program, source or amount", |case, noise| {
        if let SolanaEffect::Swap { program, source, amount_in, .. } = case.main() {
            match noise.number % 3 {
                0 => *program = noise.key(),
                1 => *source = noise.key(),
                _ => *amount_in = noise.number,
            }
        }
    }),
    ("step", misfit),
];

/// Makes the step another one than the bytes serve.
fn misfit(case: &mut Case, noise: Noise) {
    let more = u128::from(noise.number) + 1;
    let leg = case.leg;
    // Neither opening an account nor closing one depends on what is transferred.
    let depends = !matches!(leg, Leg::Open | Leg::Reclaim);
    match &mut case.step {
        Step::Bridge(step) => match noise.number % 5 {
            0 if depends => step.amount = step.amount.with_units(step.amount.units() + more),
            1 if depends => step.recipient = AnyAddress::Solana(noise.key()),
            2 if depends => step.max_fee = step.max_fee.with_units(MAX_FEE - 1),
            3 if leg == Leg::Burn => step.to = chain("alpha"),
            _ => std::mem::swap(&mut step.from, &mut step.to),
        },
        Step::Swap(step) => match noise.number % 6 {
            0 => step.amount_in = step.amount_in.with_units(step.amount_in.units() + more),
            1 => step.recipient = AnyAddress::Solana(noise.key()),
            2 => step.pool = AnyAddress::Solana(noise.key()),
            3 => step.min_out = step.min_out.with_units(MIN_OUT + more),
            4 => std::mem::swap(&mut step.amount_in, &mut step.min_out),
            _ => step.chain = chain("alpha"),
        },
        Step::Route(step) => panic!("there are no routes on Solana: {step:?}"),
    }
}

fn noise() -> impl Strategy<Value = Noise> {
    let bytes = prop_oneof![
        any::<[u8; 32]>(),
        // Keys that mean something elsewhere.
        prop_oneof![Just(1_u8), Just(2), Just(7), Just(8), Just(0xc0), Just(0xc1), Just(0xd0), Just(0xd1)]
            .prop_map(|byte| [byte; 32]),
    ];
    (bytes, any::<u64>()).prop_map(|(bytes, number)| Noise { bytes, number })
}

fn same(left: &Case, right: &Case) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]
    #[test]
    fn any_changed_field_is_denied(base in 0_usize..6, which in 0..MUTATIONS.len(), noise in noise()) {
        let original = needed().swap_remove(base);
        let (name, mutate) = MUTATIONS[which];
        let mutant = original.with(|case| mutate(case, noise));
        if !same(&original, &mutant) {
            prop_assert!(!mutant.judge().is_allowed(), "{} of {}: {name}", original.leg, original.step.route());
        }
    }

    #[test]
    fn tightening_a_limit_never_allows_more(
        base in 0_usize..6, micros in 0_i128..3_000_000, spent in 0_i128..25_000_000,
        price in 0_u64..400_000, cut in 0_u64..60_000,
    ) {
        let loose = rules();
        let solana = rules().solana.unwrap();
        let tight = SolanaRules {
            max_priority: solana.max_priority.saturating_sub(cut),
            max_gas: solana.max_gas.saturating_sub(Usd::from_micros(i128::from(cut) * 20)),
            ..solana
        };
        let tight = Rules { solana: Some(tight), ..rules() };
        let case = needed().swap_remove(base).with(|case| {
            case.gas = Usd::from_micros(micros);
            case.effects[1] = SolanaEffect::ComputePrice { micro_lamports: price };
        });
        let spent = Spent { moved: Usd::ZERO, gas: Usd::from_micros(spent) };
        if case.judge_by(&tight, spent).is_allowed() {
            prop_assert!(case.judge_by(&loose, spent).is_allowed());
        }
    }
}

#[test]
fn every_mutation_changes_at_least_one_needed_transaction() {
    for (name, mutate) in MUTATIONS {
        let changed = (0..6_u64).any(|number| {
            let noise = Noise { bytes: [0x5a; 32], number };
            needed().iter().any(|case| !same(case, &case.with(|case| mutate(case, noise))))
        });
        assert!(changed, "{name} does nothing");
    }
}
