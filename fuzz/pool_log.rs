//! Logs out of bytes, one after the other: a byte with the number of topics (modulo 5), the topics, two bytes
//! with the length of the data (big-endian), the data.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Log, U256};
use purser::config::PoolKind;
use purser::domain::pool::{Pool, PoolState, V3State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::event::apply;
use purser::network::pool::{quote_exact_in, swap_exact_in};
use purser::venues::uniswap::events::{decode, key};

const POOL: Address = Address::repeat_byte(7);

/// A pool at price 1 with two positions.
#[allow(dead_code, reason = "a pair is none")]
pub fn concentrated() -> V3State {
    V3State {
        sqrt_price_x96: U256::from(1_u8) << 96,
        tick: 0,
        liquidity: 3 << 60,
        fee: 500,
        tick_spacing: 10,
        ticks: vec![(-100, 1 << 60), (-10, 2 << 60), (10, -(2 << 60)), (100, -(1 << 60))],
        known: (-2_000, 2_000),
    }
}

fn next<'a>(data: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = data.split_at_checked(count)?;
    *data = rest;
    Some(head)
}

fn log(data: &mut &[u8]) -> Option<Log> {
    let count = usize::from(next(data, 1)?[0] % 5);
    let topics = next(data, 32 * count)?.chunks(32).map(B256::from_slice).collect();
    let length = u16::from_be_bytes(next(data, 2)?.try_into().ok()?);
    let body = next(data, usize::from(length))?.to_vec();
    Log::new(POOL, topics, body.into())
}

/// All logs in `data`.
#[allow(dead_code, reason = "a target takes one after the other")]
pub fn logs(mut data: &[u8]) -> Vec<Log> {
    std::iter::from_fn(|| log(&mut data)).collect()
}

/// Gross liquidity of ticks at each of which one position begins or ends.
pub fn gross(state: &PoolState) -> Arc<Vec<u128>> {
    let ticks = state.concentrated().map(|state| state.ticks.as_slice()).unwrap_or_default();
    Arc::new(ticks.iter().map(|(_, net)| net.unsigned_abs()).collect())
}

/// Applies every log to `state` as the daemon does. What is decoded can be applied or refused, and what was
/// applied leaves a state in order that can be quoted.
pub fn follow(kind: PoolKind, state: PoolState, mut data: &[u8]) {
    let mut pool = Pool {
        chain: ChainName::new("test"),
        address: POOL,
        assets: [AssetId::new("A"), AssetId::new("B")],
        decimals: [6, 6],
        state,
    };
    let mut gross = gross(&pool.state);
    while let Some(log) = log(&mut data) {
        let _ = key(&log, &[POOL]);
        let Ok(Some(event)) = decode(kind, &log) else { continue };
        if apply(&mut pool.state, &mut gross, &event).is_err() {
            return;
        }
        if let Some(state) = pool.state.concentrated() {
            assert_eq!(state.ticks.len(), gross.len());
            assert!(state.ticks.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert!(state.ticks.iter().all(|(tick, _)| (state.known.0..=state.known.1).contains(tick)));
            assert!(
                state
                    .ticks
                    .iter()
                    .zip(gross.iter())
                    .all(|((_, net), all)| net.unsigned_abs() <= *all && *all > 0)
            );
        }
        for zero_for_one in [true, false] {
            let mut after = pool.state.clone();
            let swapped = swap_exact_in(&mut after, zero_for_one, 1_000_000);
            assert_eq!(swapped, quote_exact_in(&pool, zero_for_one, 1_000_000));
            assert!(swapped.is_ok() || after == pool.state);
        }
    }
}
