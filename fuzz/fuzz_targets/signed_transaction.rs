//! Signed transactions: accepted is only the canonical encoding, and its signer is somebody.
#![no_main]

use alloy::primitives::{Address, keccak256};
use libfuzzer_sys::fuzz_target;
use purser::chains::evm::Signed;

fuzz_target!(|data: &[u8]| {
    let Ok(signed) = Signed::decode(data) else { return };
    assert_eq!(signed.raw.as_ref(), data);
    assert_eq!(signed.hash, keccak256(data));
    assert_ne!(signed.from, Address::ZERO);
    let fees = &signed.transaction.fees;
    assert!(fees.max_priority_fee_per_gas <= fees.max_fee_per_gas);
    assert_eq!(data[0], 2, "only EIP-1559");
});
