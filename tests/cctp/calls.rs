//! Calldata there and back.

use alloy::primitives::{B256, Bytes, U256, hex};
use proptest::prelude::*;
use purser::bridges::cctp::ContractError;
use purser::bridges::cctp::contracts::calls::{self, Burn, Decoded};
use purser::domain::plan::Speed;
use purser::domain::{AssetId, Domain};

use super::support::{
    RECIPIENT, WALLET, attested, avalanche, base, burnt, real_attestation, real_message, step, usdc,
};

#[test]
fn selectors_are_the_contracts() {
    let burn = calls::burn(&base(), &avalanche(), &step(10, 1, Speed::Fast)).unwrap();
    assert_eq!(burn.data[..4], hex!("8e0250ee"));
    assert_eq!(burn.to, base().token_messenger);
    let mint = calls::mint(&avalanche(), &real_message(), &real_attestation());
    assert_eq!(mint.data[..4], hex!("57ecfd28"));
    assert_eq!(mint.to, avalanche().message_transmitter);
    let approve = calls::approve(&base(), 10);
    assert_eq!(approve.data[..4], hex!("095ea7b3"));
    assert_eq!(approve.to, base().token);
}

#[test]
fn a_burn_says_what_the_step_says() {
    let call = calls::burn(&base(), &avalanche(), &step(1_000_000, 143, Speed::Standard)).unwrap();
    let expected = Burn {
        amount: 1_000_000,
        destination_domain: Domain(1),
        mint_recipient: RECIPIENT.into_word(),
        burn_token: base().token,
        destination_caller: B256::ZERO,
        max_fee: 143,
        min_finality_threshold: 2000,
    };
    assert_eq!(calls::decode(&call.data), Ok(Decoded::Burn(expected)));
    let message = expected.message(&base(), &avalanche(), WALLET);
    assert_eq!(message, burnt(1_000_000, 143, Speed::Standard));
    assert_eq!(message.message_sender, WALLET.into_word());
    assert_eq!(message.sender, base().token_messenger.into_word());
    assert_eq!(message.recipient, avalanche().token_messenger.into_word());
}

#[test]
fn a_mint_is_read_down_to_its_message() {
    let message = attested(&burnt(10, 1, Speed::Fast), 1);
    let call = calls::mint(&avalanche(), &message.encode(), &real_attestation());
    let decoded = Decoded::Mint { message: Box::new(message), attestation: real_attestation() };
    assert_eq!(calls::decode(&call.data), Ok(decoded));
    // A message that is no burn of ours is not minted blindly.
    let call = calls::mint(&avalanche(), &Bytes::from_static(b"message"), &real_attestation());
    assert!(calls::decode(&call.data).is_err());
}

#[test]
fn steps_that_would_revert_or_lose_are_refused() {
    let good = step(1_000_000, 130, Speed::Fast);
    let other = |amount: u128| purser::domain::Amount::new(AssetId::new("USDT"), 6, amount);
    let refused = [
        purser::domain::BridgeStep { from: avalanche().chain, ..good.clone() },
        purser::domain::BridgeStep { to: base().chain, ..good.clone() },
        purser::domain::BridgeStep { amount: usdc(0), max_fee: usdc(0), ..good.clone() },
        purser::domain::BridgeStep { max_fee: usdc(1_000_000), ..good.clone() },
        purser::domain::BridgeStep { amount: other(1_000_000), ..good.clone() },
        purser::domain::BridgeStep { max_fee: other(130), ..good.clone() },
        purser::domain::BridgeStep { recipient: alloy::primitives::Address::ZERO.into(), ..good.clone() },
        // An owner on Solana receives nothing on an EVM chain.
        purser::domain::BridgeStep {
            recipient: purser::chains::solana::Address::from([7; 32]).into(),
            ..good.clone()
        },
    ];
    calls::burn(&base(), &avalanche(), &good).unwrap();
    for step in refused {
        let verdict = calls::burn(&base(), &avalanche(), &step);
        assert!(matches!(verdict, Err(ContractError::Step { .. })), "{step:?}");
    }
    let mut same_domain = avalanche();
    same_domain.domain = base().domain;
    assert!(calls::burn(&base(), &same_domain, &good).is_err());
}

#[test]
fn an_unlimited_approval_stays_visible() {
    let mut data = calls::approve(&base(), 0).data.to_vec();
    data[36..].fill(0xff);
    let decoded = Decoded::Approve { spender: base().token_messenger, amount: U256::MAX };
    assert_eq!(calls::decode(&data), Ok(decoded));
}

proptest! {
    #[test]
    fn approvals_come_back(units: u128) {
        let decoded = Decoded::Approve { spender: base().token_messenger, amount: U256::from(units) };
        prop_assert_eq!(calls::decode(&calls::approve(&base(), units).data), Ok(decoded));
    }

    #[test]
    fn a_changed_byte_of_a_burn_changes_what_it_says_or_is_refused(at in 0..228_usize, flip in 1_u8..) {
        let call = calls::burn(&base(), &avalanche(), &step(1_000_000, 130, Speed::Fast)).unwrap();
        prop_assert_eq!(call.data.len(), 228);
        let honest = calls::decode(&call.data).unwrap();
        let mut data = call.data.to_vec();
        data[at] ^= flip;
        prop_assert_ne!(calls::decode(&data), Ok(honest));
    }

    #[test]
    fn trailing_or_missing_bytes_are_refused(extra in proptest::collection::vec(any::<u8>(), 1..64), cut in 1..200_usize) {
        let burn = calls::burn(&base(), &avalanche(), &step(10, 1, Speed::Fast)).unwrap();
        let mint = calls::mint(&avalanche(), &real_message(), &real_attestation());
        for call in [burn, mint, calls::approve(&base(), 5)] {
            let longer: Vec<u8> = call.data.iter().copied().chain(extra.iter().copied()).collect();
            prop_assert!(calls::decode(&longer).is_err());
            prop_assert!(calls::decode(&call.data[..call.data.len().saturating_sub(cut)]).is_err());
        }
    }
}
