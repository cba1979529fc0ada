//! Calldata of 1inch's router: what is accepted can be written again, and nothing is hidden in it.
//!
//! Input: the router's 20 bytes, then the calldata.
#![no_main]

use alloy::primitives::{Address, Bytes};
use libfuzzer_sys::fuzz_target;
use purser::chains::evm::Call;
use purser::venues::oneinch::AggregatorSwap;

fuzz_target!(|data: &[u8]| {
    let Some((to, calldata)) = data.split_first_chunk::<20>() else { return };
    let call = Call::new(Address::from(*to), Bytes::copy_from_slice(calldata));
    if let Ok(swap) = AggregatorSwap::decode(&call) {
        assert!(swap.amount_in > 0 && swap.min_out > 0 && !swap.recipient.is_zero());
        let written = swap.call();
        assert_eq!(AggregatorSwap::decode(&written), Ok(swap.clone()));
        // Only what nobody reads may differ: padding and what follows the arguments.
        let read = 324 + swap.data.len();
        assert_eq!(written.data[..read], call.data[..read]);
    }
});
