//! Blocks on the local network with ten thousand pools in memory: from a block's logs to its decision.

use std::path::Path;
use std::time::Instant;

use alloy::primitives::{Address, U256};
use devnet::operator::{self, Choices};
use devnet::{Chain, Devnet, Options};
use purser::chains::evm::EvmChain;
use purser::config::{ChainConfig, Config, PoolConfig, PoolKind, TokenConfig};
use purser::domain::snapshot::{GasPrice, PriceView, Prices};
use purser::domain::{AssetId, ChainName, Funding, Outcome, Price, Timestamp, Usd};
use purser::observe::pools::PoolTable;
use purser::strategies::arbitrage::{Arbitrage, Goal, PoolTerms, RouteGas, View};
use purser::telemetry::Metrics;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::report::{Report, millis, quantile};

/// Pools in memory.
const POOLS: usize = 10_000;
/// Updates measured, after some that warm up.
const UPDATES: usize = 100;
const WARM_UP: usize = 10;
/// Pools that move between two updates, and by how much at most, in millionths of their depth.
const MOVED: usize = 10;
const MOVE_PPM: u64 = 2_000;
/// The target.
const DECIDED_MS: f64 = 1.0;

alloy::sol! {
    function mint(address to, uint256 amount) external;
    function sync() external;
    function balanceOf(address owner) external view returns (uint256);
}

pub async fn measure(folder: &Path, report: &mut Report) {
    eprintln!("Blocks");
    let devnet = Devnet::start(Options { block_time: None, ..Options::default() }).await.unwrap();
    let chain = devnet.chain("base");
    let made = chain.many_pools(chain.info().uniswap_v2_factory, POOLS, 7).await.unwrap();
    chain.set_native(made.farm, U256::from(10_u64).pow(U256::from(20))).await.unwrap();
    let config = operator::write(&devnet.manifest, folder, &Choices::default()).unwrap();
    let mut settings = Config::load(&config).unwrap().config.chains.remove("base").unwrap();
    let pairs: Vec<[Address; 2]> = made.pools.iter().map(|pool| [pool.token0, pool.token1]).collect();
    fill(&mut settings, &made.tokens, &pairs);
    let evm = EvmChain::new(ChainName::new("base"), &settings).unwrap();
    let mut table = PoolTable::new(evm, &settings, Metrics::new().unwrap()).unwrap();
    let begun = Instant::now();
    table.follow().await.unwrap();
    report.add(format!("reading {POOLS} pools at one block"), millis(begun.elapsed()), "ms");
    assert_eq!(table.pools().iter().flatten().count(), POOLS);

    let mut arbitrage = Arbitrage::new(goal(&table));
    let (prices, mut random, mut times) = (prices(), StdRng::seed_from_u64(11), Vec::new());
    for turn in 0..WARM_UP + UPDATES {
        for _ in 0..MOVED {
            let pool = &made.pools[random.random_range(0..POOLS)];
            push(chain, made.farm, pool.address, pool.token0, random.random_range(1..MOVE_PPM)).await;
        }
        let update = table.follow().await.unwrap();
        assert!(
            !update.changed.is_empty() && !update.resnapshot,
            "an update that moves nothing measures nothing"
        );
        let view = View {
            block: update.block,
            at: Timestamp::from_millis(i64::try_from(update.block.timestamp).unwrap() * 1_000),
            pools: table.pools(),
            prices: &prices,
            gas: GasPrice { base_fee: 10_000_000, priority_fee: 1_000_000, l1_fee: 0 },
            inventory: 0,
        };
        let started = Instant::now();
        let decision = arbitrage.decide(&view, (turn > 0).then_some(&update.changed[..]));
        let time = millis(update.applied_in + started.elapsed());
        let outcome = &decision.record.outcome;
        assert!(!matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
        if turn >= WARM_UP {
            times.push(time);
        }
    }
    report.promise(format!("log to decision, {POOLS} pools, p50"), quantile(&times, 0.5), "ms", DECIDED_MS);
    report.add(format!("log to decision, {POOLS} pools, p99"), quantile(&times, 0.99), "ms");
    devnet.stop().await;
}

/// Gives a pair a little of its first token, which it then trades at another price.
async fn push(chain: &Chain, farm: Address, pair: Address, token: Address, ppm: u64) {
    let held = chain.read(token, &balanceOfCall { owner: pair }).await.unwrap();
    let amount = held * U256::from(ppm) / U256::from(1_000_000);
    chain.send(farm, token, &mintCall { to: pair, amount }).await.unwrap();
    chain.send(farm, pair, &syncCall {}).await.unwrap();
}

fn symbol(index: usize) -> String {
    format!("F{index}")
}

/// A configuration with these tokens and pairs alone.
fn fill(settings: &mut ChainConfig, tokens: &[Address], pairs: &[[Address; 2]]) {
    let token = |(index, address): (usize, &Address)| {
        (symbol(index), TokenConfig { address: *address, decimals: 18 })
    };
    settings.tokens = tokens.iter().enumerate().map(token).collect();
    let place = |address: Address| symbol(tokens.iter().position(|token| *token == address).unwrap());
    let pool = |pair: &[Address; 2]| PoolConfig {
        kind: PoolKind::V2,
        assets: pair.map(place),
        fee: 3_000,
        tick_spacing: None,
        factory: None,
    };
    settings.uniswap.as_mut().unwrap().pools = pairs.iter().map(pool).collect();
}

fn goal(table: &PoolTable) -> Goal {
    Goal {
        chain: ChainName::new("base"),
        native: AssetId::new("ETH"),
        contract: Address::repeat_byte(1),
        base: AssetId::new(&symbol(0)),
        base_decimals: 18,
        funding: Funding::PoolManager,
        max_loan: Usd::from_micros(1_000_000_000_000),
        min_profit: Usd::from_micros(1_000_000),
        max_profit: Usd::MAX,
        keep_ppm: 900_000,
        slippage_ppm: 1_000,
        blocks: 1,
        sees_blocks: true,
        plan_valid: std::time::Duration::from_secs(30),
        gas: RouteGas::default(),
        pools: table.keys().map(|key| (key, PoolTerms::v2(0))).collect(),
        busy: Default::default(),
    }
}

/// Of the base and of the native coin; the pools tell the rest.
fn prices() -> Prices {
    let view = |price: &str| {
        let price = Price::parse(price).unwrap();
        Ok(PriceView { price, as_of: Timestamp::from_millis(0), source: "fixed".to_owned(), agreeing: 1 })
    };
    Prices::from([(AssetId::new(&symbol(0)), view("1")), (AssetId::new("ETH"), view("3000"))])
}
