//! Random rebalance networks: chains with gas prices far apart, USDC bridges at two speeds between all
//! of them, and a V2 and a V3 pool of every other stablecoin against USDC.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::{Address, B256, U256};
use purser::domain::pool::{Pool, PoolState, V2State, V3State};
use purser::domain::snapshot::{Balance, BlockRef, BridgeTier, BridgeView, ChainView, GasPrice, PriceView};
use purser::domain::{Amount, AssetId, ChainName, Position, Price, Snapshot, Speed, Timestamp, Usd, Wallets};
use purser::network::{GasUnits, Terms};
use purser::strategies::rebalance::Goal;

/// SplitMix64: enough randomness for instances, and the same on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of `0..limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

pub const UNIT: u128 = 1_000_000;

pub fn chain(index: usize) -> ChainName {
    ChainName::new(&format!("chain{index:02}"))
}

pub fn asset(index: usize) -> AssetId {
    AssetId::new(&if index == 0 { "USDC".to_owned() } else { format!("USD{index}") })
}

pub fn usd(units: u128, index: usize) -> Amount {
    Amount::new(asset(index), 6, units)
}

/// The terms of an ordinary configuration.
pub fn terms() -> Terms {
    Terms {
        min_transfer: Usd::from_micros(10_000_000),
        max_transfer: None,
        max_cost_share_ppm: 20_000,
        time_usd_per_hour: Usd::from_micros(1_000_000),
        capital_rate_ppm: 50_000,
        fee_buffer_ppm: 100_000,
        slippage_ppm: 1_000,
        pool_share_ppm: 100_000,
        max_in_flight: 4,
        plan_valid: Duration::from_secs(300),
        gas: GasUnits::default(),
    }
}

/// A snapshot of `chains` × `assets` and a goal for it.
pub fn instance(chains: usize, assets: usize, seed: u64) -> (Snapshot, Goal) {
    let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add((chains * 31 + assets) as u64));
    let taken_at = Timestamp::from_millis(1_760_000_000_000);
    let mut prices = BTreeMap::new();
    let mut price = |asset: AssetId, pico: u128| {
        let price = Price::from_pico(pico).expect("positive");
        let view = PriceView { price, as_of: taken_at, source: "generated".to_owned(), agreeing: 3 };
        prices.insert(asset, Ok(view));
    };
    for index in 0..assets {
        price(asset(index), 1_000_000_000_000 - 300_000_000 + u128::from(random.below(600_000_000)));
    }
    price(AssetId::new("ETH"), 3_000_000_000_000_000);
    let mut views = BTreeMap::new();
    let mut seconds = Vec::new();
    for place in 0..chains {
        let dear = place == 0;
        seconds.push(if dear || random.below(3) > 0 { 780 + random.below(300) } else { 8 });
        views.insert(chain(place), Ok(view(place, assets, dear, &mut random)));
    }
    let mut bridges = Vec::new();
    for (from, &slow) in seconds.iter().enumerate() {
        let fee_ppm = [0, 100, 130, 140][random.below(4) as usize];
        for to in (0..chains).filter(|to| *to != from) {
            let fast = BridgeTier {
                speed: Speed::Fast,
                fee_ppm,
                allowance: Some(40_000_000 * UNIT),
                expected_seconds: 8 + (from as u64 % 3) * 6,
            };
            let standard =
                BridgeTier { speed: Speed::Standard, fee_ppm: 0, allowance: None, expected_seconds: slow };
            bridges.push(Ok(BridgeView {
                from: chain(from),
                to: chain(to),
                asset: asset(0),
                tiers: vec![fast, standard],
                burn_limit: 10_000_000 * UNIT,
                min_fee: 0,
            }));
        }
    }
    let native_assets = (0..chains).map(|place| (chain(place), AssetId::new("ETH"))).collect();
    let snapshot = Snapshot {
        taken_at,
        wallets: Wallets::evm(Address::repeat_byte(0x11)),
        chains: views,
        prices,
        bridges,
        quotes: Vec::new(),
        haircuts: BTreeMap::new(),
        native_assets,
    };
    (snapshot, goal(chains, assets, &mut random))
}

fn goal(chains: usize, assets: usize, random: &mut Random) -> Goal {
    let mut weights: Vec<(Position, u32)> = Vec::new();
    for place in 0..chains {
        for index in 0..assets {
            if index == 0 || random.below(4) == 0 {
                let weight = 1 + random.below(if index == 0 { 100 } else { 20 }) as u32;
                weights.push((Position::new(chain(place), asset(index)), weight));
            }
        }
    }
    let sum: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let mut rest = 1_000_000;
    for (_, weight) in &mut weights {
        *weight *= 1_000_000 / sum;
        rest -= *weight;
    }
    weights[0].1 += rest;
    let mut goal = Goal::new(weights, 20_000, 2_000, terms()).expect("weights add up");
    goal.assets = (0..assets).map(asset).collect();
    goal
}

fn view(place: usize, assets: usize, dear: bool, random: &mut Random) -> ChainView {
    let mut balances = BTreeMap::new();
    for index in 0..assets {
        let held = if random.below(3) == 0 { 0 } else { u128::from(random.below(200_000)) * UNIT };
        let balance =
            Balance { on_chain: usd(held, index), reserved: usd(0, index), in_flight: usd(0, index) };
        balances.insert(asset(index), balance);
    }
    let mut pools = Vec::new();
    for index in 1..assets {
        pools.push(Arc::new(v2_pool(place, index, random)));
        pools.push(Arc::new(v3_pool(place, index, random)));
    }
    let gwei = 1_000_000_000;
    ChainView {
        block: BlockRef {
            number: 1_000 + place as u64,
            hash: B256::repeat_byte(1),
            timestamp: 1_760_000_000,
        }
        .into(),
        native: Amount::new(AssetId::new("ETH"), 18, 10 * gwei * gwei),
        balances,
        pools,
        gas: GasPrice {
            base_fee: if dear { 3 * gwei } else { gwei / 100 + u128::from(random.below(10_000_000)) },
            priority_fee: gwei / 1_000,
            l1_fee: if dear { 0 } else { 3_000 * gwei },
        }
        .into(),
    }
}

fn address(place: usize, index: usize, kind: u8) -> Address {
    let mut bytes = [0_u8; 20];
    bytes[0] = kind;
    bytes[18] = place as u8 + 1;
    bytes[19] = index as u8;
    Address::from(bytes)
}

/// A pair around the price 1, tilted by up to 0.2 %.
pub fn v2_pool(place: usize, index: usize, random: &mut Random) -> Pool {
    let depth = (100_000 + u128::from(random.below(5_000_000))) * UNIT;
    let tilt = depth / 1_000_000 * u128::from(random.below(2_000));
    Pool {
        chain: chain(place),
        address: address(place, index, 2),
        assets: [asset(0), asset(index)],
        decimals: [6, 6],
        state: PoolState::V2(V2State { reserves: [depth, depth + tilt], fee: 3_000 }),
    }
}

/// A concentrated pool around the price 1 with three ranges.
pub fn v3_pool(place: usize, index: usize, random: &mut Random) -> Pool {
    let unit = (1_000_000 + random.below(50_000_000)) as i128 * UNIT as i128;
    let fee = if random.below(2) == 0 { 100 } else { 500 };
    let spacing = if fee == 100 { 1 } else { 10 };
    let ticks =
        vec![(-1_000, unit), (-100, unit), (-10, 8 * unit), (10, -8 * unit), (100, -unit), (1_000, -unit)];
    Pool {
        chain: chain(place),
        address: address(place, index, 3),
        assets: [asset(0), asset(index)],
        decimals: [6, 6],
        state: PoolState::V3(V3State {
            sqrt_price_x96: U256::from(1_u8) << 96,
            tick: 0,
            liquidity: (10 * unit) as u128,
            fee,
            tick_spacing: spacing,
            ticks,
            known: (-2_000, 2_000),
        }),
    }
}
