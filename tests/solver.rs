//! The liquidity network, its solver and the rebalance strategy.

use std::collections::BTreeMap;

use purser::domain::Venue;
use purser::domain::snapshot::{ChainView, Gas, GasPrice};

#[path = "../benches/support/networks.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the benchmark")]
pub(crate) mod networks;

mod bound;
mod brute;
mod exact;
mod haircut;
mod network;
mod programs;
mod solana_gas;
mod strategy;
mod strategy_explains;
mod wild;

/// What each venue gave less than it quoted, up to the most that is taken off.
pub(crate) fn haircuts(random: &mut networks::Random) -> BTreeMap<Venue, u32> {
    let venues = [Venue::UniswapV2, Venue::UniswapV3, Venue::OneInch];
    venues.map(|venue| (venue, random.below(5_001) as u32)).into()
}

/// The price of gas in a view of an EVM chain.
pub(crate) fn gas(view: &mut ChainView) -> &mut GasPrice {
    match &mut view.gas {
        Gas::Evm(price) => price,
        Gas::Solana(_) => panic!("the instances have EVM chains alone"),
    }
}
