//! Who may receive a mint on Solana: a verified token account, never a wallet's own key.

use proptest::prelude::*;
use purser::bridges::cctp::solana::{MintRecipient, RecipientError, word};
use purser::chains::solana::token::TokenError;
use purser::chains::solana::{Account, Address};
use purser::config::solana::TOKEN_PROGRAM;

use super::support::{Holding, USDC, end, mint_data, owned_by, wallet};

fn verify(
    recipient: Address,
    owner: Address,
    allowed: &[Address],
    account: Option<&Account>,
) -> Result<MintRecipient, RecipientError> {
    let mint = owned_by(TOKEN_PROGRAM, mint_data(6, &[]));
    MintRecipient::verify(&end(), recipient, &owner, allowed, Some(&mint), account)
}

fn holding(owner: Address) -> Account {
    Holding::of(USDC, owner, 0).account(TOKEN_PROGRAM)
}

#[test]
fn the_existing_account_of_an_allowed_owner_is_one() {
    let owner = wallet(1).address();
    let account = end().account_of(&owner);
    let recipient = verify(account, owner, &[owner], Some(&holding(owner))).unwrap();
    assert_eq!((recipient.account(), recipient.owner(), recipient.word()), (account, owner, word(&account)));
}

#[test]
fn a_wallets_own_key_is_refused_by_name() {
    let (owner, stranger) = (wallet(1).address(), wallet(2).address());
    let system = Account { lamports: 5, owner: Address::default(), data: Vec::new(), executable: false };
    for (recipient, account) in
        [(owner, Some(&system)), (owner, None), (stranger, Some(&system)), (stranger, None)]
    {
        let error = verify(recipient, owner, &[owner], account).unwrap_err();
        let expected = RecipientError::WalletKey { wallet: recipient, account: end().account_of(&recipient) };
        assert_eq!(error, expected);
        assert!(error.to_string().contains("would be lost"), "{error}");
    }
}

#[test]
fn everything_else_is_refused_before_the_burn() {
    let (owner, stranger) = (wallet(1).address(), wallet(2).address());
    let account = end().account_of(&owner);
    let foreign = verify(end().account_of(&stranger), stranger, &[owner], Some(&holding(stranger)));
    assert_eq!(foreign, Err(RecipientError::NotAllowed(stranger)));
    let theirs = verify(end().account_of(&stranger), owner, &[owner], Some(&holding(stranger)));
    assert!(matches!(theirs, Err(RecipientError::NotAssociated { .. })));
    assert_eq!(verify(account, owner, &[owner], None), Err(RecipientError::Missing { account, owner }));
    let prefunded = Account { lamports: 5, owner: Address::default(), data: Vec::new(), executable: false };
    assert_eq!(
        verify(account, owner, &[owner], Some(&prefunded)),
        Err(RecipientError::Missing { account, owner })
    );
    let frozen = Holding { state: 2, ..Holding::of(USDC, owner, 0) }.account(TOKEN_PROGRAM);
    let refused = verify(account, owner, &[owner], Some(&frozen));
    assert_eq!(refused, Err(RecipientError::Token(TokenError::Frozen(account))));
    let given_away = Holding::of(USDC, stranger, 0).account(TOKEN_PROGRAM);
    assert!(matches!(verify(account, owner, &[owner], Some(&given_away)), Err(RecipientError::Token(_))));
    let wrong_mint = Holding::of(stranger, owner, 0).account(TOKEN_PROGRAM);
    assert!(matches!(verify(account, owner, &[owner], Some(&wrong_mint)), Err(RecipientError::Token(_))));
}

proptest! {
    #[test]
    fn no_owner_is_ever_its_own_recipient(seed in any::<[u8; 32]>(), key in any::<[u8; 32]>()) {
        let keypair = solana_keypair::Keypair::new_from_array(seed);
        let owner = Address::from(*solana_signer::Signer::pubkey(&keypair).as_array());
        let existing = holding(owner);
        prop_assert!(verify(owner, owner, &[owner], Some(&existing)).is_err());
        let account = end().account_of(&owner);
        prop_assert!(verify(account, owner, &[owner], Some(&existing)).is_ok());
        prop_assert!(verify(account, owner, &[], Some(&existing)).is_err());
        let random = Address::from(key);
        if random != account {
            prop_assert!(verify(random, owner, &[owner], Some(&existing)).is_err());
        }
    }
}
