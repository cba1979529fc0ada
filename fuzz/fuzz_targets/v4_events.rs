//! Logs of the V4 PoolManager, and what they make of a pool kept in memory. Input: see `pool_log`.
#![no_main]

#[path = "../pool_log.rs"]
mod pool_log;

use alloy::primitives::{Address, B256};
use libfuzzer_sys::fuzz_target;
use purser::config::PoolKind;
use purser::domain::pool::{PoolState, V4State};

fuzz_target!(|data: &[u8]| {
    let state = V4State {
        id: B256::repeat_byte(1),
        currencies: [Address::repeat_byte(2), Address::repeat_byte(3)],
        protocol_fees: [1_000, 7],
        concentrated: pool_log::concentrated(),
    };
    pool_log::follow(PoolKind::V4, PoolState::V4(state), data);
});
