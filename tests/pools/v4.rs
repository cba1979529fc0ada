//! V4 against the real PoolManager: `v4.json.gz` holds what `@uniswap/v4-core` 1.0.2 logged on a local node for
//! eight pools (fees, protocol fees, spacings, prices), with random positions and exact-input swaps between.
//! `amount_out` is `null` for a swap that the PoolManager filled in part only and that was not made.

use std::io::Read;
use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, Log};
use alloy::sol_types::SolEvent;
use flate2::read::GzDecoder;
use purser::config::PoolKind;
use purser::domain::pool::{Pool, PoolKey, PoolState, V3State, V4State};
use purser::domain::{AssetId, ChainName};
use purser::network::pool::event::{PoolEvent, apply};
use purser::network::pool::tick::{MAX_TICK, MIN_TICK};
use purser::network::pool::{QuoteError, fee_ppm, quote_exact_in, spot_rate, swap_exact_in};
use purser::venues::uniswap::address::v4_pool_id;
use purser::venues::uniswap::events::{decode, key};
use serde::Deserialize;

alloy::sol! {
    event Initialize(
        bytes32 indexed id, address indexed currency0, address indexed currency1, uint24 fee,
        int24 tickSpacing, address hooks, uint160 sqrtPriceX96, int24 tick
    );
}

#[derive(Deserialize)]
struct Recorded {
    manager: Address,
    currencies: [Address; 2],
    pools: Vec<RecordedPool>,
}

#[derive(Deserialize)]
struct RecordedPool {
    fee: u32,
    tick_spacing: i32,
    logs: Vec<RecordedLog>,
    swaps: Vec<RecordedSwap>,
}

#[derive(Deserialize)]
struct RecordedLog {
    topics: Vec<B256>,
    data: Bytes,
}

#[derive(Deserialize)]
struct RecordedSwap {
    /// Index of the swap's log; the logs before it came before the swap.
    log: usize,
    zero_for_one: bool,
    amount_in: String,
    amount_out: Option<String>,
}

fn recorded() -> Recorded {
    let mut text = String::new();
    GzDecoder::new(include_bytes!("v4.json.gz").as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The pool as it was initialised: nothing in it, all of it known.
fn initialised(of: &Recorded, pool: &RecordedPool) -> Pool {
    let first = &pool.logs[0];
    let event = Initialize::decode_raw_log(&first.topics, &first.data).unwrap();
    let [a, b] = of.currencies;
    let id = v4_pool_id(b, a, pool.fee, pool.tick_spacing);
    assert_eq!(id, event.id, "the id follows from the PoolKey");
    let concentrated = V3State {
        sqrt_price_x96: event.sqrtPriceX96.to(),
        tick: event.tick.as_i32(),
        liquidity: 0,
        fee: pool.fee,
        tick_spacing: pool.tick_spacing,
        ticks: Vec::new(),
        known: (MIN_TICK, MAX_TICK),
    };
    Pool {
        chain: ChainName::new("test"),
        address: of.manager,
        assets: [AssetId::new("A"), AssetId::new("B")],
        decimals: [18, 18],
        state: PoolState::V4(V4State { id, currencies: of.currencies, protocol_fees: [0; 2], concentrated }),
    }
}

#[test]
fn swaps_are_those_of_the_pool_manager_to_the_unit() {
    let recorded = recorded();
    let (mut exact, mut partial, mut crossed) = (0, 0, 0);
    for of in &recorded.pools {
        let mut pool = initialised(&recorded, of);
        let mut gross = Arc::new(Vec::new());
        let mut swaps = of.swaps.iter().peekable();
        for (place, log) in of.logs.iter().enumerate() {
            while let Some(swap) = swaps.next_if(|swap| swap.log == place) {
                let size: u128 = swap.amount_in.parse().unwrap();
                let mut after = pool.state.clone();
                let swapped = swap_exact_in(&mut after, swap.zero_for_one, size);
                assert_eq!(swapped, quote_exact_in(&pool, swap.zero_for_one, size));
                let Some(out) = &swap.amount_out else {
                    assert!(matches!(swapped, Err(QuoteError::PartialFill { absorbed }) if absorbed < size));
                    assert_eq!(after, pool.state, "an error changes nothing");
                    partial += 1;
                    continue;
                };
                let quote = swapped.unwrap();
                assert_eq!(quote.amount_out, out.parse::<u128>().unwrap(), "{size} in {pool:?}");
                crossed += quote.ticks_crossed;
                exact += 1;
                // Where the PoolManager says that it left the pool.
                let mut told = pool.clone();
                let event = decoded(&recorded, &pool, log);
                apply(&mut told.state, &mut gross.clone(), &event).unwrap();
                assert_eq!(after, told.state);
            }
            if place > 0 {
                let event = decoded(&recorded, &pool, log);
                apply(&mut pool.state, &mut gross, &event).unwrap();
            }
        }
    }
    assert!(exact > 300 && partial > 50 && crossed > 50, "{exact} {partial} {crossed}");
}

fn decoded(recorded: &Recorded, pool: &Pool, log: &RecordedLog) -> PoolEvent {
    let log = Log::new_unchecked(recorded.manager, log.topics.clone(), log.data.clone());
    assert_eq!(key(&log, &[recorded.manager]), Some(pool.key()));
    decode(PoolKind::V4, &log).unwrap().unwrap()
}

#[test]
fn the_fee_is_both_fees_as_the_pool_manager_adds_them() {
    let recorded = recorded();
    let mut pool = initialised(&recorded, &recorded.pools[0]);
    let mut fee = |lp: u32, protocol: [u16; 2]| {
        let PoolState::V4(state) = &mut pool.state else { panic!("a V4 pool") };
        state.concentrated.fee = lp;
        state.concentrated.liquidity = 1 << 70;
        state.protocol_fees = protocol;
        [true, false].map(|zero_for_one| {
            assert!(spot_rate(&pool, zero_for_one).is_ok());
            fee_ppm(&pool, zero_for_one)
        })
    };
    // p + l − ⌊p·l/10⁶⌋.
    assert_eq!(fee(3_000, [1_000, 0]), [3_997, 3_000]);
    assert_eq!(fee(500, [0, 999]), [500, 1_499]);
    assert_eq!(fee(0, [1_000, 1]), [1_000, 1]);
    assert_eq!(fee(800_000, [1_000, 0]), [800_200, 800_000]);
}

#[test]
fn pools_are_told_apart_by_their_ids() {
    let recorded = recorded();
    let keys: Vec<PoolKey> = recorded.pools.iter().map(|of| initialised(&recorded, of).key()).collect();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
    let usdc = alloy::primitives::address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
    let usdt = alloy::primitives::address!("dAC17F958D2ee523a2206206994597C13D831ec7");
    assert_ne!(v4_pool_id(usdc, usdt, 100, 1), v4_pool_id(usdc, usdt, 10, 1));
    assert_eq!(v4_pool_id(usdc, usdt, 10, 1), v4_pool_id(usdt, usdc, 10, 1));
}
