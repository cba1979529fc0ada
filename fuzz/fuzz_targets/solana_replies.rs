//! JSON-RPC replies of Solana nodes. The first byte says how many calls were made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use purser::chains::rpc::envelope;
use purser::chains::solana::errors::{DIALECT, send_refusal};
use purser::chains::solana::{Signature, landed, wire};

fuzz_target!(|data: &[u8]| {
    let Some((count, body)) = data.split_first() else { return };
    let count = usize::from(*count % 8) + 1;
    let Ok(replies) = envelope::replies(body, count, &DIALECT, str::to_owned) else { return };
    assert_eq!(replies.len(), count);
    for reply in replies {
        let value = match reply {
            Ok(value) => value,
            Err(refusal) => {
                let _ = send_refusal(refusal.code, &refusal.message);
                continue;
            }
        };
        for count in 0..3 {
            if let Ok((_, accounts)) = wire::accounts(&value, count) {
                assert_eq!(accounts.len(), count);
            }
            if let Ok(simulated) = wire::simulation(&value, count) {
                assert!(simulated.failure.is_some() || simulated.accounts.len() == count);
            }
        }
        if let Ok((at, Some(seen))) = wire::signature_status(&value) {
            assert!(seen.slot <= at);
        }
        if let Ok(info) = wire::epoch_info(&value) {
            assert!(info.block_height <= info.absolute_slot);
        }
        let _ = (wire::latest_blockhash(&value), wire::priority_fees(&value), wire::number("number", &value));
        if let Some(failure) = wire::failure(&value) {
            assert!(failure.to_string().len() < 2000);
        }
        let signature = wire::signature(&value).unwrap_or_else(|_| Signature::default());
        let _ = landed::landed(signature, &value);
    }
});
