//! Calldata of AtomicRoute: accepted is only what this program writes, byte for byte.
//!
//! Input: the contract's 20 bytes, then the calldata.
#![no_main]

use alloy::primitives::{Address, Bytes};
use libfuzzer_sys::fuzz_target;
use purser::venues::atomic::RouteCall;

fuzz_target!(|data: &[u8]| {
    let Some((to, calldata)) = data.split_first_chunk::<20>() else { return };
    let (to, data) = (Address::from(*to), Bytes::copy_from_slice(calldata));
    if let Ok(route) = RouteCall::decode(to, &data) {
        let written = route.call().expect("what is read can be written");
        assert_eq!((written.to, written.data), (to, data));
    }
});
