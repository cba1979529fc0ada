//! What the real quoters, or a pair's formula, say of a swap.

use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, U256};
use devnet::Chain;
use devnet::abi::{IStateView, IUniswapV2, IUniswapV3, IV4Quoter};
use devnet::manifest::{MarketKind, MarketPool};

/// What a pool pays for an exact input now.
pub async fn quote(chain: &Chain, pool: &MarketPool, zero_for_one: bool, amount: U256) -> U256 {
    match pool.kind {
        MarketKind::V2 => {
            let reserves = chain.read(pool.address, &IUniswapV2::getReservesCall {}).await.unwrap();
            let (zero, one) = (U256::from(reserves.reserve0), U256::from(reserves.reserve1));
            let (reserve_in, reserve_out) = if zero_for_one { (zero, one) } else { (one, zero) };
            let effective = amount * U256::from(997);
            effective * reserve_out / (reserve_in * U256::from(1_000) + effective)
        }
        MarketKind::V3 => {
            let (token_in, token_out) = sides(pool, zero_for_one);
            let call = IUniswapV3::quoteExactInputSingleCall {
                params: IUniswapV3::QuoteExactInputSingleParams {
                    tokenIn: token_in,
                    tokenOut: token_out,
                    amountIn: amount,
                    fee: U24::from(pool.fee),
                    sqrtPriceLimitX96: U160::ZERO,
                },
            };
            chain.read(chain.info().quoter_v2, &call).await.unwrap().amountOut
        }
        MarketKind::V4 => {
            let call = IV4Quoter::quoteExactInputSingleCall {
                params: IV4Quoter::QuoteExactSingleParams {
                    poolKey: pool.key(),
                    zeroForOne: zero_for_one,
                    exactAmount: amount.to(),
                    hookData: Default::default(),
                },
            };
            chain.read(chain.arbitrage().unwrap().v4_quoter, &call).await.unwrap().amountOut
        }
    }
}

/// What is paid and what is bought.
pub fn sides(pool: &MarketPool, zero_for_one: bool) -> (Address, Address) {
    if zero_for_one { (pool.token0, pool.token1) } else { (pool.token1, pool.token0) }
}

/// The price of token 0 as the pool's state has it, in a unit of its kind.
pub async fn state(chain: &Chain, pool: &MarketPool) -> U256 {
    match pool.kind {
        MarketKind::V2 => {
            let reserves = chain.read(pool.address, &IUniswapV2::getReservesCall {}).await.unwrap();
            (U256::from(reserves.reserve1) << 96) / U256::from(reserves.reserve0)
        }
        MarketKind::V3 => {
            let slot0 = chain.read(pool.address, &IUniswapV3::slot0Call {}).await.unwrap();
            U256::from(slot0.sqrtPriceX96)
        }
        MarketKind::V4 => {
            let view = chain.arbitrage().unwrap().state_view;
            let slot0 = chain.read(view, &IStateView::getSlot0Call { id: pool.id.unwrap() }).await.unwrap();
            U256::from(slot0.sqrtPriceX96)
        }
    }
}
