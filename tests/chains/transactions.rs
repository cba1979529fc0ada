//! Signed bytes: what is signed is what is read back, and nothing else is accepted.

use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::signers::local::PrivateKeySigner;
use proptest::prelude::*;
use purser::chains::evm::{Fees, Signed, Transaction, TransactionError};

fn signer() -> PrivateKeySigner {
    PrivateKeySigner::from_bytes(&B256::repeat_byte(0x42)).unwrap()
}

fn sample() -> Transaction {
    Transaction {
        chain_id: 8453,
        nonce: 7,
        to: Address::repeat_byte(0x11),
        value: U256::ZERO,
        data: Bytes::from(hex!("095ea7b3").to_vec()),
        gas_limit: 60_000,
        fees: Fees { max_fee_per_gas: 2_000_000_000, max_priority_fee_per_gas: 1_000_000 },
    }
}

fn transactions() -> impl Strategy<Value = Transaction> {
    (
        (1_u64.., any::<u64>(), any::<[u8; 20]>(), any::<[u8; 32]>()),
        (proptest::collection::vec(any::<u8>(), 0..700), any::<u64>(), any::<u128>(), any::<u128>()),
    )
        .prop_map(|((chain_id, nonce, to, value), (data, gas_limit, a, b))| Transaction {
            chain_id,
            nonce,
            to: to.into(),
            value: U256::from_be_bytes(value),
            data: data.into(),
            gas_limit,
            fees: Fees { max_fee_per_gas: a.max(b), max_priority_fee_per_gas: a.min(b) },
        })
}

/// EIP-155's published example key and address: signing must recover to it.
#[test]
fn the_signer_is_recovered() {
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(0x46)).unwrap();
    let signed = sample().sign(&key).unwrap();
    assert_eq!(signed.from, "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f".parse::<Address>().unwrap());
    assert_eq!(signed.hash, keccak256(&signed.raw));
    assert_eq!(signed.raw[0], 2, "EIP-1559 type byte");
}

#[test]
fn every_single_bit_counts() {
    let signed = sample().sign(&signer()).unwrap();
    for index in 0..signed.raw.len() {
        for bit in 0..8 {
            let mut raw = signed.raw.to_vec();
            raw[index] ^= 1 << bit;
            if let Ok(other) = Signed::decode(&raw) {
                let same_effect = other.from == signed.from && other.transaction == signed.transaction;
                assert!(!same_effect, "bit {bit} of byte {index} changed nothing");
                assert_ne!(other.from, signed.from, "a changed transaction kept its signer");
            }
        }
    }
}

#[test]
fn other_shapes_are_refused() {
    use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy};
    use alloy::eips::eip2718::Encodable2718;
    use alloy::primitives::{Signature, TxKind};
    use alloy::signers::SignerSync;

    fn raw<T: SignableTransaction<Signature>>(tx: T) -> Vec<u8>
    where
        TxEnvelope: From<alloy::consensus::Signed<T>>,
    {
        let signature = signer().sign_hash_sync(&tx.signature_hash()).unwrap();
        TxEnvelope::from(tx.into_signed(signature)).encoded_2718()
    }
    let good = TxEip1559 { chain_id: 1, to: TxKind::Call(Address::ZERO), ..TxEip1559::default() };
    assert!(Signed::decode(&raw(good.clone())).is_ok());

    let create = TxEip1559 { to: TxKind::Create, ..good.clone() };
    let listed = TxEip1559 { access_list: vec![Default::default()].into(), ..good.clone() };
    let tipped = TxEip1559 { max_priority_fee_per_gas: 2, max_fee_per_gas: 1, ..good.clone() };
    let legacy = TxLegacy { chain_id: Some(1), to: TxKind::Call(Address::ZERO), ..TxLegacy::default() };
    let mut trailing = raw(good.clone());
    trailing.push(0);
    let signature = signer().sign_hash_sync(&good.signature_hash()).unwrap();
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let high = Signature::new(signature.r(), order - signature.s(), !signature.v());
    let high = TxEnvelope::from(good.into_signed(high)).encoded_2718();
    for (what, raw) in [
        ("a contract creation", raw(create)),
        ("an access list", raw(listed)),
        ("a tip above the maximum", raw(tipped)),
        ("a legacy transaction", raw(legacy)),
        ("trailing bytes", trailing),
        ("a high s", high),
        ("nothing", Vec::new()),
        ("too much", vec![2; 200_000]),
    ] {
        assert!(Signed::decode(&raw).is_err(), "{what} was accepted");
    }
}

#[test]
fn a_tip_above_the_maximum_is_not_signed() {
    let fees = Fees { max_fee_per_gas: 1, max_priority_fee_per_gas: 2 };
    let refused = Transaction { fees, ..sample() }.sign(&signer());
    assert_eq!(refused, Err(TransactionError::TipAboveMaximum));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn signed_bytes_say_what_was_signed(transaction in transactions()) {
        let signed = transaction.sign(&signer()).unwrap();
        prop_assert_eq!(signed.from, signer().address());
        prop_assert_eq!(&signed.transaction, &transaction);
        prop_assert_eq!(&Signed::decode(&signed.raw).unwrap(), &signed);
    }

    #[test]
    fn mutated_bytes_never_speak_for_the_signer(
        transaction in transactions(), at in any::<prop::sample::Index>(), with in any::<u8>(),
    ) {
        let signed = transaction.sign(&signer()).unwrap();
        let mut raw = signed.raw.to_vec();
        let at = at.index(raw.len());
        prop_assume!(raw[at] != with);
        raw[at] = with;
        if let Ok(other) = Signed::decode(&raw) {
            prop_assert_ne!(other.from, signed.from);
        }
    }

    #[test]
    fn noise_is_refused_without_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Signed::decode(&raw).is_err());
    }
}
