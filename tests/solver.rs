//! The liquidity network, its solver and the rebalance strategy.

use purser::domain::snapshot::{ChainView, Gas, GasPrice};

#[path = "../benches/support/networks.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the benchmark")]
pub(crate) mod networks;

mod bound;
mod brute;
mod exact;
mod network;
mod programs;
mod solana_gas;
mod strategy;
mod strategy_explains;
mod wild;

/// The price of gas in a view of an EVM chain.
pub(crate) fn gas(view: &mut ChainView) -> &mut GasPrice {
    match &mut view.gas {
        Gas::Evm(price) => price,
        Gas::Solana(_) => panic!("the instances have EVM chains alone"),
    }
}
