//! Logs of V2 pairs, and what they make of a pair kept in memory. Input: see `pool_log`.
#![no_main]

#[path = "../pool_log.rs"]
mod pool_log;

use libfuzzer_sys::fuzz_target;
use purser::config::PoolKind;
use purser::domain::pool::{PoolState, V2State};

fuzz_target!(|data: &[u8]| {
    let state = PoolState::V2(V2State { reserves: [1 << 60, 1 << 61], fee: 3_000 });
    pool_log::follow(PoolKind::V2, state, data);
});
