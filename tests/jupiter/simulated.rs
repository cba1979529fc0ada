//! What a simulation must show before a swap is signed.

use purser::chains::solana::Address;
use purser::chains::solana::simulate::{Change, Side};
use purser::chains::solana::token::TokenAccount;
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};
use purser::venues::jupiter::simulated::Outcome;
use purser::venues::jupiter::{Accepted, Form, Refusal};

use super::{LEAST, SOLD, STRANGER, Swap, USDC, USDT, account, creation, intent, judge, owner, resolved};

const RENT: u64 = 2_039_280;
const FEE: u64 = 5_200;

fn accepted() -> Accepted {
    judge(vec![creation(), Swap::of(Form::RouteV2).instruction()]).unwrap()
}

fn holding(owner: Address, mint: Address, amount: u64) -> Side {
    let token = TokenAccount {
        mint,
        owner,
        amount,
        delegate: None,
        frozen: false,
        close_authority: None,
        extensions: Vec::new(),
    };
    Side { lamports: RENT, owner: TOKEN_PROGRAM, token: Some(token) }
}

fn lamports(lamports: u64) -> Side {
    Side { lamports, owner: Address::default(), token: None }
}

fn change(account: Address, before: Option<Side>, after: Option<Side>) -> Change {
    Change { account, before, after }
}

/// Wallet, source, destination, a pool's vault, another account of the wallet.
fn honest() -> Vec<Change> {
    let us = owner();
    let (vault, third) = (Address::from([0xb1; 32]), Address::from([0x33; 32]));
    vec![
        change(us, Some(lamports(9_000_000)), Some(lamports(9_000_000 - FEE))),
        change(account(&us, &USDC), Some(holding(us, USDC, SOLD + 7)), Some(holding(us, USDC, 7))),
        change(account(&us, &USDT), Some(holding(us, USDT, 1)), Some(holding(us, USDT, LEAST + 1))),
        change(vault, Some(holding(STRANGER, USDC, 5)), Some(holding(STRANGER, USDC, SOLD + 5))),
        change(account(&us, &third), Some(holding(us, third, 8)), Some(holding(us, third, 8))),
    ]
}

fn outcome(alter: impl FnOnce(&mut Vec<Change>)) -> Result<Outcome, Refusal> {
    let mut changes = honest();
    alter(&mut changes);
    intent().accept_simulation(&accepted(), &changes)
}

fn side(side: &mut Option<Side>) -> &mut Side {
    side.as_mut().unwrap()
}

fn token(side: &mut Option<Side>) -> &mut TokenAccount {
    side.as_mut().unwrap().token.as_mut().unwrap()
}

#[test]
fn what_was_wanted_is_accepted() {
    assert_eq!(outcome(|_| ()), Ok(Outcome { amount_out: LEAST, lamports: FEE }));
    assert_eq!(outcome(|all| token(&mut all[2].after).amount += 5).unwrap().amount_out, LEAST + 5);
}

#[test]
fn everything_writable_is_watched_once_and_ours_first() {
    let transaction = resolved(owner(), vec![creation(), Swap::of(Form::SharedAccountsRoute).instruction()]);
    let watched = intent().watched(&transaction);
    assert_eq!(watched[..3], [owner(), account(&owner(), &USDC), account(&owner(), &USDT)]);
    let pools = [0xa1, 0xa2, 0xb1, 0xb2].map(|seed| Address::from([seed; 32]));
    assert_eq!(watched[3..], pools);
}

#[test]
fn the_amounts_are_exact_and_at_least() {
    for amount in [6, 8, 0, u64::MAX] {
        let refusal = outcome(|all| token(&mut all[1].after).amount = amount).unwrap_err();
        let found = i128::from(SOLD) + 7 - i128::from(amount);
        assert_eq!(refusal, Refusal::Amount { found, wanted: SOLD });
    }
    for amount in [LEAST, 1, 0] {
        let refusal = outcome(|all| token(&mut all[2].after).amount = amount).unwrap_err();
        assert_eq!(refusal, Refusal::MinimumOut { found: i128::from(amount) - 1, wanted: LEAST });
    }
}

#[test]
fn lamports_fall_by_fee_and_rent_only() {
    let refusal = outcome(|all| side(&mut all[0].after).lamports -= 1).unwrap_err();
    assert_eq!(refusal, Refusal::Lamports { found: i128::from(FEE) + 1, most: FEE });
    // The account that receives is created: its rent leaves as well, and not a lamport more.
    let created = |extra: u64| {
        outcome(|all| {
            all[2].before = None;
            token(&mut all[2].after).amount = LEAST;
            side(&mut all[0].after).lamports -= RENT + extra;
        })
    };
    assert_eq!(created(0), Ok(Outcome { amount_out: LEAST, lamports: FEE + RENT }));
    assert_eq!(created(1), Err(Refusal::Lamports { found: i128::from(FEE + RENT) + 1, most: FEE + RENT }));
    let mut without = accepted();
    without.creates.clear();
    let mut changes = honest();
    changes[2].before = None;
    token(&mut changes[2].after).amount = LEAST;
    side(&mut changes[0].after).lamports -= RENT;
    let refusal = intent().accept_simulation(&without, &changes).unwrap_err();
    assert!(matches!(refusal, Refusal::Lamports { .. }), "nothing was to be created: {refusal}");
    // Lamports may come.
    assert_eq!(outcome(|all| side(&mut all[0].after).lamports += 9_000).unwrap().lamports, 0);
}

#[test]
fn nothing_of_ours_changes_hands() {
    type Alter = fn(&mut Vec<Change>);
    let alterations: [(Alter, usize); 13] = [
        (|all| side(&mut all[0].after).owner = STRANGER, 0),
        (|all| all[0].after = None, 0),
        (|all| token(&mut all[1].after).owner = STRANGER, 1),
        (|all| token(&mut all[1].after).delegate = Some((STRANGER, 1)), 1),
        (|all| token(&mut all[1].after).close_authority = Some(STRANGER), 1),
        (|all| token(&mut all[1].after).frozen = true, 1),
        (|all| side(&mut all[1].after).owner = TOKEN_2022_PROGRAM, 1),
        (|all| all[1].after = None, 1),
        (|all| token(&mut all[2].after).mint = STRANGER, 2),
        (|all| token(&mut all[2].after).delegate = Some((STRANGER, u64::MAX)), 2),
        (|all| token(&mut all[4].after).amount -= 1, 4),
        (|all| token(&mut all[4].after).delegate = Some((STRANGER, 1)), 4),
        (|all| all[4].after = None, 4),
    ];
    for (number, (alter, index)) in alterations.into_iter().enumerate() {
        let account = honest()[index].account;
        let refusal = outcome(alter).unwrap_err();
        assert!(
            matches!(&refusal, Refusal::Changed { account: found, .. } if *found == account),
            "{number}: {refusal}"
        );
    }
    // A new account that receives must be ours alone as well.
    for alter in [
        (|token: &mut TokenAccount| token.owner = STRANGER) as fn(&mut TokenAccount),
        |token| token.close_authority = Some(STRANGER),
        |token| token.delegate = Some((STRANGER, 1)),
        |token| token.mint = USDC,
    ] {
        let refusal = outcome(|all| {
            all[2].before = None;
            alter(token(&mut all[2].after));
        });
        assert!(matches!(refusal, Err(Refusal::Changed { .. })), "{refusal:?}");
    }
    // Accounts of the wallet that appear have no part in it; those of others are theirs.
    let appears = |owner| outcome(|all| all[4] = change(STRANGER, None, Some(holding(owner, USDC, 1))));
    assert!(matches!(appears(owner()), Err(Refusal::Changed { .. })));
    assert!(appears(STRANGER).is_ok());
}

#[test]
fn what_is_not_shown_is_not_believed() {
    for (index, account) in honest().into_iter().take(3).map(|change| change.account).enumerate() {
        let refusal = outcome(|all| drop(all.remove(index))).unwrap_err();
        assert_eq!(refusal, Refusal::Unwatched(account));
    }
    assert!(intent().accept_simulation(&accepted(), &[]).is_err());
}
