//! The pool reader against a scripted pool: how many scans it needs, and what it refuses.

use alloy::primitives::aliases::{I24, U24, U112, U160};
use alloy::primitives::{Address, Bytes, U256, address};
use alloy::sol_types::{SolCall, SolValue};
use purser::chains::evm::Call;
use purser::config::{ChainConfig, PoolConfig, PoolKind};
use purser::domain::ChainName;
use purser::domain::pool::{Pool, PoolState, V2State};
use purser::venues::uniswap::{Decoded, PoolReader, ReadError};
use serde_json::json;

use super::model::{Range, price_at, state, state_mut, v3};

alloy::sol! {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function fee() external view returns (uint24);
    function tickSpacing() external view returns (int24);
    function liquidity() external view returns (uint128);
    function slot0() external view;
    function tickBitmap(int16 word) external view returns (uint256);
    function ticks(int24 tick) external view;
    function getReserves() external view;
}

/// The higher address is configured first: the reader must put them in order.
const USDC: Address = address!("B000000000000000000000000000000000000001");
const USDT: Address = address!("A000000000000000000000000000000000000001");
const RANGES: [Range; 4] =
    [(-100, 100, 5 << 60), (-7, 3, 1 << 62), (2, 480, 1 << 50), (-20_000, 20_000, 1 << 40)];

pub(super) fn config(value: serde_json::Value) -> ChainConfig {
    serde_json::from_value(value).unwrap()
}

fn chain_config() -> ChainConfig {
    config(json!({
        "chain_id": 1, "rpc": [], "max_gas_usd": 5,
        "tokens": {
            "USDC": { "address": USDC, "decimals": 6 },
            "USDT": { "address": USDT, "decimals": 8 },
        },
        "uniswap": {
            "v2_factory": Address::repeat_byte(2), "v3_factory": Address::repeat_byte(3),
            "quoter_v2": Address::repeat_byte(4), "swap_router02": Address::repeat_byte(5),
            "pools": [
                { "kind": "v3", "assets": ["USDC", "USDT"], "fee": 100 },
                { "kind": "v2", "assets": ["USDC", "USDT"] },
            ],
        },
    }))
}

fn readers() -> (PoolReader, PoolReader) {
    let all = PoolReader::all(&ChainName::new("test"), &chain_config()).unwrap();
    let [v3, v2] = <[PoolReader; 2]>::try_from(all).unwrap();
    (v3, v2)
}

/// What the contract of a pool in this state answers.
fn answer(pool: &Pool, data: &[u8]) -> Bytes {
    let selector: [u8; 4] = data[..4].try_into().unwrap();
    let words = match (&pool.state, selector) {
        (_, token0Call::SELECTOR) => USDT.abi_encode(),
        (_, token1Call::SELECTOR) => USDC.abi_encode(),
        (PoolState::V2(state), getReservesCall::SELECTOR) => {
            let [reserve0, reserve1] = state.reserves.map(U112::from);
            (reserve0, reserve1, 1_700_000_000_u32).abi_encode_params()
        }
        (PoolState::V3(state), feeCall::SELECTOR) => U24::from(state.fee).abi_encode(),
        (PoolState::V3(state), tickSpacingCall::SELECTOR) => {
            I24::try_from(state.tick_spacing).unwrap().abi_encode()
        }
        (PoolState::V3(state), liquidityCall::SELECTOR) => state.liquidity.abi_encode(),
        (PoolState::V3(state), slot0Call::SELECTOR) => {
            let tick = I24::try_from(state.tick).unwrap();
            (U160::from(state.sqrt_price_x96), tick, 1_u16, 1_u16, 1_u16, 0_u16, true).abi_encode_params()
        }
        (PoolState::V3(state), tickBitmapCall::SELECTOR) => {
            let word = i32::from(tickBitmapCall::abi_decode(data).unwrap().word);
            let mut bits = U256::ZERO;
            for (tick, _) in &state.ticks {
                let position = tick / state.tick_spacing;
                if position.div_euclid(256) == word {
                    bits.set_bit(usize::try_from(position.rem_euclid(256)).unwrap(), true);
                }
            }
            bits.abi_encode()
        }
        (PoolState::V3(state), ticksCall::SELECTOR) => {
            let asked = ticksCall::abi_decode(data).unwrap().tick.as_i32();
            let net = state.ticks.iter().find(|(tick, _)| *tick == asked).map(|(_, net)| *net);
            let zero = U256::ZERO;
            let gross = net.map_or(0, |net| net.unsigned_abs().max(1));
            (gross, net.unwrap_or(0), zero, zero, 0_i64, zero, 0_u32, net.is_some()).abi_encode_params()
        }
        other => panic!("unexpected call {:x?}", other.1),
    };
    words.into()
}

fn answers(pool: &Pool, reader: &PoolReader) -> Vec<Result<Bytes, String>> {
    reader
        .calls()
        .iter()
        .map(|Call { to, data }| {
            assert_eq!(*to, reader.address());
            Ok(answer(pool, data))
        })
        .collect()
}

/// Scans until the pool is read; how many scans that took, and the pool.
fn read(reader: &mut PoolReader, pool: &Pool) -> (usize, Pool) {
    for scan in 1..=purser::venues::uniswap::reader::MAX_ROUNDS {
        let results = answers(pool, reader);
        match reader.decode(&results).unwrap() {
            Decoded::Ready(read) => return (scan, Pool::clone(&read)),
            Decoded::NeedsMore(calls) => assert_eq!(calls, reader.calls()),
        }
    }
    panic!("still not read");
}

#[test]
fn one_scan_in_the_steady_state() {
    let (mut reader, _) = readers();
    let pool = v3(100, 1, price_at(1, 99), &RANGES);
    let (scans, read_pool) = read(&mut reader, &pool);
    assert_eq!(scans, 3);
    assert_eq!(read_pool.assets.each_ref().map(|asset| asset.as_str()), ["USDT", "USDC"]);
    assert_eq!(read_pool.decimals, [8, 6]);
    let (expected, got) = (state(&pool), state(&read_pool));
    assert_eq!(got.known, (1 - 500, 1 + 500));
    assert_eq!(
        got.ticks,
        [(-100, 5 << 60), (-7, 1 << 62), (2, 1 << 50), (3, -(1 << 62)), (100, -(5 << 60)), (480, -(1 << 50))]
    );
    assert_eq!(
        (got.sqrt_price_x96, got.tick, got.liquidity),
        (expected.sqrt_price_x96, expected.tick, expected.liquidity)
    );
    assert_eq!((got.fee, got.tick_spacing), (100, 1));

    // The price moves within the window: still one scan.
    let (scans, moved) = read(&mut reader, &v3(100, 1, price_at(-60, 5), &RANGES));
    assert_eq!((scans, state(&moved).tick), (1, -60));
}

#[test]
fn a_new_position_takes_a_second_scan() {
    let (mut reader, _) = readers();
    read(&mut reader, &v3(100, 1, price_at(1, 99), &RANGES));
    let mut ranges = RANGES.to_vec();
    ranges.push((-300, 44, 1 << 44));
    let (scans, pool) = read(&mut reader, &v3(100, 1, price_at(1, 99), &ranges));
    assert_eq!(scans, 2);
    assert!(state(&pool).ticks.contains(&(44, -(1 << 44))));
    // And its end another.
    let (scans, pool) = read(&mut reader, &v3(100, 1, price_at(1, 99), &RANGES));
    assert_eq!((scans, state(&pool).ticks.len()), (2, 6));
}

#[test]
fn a_price_that_runs_away_takes_the_window_along() {
    let (mut reader, _) = readers();
    read(&mut reader, &v3(100, 1, price_at(1, 99), &RANGES));
    let far = v3(100, 1, price_at(19_900, 0), &RANGES);
    let (scans, pool) = read(&mut reader, &far);
    assert!(scans <= 3);
    assert_eq!(state(&pool).known, (19_400, 20_400));
    assert_eq!(state(&pool).ticks, [(20_000, -(1 << 40))]);
}

#[test]
fn a_pair_takes_one_scan() {
    let (_, mut reader) = readers();
    let pair = super::model::v2(5_000_000, 7_000_000);
    let (scans, pool) = read(&mut reader, &pair);
    assert_eq!(scans, 1);
    assert_eq!(pool.state, PoolState::V2(V2State { reserves: [5_000_000, 7_000_000], fee: 3_000 }));
    // Who it is was only asked once.
    assert_eq!(reader.calls().len(), 1);
}

#[test]
fn what_a_contract_cannot_answer_is_an_error() {
    let pool = v3(100, 1, price_at(1, 99), &RANGES);
    let (mut reader, _) = readers();
    read(&mut reader, &pool);
    let good = answers(&pool, &reader);
    for index in 0..good.len() {
        let mut spoil = |answer: Result<Bytes, String>| {
            let mut results = good.clone();
            results[index] = answer;
            reader.decode(&results).unwrap_err()
        };
        assert!(
            matches!(spoil(Err("execution reverted".into())), ReadError::Failed { reason, .. } if reason == "execution reverted")
        );
        assert!(matches!(spoil(Ok(Bytes::new())), ReadError::NoContract { .. }));
        let data = good[index].clone().unwrap();
        assert!(matches!(spoil(Ok(data.slice(..data.len() - 1))), ReadError::Malformed { .. }));
        assert!(matches!(spoil(Ok([data.as_ref(), &[0; 32]].concat().into())), ReadError::Malformed { .. }));
    }
    assert!(matches!(reader.decode(&good[..good.len() - 1]), Err(ReadError::Count { .. })));
    let mut more = good.clone();
    more.push(Ok(Bytes::new()));
    assert!(matches!(reader.decode(&more), Err(ReadError::Count { .. })));
    assert!(matches!(reader.decode(&[]), Err(ReadError::Count { .. })));
    assert!(matches!(reader.decode(&good), Ok(Decoded::Ready(_))), "an error leaves no trace");
}

#[test]
fn contradictions_are_errors() {
    let pool = v3(100, 1, price_at(1, 99), &RANGES);
    let (mut reader, _) = readers();
    read(&mut reader, &pool);
    let mut with = |change: fn(&mut purser::domain::pool::V3State)| {
        let mut lie = pool.clone();
        change(state_mut(&mut lie));
        let results = answers(&lie, &reader);
        reader.decode(&results)
    };
    assert!(matches!(with(|state| state.tick += 1), Err(ReadError::Malformed { .. })));
    assert!(matches!(with(|state| state.sqrt_price_x96 = U256::ONE), Err(ReadError::Malformed { .. })));
    assert!(matches!(with(|state| state.sqrt_price_x96 = U256::ZERO), Err(ReadError::NotInitialised { .. })));
    assert!(matches!(with(|state| state.liquidity = 0), Err(ReadError::Malformed { .. })));

    let v2_answer = |reserves| {
        let (_, mut reader) = readers();
        let results = answers(&super::model::v2(reserves, 5), &reader);
        reader.decode(&results)
    };
    assert!(matches!(v2_answer(0), Err(ReadError::NotInitialised { .. })));
}

#[test]
fn another_pool_at_the_address_is_refused() {
    let (mut reader, mut pair) = readers();
    let results = answers(&v3(500, 1, price_at(1, 99), &RANGES), &reader);
    assert!(matches!(reader.decode(&results), Err(ReadError::OtherFee { actual: 500, expected: 100, .. })));
    let mut results = answers(&super::model::v2(5, 5), &pair);
    results.swap(1, 2);
    assert!(matches!(pair.decode(&results), Err(ReadError::OtherTokens { .. })));
}

#[test]
fn pools_that_cannot_be_are_refused() {
    let chain = ChainName::new("test");
    let pool = |kind, a: &str, b: &str| PoolConfig {
        kind,
        assets: [a.to_owned(), b.to_owned()],
        fee: 3_000,
        tick_spacing: None,
        factory: None,
    };
    let mut config = chain_config();
    let new = |config: &ChainConfig, pool| PoolReader::new(&chain, config, &pool).unwrap_err();
    assert!(matches!(new(&config, pool(PoolKind::V3, "USDC", "DAI")), ReadError::UnknownToken { .. }));
    assert!(matches!(new(&config, pool(PoolKind::V3, "USDC", "USDC")), ReadError::SameToken { .. }));
    config.uniswap.as_mut().unwrap().v2_factory = None;
    assert!(matches!(new(&config, pool(PoolKind::V2, "USDC", "USDT")), ReadError::NoV2Factory { .. }));
    config.uniswap = None;
    assert!(matches!(new(&config, pool(PoolKind::V3, "USDC", "USDT")), ReadError::NotConfigured { .. }));
    assert_eq!(PoolReader::all(&chain, &config).unwrap().len(), 0);
}
