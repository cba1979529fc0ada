//! Message bytes, and matching an attested message to its burn.

use alloy::primitives::{B256, U256, address, b256};
use proptest::prelude::*;
use purser::bridges::cctp::message::{Field, MESSAGE_BYTES, Message, MessageError};
use purser::domain::Domain;
use purser::domain::plan::Speed;

use super::support::{attested, burnt, real_message};

#[test]
fn the_real_message_reads_field_by_field() {
    let messenger = address!("28b5a0e9c621a5badaa536219b3a228c8168cf5d").into_word();
    let owner = address!("5c2632cedb167609c7f12e9bbfbc5665cfd66d40").into_word();
    let message = Message::decode(&real_message()).unwrap();
    let expected = Message {
        source_domain: Domain(6),
        destination_domain: Domain(1),
        nonce: b256!("be761cca8a69cb0e710f3c765ca929dacd58ab31238952b2889b406f6406866b"),
        sender: messenger,
        recipient: messenger,
        destination_caller: B256::ZERO,
        min_finality_threshold: 500,
        finality_threshold_executed: 1000,
        burn_token: address!("833589fcd6edb6e08f4c7c32d4f71b54bda02913").into_word(),
        mint_recipient: owner,
        amount: 1_000_000,
        message_sender: owner,
        max_fee: 100,
        fee_executed: 100,
        expiration_block: 59_288_048,
    };
    assert_eq!(message, expected);
    assert_eq!(message.encode(), real_message());
    assert_eq!(message.digest(), b256!("8811f0d0a59af2c413b6c58c184c18e58715bcac704bf3d8fe7df7c7f847341c"));
    assert_eq!(message.arrives(), Some(999_900));
}

#[test]
fn the_real_message_attests_the_burn_it_came_from() {
    let message = Message::decode(&real_message()).unwrap();
    let burn = Message {
        nonce: B256::ZERO,
        finality_threshold_executed: 0,
        fee_executed: 0,
        expiration_block: 0,
        ..message.clone()
    };
    message.attests(&burn).unwrap();
    assert_eq!(burn.attests(&burn), Err(MessageError::Unfilled { field: Field::Nonce }));
}

#[test]
fn fields_cover_every_byte_once() {
    let mut next = 0;
    for field in Field::ALL {
        assert_eq!(field.range().start, next, "{field}");
        next = field.range().end;
    }
    assert_eq!(next, MESSAGE_BYTES);
}

#[test]
fn another_length_is_refused() {
    let bytes = real_message();
    for found in [0, 1, 147, 148, 375] {
        assert_eq!(Message::decode(&bytes[..found]), Err(MessageError::Length { found }));
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert_eq!(Message::decode(&longer), Err(MessageError::Length { found: 377 }));
}

#[test]
fn version_two_on_the_wire_is_not_cctp_v2() {
    for (at, field) in [(3, Field::Version), (151, Field::BodyVersion)] {
        for found in [0, 2] {
            let mut bytes = real_message().to_vec();
            bytes[at] = found;
            let refused = MessageError::Version { field, found: u32::from(found) };
            assert_eq!(Message::decode(&bytes), Err(refused));
        }
    }
}

#[test]
fn numbers_beyond_their_type_are_refused_by_name() {
    for field in [Field::Amount, Field::MaxFee, Field::FeeExecuted, Field::ExpirationBlock] {
        let mut bytes = real_message().to_vec();
        let bits: usize = if field == Field::ExpirationBlock { 64 } else { 128 };
        let beyond = U256::from(1) << bits;
        bytes[field.range()].copy_from_slice(&beyond.to_be_bytes::<32>());
        assert_eq!(Message::decode(&bytes), Err(MessageError::TooLarge { field }));
        bytes[field.range()].copy_from_slice(&(beyond - U256::from(1)).to_be_bytes::<32>());
        assert!(Message::decode(&bytes).is_ok(), "{field}");
    }
}

#[test]
fn finality_follows_what_was_asked_for() {
    let with = |burn: &Message, finality_threshold_executed| {
        Message { finality_threshold_executed, ..attested(burn, 0) }.attests(burn)
    };
    let fast = burnt(1_000_000, 130, Speed::Fast);
    for refused in [0, 1, 499] {
        let error = MessageError::Finality { found: refused, needed: 500 };
        assert_eq!(with(&fast, refused), Err(error.clone()));
        assert_eq!(error.field(), Some(Field::FinalityThresholdExecuted));
    }
    for accepted in [500, 1000, 2000, u32::MAX] {
        with(&fast, accepted).unwrap();
    }
    let standard = burnt(1_000_000, 0, Speed::Standard);
    for refused in [500, 1000, 1999] {
        assert_eq!(with(&standard, refused), Err(MessageError::Finality { found: refused, needed: 2000 }));
    }
    with(&standard, 2000).unwrap();
}

#[test]
fn the_fee_stays_within_the_maximum_and_below_the_amount() {
    let burn = burnt(1_000_000, 130, Speed::Fast);
    attested(&burn, 0).attests(&burn).unwrap();
    attested(&burn, 130).attests(&burn).unwrap();
    let refused = MessageError::Fee { executed: 131, max_fee: 130, amount: 1_000_000 };
    assert_eq!(attested(&burn, 131).attests(&burn), Err(refused.clone()));
    assert_eq!(refused.field(), Some(Field::FeeExecuted));
    // A maximum that a contract would never have taken: the amount is still a limit of its own.
    let odd = Message { amount: 5, max_fee: 9, ..burn };
    attested(&odd, 4).attests(&odd).unwrap();
    assert!(attested(&odd, 5).attests(&odd).is_err());
}

#[test]
fn expiry_is_judged_as_the_contract_does() {
    let at = |expiration_block| Message { expiration_block, ..burnt(10, 1, Speed::Fast) };
    assert!(!at(0).is_expired_at(u64::MAX));
    assert!(!at(100).is_expired_at(99));
    assert!(at(100).is_expired_at(100));
    assert!(at(100).is_expired_at(101));
}

proptest! {
    #[test]
    fn a_changed_byte_outside_iris_fields_is_refused_by_the_fields_name(
        at in 0..MESSAGE_BYTES,
        flip in 1_u8..,
        amount in 1_000_000_u128..u128::from(u64::MAX),
        fast: bool,
    ) {
        let burn = burnt(amount, amount / 1000, if fast { Speed::Fast } else { Speed::Standard });
        let mut bytes = attested(&burn, amount / 2000).encode().to_vec();
        bytes[at] ^= flip;
        let field = Field::ALL.into_iter().find(|field| field.range().contains(&at)).unwrap();
        let verdict = Message::decode(&bytes).and_then(|message| message.attests(&burn));
        if field.is_filled_by_iris() {
            // Such a change is judged by the field's own rule: it passes, or that field is named.
            prop_assert!(verdict.is_ok() || verdict.unwrap_err().field() == Some(field));
        } else {
            prop_assert_eq!(verdict.unwrap_err().field(), Some(field));
        }
    }

    #[test]
    fn decoding_inverts_encoding(
        domains in any::<(u32, u32)>(),
        words in any::<([u8; 32], [u8; 32], [u8; 32], [u8; 32], [u8; 32], [u8; 32], [u8; 32])>(),
        finality in any::<(u32, u32)>(),
        amounts in any::<(u128, u128, u128)>(),
        expiration_block: u64,
    ) {
        let message = Message {
            source_domain: Domain(domains.0),
            destination_domain: Domain(domains.1),
            nonce: words.0.into(),
            sender: words.1.into(),
            recipient: words.2.into(),
            destination_caller: words.3.into(),
            min_finality_threshold: finality.0,
            finality_threshold_executed: finality.1,
            burn_token: words.4.into(),
            mint_recipient: words.5.into(),
            amount: amounts.0,
            message_sender: words.6.into(),
            max_fee: amounts.1,
            fee_executed: amounts.2,
            expiration_block,
        };
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }
}
