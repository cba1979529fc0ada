//! Account data of Solana programs: tokens, lookup tables, the clock, CCTP's state and messages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use purser::bridges::cctp::solana::MessageSent;
use purser::bridges::cctp::solana::accounts::{
    LocalToken, MessageTransmitter, TokenMessenger, TokenPair, is_received, minter_paused,
    remote_token_messenger,
};
use purser::chains::solana::scan::clock_of;
use purser::chains::solana::table::Table;
use purser::chains::solana::token::{Mint, TokenAccount};
use purser::chains::solana::{Account, Address};
use purser::config::SolanaCctpConfig;
use purser::config::solana::{TOKEN_2022_PROGRAM, TOKEN_PROGRAM};

fuzz_target!(|data: &[u8]| {
    for program in [TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        let account = TokenAccount::decode(&program, data);
        let mint = Mint::decode(&program, data);
        assert!(account.is_err() || mint.is_err(), "nothing is both an account and a mint");
        for extensions in
            [account.map(|one| one.extensions), mint.map(|one| one.extensions)].into_iter().flatten()
        {
            assert!(extensions.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(program == TOKEN_2022_PROGRAM || extensions.is_empty());
        }
    }
    let program: Address = "AddressLookupTab1e1111111111111111111111111".parse().unwrap();
    let held = |owner: Address| Account { lamports: 1, owner, data: data.to_vec(), executable: false };
    for slot in [0, 100, u64::MAX] {
        if let Ok(table) = Table::decode(program, Some(&held(program)), slot) {
            assert!(table.addresses.len() <= 256);
        }
    }
    let transmitter = SolanaCctpConfig::default().message_transmitter;
    let _ = is_received(program, &transmitter, Some(&held(transmitter)));
    let _ = (clock_of(data), minter_paused(data), remote_token_messenger(data));
    let _ = (LocalToken::decode(data), TokenPair::decode(data));
    if let Ok(state) = MessageTransmitter::decode(data) {
        assert!(
            state.attesters.threshold() >= 1
                && state.attesters.threshold() <= state.attesters.enabled().len()
        );
    }
    if let Ok(messenger) = TokenMessenger::decode(data) {
        assert!(messenger.min_fee == 0 || messenger.least_fee(1) >= 1);
    }
    if let Ok(sent) = MessageSent::decode(data) {
        assert_eq!(sent.message.encode().as_ref(), &data[52..428]);
    }
});
