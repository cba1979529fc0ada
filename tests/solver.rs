//! The liquidity network, its solver and the rebalance strategy.

#[path = "../benches/support/networks.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the benchmark")]
pub(crate) mod networks;

mod bound;
mod brute;
mod exact;
mod network;
mod programs;
mod strategy;
mod strategy_explains;
mod wild;
