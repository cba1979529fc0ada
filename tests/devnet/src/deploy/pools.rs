//! Uniswap pools with overlapping liquidity.

use alloy::primitives::aliases::{I24, U24, U160};
use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use serde_json::json;

use super::batch::Batch;
use super::{Layout, Spec};
use crate::abi::{IPoolSeeder, IUniswapV2, IUniswapV3, Position};
use crate::error::Error;
use crate::manifest::{PoolInfo, PoolKind};
use crate::rpc::Rpc;

/// One whole token with six decimals.
pub(super) const DOLLAR: u64 = 1_000_000;
/// USDC and USDT that are worth the same: 10 000 for 9 998.
pub(super) const USDT_PRICE: (u64, u64) = (10_000, 9_998);
/// Dollars for one WETH.
pub(super) const WETH_DOLLARS: u64 = 3_000;

/// A pool that [`seed`] creates.
pub(super) struct Wanted {
    pub(super) kind: PoolKind,
    pub(super) factory: Address,
    pub(super) a: Address,
    pub(super) b: Address,
    pub(super) fee: u32,
}

/// A pool of concentrated liquidity before it exists.
pub(super) struct Concentrated {
    pub(super) a: Address,
    /// Always a dollar token.
    pub(super) b: Address,
    /// Smallest units of `a` and `b` that are worth the same.
    pub(super) price: (U256, U256),
    pub(super) fee: u32,
    pub(super) spacing: i32,
}

/// A position: ticks from the price, and dollars on its deeper side.
pub(super) type Range = (i32, i32, u64);

/// Deep and tight around the price, with bands to one side so that the
/// liquidity changes at many ticks.
pub(super) const TIGHT: [Range; 7] = [
    (-5, 5, 2_000_000),
    (-20, 20, 1_500_000),
    (-100, 100, 1_000_000),
    (-1_000, 1_000, 500_000),
    (3, 12, 400_000),
    (-15, -4, 350_000),
    (-40, 15, 250_000),
];
const WIDE: [Range; 4] =
    [(-50, 50, 600_000), (-200, 200, 300_000), (-2_000, 2_000, 100_000), (20, 120, 150_000)];
pub(super) const VOLATILE: [Range; 4] =
    [(-600, 600, 1_500_000), (-3_000, 3_000, 1_000_000), (-20_000, 20_000, 500_000), (-1_200, 400, 300_000)];

/// Dollars that 1inch's router holds of each token on the deepest chain.
const INVENTORY: u64 = 500_000_000;

/// What 1inch's router pays from: USDC and USDT of the same worth.
pub(super) fn inventory(spec: &Spec, layout: &Layout) -> [(Address, U256); 2] {
    let usdc = U256::from(INVENTORY / 100 * spec.depth_percent) * U256::from(DOLLAR);
    [(layout.usdc, usdc), (layout.usdt, usdc * U256::from(USDT_PRICE.1) / U256::from(USDT_PRICE.0))]
}

/// Adds the pools to the batch.
pub(super) fn seed(batch: &mut Batch, spec: &Spec, layout: &Layout) -> Vec<Wanted> {
    let dollars = |whole: u64| U256::from(whole) * U256::from(DOLLAR);
    let (usdc, usdt, weth) = (layout.usdc, layout.usdt, layout.weth);
    let reserve = dollars(10_000 * spec.depth_percent);
    let call = IPoolSeeder::seedV2Call {
        factory: layout.v2_factory,
        a: usdc,
        b: usdt,
        amountA: reserve,
        amountB: reserve * U256::from(USDT_PRICE.1) / U256::from(USDT_PRICE.0),
    };
    batch.call("the V2 pair", layout.seeder, &call);
    let mut wanted =
        vec![Wanted { kind: PoolKind::V2, factory: layout.v2_factory, a: usdc, b: usdt, fee: 3_000 }];

    // Governance added this tier after the factory was published.
    let call = IUniswapV3::enableFeeAmountCall { fee: U24::from(100u32), tickSpacing: I24::ONE };
    batch.call("the fee tier of one basis point", layout.v3_factory, &call);
    let usdt_price = (U256::from(USDT_PRICE.0), U256::from(USDT_PRICE.1));
    let weth_price = (U256::from(10u64).pow(U256::from(18u64)), dollars(WETH_DOLLARS));
    let pools: [(Concentrated, &[Range]); 3] = [
        (Concentrated { a: usdc, b: usdt, price: usdt_price, fee: 100, spacing: 1 }, &TIGHT),
        (Concentrated { a: usdc, b: usdt, price: usdt_price, fee: 500, spacing: 10 }, &WIDE),
        (Concentrated { a: weth, b: usdc, price: weth_price, fee: 500, spacing: 10 }, &VOLATILE),
    ];
    for (pool, ranges) in pools {
        let call = pool.seed_call(layout.v3_factory, spec.depth_percent, ranges);
        batch.call("a V3 pool", layout.seeder, &call);
        let (kind, factory) = (PoolKind::V3, layout.v3_factory);
        wanted.push(Wanted { kind, factory, a: pool.a, b: pool.b, fee: pool.fee });
    }
    wanted
}

impl Concentrated {
    pub(super) fn seed_call(
        &self,
        factory: Address,
        depth_percent: u64,
        ranges: &[Range],
    ) -> IPoolSeeder::seedV3Call {
        let (sqrt_price, positions) = self.positions(depth_percent, ranges);
        let positions = positions.into_iter().map(|Position { tickLower, tickUpper, liquidity }| {
            IPoolSeeder::Position { tickLower, tickUpper, liquidity }
        });
        IPoolSeeder::seedV3Call {
            factory,
            a: self.a,
            b: self.b,
            fee: U24::from(self.fee),
            sqrtPriceX96: sqrt_price,
            positions: positions.collect(),
        }
    }

    /// The price at the start, and the positions around it.
    pub(super) fn positions(&self, depth_percent: u64, ranges: &[Range]) -> (U160, Vec<Position>) {
        let (amount0, amount1) = if self.a < self.b { self.price } else { (self.price.1, self.price.0) };
        let sqrt_price: U256 = ((amount1 << 192usize) / amount0).root(2);
        let price = f64::from(amount1) / f64::from(amount0);
        // `b` is always a dollar token; the other side follows from the price.
        let dollar_is_0 = self.b < self.a;
        let centre = (price.ln() / 1.0001f64.ln()).round() as i32;
        let positions = ranges
            .iter()
            .map(|(below, above, dollars)| {
                let lower = (centre + below).div_euclid(self.spacing) * self.spacing;
                let upper = (centre + above).div_euclid(self.spacing) * self.spacing;
                let units = (*dollars * depth_percent / 100 * DOLLAR) as f64;
                let amounts = if dollar_is_0 { (units, units * price) } else { (units / price, units) };
                Position {
                    tickLower: I24::try_from(lower).expect("a tick fits 24 bits"),
                    tickUpper: I24::try_from(upper).expect("a tick fits 24 bits"),
                    liquidity: liquidity(price.sqrt(), lower, upper, amounts),
                }
            })
            .collect();
        (U160::from(sqrt_price), positions)
    }
}

/// The liquidity that uses at most these amounts: the inverse of the amounts
/// formulas of the Uniswap V3 whitepaper, section 6.3. Rounding is of no
/// consequence, the pool takes exactly what the liquidity needs.
fn liquidity(sqrt_price: f64, lower: i32, upper: i32, (amount0, amount1): (f64, f64)) -> u128 {
    let sqrt_at = |tick: i32| 1.0001f64.powf(f64::from(tick) / 2.0);
    let (low, high) = (sqrt_at(lower), sqrt_at(upper));
    let at = sqrt_price.clamp(low, high);
    let from0 = if at < high { amount0 / (1.0 / at - 1.0 / high) } else { f64::INFINITY };
    let from1 = if at > low { amount1 / (at - low) } else { f64::INFINITY };
    from0.min(from1) as u128
}

/// Asks the factories where the pools are.
pub(super) async fn locate(rpc: &Rpc, spec: &Spec, wanted: &[Wanted]) -> Result<Vec<PoolInfo>, Error> {
    let mut calls = Vec::new();
    for pool in wanted {
        let (a, b) = (pool.a, pool.b);
        let data = match pool.kind {
            PoolKind::V2 => IUniswapV2::getPairCall { a, b }.abi_encode(),
            PoolKind::V3 => IUniswapV3::getPoolCall { a, b, fee: U24::from(pool.fee) }.abi_encode(),
        };
        calls.push(("eth_call", json!([{"to": pool.factory, "data": Bytes::from(data)}, "latest"])));
    }
    let replies = rpc.batch_all(&calls).await?;
    wanted
        .iter()
        .zip(replies)
        .map(|(pool, reply)| {
            let address = reply
                .as_str()
                .and_then(|text| hex::decode(text.trim_start_matches("0x")).ok())
                .and_then(|word| IUniswapV3::getPoolCall::abi_decode_returns(&word).ok())
                .filter(|address| !address.is_zero())
                .ok_or_else(|| Error::Decode {
                    chain: spec.name.into(),
                    what: "the pool's address".into(),
                    reason: format!("{reply} is not one"),
                })?;
            let (token0, token1) = if pool.a < pool.b { (pool.a, pool.b) } else { (pool.b, pool.a) };
            Ok(PoolInfo { kind: pool.kind, address, token0, token1, fee: pool.fee })
        })
        .collect()
}
