//! What the local network has for arbitrage: real pools of V2, V3 and V4, a
//! third party that moves prices, traps, and streams of heads and logs.

mod bait;
mod control;
mod create;
mod liquidity;
mod market;
mod quotes;
mod stream;
mod trade;
mod websocket;

use alloy::primitives::U256;
use devnet::manifest::{MarketKind, MarketPool};
use devnet::{Chain, Devnet, Options};

async fn start() -> Devnet {
    Devnet::start(Options { arbitrage: true, ..Options::default() }).await.unwrap()
}

/// The place of a pool of a kind, and of the token that it has beside USDC or USDT.
fn find(chain: &Chain, kind: MarketKind, with_weth: bool) -> (usize, MarketPool) {
    let weth = chain.info().weth;
    let has_weth = |pool: &MarketPool| pool.token0 == weth || pool.token1 == weth;
    let mut pools = chain.arbitrage().unwrap().pools.iter().enumerate();
    let found = pools.find(|(_, pool)| pool.kind == kind && has_weth(pool) == with_weth);
    found.map(|(index, pool)| (index, pool.clone())).unwrap()
}

/// About so many dollars of a token of the chain.
fn worth(chain: &Chain, token: alloy::primitives::Address, dollars: u64) -> U256 {
    if token == chain.info().weth {
        U256::from(dollars) * U256::from(10u64).pow(U256::from(18u64)) / U256::from(3_000)
    } else {
        U256::from(dollars) * U256::from(1_000_000)
    }
}
