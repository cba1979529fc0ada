//! Signatures against the attesters of a chain.

use alloy::primitives::{Address, U256, b256};
use alloy::signers::local::PrivateKeySigner;
use proptest::prelude::*;
use purser::bridges::cctp::{AttestationError, Attesters};

use super::support::{REAL_SIGNERS, attest, attesters, real_attestation, real_message};

fn set(signers: &[PrivateKeySigner], threshold: usize) -> Attesters {
    let addresses: Vec<Address> = signers.iter().map(PrivateKeySigner::address).collect();
    Attesters::new(&addresses, threshold).unwrap()
}

#[test]
fn the_real_attestation_is_by_the_real_attesters() {
    let attesters = Attesters::new(&REAL_SIGNERS, 2).unwrap();
    assert_eq!(attesters.verify(&real_message(), &real_attestation()), Ok(REAL_SIGNERS.to_vec()));
}

#[test]
fn rotated_attesters_do_not_count() {
    let attesters = Attesters::new(&[REAL_SIGNERS[0], Address::repeat_byte(9)], 2).unwrap();
    let refused = AttestationError::NotAttester { index: 1, signer: REAL_SIGNERS[1] };
    assert_eq!(attesters.verify(&real_message(), &real_attestation()), Err(refused));
}

#[test]
fn the_length_is_exactly_the_threshold() {
    let signers = attesters(3);
    let message = b"message";
    for threshold in 1..=3 {
        let attesters = set(&signers, threshold);
        for count in 0..=3 {
            let verdict = attesters.verify(message, &attest(message, &signers[..count]));
            if count == threshold {
                assert_eq!(verdict.unwrap().len(), threshold);
            } else {
                let refused = AttestationError::Length { found: count * 65, needed: threshold * 65 };
                assert_eq!(verdict, Err(refused));
            }
        }
    }
    let attestation = attest(message, &signers[..2]);
    assert!(set(&signers, 2).verify(message, &attestation[..129]).is_err());
}

#[test]
fn signers_ascend_and_nobody_signs_twice() {
    let signers = attesters(2);
    let attesters = set(&signers, 2);
    let (low, high) = (signers[0].clone(), signers[1].clone());
    for (order, signer) in [([&high, &low], &low), ([&low, &low], &low), ([&high, &high], &high)] {
        let attestation = attest(b"message", &order.map(Clone::clone));
        let refused = AttestationError::Order { index: 1, signer: signer.address() };
        assert_eq!(attesters.verify(b"message", &attestation), Err(refused));
    }
}

#[test]
fn the_other_forms_of_a_signature_are_refused() {
    let signers = attesters(1);
    let attesters = set(&signers, 1);
    let good = attest(b"message", &signers).to_vec();
    attesters.verify(b"message", &good).unwrap();

    for v in [0, 1, 26, 29, 30, 255] {
        let mut bytes = good.clone();
        bytes[64] = v;
        let reason = "v is neither 27 nor 28";
        assert_eq!(
            attesters.verify(b"message", &bytes),
            Err(AttestationError::Signature { index: 0, reason })
        );
    }

    // (r, n − s, v flipped) recovers to the same signer and is the form nobody may use.
    let order =
        U256::from_be_bytes(b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").0);
    let s = U256::from_be_slice(&good[32..64]);
    let mut high = good.clone();
    high[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
    high[64] = if good[64] == 27 { 28 } else { 27 };
    let refused = AttestationError::Signature { index: 0, reason: "s is high" };
    assert_eq!(attesters.verify(b"message", &high), Err(refused));

    let mut zero = vec![0; 65];
    zero[64] = 27;
    assert!(matches!(attesters.verify(b"message", &zero), Err(AttestationError::Signature { index: 0, .. })));
}

#[test]
fn a_set_that_cannot_be_right_is_refused() {
    let one = Address::repeat_byte(1);
    for (enabled, threshold) in
        [(vec![], 0), (vec![one], 0), (vec![one], 2), (vec![one, one], 1), (vec![Address::ZERO, one], 1)]
    {
        assert!(matches!(Attesters::new(&enabled, threshold), Err(AttestationError::Attesters { .. })));
    }
}

proptest! {
    #[test]
    fn any_changed_byte_voids_the_attestation(at in 0..376_usize + 130, flip in 1_u8..) {
        let attesters = Attesters::new(&REAL_SIGNERS, 2).unwrap();
        let (mut message, mut attestation) = (real_message().to_vec(), real_attestation().to_vec());
        match at.checked_sub(376) {
            None => message[at] ^= flip,
            Some(at) => attestation[at] ^= flip,
        }
        prop_assert!(attesters.verify(&message, &attestation).is_err());
    }
}
