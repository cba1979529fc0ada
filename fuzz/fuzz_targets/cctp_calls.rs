//! Calldata of approvals, burns and mints, and its effect for policy.
//!
//! Input: the target's 20 bytes, then the calldata.
#![no_main]

use alloy::primitives::{Address, Bytes};
use libfuzzer_sys::fuzz_target;
use purser::act::effect_of;
use purser::bridges::cctp::contracts::calls::{Decoded, decode};

fuzz_target!(|data: &[u8]| {
    let Some((to, calldata)) = data.split_first_chunk::<20>() else { return };
    let effect = effect_of(Address::from(*to), &Bytes::copy_from_slice(calldata));
    match decode(calldata) {
        Ok(decoded) => {
            assert!(effect.is_ok(), "what is decoded has an effect to judge");
            match decoded {
                Decoded::Approve { .. } => assert_eq!(calldata.len(), 4 + 2 * 32),
                Decoded::Burn(_) => assert_eq!(calldata.len(), 4 + 7 * 32),
                Decoded::Mint { .. } => assert_eq!((calldata.len() - 4) % 32, 0),
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
