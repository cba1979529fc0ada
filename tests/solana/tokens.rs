//! Mints and token accounts: every pinned property refused when it differs, and hostile bytes.

use proptest::prelude::*;
use purser::chains::solana::associated::associated_account;
use purser::chains::solana::token::{Held, Mint, TokenAccount, TokenError, check_account, check_mint, held};
use purser::chains::solana::{Account, Address};
use purser::config::MintExtension;
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

use super::support::{Holding, USDC, mint_data, owned_by, token_2022, usdc, wallet};

const STRANGER: Address = Address::new_from_array([0x66; 32]);

fn check(holding: &Holding, program: Address) -> Result<TokenAccount, TokenError> {
    let token = if program == TOKEN_PROGRAM { usdc() } else { token_2022(&[]) };
    let owner = wallet(1).address();
    let address = associated_account(&owner, &token.mint, &token.program);
    check_account(&token, &owner, address, &holding.account(program))
}

fn ours() -> Holding {
    Holding::of(USDC, wallet(1).address(), 7_000_000)
}

#[test]
fn a_sound_account_is_read() {
    let found = check(&ours(), TOKEN_PROGRAM).unwrap();
    assert_eq!((found.amount, found.delegate, found.frozen), (7_000_000, None, false));
    let own = Holding { close_authority: Some(wallet(1).address()), ..ours() };
    assert!(check(&own, TOKEN_PROGRAM).is_ok());
}

#[test]
fn whatever_another_could_touch_is_refused_by_name() {
    let is = |holding: Holding, expected: fn(&TokenError) -> bool| {
        let error = check(&holding, TOKEN_PROGRAM).unwrap_err();
        assert!(expected(&error), "{error}");
    };
    is(Holding { mint: STRANGER, ..ours() }, |error| matches!(error, TokenError::OtherMint { .. }));
    is(Holding { owner: STRANGER, ..ours() }, |error| matches!(error, TokenError::OtherOwner { .. }));
    is(Holding { state: 2, ..ours() }, |error| matches!(error, TokenError::Frozen(_)));
    is(Holding { state: 0, ..ours() }, |error| matches!(error, TokenError::Malformed { .. }));
    is(Holding { state: 3, ..ours() }, |error| matches!(error, TokenError::Malformed { .. }));
    is(Holding { delegate: Some((STRANGER, 1)), ..ours() }, |error| {
        matches!(error, TokenError::Delegated { amount: 1, .. })
    });
    is(Holding { close_authority: Some(STRANGER), ..ours() }, |error| {
        matches!(error, TokenError::CloseAuthority { .. })
    });
    let error = check(&ours(), TOKEN_2022_PROGRAM).unwrap_err();
    assert!(matches!(error, TokenError::OtherMint { .. }), "{error}");
    let foreign = check_account(&usdc(), &wallet(1).address(), USDC, &owned_by(STRANGER, ours().data()));
    assert!(matches!(foreign, Err(TokenError::Program { .. })));
}

#[test]
fn a_mint_must_be_exactly_the_configured_one() {
    let mint = |program, data| Some(owned_by(program, data));
    let plain = mint(TOKEN_PROGRAM, mint_data(6, &[]));
    assert_eq!(check_mint(&usdc(), plain.as_ref()).unwrap().decimals, 6);
    assert_eq!(check_mint(&usdc(), None), Err(TokenError::NoMint(USDC)));
    let decimals = check_mint(&usdc(), mint(TOKEN_PROGRAM, mint_data(9, &[])).as_ref());
    assert!(matches!(decimals, Err(TokenError::Decimals { expected: 6, actual: 9, .. })));
    let program = check_mint(&usdc(), mint(TOKEN_2022_PROGRAM, mint_data(6, &[])).as_ref());
    assert!(matches!(program, Err(TokenError::Program { .. })));
    let unknown = {
        let mut token = usdc();
        token.program = STRANGER;
        check_mint(&token, mint(STRANGER, mint_data(6, &[])).as_ref())
    };
    assert!(matches!(unknown, Err(TokenError::Program { .. })));
}

#[test]
fn fees_and_hooks_of_a_mint_need_to_be_named() {
    let account = |extensions: &[(u16, usize)]| owned_by(TOKEN_2022_PROGRAM, mint_data(6, extensions));
    for (number, length, extension) in [
        (1, 108, MintExtension::TransferFeeConfig),
        (14, 64, MintExtension::TransferHook),
        (12, 32, MintExtension::PermanentDelegate),
        (26, 33, MintExtension::Pausable),
    ] {
        let mint = account(&[(18, 64), (number, length)]);
        let silent = check_mint(&token_2022(&[MintExtension::MetadataPointer]), Some(&mint));
        let Err(TokenError::Extensions { found, allowed, .. }) = silent else { panic!("{silent:?}") };
        assert_eq!(allowed, [18]);
        assert!(found.contains(&number));
        let named = token_2022(&[extension, MintExtension::MetadataPointer]);
        assert!(check_mint(&named, Some(&mint)).is_ok());
        // One that was configured and is gone is a change too.
        assert!(check_mint(&named, Some(&account(&[(18, 64)]))).is_err());
    }
    // An extension nobody has heard of.
    assert!(check_mint(&token_2022(&[]), Some(&account(&[(999, 4)]))).is_err());
}

#[test]
fn extensions_of_an_account_follow_from_its_mint() {
    let owner = wallet(1).address();
    let check = |extensions: &[MintExtension], found: &[(u16, usize)]| {
        let token = token_2022(extensions);
        let holding = Holding { extensions: found.to_vec(), ..Holding::of(token.mint, owner, 5) };
        let address = associated_account(&owner, &token.mint, &token.program);
        check_account(&token, &owner, address, &holding.account(TOKEN_2022_PROGRAM))
    };
    assert!(check(&[], &[(7, 0)]).is_ok());
    assert!(check(&[], &[(7, 0), (2, 8)]).is_err());
    assert!(check(&[MintExtension::TransferFeeConfig], &[(7, 0), (2, 8)]).is_ok());
    // A memo demand, a guard against calls, hidden balances: never.
    for number in [8, 11, 5] {
        assert!(check(&[], &[(number, 1)]).is_err());
    }
}

#[test]
fn no_account_is_not_an_empty_one() {
    let (owner, mint) = (wallet(1).address(), owned_by(TOKEN_PROGRAM, mint_data(6, &[])));
    let of = |account: Option<&Account>| held(&usdc(), &owner, Some(&mint), account);
    assert_eq!(of(None), Ok(Held::NoAccount));
    let prefunded = Account { lamports: 5, owner: Address::default(), data: Vec::new(), executable: false };
    assert_eq!(of(Some(&prefunded)), Ok(Held::NoAccount));
    assert_eq!(of(Some(&Holding::of(USDC, owner, 0).account(TOKEN_PROGRAM))), Ok(Held::Units(0)));
    assert_eq!(of(Some(&ours().account(TOKEN_PROGRAM))), Ok(Held::Units(7_000_000)));
    assert!(held(&usdc(), &owner, None, Some(&ours().account(TOKEN_PROGRAM))).is_err());
}

#[test]
fn lengths_that_mean_something_else_are_refused() {
    // 355 bytes are a multisig to Token-2022, whatever they contain.
    let mut data = Holding { extensions: vec![(7, 0)], ..ours() }.data();
    data.resize(355, 0);
    assert!(TokenAccount::decode(&TOKEN_2022_PROGRAM, &data).is_err());
    data.push(0);
    assert!(TokenAccount::decode(&TOKEN_2022_PROGRAM, &data).is_ok());
    assert!(TokenAccount::decode(&TOKEN_PROGRAM, &data).is_err());
    // A mint is no account, and an account no mint.
    assert!(TokenAccount::decode(&TOKEN_2022_PROGRAM, &mint_data(6, &[(18, 64)])).is_err());
    assert!(
        Mint::decode(&TOKEN_2022_PROGRAM, &Holding { extensions: vec![(7, 0)], ..ours() }.data()).is_err()
    );
    // The same extension twice, one cut off, rubbish behind the end.
    assert!(Mint::decode(&TOKEN_2022_PROGRAM, &mint_data(6, &[(18, 4), (18, 4)])).is_err());
    let mut cut = mint_data(6, &[(18, 64)]);
    cut.pop();
    assert!(Mint::decode(&TOKEN_2022_PROGRAM, &cut).is_err());
    let mut rubbish = mint_data(6, &[(18, 4)]);
    rubbish.extend_from_slice(&[0, 0, 0, 1]);
    assert!(Mint::decode(&TOKEN_2022_PROGRAM, &rubbish).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..400)) {
        for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
            let _ = (Mint::decode(&program, &data), TokenAccount::decode(&program, &data));
        }
    }

    #[test]
    fn what_was_written_is_read(amount in any::<u64>(), owner in any::<[u8; 32]>(), delegated in any::<Option<u64>>()) {
        let holding = Holding {
            delegate: delegated.map(|amount| (STRANGER, amount)),
            ..Holding::of(USDC, Address::from(owner), amount)
        };
        let found = TokenAccount::decode(&TOKEN_PROGRAM, &holding.data()).unwrap();
        prop_assert_eq!((found.amount, found.owner, found.delegate), (amount, holding.owner, holding.delegate));
    }
}
