//! Swap calldata: accepted is only what this program writes, byte for byte.
//!
//! Input: the router's 20 bytes, then the calldata.
#![no_main]

use alloy::primitives::{Address, Bytes};
use libfuzzer_sys::fuzz_target;
use purser::chains::evm::Call;
use purser::venues::uniswap::RouterSwap;

fuzz_target!(|data: &[u8]| {
    let Some((to, calldata)) = data.split_first_chunk::<20>() else { return };
    let call = Call::new(Address::from(*to), Bytes::copy_from_slice(calldata));
    if let Ok(swap) = RouterSwap::decode(&call) {
        assert_eq!(swap.call().expect("what is read can be written"), call);
        assert!(swap.amount_in > 0 && swap.min_out > 0);
    }
});
