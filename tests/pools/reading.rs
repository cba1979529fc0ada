//! V4 pools read through a scripted StateView, and where pools of forks are.

use alloy::primitives::aliases::{I24, U24, U160};
use alloy::primitives::{Address, B256, Bytes, U256, address};
use alloy::sol_types::{SolCall, SolValue};
use purser::chains::evm::Call;
use purser::config::ChainConfig;
use purser::domain::ChainName;
use purser::domain::pool::{PoolKey, PoolState, V2State};
use purser::venues::uniswap::address::{v2_pair_of, v4_pool_id};
use purser::venues::uniswap::{Decoded, PoolReader, ReadError};
use serde_json::json;

use crate::uniswap::model::{Range, price_at, state, v3};

alloy::sol! {
    function poolManager() external view returns (address);
    function getSlot0(bytes32 id) external view;
    function getLiquidity(bytes32 id) external view;
    function getTickBitmap(bytes32 id, int16 word) external view;
    function getTickLiquidity(bytes32 id, int24 tick) external view;
    function getReserves() external view;
}

const USDC: Address = address!("A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
const WETH: Address = address!("C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
const MANAGER: Address = Address::repeat_byte(4);
const VIEW: Address = Address::repeat_byte(5);
const SUSHI: Address = address!("C0AEe478e3658e2610c5F7A4A2E1777cE9e4f2Ac");
const RANGES: [Range; 3] = [(-100, 100, 5 << 60), (-10, 30, 1 << 62), (-40_000, 40_000, 1 << 40)];

fn config() -> ChainConfig {
    serde_json::from_value(json!({
        "chain_id": 1, "rpc": [], "max_gas_usd": 5,
        "tokens": {
            "USDC": { "address": USDC, "decimals": 6 },
            "WETH": { "address": WETH, "decimals": 18 },
        },
        "uniswap": {
            "v3_factory": Address::repeat_byte(3), "quoter_v2": Address::repeat_byte(4),
            "swap_router02": Address::repeat_byte(5), "pool_manager": MANAGER, "state_view": VIEW,
            "forks": [{
                "name": "sushiswap", "kind": "v2", "factory": SUSHI, "fee": 2_500,
                "init_code_hash": "0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303",
            }],
            "pools": [
                { "kind": "v4", "assets": ["WETH", "USDC"], "fee": 500, "tick_spacing": 10 },
                { "kind": "v2", "assets": ["WETH", "USDC"], "factory": "sushiswap" },
                { "kind": "v3", "assets": ["WETH", "USDC"], "fee": 500 },
            ],
        },
    }))
    .unwrap()
}

fn readers() -> Vec<PoolReader> {
    PoolReader::all(&ChainName::new("test"), &config()).unwrap()
}

/// What a StateView says of a pool at a tick with these positions and fees.
fn answer(tick: i32, fees: (u32, u32), manager: Address, id: B256, call: &Call) -> Bytes {
    assert_eq!(call.to, VIEW);
    let pool = v3(500, 10, price_at(tick, 9), &RANGES);
    let state = state(&pool);
    let selector: [u8; 4] = call.data[..4].try_into().unwrap();
    if selector != poolManagerCall::SELECTOR {
        assert_eq!(call.data[4..36], id[..]);
    }
    let words = match selector {
        poolManagerCall::SELECTOR => manager.abi_encode(),
        getSlot0Call::SELECTOR => {
            let tick = I24::try_from(state.tick).unwrap();
            (U160::from(state.sqrt_price_x96), tick, U24::from(fees.0), U24::from(fees.1)).abi_encode_params()
        }
        getLiquidityCall::SELECTOR => state.liquidity.abi_encode(),
        getTickBitmapCall::SELECTOR => {
            let word = i32::from(getTickBitmapCall::abi_decode(&call.data).unwrap().word);
            let mut bits = U256::ZERO;
            for (tick, _) in &state.ticks {
                if (tick / 10).div_euclid(256) == word {
                    bits.set_bit(usize::try_from((tick / 10).rem_euclid(256)).unwrap(), true);
                }
            }
            bits.abi_encode()
        }
        getTickLiquidityCall::SELECTOR => {
            let asked = getTickLiquidityCall::abi_decode(&call.data).unwrap().tick.as_i32();
            let net = state.ticks.iter().find(|(tick, _)| *tick == asked).map_or(0, |(_, net)| *net);
            (net.unsigned_abs() + 4, net).abi_encode_params()
        }
        other => panic!("unexpected call {other:x?}"),
    };
    words.into()
}

fn read(
    reader: &mut PoolReader,
    tick: i32,
    fees: (u32, u32),
    manager: Address,
) -> Result<Decoded, ReadError> {
    let PoolKey::Managed { id, .. } = reader.key() else { panic!("a V4 pool") };
    let mut last = None;
    for _ in 0..purser::venues::uniswap::reader::MAX_ROUNDS {
        let calls = reader.calls();
        let answers: Vec<_> = calls.iter().map(|call| Ok(answer(tick, fees, manager, id, call))).collect();
        match reader.decode(&answers)? {
            Decoded::NeedsMore(more) => last = Some(Decoded::NeedsMore(more)),
            ready @ Decoded::Ready(_) => return Ok(ready),
        }
    }
    Ok(last.unwrap())
}

#[test]
fn a_v4_pool_is_read_through_its_state_view() {
    let mut reader = readers().remove(0);
    let id = v4_pool_id(USDC, WETH, 500, 10);
    assert_eq!(reader.key(), PoolKey::Managed { manager: MANAGER, id });
    let fees = (1_000 | (77 << 12), 500);
    let Decoded::Ready(pool) = read(&mut reader, 3, fees, MANAGER).unwrap() else { panic!("it is read") };
    assert_eq!((pool.address, pool.key()), (MANAGER, reader.key()));
    assert_eq!(pool.assets.each_ref().map(|asset| asset.as_str()), ["USDC", "WETH"]);
    let PoolState::V4(v4) = &pool.state else { panic!("a V4 pool") };
    assert_eq!((v4.id, v4.currencies, v4.protocol_fees), (id, [USDC, WETH], [1_000, 77]));
    let expected = v3(500, 10, price_at(3, 9), &RANGES);
    let (got, expected) = (&v4.concentrated, state(&expected));
    assert_eq!(
        (got.sqrt_price_x96, got.tick, got.liquidity),
        (expected.sqrt_price_x96, 3, expected.liquidity)
    );
    assert_eq!((got.fee, got.tick_spacing, got.known), (500, 10, (-997, 1_003)));
    assert_eq!(got.ticks, [(-100, 5 << 60), (-10, 1 << 62), (30, -(1 << 62)), (100, -(5 << 60))]);
    let gross: Vec<u128> = got.ticks.iter().map(|(_, net)| net.unsigned_abs() + 4).collect();
    assert_eq!(reader.gross(), gross);
    // What is known is not asked again.
    assert_eq!(reader.calls().len(), 2 + 2 + 4);
    assert!(matches!(read(&mut reader, 5, fees, MANAGER), Ok(Decoded::Ready(_))));
}

#[test]
fn a_state_view_of_another_manager_and_another_fee_are_refused() {
    let refused = |fees, manager| read(&mut readers().remove(0), 3, fees, manager).unwrap_err();
    let other = Address::repeat_byte(9);
    assert!(matches!(refused((0, 500), other), ReadError::OtherManager { manager, .. } if manager == other));
    assert!(matches!(refused((0, 501), MANAGER), ReadError::OtherFee { actual: 501, expected: 500, .. }));
}

#[test]
fn pools_of_forks_are_where_their_factory_puts_them() {
    let mut all = readers();
    let pair = address!("397FF1542f962076d0BFE58eA045FfA2d347ACa0");
    let hash = config().uniswap.unwrap().forks[0].init_code_hash;
    assert_eq!(v2_pair_of(SUSHI, hash, WETH, USDC), pair);
    assert_eq!(all[1].address(), pair);
    let reserves = (U256::from(5_000), U256::from(7_000), U256::from(1)).abi_encode_params();
    let words = [reserves, USDC.abi_encode(), WETH.abi_encode()];
    assert_eq!(all[1].calls()[0].data[..], getReservesCall {}.abi_encode());
    let answers: Vec<Result<Bytes, String>> = words.into_iter().map(|words| Ok(words.into())).collect();
    let Decoded::Ready(read) = all[1].decode(&answers).unwrap() else { panic!("it is read") };
    assert_eq!(read.state, PoolState::V2(V2State { reserves: [5_000, 7_000], fee: 2_500 }));
}

#[test]
fn only_pools_that_the_router_trades_in_are_read_for_swaps() {
    let keys = |readers: Vec<PoolReader>| readers.iter().map(PoolReader::key).collect::<Vec<_>>();
    let routed = PoolReader::routed(&ChainName::new("test"), &config()).unwrap();
    assert_eq!(keys(routed), keys(readers())[2..]);
    let chain = ChainName::new("test");
    let mut config = config();
    config.uniswap.as_mut().unwrap().state_view = None;
    assert!(matches!(PoolReader::all(&chain, &config), Err(ReadError::NotManaged { .. })));
    let contracts = config.uniswap.as_mut().unwrap();
    contracts.pools.remove(0);
    contracts.forks.clear();
    assert!(matches!(PoolReader::all(&chain, &config), Err(ReadError::NoFork { .. })));
}
