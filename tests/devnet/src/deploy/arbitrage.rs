//! Uniswap V4, a fork of V2, and pools that close cycles with the configured ones.

use alloy::primitives::{Address, B256, Bytes, U256, b256};
use alloy::sol_types::SolValue;

use super::batch::Batch;
use super::pools::{self, Concentrated, DOLLAR, TIGHT, USDT_PRICE, VOLATILE, WETH_DOLLARS, Wanted};
use super::{Layout, Spec};
use crate::abi::{IPoolKeeper, IPoolSeeder, IToken};
use crate::artifacts::Artifacts;
use crate::error::Error;
use crate::manifest::{Arbitrage, Fork, MarketPool, PoolKind};
use crate::rpc::Rpc;

/// Hash of the code that creates a pair of Uniswap V2, and of every fork of it here.
pub const V2_INIT_CODE_HASH: B256 = b256!("96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f");

/// Hash of the code that creates a pool of Uniswap V3.
pub const V3_INIT_CODE_HASH: B256 = b256!("e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");

/// Dollars on one side of a pair on the deepest chain.
const PAIR: u64 = 1_000_000;

/// Pools that the batch makes.
pub(super) struct Market {
    made: Vec<Wanted>,
    v4: Vec<MarketPool>,
}

/// Creates the contracts, after all others.
pub(super) fn create(
    batch: &mut Batch,
    spec: &Spec,
    layout: &Layout,
    artifacts: &Artifacts,
) -> Result<(), Error> {
    let purse = U256::from(10u64).pow(U256::from(23u64));
    let maker = (layout.weth, layout.pool_manager).abi_encode_params();
    let contracts: [(&str, Address, Vec<u8>, U256); 6] = [
        ("PoolManager", layout.pool_manager, spec.admin.abi_encode(), U256::ZERO),
        ("StateView", layout.state_view, layout.pool_manager.abi_encode(), U256::ZERO),
        ("V4Quoter", layout.v4_quoter, layout.pool_manager.abi_encode(), U256::ZERO),
        ("UniswapV2Factory", layout.v2_fork, spec.admin.abi_encode(), U256::ZERO),
        ("PoolKeeper", layout.keeper, maker.clone(), purse),
        ("Trader", layout.trader, maker, purse),
    ];
    for (name, at, arguments, value) in contracts {
        let code: Bytes = [artifacts.creation(name)?.as_ref(), &arguments].concat().into();
        let created = batch.create(name, code, value);
        assert_eq!(created, at, "{name} is created out of order");
    }
    Ok(())
}

/// Adds the pools to the batch. All are at the prices of the configured ones.
pub(super) fn seed(batch: &mut Batch, spec: &Spec, layout: &Layout) -> Market {
    let dollars = |whole: u64| U256::from(whole) * U256::from(DOLLAR);
    let (usdc, usdt, weth) = (layout.usdc, layout.usdt, layout.weth);
    let usdt_price = (U256::from(USDT_PRICE.0), U256::from(USDT_PRICE.1));
    let ether = U256::from(10u64).pow(U256::from(18u64));
    let in_usdt = |usdc: U256| usdc * usdt_price.1 / usdt_price.0;
    for (token, minter) in
        [(usdc, layout.keeper), (usdt, layout.keeper), (usdc, layout.trader), (usdt, layout.trader)]
    {
        let call = IToken::configureMinterCall { minter, allowedAmount: U256::MAX >> 1 };
        batch.call("a minter", token, &call);
    }

    let side = dollars(PAIR / 100 * spec.depth_percent);
    let side_weth = side * ether / dollars(WETH_DOLLARS);
    let pairs = [
        (layout.v2_factory, weth, usdc, side_weth, side),
        (layout.v2_fork, weth, usdc, side_weth, side),
        (layout.v2_fork, usdc, usdt, side, in_usdt(side)),
    ];
    let mut made = Vec::new();
    for (factory, a, b, amount_a, amount_b) in pairs {
        let call = IPoolSeeder::seedV2Call { factory, a, b, amountA: amount_a, amountB: amount_b };
        batch.call("a V2 pair", layout.keeper, &call);
        made.push(Wanted { kind: PoolKind::V2, factory, a, b, fee: 3_000 });
    }

    let price = (ether, in_usdt(dollars(WETH_DOLLARS)));
    let pool = Concentrated { a: weth, b: usdt, price, fee: 3_000, spacing: 60 };
    let (kind, factory) = (PoolKind::V3, layout.v3_factory);
    batch.call("a V3 pool", layout.keeper, &pool.seed_call(factory, spec.depth_percent, &VOLATILE));
    made.push(Wanted { kind, factory, a: weth, b: usdt, fee: pool.fee });

    let weth_price = (ether, dollars(WETH_DOLLARS));
    let pools: [(Concentrated, &[pools::Range]); 2] = [
        (Concentrated { a: usdc, b: usdt, price: usdt_price, fee: 100, spacing: 1 }, &TIGHT),
        (Concentrated { a: weth, b: usdc, price: weth_price, fee: 500, spacing: 10 }, &VOLATILE),
    ];
    let mut v4 = Vec::new();
    for (pool, ranges) in pools {
        let market = MarketPool::v4(layout.pool_manager, pool.a, pool.b, pool.fee, pool.spacing);
        let (sqrt_price, seeds) = pool.positions(spec.depth_percent, ranges);
        let call = IPoolKeeper::seedV4Call { key: market.key(), sqrtPriceX96: sqrt_price, seeds };
        batch.call("a V4 pool", layout.keeper, &call);
        v4.push(market);
    }
    Market { made, v4 }
}

/// Where everything is, once it exists.
pub(super) async fn locate(
    rpc: &Rpc,
    spec: &Spec,
    layout: &Layout,
    market: Market,
) -> Result<Arbitrage, Error> {
    let made = pools::locate(rpc, spec, &market.made).await?;
    let made =
        made.into_iter().zip(&market.made).map(|(pool, wanted)| MarketPool::made(pool, wanted.factory));
    Ok(Arbitrage {
        pool_manager: layout.pool_manager,
        state_view: layout.state_view,
        v4_quoter: layout.v4_quoter,
        keeper: layout.keeper,
        trader: layout.trader,
        forks: vec![Fork {
            name: "fork".to_owned(),
            kind: PoolKind::V2,
            factory: layout.v2_fork,
            init_code_hash: V2_INIT_CODE_HASH,
            fee: 3_000,
        }],
        pools: made.chain(market.v4).collect(),
    })
}
