//! What of a transaction is a swap exactly as wanted, and what is refused for which reason.

use purser::act::rule_of;
use purser::chains::solana::associated::{associated_account, create_associated_account};
use purser::chains::solana::fees::{ComputeBudget, MAX_COMPUTE_UNITS};
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::{AccountMeta, Address, Instruction};
use purser::config::jupiter::AGGREGATOR;
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use purser::policy::Rule;
use purser::venues::jupiter::{Form, Intent, Refusal, Terms};
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_system_interface::instruction as system;
use spl_token_interface::instruction::{self as token, AuthorityType};

use super::{
    BUDGET, FORMS, LEAST, QUOTED, SOLD, STRANGER, Swap, TERMS, USDC, USDT, account, creation, intent, judge,
    owner, resolved, transaction,
};

fn refused(instructions: Vec<Instruction>) -> Refusal {
    judge(instructions).unwrap_err()
}

fn swap() -> Instruction {
    Swap::of(Form::RouteV2).instruction()
}

/// The refusal of a swap with `instruction` behind it.
fn beside(instruction: Instruction) -> Refusal {
    refused(vec![creation(), swap(), instruction])
}

#[track_caller]
fn is_beside(instruction: Instruction, does: &'static str, account: Address) {
    let refusal = beside(instruction);
    assert_eq!(refusal, Refusal::Beside { does, account }, "{refusal}");
    assert_eq!(rule_of(&refusal), Rule::Function);
}

#[test]
fn a_plain_swap_is_accepted_in_every_form() {
    for form in FORMS {
        let accepted = judge(vec![creation(), Swap::of(form).instruction()]).unwrap();
        assert_eq!((accepted.route.form, accepted.budget), (form, BUDGET));
        assert_eq!(accepted.fee_lamports, 5_000 + 200);
        assert_eq!(accepted.creates, [account(&owner(), &USDT)]);
        assert_eq!(judge(vec![Swap::of(form).instruction()]).unwrap().creates, []);
    }
}

#[test]
fn somebody_else_who_pays_or_signs_is_refused() {
    let paid = intent().judge(&resolved(STRANGER, vec![swap()]), &TERMS);
    assert_eq!(paid, Err(Refusal::Payer(STRANGER)));
    let mut cosigned = swap();
    cosigned.accounts.push(AccountMeta::new(STRANGER, true));
    let cosigned = resolved(owner(), vec![cosigned]);
    assert_eq!(intent().judge(&cosigned, &TERMS), Err(Refusal::Signer(STRANGER)));
    let accepted = intent().judge(&cosigned, &Terms { cosigners: true, ..TERMS }).unwrap();
    assert_eq!(accepted.fee_lamports, 10_000 + 200);
    // Not even then may it go by another signature than ours.
    let paid = intent().judge(&resolved(STRANGER, vec![swap()]), &Terms { cosigners: true, ..TERMS });
    assert_eq!(paid, Err(Refusal::Payer(STRANGER)));
}

#[test]
fn nothing_else_may_be_in_it() {
    let (us, ours) = (owner(), account(&owner(), &USDC));
    let found = Address::from([0x0f; 32]);
    let accounts = vec![AccountMeta::new_readonly(us, true)];
    let foreign = beside(Instruction { program_id: found, accounts, data: vec![1] });
    assert_eq!(foreign, Refusal::Program { found, pinned: AGGREGATOR });
    assert_eq!(rule_of(&foreign), Rule::Contract);

    let (owning, closing) = (AuthorityType::AccountOwner, AuthorityType::CloseAccount);
    for kind in [owning, closing] {
        let change = token::set_authority(&TOKEN_PROGRAM, &ours, Some(&STRANGER), kind, &us, &[]);
        is_beside(change.unwrap(), "gives a right away", ours);
    }
    let approve = token::approve(&TOKEN_PROGRAM, &ours, &STRANGER, &us, &[], u64::MAX).unwrap();
    is_beside(approve, "lets somebody else spend", STRANGER);
    let revoke = token::revoke(&TOKEN_PROGRAM, &ours, &us, &[]).unwrap();
    is_beside(revoke, "takes an approval back", ours);
    let close = token::close_account(&TOKEN_PROGRAM, &ours, &us, &us, &[]).unwrap();
    is_beside(close, "closes an account", ours);
    let burn = token::burn(&TOKEN_PROGRAM, &ours, &USDC, &us, &[], 1).unwrap();
    is_beside(burn, "destroys tokens", ours);
    let theirs = account(&STRANGER, &USDC);
    let transfer = token::transfer_checked(&TOKEN_PROGRAM, &ours, &USDC, &theirs, &us, &[], 1, 6).unwrap();
    is_beside(transfer, "moves tokens", theirs);
    is_beside(token::sync_native(&TOKEN_PROGRAM, &ours).unwrap(), "wraps lamports", ours);
    is_beside(system::transfer(&us, &STRANGER, 1_000_000), "pays lamports", STRANGER);
    is_beside(system::advance_nonce_account(&STRANGER, &us), "would never expire", STRANGER);
    let create = system::create_account(&us, &found, 1, 165, &TOKEN_PROGRAM);
    let refusal = intent().judge(&resolved(us, vec![swap(), create]), &Terms { cosigners: true, ..TERMS });
    assert_eq!(refusal, Err(Refusal::Beside { does: "creates another account", account: found }));
    // An instruction of the token program that is none we know.
    let mut unknown = token::revoke(&TOKEN_PROGRAM, &ours, &us, &[]).unwrap();
    unknown.data = vec![200];
    assert!(matches!(beside(unknown), Refusal::Program { found: TOKEN_PROGRAM, .. }));
}

#[test]
fn only_the_wallets_two_accounts_are_created() {
    let (us, other) = (owner(), Address::from([0x33; 32]));
    let create = |payer, owner, mint| create_associated_account(&payer, &owner, &mint, &TOKEN_PROGRAM);
    assert!(judge(vec![create(us, us, USDC), creation(), swap()]).is_ok());
    is_beside(create(us, STRANGER, USDT), "creates another account", account(&STRANGER, &USDT));
    is_beside(create(us, us, other), "creates another account", account(&us, &other));
    let extended = create_associated_account(&us, &us, &USDT, &TOKEN_2022_PROGRAM);
    let place = associated_account(&us, &USDT, &TOKEN_2022_PROGRAM);
    is_beside(extended, "creates another account", place);
    // One that fails when the account is there already.
    let mut once = creation();
    once.data = vec![0];
    is_beside(once, "creates another account", account(&us, &USDT));
    let twice = refused(vec![creation(), creation(), swap()]);
    assert_eq!(twice, Refusal::Repeated("creates an account"));
    let theirs = resolved(us, vec![create(STRANGER, us, USDT), swap()]);
    let refusal = intent().judge(&theirs, &Terms { cosigners: true, ..TERMS });
    assert!(matches!(refusal, Err(Refusal::Beside { .. })), "{refusal:?}");
}

#[test]
fn it_swaps_once_and_asks_for_one_budget() {
    assert_eq!(refused(vec![creation()]), Refusal::NoSwap);
    assert_eq!(refused(vec![swap(), swap()]), Refusal::Repeated("swaps"));
    let limit = ComputeBudgetInstruction::set_compute_unit_limit(5);
    assert_eq!(beside(limit), Refusal::Repeated("limits its compute units"));
    let price = ComputeBudgetInstruction::set_compute_unit_price(5);
    assert_eq!(beside(price), Refusal::Repeated("prices its compute units"));
    let heap = || ComputeBudgetInstruction::request_heap_frame(65_536);
    assert!(judge(vec![heap(), swap()]).is_ok());
    assert_eq!(refused(vec![heap(), heap(), swap()]), Refusal::Repeated("asks for a runtime bound"));
}

#[test]
fn a_spiked_price_is_refused() {
    let judged = |budget: ComputeBudget| {
        let bytes = transaction(owner(), vec![swap()], budget);
        intent().judge(&Resolved::decode(&bytes, &[]).unwrap(), &TERMS)
    };
    let at_most = ComputeBudget { limit: 200_000, price: 500_000 };
    assert_eq!(judged(at_most).unwrap().fee_lamports, 105_000);
    let above = judged(ComputeBudget { price: 500_001, ..at_most });
    assert_eq!(above, Err(Refusal::Price { lamports: 100_001, most: 100_000 }));
    assert_eq!(rule_of(&above.unwrap_err()), Rule::GasCap);
    let spiked = judged(ComputeBudget { limit: u32::MAX, price: u64::MAX });
    assert_eq!(spiked, Err(Refusal::Price { lamports: u64::MAX, most: 100_000 }));
    // Without a limit of its own it may use up all there is.
    let mut unlimited = resolved(owner(), vec![swap()]);
    unlimited.instructions.remove(0);
    let accepted = intent().judge(&unlimited, &TERMS).unwrap();
    assert_eq!(accepted.budget, ComputeBudget { limit: MAX_COMPUTE_UNITS, price: 1_000 });
}

#[test]
fn every_part_of_the_route_is_the_steps() {
    let stranger_in = account(&STRANGER, &USDC);
    let stranger_out = account(&STRANGER, &USDT);
    for form in FORMS {
        let with = |change: &dyn Fn(&mut Swap)| refused(vec![Swap::of(form).with(change).instruction()]);
        let other = with(&|swap| swap.destination = stranger_out);
        let wanted = account(&owner(), &USDT);
        assert_eq!(other, Refusal::Destination { found: stranger_out, wanted }, "{form:?}");
        assert_eq!(rule_of(&other), Rule::Recipient);
        if matches!(form, Form::Route | Form::RouteV2) {
            let other = with(&|swap| swap.other = Some(stranger_out));
            assert_eq!(other, Refusal::Destination { found: stranger_out, wanted });
            // Ours as the other one does not make somebody else's own account right.
            let other = with(&|swap| (swap.other, swap.destination) = (Some(wanted), stranger_out));
            assert_eq!(other, Refusal::Destination { found: stranger_out, wanted });
        }
        let taken = with(&|swap| swap.source = stranger_in);
        assert_eq!(taken, Refusal::Source { found: stranger_in, wanted: account(&owner(), &USDC) });
        if form != Form::Route {
            let sold = with(&|swap| swap.mint_in = STRANGER);
            assert_eq!(sold, Refusal::Mint { found: STRANGER, wanted: USDC });
            assert_eq!(rule_of(&sold), Rule::Token);
        }
        assert_eq!(with(&|swap| swap.mint_out = STRANGER), Refusal::Mint { found: STRANGER, wanted: USDT });
        if matches!(form, Form::RouteV2 | Form::SharedAccountsRouteV2) {
            for index in [0, 1] {
                let refusal = with(&|swap| swap.token_programs[index] = TOKEN_2022_PROGRAM);
                let (found, wanted) = (TOKEN_2022_PROGRAM, TOKEN_PROGRAM);
                assert_eq!(refusal, Refusal::TokenProgram { found, wanted });
            }
        }
        for amount in [SOLD - 1, SOLD + 1, u64::MAX] {
            let refusal = with(&|swap| swap.amount_in = amount);
            assert_eq!(refusal, Refusal::Amount { found: amount.into(), wanted: SOLD });
            assert_eq!(rule_of(&refusal), Rule::Amount);
        }
        let worse = with(&|swap| swap.quoted_out = LEAST);
        assert_eq!(worse, Refusal::MinimumOut { found: i128::from(LEAST * 999 / 1_000), wanted: LEAST });
        assert_eq!(rule_of(&worse), Rule::MinimumOut);
        assert!(matches!(with(&|swap| swap.slippage_bps = 50), Refusal::MinimumOut { .. }));
        assert!(matches!(with(&|swap| swap.platform_fee_bps = 5), Refusal::MinimumOut { .. }));
    }
    let authority = Swap::of(Form::RouteV2).with(|swap| swap.authority = STRANGER).instruction();
    let refusal = intent().judge(&resolved(owner(), vec![authority]), &Terms { cosigners: true, ..TERMS });
    assert_eq!(refusal, Err(Refusal::Source { found: STRANGER, wanted: owner() }));
    let itself = Intent { mint_out: USDC, ..intent() };
    let swap = Swap::of(Form::RouteV2).with(|swap| swap.mint_out = USDC).instruction();
    assert!(matches!(itself.judge(&resolved(owner(), vec![swap]), &TERMS), Err(Refusal::Mint { .. })));
    let other = Swap::of(Form::RouteV2).with(|swap| swap.slippage_bps = 0).instruction();
    let mut exit = other.clone();
    exit.data[..8].copy_from_slice(&[0; 8]);
    assert!(matches!(refused(vec![exit]), Refusal::Route(_)));
    assert!(judge(vec![other]).is_ok());
}

#[test]
fn a_sunken_quote_leaves_less_slippage_and_never_more() {
    let intent = intent();
    assert_eq!(intent.slippage_bps(LEAST - 1, 50), None, "the quote itself is too low");
    assert_eq!(intent.slippage_bps(LEAST, 50), Some(0));
    assert_eq!(intent.slippage_bps(QUOTED, 50), Some(10));
    assert_eq!(intent.slippage_bps(QUOTED, 3), Some(3));
    for quoted in (LEAST..LEAST + 9_000_000).step_by(9_973) {
        let bps = intent.slippage_bps(quoted, 50).unwrap();
        let swap = Swap::of(Form::RouteV2).with(|swap| {
            (swap.quoted_out, swap.slippage_bps) = (quoted, bps);
        });
        assert!(judge(vec![swap.instruction()]).is_ok(), "{quoted} less {bps} basis points");
    }
}
