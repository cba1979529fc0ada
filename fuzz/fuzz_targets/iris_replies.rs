//! Iris' replies. The first byte says which one the rest is.
#![no_main]

use std::sync::LazyLock;

use alloy::primitives::B256;
use libfuzzer_sys::fuzz_target;
use purser::bridges::cctp::attestation::SIGNATURE_BYTES;
use purser::bridges::cctp::iris::reply::{Attestation, allowance, attestation, fees, reattested};
use purser::bridges::cctp::message::Message;

/// An attested message, and so the burn it attests.
static BURN: LazyLock<Message> = LazyLock::new(|| {
    let bytes = include_bytes!("../corpus/cctp_message/attested");
    Message::decode(bytes).expect("the seed is a message")
});

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else { return };
    match which {
        b'm' => {
            if let Ok(Attestation::Ready { message, attestation }) = attestation(body, &BURN) {
                let message = Message::decode(&message).expect("what is ready was read");
                assert!(message.attests(&BURN).is_ok());
                assert_eq!(attestation.len() % SIGNATURE_BYTES, 0);
                assert!(!attestation.is_empty());
            }
        }
        b'f' => {
            if let Ok(tiers) = fees(body) {
                assert!(tiers.iter().all(|tier| tier.fee_ppm < 1_000_000));
            }
        }
        b'a' => {
            let _ = allowance(body);
        }
        _ => {
            let _ = reattested(body, BURN.nonce);
            assert!(reattested(b"{}", B256::ZERO).is_err());
        }
    }
});
