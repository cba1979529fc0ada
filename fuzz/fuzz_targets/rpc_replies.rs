//! JSON-RPC replies: envelopes, and what is in them. The first byte says how many calls were made.
#![no_main]

use alloy::primitives::B256;
use libfuzzer_sys::fuzz_target;
use purser::chains::evm::errors::{DIALECT, amount_of, classify, node_revert_reason, revert_reason};
use purser::chains::evm::{envelope, erc20, scan, wire};

fuzz_target!(|data: &[u8]| {
    let Some((count, body)) = data.split_first() else { return };
    let count = usize::from(*count % 8) + 1;
    let Ok(replies) = envelope::replies(body, count, &DIALECT, str::to_owned) else { return };
    assert_eq!(replies.len(), count);
    for reply in replies {
        let value = match reply {
            Ok(value) => value,
            Err(refusal) => {
                assert!(refusal.message.chars().count() <= 301);
                let _ = (classify(&refusal.message), node_revert_reason(&refusal));
                continue;
            }
        };
        let _ = wire::header("block", &value);
        let _ = wire::quantity_of("number", &value);
        let _ = wire::hash(&value);
        let block = value.get(0).and_then(|log| wire::hash(log.get("blockHash")?).ok());
        if let Some(logs) = block.and_then(|block| wire::block_logs(block, &value).ok()) {
            assert!(logs.windows(2).all(|pair| pair[0].index < pair[1].index));
        }
        if let Some(hash) = value.get("transactionHash").and_then(|hash| wire::hash(hash).ok()) {
            if let Ok(Some(receipt)) = wire::receipt(hash, &value) {
                assert!(receipt.logs.iter().all(|log| log.topics().len() <= 4));
            }
            assert!(!matches!(wire::receipt(!hash, &value), Ok(Some(_))), "a receipt of another transaction");
        } else {
            let _ = wire::receipt(B256::ZERO, &value);
        }
        if let Ok(bytes) = wire::bytes(&value) {
            let _ =
                (amount_of(&bytes), revert_reason(&bytes), erc20::decimals_of(&bytes), erc20::units(&bytes));
            let _ = scan::components_fee(&bytes);
            if let Ok(readings) = scan::sub_calls(&bytes) {
                assert!(readings.iter().flatten().all(|data| !data.is_empty()), "nothing is no value");
            }
        }
    }
});
