//! Before a burn and before a mint: every rule of the programs, checked against their accounts.

use alloy::primitives::B256;
use proptest::prelude::*;
use purser::bridges::cctp::solana::accounts::{
    LocalToken, MessageTransmitter, TokenMessenger, TokenPair, discriminators, is_received, minter_paused,
    remote_token_messenger,
};
use purser::bridges::cctp::solana::reclaim::{EVENT_ACCOUNT_WINDOW, ReclaimError};
use purser::bridges::cctp::solana::{
    Burn, BurnState, MessageSent, MintState, SolanaBurnError, SolanaMintError, key,
};
use purser::bridges::cctp::{AttestationError, FarEnd, Message};
use purser::chains::solana::read::Accounts;
use purser::chains::solana::{Account, Address};
use purser::config::solana::TOKEN_PROGRAM;
use purser::domain::Domain;

use super::support::{
    BASE, BASE_MESSENGER, BASE_USDC, FEE_RECIPIENT, Holding, MINTER, TRANSMITTER, USDC, attest, attesters,
    burn, end, incoming, local_token, messenger, mint_data, minter, owned_by, remote_messenger, token_pair,
    transmitter, wallet,
};

fn owner() -> Address {
    wallet(1).address()
}

/// The accounts every transfer reads.
fn common() -> Vec<Option<Account>> {
    vec![
        Some(owned_by(TRANSMITTER, transmitter(false))),
        Some(owned_by(MINTER, messenger(0))),
        Some(owned_by(MINTER, minter(false))),
        Some(owned_by(MINTER, local_token(10_000_000_000))),
        Some(owned_by(MINTER, remote_messenger(BASE.0, BASE_MESSENGER.into_word()))),
        Some(owned_by(TOKEN_PROGRAM, mint_data(6, &[]))),
    ]
}

fn before_burn() -> Vec<Option<Account>> {
    let mut accounts = common();
    accounts.push(None);
    accounts.push(Some(Holding::of(USDC, owner(), 8_000_000).account(TOKEN_PROGRAM)));
    accounts
}

fn state(accounts: Vec<Option<Account>>) -> Result<BurnState, SolanaBurnError> {
    assert_eq!(end().burn_accounts(&owner(), BASE).len(), accounts.len());
    end().burn_state(&owner(), BASE, &Accounts { slot: 1000, accounts })
}

fn check(accounts: Vec<Option<Account>>, change: impl FnOnce(&mut Burn)) -> Result<(), SolanaBurnError> {
    let mut burn = burn(owner(), wallet(2).address());
    change(&mut burn);
    state(accounts)?.check(&end(), &burn, BASE_MESSENGER.into_word())
}

/// The accounts before a burn with one of them replaced.
fn with(index: usize, account: Option<Account>) -> Vec<Option<Account>> {
    let mut accounts = before_burn();
    accounts[index] = account;
    accounts
}

#[test]
fn a_sound_burn_passes() {
    check(before_burn(), |_| {}).unwrap();
    assert_eq!(state(before_burn()).unwrap().remote_messenger(), BASE_MESSENGER.into_word());
    let lamports = Account { lamports: 9, owner: Address::default(), data: Vec::new(), executable: false };
    check(with(6, Some(lamports)), |_| {}).unwrap();
}

#[test]
fn a_burn_breaks_no_rule_of_the_programs() {
    let is = |result: Result<(), SolanaBurnError>, expected: fn(&SolanaBurnError) -> bool| {
        let error = result.unwrap_err();
        assert!(expected(&error), "{error}");
    };
    is(check(before_burn(), |burn| burn.amount = 0), |e| matches!(e, SolanaBurnError::Senseless));
    is(check(before_burn(), |burn| burn.mint_recipient = B256::ZERO), |e| {
        matches!(e, SolanaBurnError::Senseless)
    });
    is(check(before_burn(), |burn| burn.destination = Domain(5)), |e| {
        matches!(e, SolanaBurnError::Senseless)
    });
    is(check(before_burn(), |burn| burn.destination = Domain(0)), |e| {
        matches!(e, SolanaBurnError::Differs { .. })
    });
    is(check(before_burn(), |burn| burn.amount = 8_000_001), |e| {
        matches!(e, SolanaBurnError::Balance { held: 8_000_000, .. })
    });
    is(check(before_burn(), |burn| burn.max_fee = 5_000_000), |e| {
        matches!(e, SolanaBurnError::MaxFee { .. })
    });
    let limited = with(3, Some(owned_by(MINTER, local_token(4_999_999))));
    is(check(limited, |_| {}), |e| matches!(e, SolanaBurnError::Limit { limit: 4_999_999, .. }));
    let fee = with(1, Some(owned_by(MINTER, messenger(1401))));
    is(check(fee.clone(), |burn| burn.max_fee = 699), |e| {
        matches!(e, SolanaBurnError::MaxFee { least: 700, .. })
    });
    check(fee, |burn| burn.max_fee = 700).unwrap();
    is(check(with(0, Some(owned_by(TRANSMITTER, transmitter(true)))), |_| {}), |e| {
        matches!(e, SolanaBurnError::Paused(_))
    });
    is(check(with(2, Some(owned_by(MINTER, minter(true)))), |_| {}), |e| {
        matches!(e, SolanaBurnError::Paused(_))
    });
    let denied = with(6, Some(owned_by(MINTER, vec![1])));
    is(check(denied, |_| {}), |e| matches!(e, SolanaBurnError::Denylisted(_)));
    let other = with(4, Some(owned_by(MINTER, remote_messenger(BASE.0, B256::repeat_byte(9)))));
    is(check(other, |_| {}), |e| matches!(e, SolanaBurnError::Differs { .. }));
    is(check(with(7, None), |_| {}), |e| matches!(e, SolanaBurnError::Balance { held: 0, .. }));
    let frozen = Holding { state: 2, ..Holding::of(USDC, owner(), 8_000_000) }.account(TOKEN_PROGRAM);
    is(check(with(7, Some(frozen)), |_| {}), |e| matches!(e, SolanaBurnError::Token(_)));
}

#[test]
fn a_missing_or_foreign_account_stops_everything() {
    for index in 0..6 {
        assert!(state(with(index, None)).is_err(), "account {index}");
        let sound = before_burn()[index].clone().unwrap();
        let foreign = Account { owner: Address::from([0x55; 32]), ..sound.clone() };
        assert!(state(with(index, Some(foreign))).is_err(), "account {index}");
        let mut cut = sound;
        cut.data.truncate(cut.data.len() - 1);
        assert!(state(with(index, Some(cut))).is_err(), "account {index}");
    }
    assert!(end().burn_state(&owner(), BASE, &Accounts { slot: 1, accounts: Vec::new() }).is_err());
}

fn before_mint(message: &Message) -> Vec<Option<Account>> {
    let mut accounts = common();
    // The pair names the account of the local token, not its mint.
    let local = end().programs.local_token(&USDC);
    accounts.push(Some(owned_by(MINTER, token_pair(BASE.0, BASE_USDC.into_word(), local))));
    accounts.push(None);
    accounts.push(Some(Holding::of(USDC, end().programs.token_minter(), 50_000_000).account(TOKEN_PROGRAM)));
    accounts.push(Some(Holding::of(USDC, owner(), 1).account(TOKEN_PROGRAM)));
    assert_eq!(end().mint_accounts(message).len(), accounts.len());
    accounts
}

fn sound_message() -> Message {
    incoming(end().recipient_word(owner().into()).unwrap())
}

fn mint(message: &Message, accounts: Vec<Option<Account>>) -> Result<MintState, SolanaMintError> {
    let bytes = message.encode();
    let attestation = attest(&bytes, &attesters());
    end().check_mint(&owner(), &bytes, &attestation, &Accounts { slot: 1000, accounts })
}

fn mint_with(index: usize, account: Option<Account>) -> Result<MintState, SolanaMintError> {
    let mut accounts = before_mint(&sound_message());
    accounts[index] = account;
    mint(&sound_message(), accounts)
}

#[test]
fn a_sound_mint_passes() {
    let message = sound_message();
    let state = mint(&message, before_mint(&message)).unwrap();
    assert_eq!(state.fee_account, end().account_of(&FEE_RECIPIENT));
    let before = state.recipient.map(|account| (account.amount, account.owner));
    assert_eq!(before, Some((1, owner())));
    let expiring = Message { expiration_block: 1001, ..message };
    assert!(mint(&expiring, before_mint(&expiring)).is_ok());
}

#[test]
fn what_was_received_is_a_success_whatever_else_is_wrong() {
    let used = [&discriminators::USED_NONCE[..], &[1]].concat();
    let mut accounts = before_mint(&sound_message());
    accounts[0] = None;
    accounts[7] = Some(owned_by(TRANSMITTER, used.clone()));
    assert_eq!(mint(&sound_message(), accounts), Err(SolanaMintError::AlreadyReceived));
    // Lamports sent to the address ahead of time are no receipt, and a foreign account is an error.
    let lamports = Account { lamports: 9, owner: Address::default(), data: Vec::new(), executable: false };
    assert!(mint_with(7, Some(lamports)).is_ok());
    assert!(matches!(mint_with(7, Some(owned_by(MINTER, used.clone()))), Err(SolanaMintError::Account(_))));
    let address = Address::from([1; 32]);
    assert_eq!(is_received(address, &TRANSMITTER, Some(&owned_by(TRANSMITTER, used))), Ok(true));
    let odd = [&discriminators::USED_NONCE[..], &[2]].concat();
    assert!(is_received(address, &TRANSMITTER, Some(&owned_by(TRANSMITTER, odd))).is_err());
}

#[test]
fn a_mint_breaks_no_rule_of_the_programs() {
    let changed = |change: fn(&mut Message)| {
        let mut message = sound_message();
        change(&mut message);
        mint(&message, before_mint(&message)).unwrap_err()
    };
    for change in [
        |message: &mut Message| message.destination_domain = Domain(6),
        |message: &mut Message| message.recipient = B256::repeat_byte(1),
        |message: &mut Message| message.sender = B256::repeat_byte(1),
        |message: &mut Message| message.destination_caller = B256::repeat_byte(1),
        |message: &mut Message| message.burn_token = B256::repeat_byte(1),
        |message: &mut Message| message.source_domain = Domain(0),
        |message: &mut Message| message.mint_recipient = B256::from(wallet(1).address().to_bytes()),
    ] {
        let error = changed(change);
        assert!(matches!(error, SolanaMintError::Differs { .. }), "{error}");
    }
    let fee = changed(|message| message.fee_executed = 701);
    assert!(matches!(fee, SolanaMintError::Message(_)), "{fee}");
    assert_eq!(changed(|message| message.amount = u128::MAX), SolanaMintError::TooLarge);
    let expired = changed(|message| message.expiration_block = 1000);
    assert_eq!(expired, SolanaMintError::Expired { expired: 1000, now: 1000 });
    let pair = mint_with(6, Some(owned_by(MINTER, token_pair(BASE.0, BASE_USDC.into_word(), owner()))));
    assert!(matches!(pair, Err(SolanaMintError::Differs { .. })));
    let short = Holding::of(USDC, end().programs.token_minter(), 4_999_999).account(TOKEN_PROGRAM);
    let held = SolanaMintError::CustodyShort { amount: 5_000_000, held: 4_999_999 };
    assert_eq!(mint_with(8, Some(short)), Err(held));
    assert!(matches!(
        mint_with(0, Some(owned_by(TRANSMITTER, transmitter(true)))),
        Err(SolanaMintError::Paused(_))
    ));
    // Where the account is gone, or nothing but lamports are there, the mint creates it.
    let lamports = Account { lamports: 9, owner: Address::default(), data: Vec::new(), executable: false };
    for gone in [None, Some(lamports)] {
        assert_eq!(mint_with(9, gone).unwrap().recipient, None);
    }
    let stranger = Holding::of(USDC, wallet(3).address(), 1).account(TOKEN_PROGRAM);
    assert!(matches!(mint_with(9, Some(stranger)), Err(SolanaMintError::Token(_))));
}

#[test]
fn an_attestation_needs_both_attesters_in_order() {
    let bytes = sound_message().encode();
    let read = Accounts { slot: 1000, accounts: before_mint(&sound_message()) };
    let check = |attestation: &[u8]| end().check_mint(&owner(), &bytes, attestation, &read).unwrap_err();
    let mut signers = attesters();
    let one = check(&attest(&bytes, &signers[..1]));
    assert_eq!(one, SolanaMintError::Attestation(AttestationError::Length { found: 65, needed: 130 }));
    signers.reverse();
    let order = check(&attest(&bytes, &signers));
    assert!(matches!(order, SolanaMintError::Attestation(AttestationError::Order { .. })));
}

fn event_account(message: &[u8]) -> Vec<u8> {
    let mut data = discriminators::MESSAGE_SENT.to_vec();
    data.extend_from_slice(owner().as_ref());
    data.extend_from_slice(&1_760_000_000_i64.to_le_bytes());
    data.extend_from_slice(&u32::try_from(message.len()).unwrap().to_le_bytes());
    data.extend_from_slice(message);
    data
}

#[test]
fn the_message_of_a_burn_is_read_and_its_rent_comes_back_in_time() {
    let messenger = BASE_MESSENGER.into_word();
    let burnt = end().message_of(&burn(owner(), wallet(2).address()), messenger);
    let data = event_account(&burnt.encode());
    assert_eq!(data.len(), 428);
    let sent = MessageSent::decode(&data).unwrap();
    assert_eq!((sent.rent_payer, sent.created_at, &sent.message), (owner(), 1_760_000_000, &burnt));
    let attested =
        Message { nonce: B256::repeat_byte(1), finality_threshold_executed: 1000, ..burnt.clone() };
    let event = wallet(2).address();
    let due = sent.created_at + EVENT_ACCOUNT_WINDOW;
    let reclaim = |payee: Address, bytes: &[u8], now| {
        end().reclaim_when_due(&payee, &event, &sent, bytes, &[8; 130], now)
    };
    assert!(reclaim(owner(), &attested.encode(), due).is_ok());
    let early = reclaim(owner(), &attested.encode(), due - 1);
    assert_eq!(early, Err(ReclaimError::TooEarly { from: due, now: due - 1 }));
    let other = reclaim(event, &attested.encode(), due);
    assert_eq!(other, Err(ReclaimError::OtherPayer { rent_payer: owner() }));
    let foreign = Message { amount: 1, ..attested };
    assert!(matches!(reclaim(owner(), &foreign.encode(), due), Err(ReclaimError::Message(_))));
}

#[test]
fn layouts_have_the_sizes_seen_on_chain() {
    assert_eq!(transmitter(false).len(), 225);
    assert_eq!(messenger(0).len(), 177);
    assert_eq!(local_token(1).len(), 130);
    assert_eq!(remote_messenger(6, B256::ZERO).len(), 44);
    assert_eq!(token_pair(6, B256::ZERO, USDC).len(), 77);
    let state = TokenMessenger::decode(&messenger(7)).unwrap();
    assert_eq!((state.fee_recipient, state.min_fee, state.body_version), (FEE_RECIPIENT, 7, 1));
    assert_eq!(LocalToken::decode(&local_token(5)).unwrap().burn_limit, 5);
    let pair = TokenPair::decode(&token_pair(6, BASE_USDC.into_word(), USDC)).unwrap();
    assert_eq!((pair.remote_domain, pair.local_token), (BASE, USDC));
    assert_eq!(key(pair.remote_token).to_bytes()[12..], BASE_USDC.0);
    let room = [transmitter(false), vec![0; 64]].concat();
    assert!(MessageTransmitter::decode(&room).is_ok(), "room for more attesters");
    let rubbish = [transmitter(false), vec![0, 0, 1]].concat();
    assert!(MessageTransmitter::decode(&rubbish).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..300), which in 0..8_usize) {
        let heads = [
            discriminators::MESSAGE_SENT, discriminators::USED_NONCE, discriminators::MESSAGE_TRANSMITTER,
            discriminators::TOKEN_MESSENGER, discriminators::REMOTE_TOKEN_MESSENGER,
            discriminators::LOCAL_TOKEN, discriminators::TOKEN_PAIR, discriminators::TOKEN_MINTER,
        ];
        let data = [&heads[which][..], &data].concat();
        let _ = (MessageSent::decode(&data), MessageTransmitter::decode(&data), TokenMessenger::decode(&data));
        let _ = (LocalToken::decode(&data), TokenPair::decode(&data), minter_paused(&data));
        let _ = remote_token_messenger(&data);
    }
}
