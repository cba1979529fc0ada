//! Each rule at its edge.

use purser::domain::{AnyAddress, Leg, Spent, Step, SwapStep, Usd};
use purser::policy::{Rule, Rules, SolanaEffect, SolanaRules, Verdict};

use super::{
    AGGREGATOR, Case, FRIEND, OURS, STRANGER, USDC, USDT, account, arriving, burn, creation, leaving, limit,
    mint, needed, price, rules, swap, swapping, word,
};
use crate::policy::world::{self, BURNT, MAX_FEE, MIN_OUT, ONE_MICRO, SOLD, amount, chain, dollars};

#[track_caller]
fn denied(case: &Case, rule: Rule) {
    match case.judge() {
        Verdict::Deny(denial) => assert_eq!(denial.rule, rule, "{denial} for {case:?}"),
        Verdict::Allow => panic!("{rule} lets {case:?} pass"),
    }
}

fn burning() -> Case {
    needed().swap_remove(0)
}

fn minting() -> Case {
    needed().swap_remove(2)
}

fn exchanging() -> Case {
    needed().swap_remove(4)
}

/// A case with the main effect changed.
fn changed(case: &Case, change: impl FnOnce(&mut SolanaEffect)) -> Case {
    case.with(|case| change(case.main()))
}

#[test]
fn what_the_steps_need_is_allowed() {
    for case in needed() {
        assert_eq!(case.judge(), Verdict::Allow, "{case:?}");
    }
}

#[test]
fn without_rules_nothing_is_allowed() {
    for case in needed() {
        let verdict = case.judge_by(&world::rules(), Spent::default());
        assert!(matches!(verdict, Verdict::Deny(denial) if denial.rule == Rule::Chain));
    }
    let without = |change: fn(&mut SolanaRules)| {
        let mut solana = rules().solana.unwrap();
        change(&mut solana);
        Rules { solana: Some(solana), ..world::rules() }
    };
    let of = |rules: Rules, case: Case, rule: Rule| {
        let verdict = case.judge_by(&rules, Spent::default());
        assert!(matches!(&verdict, Verdict::Deny(denial) if denial.rule == rule), "{verdict}");
    };
    of(without(|solana| solana.aggregator = None), exchanging(), Rule::Contract);
    of(without(|solana| solana.tokens.clear()), exchanging(), Rule::Token);
    of(without(|solana| solana.tokens.clear()), burning(), Rule::Token);
    of(without(|solana| solana.wallet = FRIEND), minting(), Rule::Contract);
    of(without(|solana| solana.chain = chain("elsewhere")), burning(), Rule::Chain);
}

#[test]
fn the_wallet_pays_and_signs_alone() {
    for case in needed() {
        denied(&case.with(|case| case.payer = FRIEND), Rule::Contract);
        denied(&case.with(|case| case.signers.push(STRANGER)), Rule::Contract);
        denied(&case.with(|case| case.signers.insert(0, STRANGER)), Rule::Contract);
        denied(&case.with(|case| case.signers.clear()), Rule::Contract);
    }
    denied(&burning().with(|case| case.signers = vec![OURS]), Rule::Contract);
    denied(&burning().with(|case| case.signers = vec![OURS, STRANGER]), Rule::Contract);
}

/// Where Jupiter lands a swap, its market maker may sign as well, and never first; nothing else may need anybody.
#[test]
fn only_a_swap_may_be_signed_by_others_as_well() {
    for case in needed() {
        let allowing = case.with(|case| case.cosigners = true);
        assert_eq!(allowing.judge(), Verdict::Allow);
        let more = allowing.with(|case| case.signers.push(STRANGER));
        match case.leg {
            Leg::Swap => assert_eq!(more.judge(), Verdict::Allow),
            _ => denied(&more, Rule::Contract),
        }
        denied(&allowing.with(|case| case.signers.insert(0, STRANGER)), Rule::Contract);
        denied(&allowing.with(|case| case.signers.clear()), Rule::Contract);
    }
}

#[test]
fn gas_has_a_cap_and_a_day() {
    for case in needed() {
        let costs = |gas: Usd| case.with(|case| case.gas = gas);
        assert_eq!(costs(dollars(2)).judge(), Verdict::Allow);
        assert_eq!(costs(Usd::ZERO).judge(), Verdict::Allow);
        denied(&costs(dollars(2).saturating_add(ONE_MICRO)), Rule::GasCap);
        denied(&costs(Usd::from_micros(-1)), Rule::GasCap);
        denied(&costs(Usd::MAX), Rule::GasCap);
        let after = |gas| costs(dollars(1)).judge_by(&rules(), Spent { moved: Usd::ZERO, gas });
        assert_eq!(after(dollars(19)), Verdict::Allow);
        for spent in [dollars(19).saturating_add(ONE_MICRO), Usd::MAX] {
            let verdict = after(spent);
            assert!(matches!(verdict, Verdict::Deny(denial) if denial.rule == Rule::GasPerDay));
        }
    }
}

#[test]
fn the_priority_fee_is_read_from_the_instructions() {
    for case in needed() {
        let asks = |budget: Vec<SolanaEffect>| case.with(|case| drop(case.effects.splice(..2, budget)));
        let priced = |micro_lamports| vec![limit(), SolanaEffect::ComputePrice { micro_lamports }];
        assert_eq!(asks(priced(250_000)).judge(), Verdict::Allow, "50,000 lamports");
        denied(&asks(priced(250_001)), Rule::GasCap);
        denied(&asks(priced(u64::MAX)), Rule::GasCap);
        assert_eq!(asks(vec![limit()]).judge(), Verdict::Allow);
        assert_eq!(asks(vec![price(), limit()]).judge(), Verdict::Allow);
        denied(&asks(vec![price()]), Rule::GasCap);
        denied(&asks(vec![]), Rule::GasCap);
        for twice in [limit(), price()] {
            denied(&asks(vec![limit(), price(), twice]), Rule::Function);
        }
        let bound = || SolanaEffect::RuntimeBound { bytes: 65_536 };
        assert_eq!(asks(vec![limit(), bound(), price()]).judge(), Verdict::Allow);
        denied(&asks(vec![limit(), bound(), bound()]), Rule::Function);
    }
}

#[test]
fn nothing_may_stand_beside() {
    let other = || SolanaEffect::Other("a call of a program".to_owned());
    let beside = [
        other(),
        burn(),
        mint(),
        swap(),
        SolanaEffect::Reclaim { payee: OURS },
        SolanaEffect::CreateAccount { payer: OURS, owner: STRANGER, mint: USDC },
        SolanaEffect::CreateAccount { payer: STRANGER, owner: OURS, mint: USDC },
        SolanaEffect::CreateAccount { payer: OURS, owner: OURS, mint: STRANGER },
    ];
    for case in needed() {
        for effect in &beside {
            for at in 0..=case.effects.len() {
                let with = case.with(|case| case.effects.insert(at, effect.clone()));
                assert!(!with.judge().is_allowed(), "{effect:?} at {at} of {with:?}");
            }
        }
        denied(&case.with(|case| case.effects.push(other())), Rule::Function);
        denied(&case.with(|case| case.effects.truncate(2)), Rule::Function);
    }
}

#[test]
fn burns_are_as_planned() {
    let with = |change: fn(&mut SolanaEffect)| changed(&burning(), change);
    macro_rules! set {
        ($field:ident, $value:expr) => {
            with(|effect| {
                let SolanaEffect::Burn { $field, .. } = effect else { panic!("{effect:?}") };
                *$field = $value;
            })
        };
    }
    denied(&set!(owner, STRANGER), Rule::Contract);
    denied(&set!(rent_payer, STRANGER), Rule::Contract);
    denied(&set!(event, OURS), Rule::Contract);
    denied(&set!(amount, super::units(BURNT) + 1), Rule::Amount);
    denied(&set!(amount, 0), Rule::Amount);
    denied(&set!(destination, purser::domain::Domain(0)), Rule::Recipient);
    denied(&set!(destination, purser::domain::Domain(5)), Rule::Recipient);
    denied(&set!(mint_recipient, word(world::STRANGER)), Rule::Recipient);
    denied(&set!(mint_recipient, alloy::primitives::B256::repeat_byte(1)), Rule::Recipient);
    denied(&set!(max_fee, super::units(MAX_FEE) + 1), Rule::Fee);
    assert_eq!(set!(max_fee, 0).judge(), Verdict::Allow);
    denied(&set!(min_finality_threshold, 2000), Rule::Function);
}

#[test]
fn a_burn_for_somebody_pays_only_those_allowed() {
    let to = |recipient: AnyAddress, word: alloy::primitives::B256| {
        let mut case = burning();
        case.step = Step::Bridge(purser::domain::BridgeStep { recipient, ..leaving() });
        changed(&case, |effect| {
            let SolanaEffect::Burn { mint_recipient, .. } = effect else { panic!("{effect:?}") };
            *mint_recipient = word;
        })
    };
    assert_eq!(to(world::FRIEND.into(), word(world::FRIEND)).judge(), Verdict::Allow);
    denied(&to(world::STRANGER.into(), word(world::STRANGER)), Rule::Recipient);
    denied(&to(world::FRIEND.into(), word(world::WALLET)), Rule::Recipient);
    // A key of Solana is no recipient on an EVM chain, allowed or not.
    denied(&to(AnyAddress::Solana(FRIEND), FRIEND.to_bytes().into()), Rule::Recipient);
}

#[test]
fn mints_are_as_planned() {
    let with = |change: fn(&mut SolanaEffect)| changed(&minting(), change);
    macro_rules! set {
        ($field:ident, $value:expr) => {
            with(|effect| {
                let SolanaEffect::Mint { $field, .. } = effect else { panic!("{effect:?}") };
                *$field = $value;
            })
        };
    }
    denied(&set!(payer, STRANGER), Rule::Contract);
    denied(&set!(source, purser::domain::Domain(0)), Rule::Chain);
    denied(&set!(recipient, STRANGER), Rule::Recipient);
    // The wallet's key instead of its token account would strand the money.
    denied(&set!(recipient, OURS), Rule::Recipient);
    denied(&set!(recipient, account(&OURS, &USDT)), Rule::Recipient);
    denied(&set!(amount, BURNT - 1), Rule::Amount);
    denied(&set!(fee_executed, MAX_FEE + 1), Rule::Fee);
    assert_eq!(set!(fee_executed, 0).judge(), Verdict::Allow);
    // Another owner has to be allowed, and be paid into its own account.
    let to = |owner, place| {
        let mut case = minting();
        let recipient = AnyAddress::Solana(owner);
        case.step = Step::Bridge(purser::domain::BridgeStep { recipient, ..arriving() });
        changed(&case, |effect| {
            let SolanaEffect::Mint { recipient, .. } = effect else { panic!("{effect:?}") };
            *recipient = place;
        })
    };
    assert_eq!(to(FRIEND, account(&FRIEND, &USDC)).judge(), Verdict::Allow);
    denied(&to(FRIEND, account(&OURS, &USDC)), Rule::Recipient);
    denied(&to(FRIEND, account(&FRIEND, &USDT)), Rule::Recipient);
    denied(&to(OURS, account(&FRIEND, &USDC)), Rule::Recipient);
    denied(&to(STRANGER, account(&STRANGER, &USDC)), Rule::Recipient);
}

/// The recipient's account may be gone by the time of the mint, which then creates it.
#[test]
fn a_mint_may_create_the_recipients_account() {
    let with = |created: SolanaEffect| {
        let mut case = minting();
        let at = case.effects.len() - 1;
        case.effects.insert(at, created);
        case
    };
    let create = |payer, owner, mint| SolanaEffect::CreateAccount { payer, owner, mint };
    assert_eq!(with(create(OURS, OURS, USDC)).judge(), Verdict::Allow);
    denied(&with(create(STRANGER, OURS, USDC)), Rule::Contract);
    denied(&with(create(OURS, STRANGER, USDC)), Rule::Recipient);
    denied(&with(create(OURS, FRIEND, USDC)), Rule::Recipient);
    denied(&with(create(OURS, OURS, USDT)), Rule::Token);
    denied(&with(SolanaEffect::Reclaim { payee: OURS }), Rule::Function);
    let mut twice = with(create(OURS, OURS, USDC));
    twice.effects.insert(0, create(OURS, OURS, USDC));
    denied(&twice, Rule::Function);
    let mut after = minting();
    after.effects.push(create(OURS, OURS, USDC));
    denied(&after, Rule::Function);
}

#[test]
fn accounts_are_opened_for_the_wallet() {
    let opening = needed().swap_remove(1);
    let create = |payer, owner, mint| {
        changed(&opening, |effect| *effect = SolanaEffect::CreateAccount { payer, owner, mint })
    };
    assert_eq!(create(OURS, OURS, USDC).judge(), Verdict::Allow);
    denied(&create(OURS, STRANGER, USDC), Rule::Recipient);
    denied(&create(STRANGER, OURS, USDC), Rule::Recipient);
    denied(&create(OURS, OURS, USDT), Rule::Token);
}

#[test]
fn swaps_are_as_planned() {
    let with = |change: fn(&mut SolanaEffect)| changed(&exchanging(), change);
    macro_rules! set {
        ($field:ident, $value:expr) => {
            with(|effect| {
                let SolanaEffect::Swap { $field, .. } = effect else { panic!("{effect:?}") };
                *$field = $value;
            })
        };
    }
    denied(&set!(program, STRANGER), Rule::Contract);
    denied(&set!(source, account(&OURS, &USDC)), Rule::Token);
    denied(&set!(source, STRANGER), Rule::Token);
    denied(&set!(destination, STRANGER), Rule::Recipient);
    denied(&set!(destination, account(&OURS, &USDT)), Rule::Recipient);
    denied(&set!(amount_in, super::units(SOLD) + 1), Rule::Amount);
    denied(&set!(amount_in, super::units(SOLD) - 1), Rule::Amount);
    denied(&set!(min_out, super::units(MIN_OUT) - 1), Rule::MinimumOut);
    denied(&set!(min_out, 0), Rule::MinimumOut);
    assert_eq!(set!(min_out, u64::MAX).judge(), Verdict::Allow);
    let step = |change: fn(&mut SwapStep)| {
        exchanging().with(|case| {
            let mut step = swapping();
            change(&mut step);
            case.step = Step::Swap(step);
        })
    };
    denied(&step(|step| step.pool = AnyAddress::Solana(STRANGER)), Rule::Contract);
    denied(&step(|step| step.pool = world::ALPHA.router.into()), Rule::Contract);
    denied(&step(|step| step.recipient = AnyAddress::Solana(FRIEND)), Rule::Recipient);
    denied(&step(|step| step.recipient = AnyAddress::Evm(world::WALLET)), Rule::Recipient);
    denied(&step(|step| step.chain = chain("alpha")), Rule::Chain);
    denied(&step(|step| step.amount_in = amount("DAI", SOLD)), Rule::Token);
    denied(&step(|step| step.min_out = amount("DAI", MIN_OUT)), Rule::Token);
}

#[test]
fn accounts_of_a_swap_are_of_its_tokens() {
    for (tokens, allowed) in [(vec![USDT], true), (vec![USDC, USDT], true), (vec![], true)] {
        let effects = [vec![limit()], tokens.into_iter().map(creation).collect(), vec![swap()]].concat();
        let case = exchanging().with(|case| case.effects = effects);
        assert_eq!(case.judge().is_allowed(), allowed, "{case:?}");
    }
    // Behind the swap it comes too late to be needed.
    let late = exchanging().with(|case| case.effects = vec![limit(), swap(), creation(USDC)]);
    denied(&late, Rule::Function);
    let only = exchanging().with(|case| case.effects = vec![limit(), creation(USDC)]);
    denied(&only, Rule::Function);
}

#[test]
fn each_leg_belongs_on_its_chain() {
    for leg in [Leg::Burn, Leg::Open, Leg::Mint] {
        let case = minting().with(|case| {
            case.leg = leg;
            case.step = Step::Bridge(leaving());
        });
        assert!(!case.judge().is_allowed(), "{leg}");
    }
    let elsewhere = purser::domain::BridgeStep { to: chain("alpha"), ..arriving() };
    denied(&minting().with(|case| case.step = Step::Bridge(elsewhere)), Rule::Chain);
    denied(&burning().with(|case| case.step = Step::Bridge(arriving())), Rule::Chain);
    assert_eq!(
        swapping().pool,
        AnyAddress::Solana(AGGREGATOR),
        "the program is the pool that the plan names"
    );
}
