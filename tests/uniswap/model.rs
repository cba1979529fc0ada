//! Pools for tests, built from the positions of their liquidity providers.

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use purser::domain::pool::{Pool, PoolState, V2State, V3State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::tick::{MAX_TICK, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio};

/// Lower tick, upper tick, liquidity.
pub(crate) type Range = (i32, i32, u128);

fn pool(state: PoolState) -> Pool {
    Pool {
        chain: ChainName::new("test"),
        address: Address::repeat_byte(7),
        assets: [AssetId::new("USDC"), AssetId::new("USDT")],
        decimals: [6, 6],
        state,
    }
}

pub(crate) fn v2(reserve0: u128, reserve1: u128) -> Pool {
    pool(PoolState::V2(V2State { reserves: [reserve0, reserve1], fee: 3_000 }))
}

/// A V3 pool at a price, everything known.
pub(crate) fn v3(fee: u32, tick_spacing: i32, sqrt_price: U256, ranges: &[Range]) -> Pool {
    let tick = tick_at_sqrt_ratio(sqrt_price).unwrap();
    let mut net: BTreeMap<i32, i128> = BTreeMap::new();
    let mut touched: BTreeMap<i32, u128> = BTreeMap::new();
    for (lower, upper, liquidity) in ranges {
        assert!(lower < upper && lower % tick_spacing == 0 && upper % tick_spacing == 0);
        for (at, sign) in [(*lower, 1), (*upper, -1)] {
            *net.entry(at).or_default() += sign * i128::try_from(*liquidity).unwrap();
            *touched.entry(at).or_default() += liquidity;
        }
    }
    let active = ranges.iter().filter(|(lower, upper, _)| (*lower..*upper).contains(&tick));
    pool(PoolState::V3(V3State {
        sqrt_price_x96: sqrt_price,
        tick,
        liquidity: active.map(|(_, _, liquidity)| liquidity).sum(),
        fee,
        tick_spacing,
        ticks: net.into_iter().filter(|(at, _)| touched[at] > 0).collect(),
        known: (MIN_TICK, MAX_TICK),
    }))
}

/// A price within tick `tick`, `part` of 2³² of the way to the next.
pub(crate) fn price_at(tick: i32, part: u32) -> U256 {
    let low = sqrt_ratio_at_tick(tick).unwrap();
    let high = sqrt_ratio_at_tick(tick + 1).unwrap();
    low + (high - low) * U256::from(part) / U256::from(1_u64 << 32)
}

pub(crate) fn state(pool: &Pool) -> &V3State {
    pool.state.concentrated().expect("a pool of concentrated liquidity")
}

pub(crate) fn state_mut(pool: &mut Pool) -> &mut V3State {
    pool.state.concentrated_mut().expect("a pool of concentrated liquidity")
}
