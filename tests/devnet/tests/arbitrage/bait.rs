//! Pools that are none.

use alloy::primitives::aliases::{I24, U24};
use alloy::primitives::{Address, U256};
use alloy::sol;
use devnet::abi::{IBaitPool, IToken, ITrader, IUniswapV2, IUniswapV3};
use devnet::manifest::MarketKind;
use devnet::{Asset, Error, PoolRef};

use crate::{find, start, worth};

sol! {
    function tickBitmap(int16 word) external view returns (uint256 bits);
    function ticks(int24 tick) external view returns (uint128 gross, int128 net);
}

#[tokio::test]
async fn a_bait_looks_like_a_pool_of_the_factory_that_does_not_know_it() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (index, pool) = find(chain, MarketKind::V3, true);
    let at = Address::repeat_byte(0xba);
    chain.bait(at, PoolRef::Index(index), 1_210_000).await.unwrap();
    assert_eq!(chain.read(at, &IBaitPool::factoryCall {}).await.unwrap(), pool.factory.unwrap());
    assert_eq!(chain.read(at, &IBaitPool::token0Call {}).await.unwrap(), pool.token0);
    let call = IUniswapV3::getPoolCall { a: pool.token0, b: pool.token1, fee: U24::from(pool.fee) };
    let known = chain.read(pool.factory.unwrap(), &call).await.unwrap();
    assert_eq!(known, pool.address);
    assert_ne!(known, at);
    let (real, fake) = (
        chain.read(pool.address, &IUniswapV3::slot0Call {}).await.unwrap(),
        chain.read(at, &IUniswapV3::slot0Call {}).await.unwrap(),
    );
    // The square root of 1.21.
    let expected = U256::from(real.sqrtPriceX96) * U256::from(110) / U256::from(100);
    assert!(U256::from(fake.sqrtPriceX96).abs_diff(expected) <= expected >> 60);
    assert_eq!((fake.tick - real.tick).as_i32().abs_diff(1_906), 0, "{} {}", fake.tick, real.tick);
    let liquidity = chain.read(at, &IUniswapV3::liquidityCall {}).await.unwrap();
    assert!(liquidity > chain.read(pool.address, &IUniswapV3::liquidityCall {}).await.unwrap());
    // Its ticks are where a scan of the bitmap finds them, and add up.
    let spacing = chain.read(at, &IUniswapV3::tickSpacingCall {}).await.unwrap().as_i32();
    let mut net = Vec::new();
    let middle = (fake.tick.as_i32().div_euclid(spacing) >> 8) as i16;
    for word in middle - 1..=middle + 1 {
        let bits = chain.read(at, &tickBitmapCall { word }).await.unwrap();
        for bit in (0..256).filter(|bit| bits.bit(*bit)) {
            let tick = I24::try_from((i32::from(word) * 256 + bit as i32) * spacing).unwrap();
            let there = chain.read(at, &ticksCall { tick }).await.unwrap();
            assert_eq!(there.gross, liquidity);
            net.push((tick < fake.tick, there.net));
        }
    }
    assert_eq!(net, [(true, liquidity as i128), (false, -(liquidity as i128))]);

    // Whoever trades in it pays, is told an amount, and has nothing of it.
    let (trader, owner) = (chain.arbitrage().unwrap().trader, devnet.wallet());
    let zero_for_one = pool.token0 == chain.info().usdt;
    let paid = worth(chain, chain.info().usdt, 3_000);
    let call = ITrader::tradeV3Call { pool: at, zeroForOne: zero_for_one, amountIn: paid };
    let told = chain.traded(chain.send(owner, trader, &call).await.unwrap()).await.unwrap();
    assert!(told.amount_out > worth(chain, chain.info().weth, 2_000), "{}", told.amount_out);
    assert_eq!(chain.balance_of(Asset::Usdt, at).await.unwrap(), paid);
    assert_eq!(chain.balance_of(Asset::Weth, owner).await.unwrap(), U256::ZERO);
}

#[tokio::test]
async fn a_bait_takes_what_is_paid_and_gives_nothing() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (index, pair) = find(chain, MarketKind::V2, false);
    let (at, owner) = (Address::repeat_byte(0xbb), devnet.wallet());
    chain.bait(at, PoolRef::Index(index), 2_000_000).await.unwrap();
    let (real, fake) = (
        chain.read(pair.address, &IUniswapV2::getReservesCall {}).await.unwrap(),
        chain.read(at, &IUniswapV2::getReservesCall {}).await.unwrap(),
    );
    assert_eq!(U256::from(fake.reserve0), U256::from(real.reserve0) * U256::from(100));
    assert_eq!(U256::from(fake.reserve1), U256::from(real.reserve1) * U256::from(200));
    let paid = worth(chain, chain.info().usdc, 1_000);
    let balances = async || {
        let usdc = chain.balance_of(Asset::Usdc, owner).await.unwrap();
        (usdc, chain.balance_of(Asset::Usdt, owner).await.unwrap())
    };
    let before = balances().await;
    chain.send(owner, chain.info().usdc, &IToken::transferCall { to: at, value: paid }).await.unwrap();
    let swap =
        IBaitPool::swapCall { amount0Out: paid, amount1Out: U256::ZERO, to: owner, data: Default::default() };
    chain.send(owner, at, &swap).await.unwrap();
    assert_eq!(balances().await, (before.0 - paid, before.1));

    let (v4, _) = find(chain, MarketKind::V4, false);
    let refused = chain.bait(at, PoolRef::Index(v4), 1).await.unwrap_err();
    assert!(matches!(refused, Error::Option { .. }), "{refused}");
}
