//! Liquidity that goes and comes back.

use alloy::primitives::U256;
use devnet::abi::{IStateView, IUniswapV2, IUniswapV3};
use devnet::manifest::{MarketKind, MarketPool};
use devnet::{Chain, PoolRef, Trade};

use crate::quotes::{quote, state};
use crate::{find, start, worth};

/// What is active, or of a pair the reserve of token 0.
async fn depth(chain: &Chain, pool: &MarketPool) -> u128 {
    match pool.kind {
        MarketKind::V2 => {
            let reserves = chain.read(pool.address, &IUniswapV2::getReservesCall {}).await.unwrap();
            reserves.reserve0.to()
        }
        MarketKind::V3 => chain.read(pool.address, &IUniswapV3::liquidityCall {}).await.unwrap(),
        MarketKind::V4 => {
            let call = IStateView::getLiquidityCall { id: pool.id.unwrap() };
            chain.read(chain.arbitrage().unwrap().state_view, &call).await.unwrap()
        }
    }
}

/// Within a millionth, because levels are rounded per position.
fn close(left: u128, right: u128) -> bool {
    left.abs_diff(right) <= right / 1_000_000 + 10
}

#[tokio::test]
async fn all_liquidity_goes_and_comes_back_in_every_kind_of_pool() {
    let devnet = start().await;
    let chain = devnet.chain("arbitrum");
    for kind in [MarketKind::V2, MarketKind::V3, MarketKind::V4] {
        let (index, pool) = find(chain, kind, true);
        let by_index = PoolRef::Index(index);
        let amount = worth(chain, pool.token0, 1_000);
        let (first, price) = (depth(chain, &pool).await, state(chain, &pool).await);
        let quoted = quote(chain, &pool, true, amount).await;

        chain.set_liquidity(by_index, 500_000).await.unwrap();
        let half = depth(chain, &pool).await;
        assert!(close(half, first / 2), "{kind:?}: {half} of {first}");
        chain.set_liquidity(by_index, 2_000_000).await.unwrap();
        let double = depth(chain, &pool).await;
        assert!(close(double, first * 2), "{kind:?}: {double} of {first}");
        let after = state(chain, &pool).await;
        assert!(after.abs_diff(price) <= price >> 30, "{kind:?}: the price moved from {price} to {after}");
        assert!(quote(chain, &pool, true, amount).await > quoted, "a deeper pool pays more");

        chain.set_liquidity(by_index, 0).await.unwrap();
        let left = depth(chain, &pool).await;
        if kind == MarketKind::V2 {
            assert!(left < first / 1_000_000_000, "{left} of {first}");
        } else {
            assert_eq!(left, 0, "{kind:?}");
        }
        chain.set_liquidity(by_index, 1_000_000).await.unwrap();
        assert!(close(depth(chain, &pool).await, first), "{kind:?}: it does not come back");
        let again = quote(chain, &pool, true, amount).await;
        assert!(again.abs_diff(quoted) <= quoted >> 16, "{kind:?}: {again} instead of {quoted}");
    }
}

#[tokio::test]
async fn an_empty_pool_pays_nothing_and_a_configured_one_is_not_the_keepers() {
    let devnet = start().await;
    let chain = devnet.chain("base");
    let (index, _) = find(chain, MarketKind::V4, false);
    let pool = PoolRef::Index(index);
    chain.set_liquidity(pool, 0).await.unwrap();
    let traded = chain.trade(Trade { pool, zero_for_one: true, amount: U256::from(1_000) }).await.unwrap();
    assert_eq!((traded.amount_in, traded.amount_out), (U256::ZERO, U256::ZERO));
    for configured in &chain.info().pools {
        let refused = chain.set_liquidity(PoolRef::Address(configured.address), 0).await.unwrap_err();
        let words = devnet::chain::refusal(&refused).unwrap();
        assert!(words.contains("of the keeper"), "{words}");
    }
}
