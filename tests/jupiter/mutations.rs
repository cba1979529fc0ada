//! Whatever byte of a reply is changed, policy sees the same effect or nothing at all.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::Address as EvmAddress;
use proptest::prelude::*;
use purser::act::solana_effects;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{Blockhash, Hash};
use purser::config::jupiter::AGGREGATOR;
use purser::config::solana::TOKEN_PROGRAM;
use purser::domain::plan::Cost;
use purser::domain::{Amount, AnyAddress, AssetId, ChainName, Leg, Spent, Step, SwapStep, Usd, Venue};
use purser::policy::{Rules, SolanaEffect, SolanaProposal, SolanaRules, SolanaToken, judge_solana};
use purser::venues::jupiter::{build, reply};

use super::{
    BUDGET, FORMS, LEAST, QUOTED, SOLD, Swap, TERMS, USDC, USDT, account, creation, exchange, intent, owner,
    recorded, transaction,
};

fn step() -> Step {
    let amount = |asset: &str, units: u64| Amount::new(AssetId::new(asset), 6, units.into());
    Step::Swap(SwapStep {
        chain: ChainName::new("solana"),
        venue: Venue::Jupiter,
        pool: AnyAddress::Solana(AGGREGATOR),
        fee: 0,
        amount_in: amount("USDC", SOLD),
        quoted_out: amount("USDT", QUOTED),
        haircut_ppm: 0,
        min_out: amount("USDT", LEAST),
        recipient: AnyAddress::Solana(owner()),
        trade: None,
        cost: Cost::default(),
    })
}

fn rules() -> Rules {
    let token = |mint| SolanaToken { mint, program: TOKEN_PROGRAM, account: account(&owner(), &mint) };
    let solana = SolanaRules {
        chain: ChainName::new("solana"),
        wallet: owner(),
        recipients: BTreeSet::new(),
        tokens: BTreeMap::from([(AssetId::new("USDC"), token(USDC)), (AssetId::new("USDT"), token(USDT))]),
        domain: None,
        aggregator: Some(AGGREGATOR),
        max_priority: TERMS.max_priority_lamports,
        max_gas: Usd::MAX,
    };
    Rules {
        wallet: EvmAddress::ZERO,
        chains: BTreeMap::new(),
        solana: Some(solana),
        recipients: BTreeSet::new(),
        max_operation: Usd::MAX,
        max_day: Usd::MAX,
        max_gas_day: Usd::MAX,
        max_fee_ppm: 0,
        max_slippage_ppm: 2_000,
        trades: None,
        max_deadline_seconds: 0,
    }
}

/// What judge and policy would let be signed, the compute budget aside: that is bounded, not fixed.
fn allowed(bytes: &[u8], rules: &Rules) -> Option<Vec<SolanaEffect>> {
    let resolved = Resolved::decode(bytes, &[]).ok()?;
    let accepted = intent().judge(&resolved, &TERMS).ok()?;
    assert!(accepted.budget.priority_lamports() <= TERMS.max_priority_lamports);
    let effects = solana_effects(None, Some(AGGREGATOR), &resolved);
    let proposal = SolanaProposal {
        payer: resolved.payer,
        signers: resolved.signers,
        effects: effects.clone(),
        step: &step(),
        leg: Leg::Swap,
        gas: Usd::ZERO,
        cosigners: false,
    };
    if !judge_solana(rules, &proposal, Spent::default()).is_allowed() {
        return None;
    }
    let acting = effects.into_iter().filter(|effect| {
        let is_budget = matches!(
            effect,
            SolanaEffect::ComputeLimit { .. }
                | SolanaEffect::ComputePrice { .. }
                | SolanaEffect::RuntimeBound { .. }
        );
        !is_budget
    });
    // One that insists on more is the same.
    let at_least = acting.map(|effect| match effect {
        SolanaEffect::Swap { program, source, destination, amount_in, min_out } => {
            SolanaEffect::Swap { program, source, destination, amount_in, min_out: min_out.min(LEAST) }
        }
        other => other,
    });
    Some(at_least.collect())
}

fn wanted() -> Vec<SolanaEffect> {
    vec![
        SolanaEffect::CreateAccount { payer: owner(), owner: owner(), mint: USDT },
        SolanaEffect::Swap {
            program: AGGREGATOR,
            source: account(&owner(), &USDC),
            destination: account(&owner(), &USDT),
            amount_in: SOLD,
            min_out: LEAST,
        },
    ]
}

fn of_order(body: &[u8], rules: &Rules) -> Option<Vec<SolanaEffect>> {
    allowed(&reply::order(body, &exchange()).ok()?.transaction, rules)
}

fn of_build(body: &[u8], rules: &Rules) -> Option<Vec<SolanaEffect>> {
    let built = build::built(body, &exchange()).ok()?;
    let draft: Draft = built.draft(owner(), Vec::new());
    let blockhash = Blockhash { hash: Hash::new_from_array([7; 32]), slot: 1, last_valid_block_height: 151 };
    allowed(&draft.compile(BUDGET, &blockhash).ok()?.bytes().ok()?, rules)
}

type Read = fn(&[u8], &Rules) -> Option<Vec<SolanaEffect>>;
const REPLIES: [(&str, Read); 2] = [("order", of_order), ("build", of_build)];

#[test]
fn the_recorded_replies_are_allowed() {
    for (name, read) in REPLIES {
        assert_eq!(read(&recorded(name), &rules()), Some(wanted()), "{name}");
    }
}

/// Every byte of the replies, with its neighbours in value and some others: both outcomes occur.
#[test]
fn no_single_byte_changes_what_is_signed() {
    let (rules, wanted) = (rules(), wanted());
    for (name, read) in REPLIES {
        let body = recorded(name);
        let (mut same, mut refused) = (0, 0);
        for index in 0..body.len() {
            for change in [1_u8, 4, 32, 128] {
                let mut mutant = body.clone();
                mutant[index] ^= change;
                match read(&mutant, &rules) {
                    Some(found) => {
                        assert_eq!(found, wanted, "byte {index} of {name} ^ {change}");
                        same += 1;
                    }
                    None => refused += 1,
                }
            }
        }
        assert!(same > 300 && refused > 1_500, "{name}: {same} and {refused}");
    }
}

/// The bytes of the transaction itself, in every form, so that every mutant is base64.
#[test]
fn nor_does_one_of_the_transaction() {
    let (rules, wanted) = (rules(), wanted());
    for form in FORMS {
        let bytes = transaction(owner(), vec![creation(), Swap::of(form).instruction()], BUDGET);
        assert_eq!(allowed(&bytes, &rules), Some(wanted.clone()), "{form:?}");
        let mut same = 0;
        for index in 0..bytes.len() {
            for change in [1_u8, 3, 64, 255] {
                let mut mutant = bytes.clone();
                mutant[index] ^= change;
                if let Some(found) = allowed(&mutant, &rules) {
                    assert_eq!(found, wanted, "byte {index} of {form:?} ^ {change}");
                    same += 1;
                }
            }
        }
        // The signature, the blockhash, the route's own accounts and plan are not ours to judge.
        assert!(same > 300, "{form:?}: {same}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn nor_do_several(
        which in 0_usize..2,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (name, read) = REPLIES[which];
        let mut body = recorded(name);
        for (index, byte) in changes {
            let index = index.index(body.len());
            body[index] = byte;
        }
        if let Some(found) = read(&body, &rules()) {
            prop_assert_eq!(found, wanted());
        }
    }

    #[test]
    fn nor_do_several_of_the_transaction(
        form in 0_usize..4, cut in 0_usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = transaction(owner(), vec![creation(), Swap::of(FORMS[form]).instruction()], BUDGET);
        for (index, byte) in changes {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        if let Some(found) = allowed(&bytes, &rules()) {
            prop_assert_eq!(found, wanted());
        }
    }
}
