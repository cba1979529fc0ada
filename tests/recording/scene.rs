//! A small market whose prices are pushed apart and back, block by block.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use purser::domain::pool::{Pool, PoolKey, PoolState, V2State, V3State, V4State};
use purser::domain::snapshot::{BlockRef, GasPrice, PriceView, Prices};
use purser::domain::{AssetId, ChainName, Funding, Price, Timestamp, Usd};
use purser::network::pool::swap_exact_in;
use purser::network::pool::tick::{MAX_TICK, MIN_TICK};
use purser::recording::{Block, Header, Known, Limits, Recorder};
use purser::strategies::Decision;
use purser::strategies::arbitrage::{Arbitrage, Goal, PoolTerms, RouteGas, View};
use purser::telemetry::Metrics;

pub(crate) const CHAIN: &str = "test";
/// Between two blocks, in seconds.
const EVERY: u64 = 2;
const FIRST: u64 = 1_000;
/// 2026-01-02T03:04:05Z.
pub(crate) const STARTED: i64 = 1_767_323_045_000;

fn pool(number: u8, assets: [&str; 2], decimals: [u8; 2], state: PoolState) -> Arc<Pool> {
    Arc::new(Pool {
        chain: ChainName::new(CHAIN),
        address: Address::repeat_byte(number),
        assets: assets.map(AssetId::new),
        decimals,
        state,
    })
}

/// A pool at price one with a wide range and a narrow one.
fn concentrated(liquidity: u128) -> V3State {
    let net = i128::try_from(liquidity).unwrap();
    V3State {
        sqrt_price_x96: U256::from(1_u64) << 96,
        tick: 0,
        liquidity: liquidity * 3,
        fee: 500,
        tick_spacing: 10,
        ticks: vec![(-20_000, net), (-300, net * 2), (300, -net * 2), (20_000, -net)],
        known: (MIN_TICK, MAX_TICK),
    }
}

/// Five pools of three tokens, balanced.
pub(crate) fn pools() -> Vec<Arc<Pool>> {
    let pair = |number, fee, depth: u128| {
        // WETH has 18 decimals and costs 2,000 dollars.
        let reserves = [depth * 1_000_000, depth * 10_u128.pow(18) / 2_000];
        pool(number, ["USDC", "WETH"], [6, 18], PoolState::V2(V2State { reserves, fee }))
    };
    let v4 = V4State {
        id: B256::repeat_byte(5),
        currencies: [Address::repeat_byte(0xa), Address::repeat_byte(0xb)],
        protocol_fees: [100, 100],
        concentrated: concentrated(10_u128.pow(13)),
    };
    vec![
        pair(1, 3_000, 5_000_000),
        pair(2, 2_500, 8_000_000),
        pool(3, ["USDC", "USDT"], [6, 6], PoolState::V3(concentrated(10_u128.pow(13)))),
        pool(
            4,
            ["USDT", "WETH"],
            [6, 18],
            PoolState::V2(V2State { reserves: [3 * 10_u128.pow(12), 15 * 10_u128.pow(20)], fee: 3_000 }),
        ),
        pool(5, ["USDC", "USDT"], [6, 6], PoolState::V4(v4)),
    ]
}

fn terms(pool: &Pool) -> PoolTerms {
    match pool.state {
        PoolState::V2(_) => PoolTerms::v2(0),
        PoolState::V3(_) => PoolTerms::v3(1, 500),
        _ => PoolTerms::v4(500, 10),
    }
}

pub(crate) fn goal() -> Goal {
    Goal {
        chain: ChainName::new(CHAIN),
        native: AssetId::new("ETH"),
        contract: Address::repeat_byte(9),
        base: AssetId::new("USDC"),
        base_decimals: 6,
        funding: Funding::Inventory,
        max_loan: Usd::parse("200000").unwrap(),
        min_profit: Usd::parse("1").unwrap(),
        max_profit: Usd::parse("50000").unwrap(),
        keep_ppm: 900_000,
        slippage_ppm: 1_000,
        blocks: 2,
        sees_blocks: true,
        plan_valid: Duration::from_secs(30),
        gas: RouteGas::default(),
        pools: pools().iter().map(|pool| (pool.key(), terms(pool))).collect(),
        busy: BTreeSet::new(),
    }
}

pub(crate) fn header() -> Header {
    Header { started: Timestamp::from_millis(STARTED), pools: pools().len(), goal: goal() }
}

fn prices(eth_micros: u128) -> Prices {
    let price = |micros: u128| {
        Ok(PriceView {
            price: Price::from_pico(micros * 1_000_000).unwrap(),
            as_of: Timestamp::from_millis(STARTED),
            source: "kraken".to_owned(),
            agreeing: 2,
        })
    };
    BTreeMap::from([
        (AssetId::new("USDC"), price(1_000_000)),
        (AssetId::new("USDT"), price(999_800)),
        (AssetId::new("ETH"), price(eth_micros)),
        (AssetId::new("WETH"), price(eth_micros)),
        (AssetId::new("EURC"), Err("two of three sources are stale".to_owned())),
    ])
}

/// `count` blocks, the first of them with all pools. A pool is pushed at every third one, all are put back at every
/// seventh; some blocks change nothing, are held, have a pool that is not known, or one that is busy.
pub(crate) fn blocks(count: u64) -> Vec<Block> {
    let (balanced, mut now) = (pools(), pools());
    let mut lost: Option<usize> = None;
    let mut random = 7_u64;
    let mut blocks = Vec::new();
    for step in 0..count {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let dice = usize::try_from(random >> 33).unwrap();
        let mut changed = BTreeSet::new();
        if step % 7 == 6 {
            now.clone_from(&balanced);
            changed.extend(0..now.len());
        } else if step % 3 == 1 {
            let index = dice % now.len();
            let zero_for_one = dice % 2 == 0;
            let decimals = now[index].decimals[usize::from(!zero_for_one)];
            let dollars = 20_000 + u128::try_from(dice % 90_000).unwrap();
            let amount = if decimals == 6 { dollars * 1_000_000 } else { dollars * 10_u128.pow(18) / 2_000 };
            let pool = Arc::make_mut(&mut now[index]);
            swap_exact_in(&mut pool.state, zero_for_one, amount).unwrap();
            changed.insert(index);
        }
        if let Some(index) = lost.take() {
            changed.insert(index);
        }
        if step % 11 == 5 {
            lost = Some(dice % now.len());
            changed.extend(lost);
        }
        let full = step == 0;
        if full {
            changed.extend(0..now.len());
        }
        let known = |index: usize| (lost != Some(index)).then(|| Arc::clone(&now[index]));
        let pools: Vec<Known> = changed.into_iter().map(|index| (index, known(index))).collect();
        let timestamp = u64::try_from(STARTED).unwrap() / 1_000 + step * EVERY;
        blocks.push(Block {
            block: BlockRef { number: FIRST + step, hash: B256::from(U256::from(FIRST + step)), timestamp },
            at: Timestamp::from_millis(i64::try_from(timestamp * 1_000 + 345).unwrap()),
            gas: GasPrice {
                base_fee: 10_000_000_000 + u128::from(step % 5) * 3_000_000_000,
                priority_fee: 1_000_000_000,
                l1_fee: 40_000_000_000_000,
            },
            inventory: 150_000_000_000 + u128::from(step),
            prices: prices(2_000_000_000 + u128::from(step) * 1_000),
            busy: if step % 10 == 4 && step % 13 != 12 { BTreeSet::from([busy()]) } else { BTreeSet::new() },
            held: step % 13 == 12,
            full,
            pools,
        });
    }
    blocks
}

fn busy() -> PoolKey {
    pools()[0].key()
}

/// All pools after each of `blocks`.
pub(crate) fn states(blocks: &[Block]) -> Vec<Vec<Option<Arc<Pool>>>> {
    let mut pools = vec![None; pools().len()];
    let after = |block: &Block| {
        for (index, pool) in &block.pools {
            pools[*index].clone_from(pool);
        }
        pools.clone()
    };
    blocks.iter().map(after).collect()
}

/// Decides the blocks as the daemon does, handing each to `recorder`.
pub(crate) fn live(blocks: &[Block], goal: Goal, recorder: &mut Recorder) -> Vec<Option<Decision>> {
    let mut arbitrage = Arbitrage::new(goal);
    let deal = |(block, pools): (&Block, Vec<Option<Arc<Pool>>>)| {
        let indices: Vec<usize> = block.pools.iter().map(|(index, _)| *index).collect();
        let changed = (!block.full).then_some(indices.as_slice());
        let view = View {
            block: block.block,
            at: block.at,
            pools: &pools,
            prices: &block.prices,
            gas: block.gas,
            inventory: block.inventory,
        };
        if block.held {
            arbitrage.skip(changed);
            recorder.block(&view, arbitrage.goal(), changed, true);
            return None;
        }
        arbitrage.set_busy(block.busy.iter().copied());
        let decision = arbitrage.decide(&view, changed);
        recorder.block(&view, arbitrage.goal(), changed, false);
        Some(decision)
    };
    blocks.iter().zip(states(blocks)).map(deal).collect()
}

/// Records the blocks into `folder` while they are decided; answers the decisions.
pub(crate) async fn record(folder: &Path, blocks: &[Block], limits: Limits) -> Vec<Option<Decision>> {
    let mut recorder = Recorder::start(folder, header(), limits, Metrics::new().unwrap()).unwrap();
    let decisions = live(blocks, goal(), &mut recorder);
    recorder.close().await;
    decisions
}

/// The files of a folder, the oldest first.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
