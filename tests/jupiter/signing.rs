//! Signing what Jupiter wrote: our slot, and not a byte more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purser::chains::solana::keys::Wallet;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::{AccountMeta, Signed};
use purser::venues::jupiter::{Form, Order, PartialError, PartiallySigned, reply};
use serde_json::Value;

use super::{BUDGET, STRANGER, Swap, exchange, owner, recorded, transaction, wallet};

fn order() -> Order {
    reply::order(&recorded("order"), &exchange()).unwrap()
}

#[test]
fn an_order_of_ours_alone_is_complete() {
    assert_eq!(wallet().address(), owner());
    let order = order();
    let signed = PartiallySigned::sign(&order.transaction, &wallet()).unwrap();
    assert!(signed.complete);
    assert_eq!(signed.bytes[65..], order.transaction[65..], "the message is as it was");
    assert_eq!(signed.bytes[1..65], *signed.signature.as_ref());
    let whole = Signed::decode(&signed.bytes, 1, order.last_valid_block_height).unwrap();
    assert_eq!((whole.signature, whole.static_keys[0]), (signed.signature, owner()));
    assert_eq!(order.tables().unwrap(), []);
}

#[test]
fn the_signatures_of_others_stay_as_they_are() {
    let maker = Wallet::fresh();
    let mut swap = Swap::of(Form::RouteV2).instruction();
    swap.accounts.push(AccountMeta::new(maker.address(), true));
    let mut bytes = transaction(owner(), vec![swap], BUDGET);
    let signed = PartiallySigned::sign(&bytes, &wallet()).unwrap();
    assert!(!signed.complete, "the market maker's is missing");
    assert!(Signed::decode(&signed.bytes, 1, 1).is_err());
    let partly = Signed::decode_partly(&signed.bytes, 1, 1).unwrap();
    assert_eq!((partly.signature, partly.complete), (signed.signature, false));
    assert!(Signed::decode_partly(&bytes, 1, 1).is_err(), "ours is missing");
    let mut spoilt = signed.bytes.clone();
    spoilt[100] = 1;
    assert!(Signed::decode_partly(&spoilt, 1, 1).is_err(), "theirs is there and not valid");
    assert_eq!(signed.bytes[65..], bytes[65..]);
    // The maker signed first.
    let message = bytes[129..].to_vec();
    let theirs = maker.signer().try_sign_message(&message).unwrap();
    bytes[65..129].copy_from_slice(theirs.as_ref());
    let signed = PartiallySigned::sign(&bytes, &wallet()).unwrap();
    assert!(signed.complete);
    assert!(Signed::decode_partly(&signed.bytes, 1, 1).unwrap().complete);
    assert_eq!(signed.bytes[65..], bytes[65..]);
    assert_eq!(Resolved::decode(&signed.bytes, &[]).unwrap().signers, [owner(), maker.address()]);
}

#[test]
fn what_somebody_else_pays_for_is_not_signed() {
    let bytes = transaction(STRANGER, vec![Swap::of(Form::RouteV2).instruction()], BUDGET);
    assert_eq!(PartiallySigned::sign(&bytes, &wallet()), Err(PartialError::Payer(STRANGER)));
    for length in [0, 1, 64, 100, bytes.len() - 1] {
        assert!(PartiallySigned::sign(&bytes[..length], &wallet()).is_err(), "{length}");
    }
}

#[test]
fn the_recorded_order_is_what_the_text_says() {
    let body: Value = serde_json::from_slice(&recorded("order")).unwrap();
    let bytes = STANDARD.decode(body["transaction"].as_str().unwrap()).unwrap();
    assert_eq!(order().transaction, bytes);
}
