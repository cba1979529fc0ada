//! The accounts of the two programs as they are from the start.

use solana_account::Account;
use solana_address_lookup_table_interface::state::{AddressLookupTable, LookupTableMeta};
use solana_pubkey::Pubkey;

use super::accounts::{
    LocalToken, MessageTransmitter, RemoteTokenMessenger, TokenMessenger, TokenMinter, TokenPair,
};
use super::pda;
use crate::genesis::{Genesis, USDC_MINT, WHOLE};
use crate::ids::{
    CCTP_LOOKUP_TABLE, DOMAIN, FEE_RECIPIENT, LOOKUP_TABLE, MESSAGE_TRANSMITTER, SYSTEM, TOKEN,
    TOKEN_MESSENGER_MINTER, USDC, named,
};
use crate::program::State;
use crate::token::rent;

/// What is in custody at the start.
pub const CUSTODY: u64 = 50_000_000 * WHOLE;
/// The most that one message may burn.
pub const BURN_LIMIT: u64 = 10_000_000 * WHOLE;
/// The longest body of a message.
pub const MAX_BODY: u64 = 8_192;

/// Another domain, as its contracts are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// CCTP domain.
    pub domain: u32,
    /// Its `TokenMessengerV2`, padded to 32 bytes.
    pub messenger: [u8; 32],
    /// Its USDC, padded to 32 bytes.
    pub token: [u8; 32],
}

/// An account of a program with this state.
pub fn account<T: State>(state: &T) -> Account {
    let data = state.to_data();
    Account { lamports: rent(data.len()), data, owner: T::PROGRAM, executable: false, rent_epoch: u64::MAX }
}

/// The accounts that make a domain known.
pub fn remote_accounts(remote: &Remote) -> [(Pubkey, Account); 2] {
    let pair = pda::token_pair(remote.domain, &remote.token);
    let domain = remote.domain.to_string();
    let seeds: [&[u8]; 3] = [b"token_pair", domain.as_bytes(), &remote.token];
    let (_, bump) = Pubkey::find_program_address(&seeds, &TOKEN_MESSENGER_MINTER);
    let messenger = RemoteTokenMessenger { domain: remote.domain, token_messenger: remote.messenger.into() };
    let token = TokenPair {
        remote_domain: remote.domain,
        remote_token: remote.token.into(),
        local_token: pda::local_token(&USDC),
        bump,
    };
    [(pda::remote_token_messenger(remote.domain), account(&messenger)), (pair, account(&token))]
}

/// Adds everything that the two programs need.
pub fn add(genesis: &mut Genesis, attesters: &[[u8; 20]], threshold: u32, remotes: &[Remote]) {
    let owner = named("cctp-owner");
    let padded = |address: &[u8; 20]| {
        let mut word = [0; 32];
        word[12..].copy_from_slice(address);
        Pubkey::from(word)
    };
    let bump = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &TOKEN_MESSENGER_MINTER).1;
    let transmitter = MessageTransmitter {
        owner,
        pending_owner: Pubkey::default(),
        attester_manager: owner,
        pauser: owner,
        paused: false,
        local_domain: DOMAIN,
        version: 1,
        signature_threshold: threshold,
        enabled_attesters: attesters.iter().map(padded).collect(),
        max_message_body_size: MAX_BODY,
    };
    genesis.account(pda::message_transmitter(), account(&transmitter));
    let messenger = TokenMessenger {
        denylister: owner,
        owner,
        pending_owner: Pubkey::default(),
        message_body_version: 1,
        authority_bump: bump(&[b"sender_authority"]),
        fee_recipient: FEE_RECIPIENT,
        min_fee_controller: owner,
        min_fee: 0,
    };
    genesis.account(pda::token_messenger(), account(&messenger));
    let minter =
        TokenMinter { token_controller: owner, pauser: owner, paused: false, bump: bump(&[b"token_minter"]) };
    genesis.account(pda::token_minter(), account(&minter));
    let local = LocalToken {
        custody: pda::custody(&USDC),
        mint: USDC,
        burn_limit_per_message: BURN_LIMIT,
        messages_sent: 0,
        messages_received: 0,
        amount_sent: 0,
        amount_received: 0,
        bump: bump(&[b"local_token", USDC.as_ref()]),
        custody_bump: bump(&[b"custody", USDC.as_ref()]),
    };
    genesis.account(pda::local_token(&USDC), account(&local));
    genesis.hold(USDC_MINT, pda::custody(&USDC), &pda::token_minter(), CUSTODY);
    genesis.fund(USDC_MINT, &FEE_RECIPIENT, 0);
    for remote in remotes {
        for (address, account) in remote_accounts(remote) {
            genesis.account(address, account);
        }
    }
    genesis.account(CCTP_LOOKUP_TABLE, lookup_table(table_addresses(remotes)));
}

/// What every receipt names, whatever its message.
pub fn table_addresses(remotes: &[Remote]) -> Vec<Pubkey> {
    let mut addresses = vec![
        pda::receive_authority(),
        pda::message_transmitter(),
        TOKEN_MESSENGER_MINTER,
        SYSTEM,
        pda::event_authority(&MESSAGE_TRANSMITTER),
        MESSAGE_TRANSMITTER,
        pda::token_messenger(),
        pda::token_minter(),
        pda::local_token(&USDC),
        USDC_MINT.ata(&FEE_RECIPIENT),
        pda::custody(&USDC),
        TOKEN,
        pda::event_authority(&TOKEN_MESSENGER_MINTER),
        pda::sender_authority(),
        USDC,
    ];
    for remote in remotes {
        addresses.push(pda::remote_token_messenger(remote.domain));
        addresses.push(pda::token_pair(remote.domain, &remote.token));
    }
    addresses
}

/// A lookup table that nobody can extend any more.
pub fn lookup_table(addresses: Vec<Pubkey>) -> Account {
    let meta = LookupTableMeta { authority: None, ..LookupTableMeta::default() };
    let table = AddressLookupTable { meta, addresses: addresses.into() };
    let data = table.serialize_for_tests().expect("a table of so few addresses can be written");
    Account { lamports: rent(data.len()), data, owner: LOOKUP_TABLE, executable: false, rent_epoch: u64::MAX }
}
