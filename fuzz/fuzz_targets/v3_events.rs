//! Logs of V3 pools, and what they make of a pool kept in memory. Input: see `pool_log`.
#![no_main]

#[path = "../pool_log.rs"]
mod pool_log;

use libfuzzer_sys::fuzz_target;
use purser::config::PoolKind;
use purser::domain::pool::PoolState;

fuzz_target!(|data: &[u8]| {
    pool_log::follow(PoolKind::V3, PoolState::V3(pool_log::concentrated()), data);
});
