//! Attestations: whoever is said to have signed is an attester, in ascending order, as many as needed.
//!
//! Input: the length of the message in two bytes, the message, the attestation.
#![no_main]

use alloy::primitives::{Address, address};
use libfuzzer_sys::fuzz_target;
use purser::bridges::cctp::attestation::Attesters;

const SIGNERS: [Address; 2] = [
    address!("52ed4cbff8dce6a19748043f3240ec03c834bcef"),
    address!("725b06f73ff761ef5390e39315e2bfbf60d33f96"),
];

fuzz_target!(|data: &[u8]| {
    let Some((length, rest)) = data.split_first_chunk::<2>() else { return };
    let at = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (message, attestation) = rest.split_at(at);
    for threshold in 1..=SIGNERS.len() {
        let attesters = Attesters::new(&SIGNERS, threshold).expect("two attesters");
        if let Ok(signers) = attesters.verify(message, attestation) {
            assert_eq!(signers.len(), threshold);
            assert!(signers.iter().all(|signer| SIGNERS.contains(signer)));
            assert!(signers.is_sorted());
        }
    }
});
