//! The mathematics, the reader and the calldata against the real contracts, to the unit.

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::aliases::{I24, U24, U160};
use alloy::primitives::{Address, Bytes, Log, U256};
use alloy::sol_types::SolCall;
use devnet::abi::{IMulticall3, IPoolSeeder, IToken, IUniswapV3};
use devnet::deploy::CHAINS;
use devnet::{Asset, Chain, Devnet, Options};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use purser::chains::evm::Call;
use purser::config::{ChainConfig, PoolKind};
use purser::domain::plan::Cost;
use purser::domain::pool::{Pool, PoolState};
use purser::domain::{Amount, AssetId, ChainName, SwapStep, Venue};
use purser::network::pool::tick::{
    MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};
use purser::network::pool::{QuoteError, capacity, quote_exact_in};
use purser::venues::uniswap::address::{ordered, v3_pool};
use purser::venues::uniswap::{Decoded, PoolReader, RouterSwap, SwapError, logs, quoter};
use serde_json::json;

use super::model::{Range, price_at, state, v3};
use super::reading::config;

alloy::sol! {
    function createPool(address a, address b, uint24 fee) external returns (address pool);
    function initialize(uint160 sqrtPriceX96) external;
}

/// Reproducible noise.
pub(crate) fn noise(seed: u8) -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

pub(crate) fn draw<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Log-uniform sizes.
pub(crate) fn size(runner: &mut TestRunner, bits: u32) -> u128 {
    let bits = draw(runner, 1..=bits);
    (draw(runner, any::<u128>()) >> (128 - bits)).max(1)
}

/// What an operator would configure for the chain's pools.
fn chain_config(chain: &Chain) -> ChainConfig {
    let info = chain.info();
    let symbol = |token: Address| {
        if token == info.usdc {
            "USDC"
        } else if token == info.usdt {
            "USDT"
        } else {
            "WETH"
        }
    };
    let pools: Vec<_> = info
        .pools
        .iter()
        .map(|pool| json!({ "kind": pool.kind, "assets": [symbol(pool.token1), symbol(pool.token0)], "fee": pool.fee }))
        .collect();
    config(json!({
        "chain_id": info.chain_id, "rpc": [], "max_gas_usd": 5,
        "tokens": {
            "USDC": { "address": info.usdc, "decimals": 6 },
            "USDT": { "address": info.usdt, "decimals": 6 },
            "WETH": { "address": info.weth, "decimals": 18 },
        },
        "uniswap": {
            "v2_factory": info.uniswap_v2_factory, "v3_factory": info.uniswap_v3_factory,
            "quoter_v2": info.quoter_v2, "swap_router02": info.swap_router02, "pools": pools,
        },
    }))
}

/// All calls in one `eth_call` of Multicall3, so at one block.
pub(crate) async fn scan(chain: &Chain, calls: &[Call]) -> Vec<Result<Bytes, String>> {
    let calls = calls.iter().map(|Call { to, data }| IMulticall3::Call3 {
        target: *to,
        allowFailure: true,
        callData: data.clone(),
    });
    let call = IMulticall3::aggregate3Call { calls: calls.collect() };
    let results = chain.read(chain.info().multicall3, &call).await.unwrap();
    results
        .into_iter()
        .map(|result| if result.success { Ok(result.returnData) } else { Err("reverted".to_owned()) })
        .collect()
}

/// Reads a pool; how many scans that took.
pub(crate) async fn read(chain: &Chain, reader: &mut PoolReader) -> (usize, Arc<Pool>) {
    for round in 1..=purser::venues::uniswap::reader::MAX_ROUNDS {
        let results = scan(chain, &reader.calls()).await;
        if let Decoded::Ready(pool) = reader.decode(&results).unwrap() {
            return (round, pool);
        }
    }
    panic!("the pool is still not read");
}

/// One batch of `eth_call`s; `None` where the call reverts.
async fn call_each(chain: &Chain, from: Address, calls: &[Call]) -> Vec<Option<Bytes>> {
    let requests: Vec<_> = calls
        .iter()
        .map(|Call { to, data }| ("eth_call", json!([{ "from": from, "to": to, "data": data }, "latest"])))
        .collect();
    let replies = chain.rpc().batch(&requests).await.unwrap();
    replies.into_iter().map(|reply| Some(serde_json::from_value(reply.ok()?).unwrap())).collect()
}

/// Compares quotes of a V3 pool with QuoterV2. `tokens` are token0 and token1. How many quotes were
/// exact, and how many larger than what is known of the pool.
async fn compare(chain: &Chain, pool: &Pool, tokens: [Address; 2], sizes: &[(bool, u128)]) -> (usize, usize) {
    let calls: Vec<Call> = sizes
        .iter()
        .map(|(zero_for_one, size)| {
            let (sold, bought) = if *zero_for_one { (tokens[0], tokens[1]) } else { (tokens[1], tokens[0]) };
            quoter::call(chain.info().quoter_v2, sold, bought, state(pool).fee, *size).unwrap()
        })
        .collect();
    let answers = call_each(chain, Address::ZERO, &calls).await;
    let (mut exact, mut beyond) = (0, 0);
    for ((zero_for_one, size), answer) in sizes.iter().zip(answers) {
        let real = answer.as_ref().and_then(quoter::decode);
        match quote_exact_in(pool, *zero_for_one, *size) {
            Ok(quote) => {
                let real = real.unwrap_or_else(|| panic!("the quoter refuses {size} ({zero_for_one})"));
                assert_eq!(quote.amount_out, real.amount_out, "{size} ({zero_for_one}) in {pool:?}");
                assert_eq!(quote.sqrt_price_after, real.sqrt_price_after, "{size} ({zero_for_one})");
                exact += 1;
            }
            Err(QuoteError::PartialFill { absorbed }) => {
                // The pool ran to the end of all prices, where only part of the input is taken.
                assert!(absorbed < *size);
                if let Some(real) = real {
                    let end = quote_exact_in(pool, *zero_for_one, absorbed).unwrap();
                    assert_eq!(end.amount_out, real.amount_out, "{size} ({zero_for_one}) in {pool:?}");
                    let end =
                        if *zero_for_one { MIN_SQRT_RATIO + U256::ONE } else { MAX_SQRT_RATIO - U256::ONE };
                    assert_eq!(real.sqrt_price_after, Some(end));
                }
                beyond += 1;
            }
            Err(QuoteError::BeyondKnownTicks { .. }) => beyond += 1,
            Err(other) => panic!("{other}: {size} ({zero_for_one}) in {pool:?}"),
        }
    }
    (exact, beyond)
}

fn tokens_of(config: &ChainConfig, pool: &Pool) -> [Address; 2] {
    pool.assets.each_ref().map(|asset| config.tokens[asset.as_str()].address)
}

#[tokio::test]
async fn seeded_pools_quote_like_the_quoter() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let mut runner = noise(1);
    for chain in network.chains().values() {
        let config = chain_config(chain);
        let name = ChainName::new(chain.name());
        let readers = PoolReader::all(&name, &config).unwrap();
        assert_eq!(readers.len(), chain.info().pools.len());
        for (mut reader, info) in readers.into_iter().zip(&chain.info().pools) {
            assert_eq!(reader.address(), info.address, "CREATE2 finds the pool the factory made");
            let (_, pool) = read(chain, &mut reader).await;
            assert_eq!(read(chain, &mut reader).await, (1, pool.clone()), "one scan when nothing changed");
            let PoolState::V3(state) = &pool.state else { continue };
            assert!(state.ticks.len() >= 2 && state.liquidity > 0);
            let mut sizes: Vec<_> = (0..80).map(|index| (index % 2 == 0, size(&mut runner, 80))).collect();
            // The last size that is known to be exact, in both directions.
            sizes.extend([true, false].map(|side| (side, capacity(&pool, side, u128::MAX >> 1))));
            let (exact, beyond) = compare(chain, &pool, tokens_of(&config, &pool), &sizes).await;
            assert!(exact >= 30 && beyond >= 1, "{exact} exact, {beyond} beyond");
        }
    }
}

/// Creates a V3 pool with random positions and returns what we know about it as its maker.
pub(crate) async fn random_pool(
    chain: &Chain,
    runner: &mut TestRunner,
    tokens: [Address; 2],
    fee: (u32, i32),
) -> Pool {
    let (fee, spacing) = fee;
    let tick = draw(runner, -150_000..150_000_i32);
    let price = price_at(tick, draw(runner, any::<u32>()));
    let at = tick.div_euclid(spacing);
    let ranges: Vec<Range> = (0..draw(runner, 2..12))
        .map(|_| {
            let from = at + draw(runner, -500..500_i32) / if draw(runner, any::<bool>()) { 1 } else { 40 };
            let width = size(runner, 10) as i32;
            (from * spacing, (from + width) * spacing, size(runner, 70))
        })
        .collect();
    let seeder = CHAINS.iter().find(|spec| spec.name == chain.name()).unwrap().admin.create(10);
    chain.set_native(seeder, U256::ONE << 120).await.unwrap();
    let positions = ranges.iter().map(|(lower, upper, liquidity)| IPoolSeeder::Position {
        tickLower: I24::try_from(*lower).unwrap(),
        tickUpper: I24::try_from(*upper).unwrap(),
        liquidity: *liquidity,
    });
    let call = IPoolSeeder::seedV3Call {
        factory: chain.info().uniswap_v3_factory,
        a: tokens[0],
        b: tokens[1],
        fee: U24::from(fee),
        sqrtPriceX96: U160::from(price),
        positions: positions.collect(),
    };
    chain.send(chain.admin(), seeder, &call).await.unwrap();
    v3(fee, spacing, price, &ranges)
}

/// Random prices, positions, gaps and sizes, from dust to more than the pool holds.
#[tokio::test]
async fn random_pools_quote_like_the_quoter() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let mut runner = noise(2);
    let (mut exact, mut beyond) = (0, 0);
    for chain in network.chains().values() {
        let info = chain.info();
        let pairs = [
            (info.usdc, info.usdt, vec![(3_000, 60), (10_000, 200)]),
            (info.usdc, info.weth, vec![(3_000, 60), (10_000, 200)]),
            (info.usdt, info.weth, vec![(500, 10), (3_000, 60), (10_000, 200)]),
        ];
        for (a, b, fees) in pairs {
            let tokens = ordered(a, b);
            for fee in fees {
                let pool = random_pool(chain, &mut runner, tokens, fee).await;
                let mut sizes: Vec<_> =
                    (0..60).map(|index| (index % 2 == 0, size(&mut runner, 100))).collect();
                sizes.extend([true, false].map(|side| (side, capacity(&pool, side, u128::MAX >> 1))));
                sizes.retain(|(_, size)| *size > 0);
                let found = compare(chain, &pool, tokens, &sizes).await;
                exact += found.0;
                beyond += found.1;
            }
        }
    }
    assert!(exact > 400 && beyond > 50, "{exact} exact, {beyond} beyond");
}

/// The contract's own tick mathematics: a pool is created and given each price within one call that
/// leaves no trace.
#[tokio::test]
async fn pools_start_at_the_tick_of_their_price() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let chain = network.chain("base");
    let mut runner = noise(3);
    let (factory, a, b) = (chain.info().uniswap_v3_factory, chain.info().usdt, chain.info().weth);
    let pool = v3_pool(factory, a, b, 500);
    let mut expected = Vec::new();
    for _ in 0..60 {
        let tick = draw(&mut runner, -887_271..887_271_i32);
        let exact = sqrt_ratio_at_tick(tick).unwrap();
        let within = price_at(tick, draw(&mut runner, any::<u32>()));
        expected.extend([(exact, tick), (exact - U256::ONE, tick - 1), (within, tick)]);
    }
    expected.extend([(MIN_SQRT_RATIO, MIN_TICK), (MAX_SQRT_RATIO - U256::ONE, MAX_TICK - 1)]);
    let calls = expected.iter().map(|(price, _)| {
        let steps = [
            (factory, createPoolCall { a, b, fee: U24::from(500) }.abi_encode()),
            (pool, initializeCall { sqrtPriceX96: U160::from(*price) }.abi_encode()),
            (pool, IUniswapV3::slot0Call {}.abi_encode()),
        ];
        let calls = steps.map(|(target, data)| IMulticall3::Call3 {
            target,
            allowFailure: false,
            callData: data.into(),
        });
        let data = IMulticall3::aggregate3Call { calls: calls.to_vec() }.abi_encode();
        Call { to: chain.info().multicall3, data: data.into() }
    });
    let calls: Vec<_> = calls.collect();
    for ((price, tick), answer) in expected.iter().zip(call_each(chain, Address::ZERO, &calls).await) {
        let results = IMulticall3::aggregate3Call::abi_decode_returns(&answer.unwrap()).unwrap();
        let slot0 = IUniswapV3::slot0Call::abi_decode_returns(&results[2].returnData).unwrap();
        assert_eq!((U256::from(slot0.sqrtPriceX96), slot0.tick.as_i32()), (*price, *tick));
        assert_eq!(tick_at_sqrt_ratio(*price), Some(*tick));
    }
}

async fn approve(chain: &Chain, owner: Address) {
    for asset in [Asset::Usdc, Asset::Usdt, Asset::Weth] {
        let call = IToken::approveCall { spender: chain.info().swap_router02, value: U256::MAX };
        chain.send(owner, chain.token(asset).unwrap(), &call).await.unwrap();
        chain.mint(asset, owner, U256::ONE << if asset == Asset::Weth { 72 } else { 100 }).await.unwrap();
    }
}

fn step(
    chain: &Chain,
    pool: &Pool,
    zero_for_one: bool,
    size: u128,
    out: u128,
    recipient: Address,
) -> SwapStep {
    let side = |index: usize, units| Amount::new(pool.assets[index].clone(), pool.decimals[index], units);
    let (sold, bought) = if zero_for_one { (0, 1) } else { (1, 0) };
    let (venue, fee) = match &pool.state {
        PoolState::V2(_) => (Venue::UniswapV2, 3_000),
        PoolState::V3(state) => (Venue::UniswapV3, state.fee),
        PoolState::V4(_) => panic!("the router trades in no V4 pool"),
    };
    SwapStep {
        chain: ChainName::new(chain.name()),
        venue,
        pool: pool.address.into(),
        fee,
        amount_in: side(sold, size),
        quoted_out: side(bought, out),
        haircut_ppm: 0,
        min_out: side(bought, out),
        recipient: recipient.into(),
        trade: None,
        cost: Cost::default(),
    }
}

/// A deadline the chain will not reach.
const LATER: u64 = 4_000_000_000;

/// The pair itself says what a swap through the router gives.
#[tokio::test]
async fn pairs_give_what_is_quoted_and_not_a_unit_more() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let chain = network.chain("base");
    let wallet = network.manifest.wallet.address;
    approve(chain, wallet).await;
    let config = chain_config(chain);
    let mut readers = PoolReader::all(&ChainName::new("base"), &config).unwrap();
    let reader = readers.iter_mut().find(|reader| reader.kind() == PoolKind::V2).unwrap();
    let (scans, pool) = read(chain, reader).await;
    assert_eq!(scans, 1);
    let mut runner = noise(4);
    let mut calls = Vec::new();
    let mut expected = Vec::new();
    for index in 0..120 {
        let (zero_for_one, size) = (index % 2 == 0, size(&mut runner, 90));
        let Ok(quote) = quote_exact_in(&pool, zero_for_one, size) else {
            assert_eq!(quote_exact_in(&pool, zero_for_one, size), Err(QuoteError::NothingOut));
            continue;
        };
        for (min_out, answer) in [(quote.amount_out, Some(quote.amount_out)), (quote.amount_out + 1, None)] {
            let step = step(chain, &pool, zero_for_one, size, min_out, wallet);
            calls.push(RouterSwap::from_step(&step, &config, LATER).unwrap().call().unwrap());
            expected.push(answer);
        }
    }
    assert!(calls.len() > 100);
    for (answer, expected) in call_each(chain, wallet, &calls).await.into_iter().zip(expected) {
        let given = answer.map(|answer| {
            let results = IUniswapV3::multicallCall::abi_decode_returns(&answer).unwrap();
            assert_eq!(results.len(), 1);
            U256::from_be_slice(&results[0])
        });
        assert_eq!(given, expected.map(U256::from));
    }
}

/// Swaps with our calldata until the pools have moved far: every one gives what was quoted.
#[tokio::test]
async fn executed_swaps_give_what_was_quoted() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let chain = network.chain("arbitrum");
    let wallet = network.manifest.wallet.address;
    approve(chain, wallet).await;
    let config = chain_config(chain);
    let mut runner = noise(5);
    let mut crossed = 0;
    for mut reader in PoolReader::all(&ChainName::new("arbitrum"), &config).unwrap() {
        for round in 0..8 {
            let (_, pool) = read(chain, &mut reader).await;
            let zero_for_one = draw(&mut runner, any::<bool>());
            let tokens = tokens_of(&config, &pool);
            let (sold, bought) = if zero_for_one { (tokens[0], tokens[1]) } else { (tokens[1], tokens[0]) };
            let most = capacity(&pool, zero_for_one, 1 << if sold == chain.info().weth { 70 } else { 42 });
            // Large ones first, and one that ends exactly at the last known size.
            let size = if round == 3 { most } else { most / draw(&mut runner, 2..8_u128) };
            let quote = quote_exact_in(&pool, zero_for_one, size).unwrap();
            crossed += quote.ticks_crossed;
            let swap = step(chain, &pool, zero_for_one, size, quote.amount_out, wallet);
            let call = RouterSwap::from_step(&swap, &config, LATER).unwrap().call().unwrap();
            let hash = chain.transact(wallet, call.to, call.data, U256::ZERO).await.unwrap();
            let receipt = chain.receipt(hash, Duration::from_secs(10)).await.unwrap();
            let events = receipt_logs(&receipt);
            assert_eq!(logs::received(&events, bought, wallet), quote.amount_out);
            assert_eq!(logs::sent(&events, sold, wallet), size);
            assert_eq!(logs::received(&events, sold, wallet), 0);
            let swaps: Vec<_> = logs::swaps(&events, swap.venue, pool.address).collect();
            assert_eq!(
                swaps,
                [logs::Swapped { zero_for_one, amount_in: size, amount_out: quote.amount_out }]
            );
            assert_eq!(logs::swaps(&events, swap.venue, wallet).count(), 0);
            if let (_, after) = read(chain, &mut reader).await
                && let PoolState::V3(after) = &after.state
            {
                assert_eq!(Some(after.sqrt_price_x96), quote.sqrt_price_after);
            }
        }
    }
    assert!(crossed > 10, "{crossed} ticks were crossed");
}

fn receipt_logs(receipt: &serde_json::Value) -> Vec<Log> {
    let logs = receipt["logs"].as_array().unwrap();
    logs.iter()
        .map(|log| {
            let part = |name: &str| log[name].clone();
            Log::new_unchecked(
                serde_json::from_value(part("address")).unwrap(),
                serde_json::from_value(part("topics")).unwrap(),
                serde_json::from_value(part("data")).unwrap(),
            )
        })
        .collect()
}

/// The router refuses what is late or gives less than asked, and so costs nothing but gas.
#[tokio::test]
async fn the_router_keeps_the_limits() {
    let network = Devnet::start(Options::default()).await.unwrap();
    let chain = network.chain("base");
    let wallet = network.manifest.wallet.address;
    approve(chain, wallet).await;
    let config = chain_config(chain);
    for mut reader in PoolReader::all(&ChainName::new("base"), &config).unwrap() {
        let (_, pool) = read(chain, &mut reader).await;
        let out = quote_exact_in(&pool, true, 50_000_000).unwrap().amount_out;
        let good = step(chain, &pool, true, 50_000_000, out, wallet);
        let call = |step: &SwapStep, deadline| {
            RouterSwap::from_step(step, &config, deadline).unwrap().call().unwrap()
        };
        let greedy = step(chain, &pool, true, 50_000_000, out + 1, wallet);
        let calls = [call(&good, LATER), call(&good, 1), call(&greedy, LATER)];
        let answers = call_each(chain, wallet, &calls).await;
        assert_eq!(answers.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false]);

        let elsewhere = SwapStep { pool: Address::repeat_byte(9).into(), ..good.clone() };
        assert!(matches!(
            RouterSwap::from_step(&elsewhere, &config, LATER),
            Err(SwapError::WrongPool { .. })
        ));
        let unknown = SwapStep { min_out: Amount::new(AssetId::new("DAI"), 18, 5), ..good };
        assert!(matches!(
            RouterSwap::from_step(&unknown, &config, LATER),
            Err(SwapError::UnknownToken { .. })
        ));
    }
}
