//! Pools that only look like pools.

use alloy::primitives::aliases::{I24, U24, U112, U160};
use alloy::primitives::{Address, U256, U512};
use serde_json::json;

use super::{Chain, PoolRef};
use crate::abi::{IBaitPool, IUniswapV2, IUniswapV3};
use crate::artifacts::Artifacts;
use crate::error::Error;
use crate::manifest::{MarketKind, MarketPool};

/// How much deeper than the pool it copies a bait looks.
const DEPTH: u64 = 100;

/// Half of the range of a bait's liquidity, in tick spacings.
const HALF_RANGE: i32 = 100;

const MILLION: u64 = 1_000_000;

impl Chain {
    /// Puts a bait at an address: it answers like the pair or pool `like` of the real factory,
    /// much deeper, at a price of token 0 that is `price_ppm` millionths of its price. Whoever
    /// swaps pays and receives nothing.
    ///
    /// # Errors
    /// [`Error::Option`] if there is no such pool or it is one of V4, which has no contract to copy.
    pub async fn bait(&self, at: Address, like: PoolRef, price_ppm: u32) -> Result<(), Error> {
        let pool = self.market(like)?;
        let look = match pool.kind {
            MarketKind::V2 => self.pair_look(&pool, price_ppm).await?,
            MarketKind::V3 => self.pool_look(&pool, price_ppm).await?,
            MarketKind::V4 => {
                let reason = "a pool of V4 has no contract that a bait could look like".into();
                return Err(Error::Option { option: "like".into(), reason });
            }
        };
        let code = Artifacts::default().deployed("BaitPool")?;
        self.rpc.call("anvil_setCode", json!([at, code])).await?;
        self.send(self.admin, at, &IBaitPool::dressCall { look }).await?;
        Ok(())
    }

    async fn pair_look(&self, pool: &MarketPool, price_ppm: u32) -> Result<IBaitPool::Look, Error> {
        let reserves = self.read(pool.address, &IUniswapV2::getReservesCall {}).await?;
        let deep = |reserve: U112| U256::from(reserve) * U256::from(DEPTH);
        let dear = deep(reserves.reserve1) * U256::from(price_ppm) / U256::from(MILLION);
        let mut look = blank(pool);
        look.reserve0 = deep(reserves.reserve0).saturating_to();
        look.reserve1 = dear.saturating_to();
        Ok(look)
    }

    async fn pool_look(&self, pool: &MarketPool, price_ppm: u32) -> Result<IBaitPool::Look, Error> {
        let slot0 = self.read(pool.address, &IUniswapV3::slot0Call {}).await?;
        let liquidity = self.read(pool.address, &IUniswapV3::liquidityCall {}).await?;
        let spacing = self.read(pool.address, &IUniswapV3::tickSpacingCall {}).await?.as_i32();
        let price = U512::from(slot0.sqrtPriceX96).pow(U512::from(2u64));
        let root: U160 = (price * U512::from(price_ppm) / U512::from(MILLION)).root(2).saturating_to();
        let price = (f64::from(root) / 2f64.powi(96)).powi(2);
        let tick = (price.ln() / 1.0001f64.ln()).floor() as i32;
        let middle = tick.div_euclid(spacing);
        let bound = |spacings: i32| I24::try_from((middle + spacings) * spacing).unwrap_or_default();
        let mut look = blank(pool);
        look.tickSpacing = I24::try_from(spacing).unwrap_or_default();
        look.sqrtPriceX96 = root;
        look.tick = I24::try_from(tick).unwrap_or_default();
        (look.tickLower, look.tickUpper) = (bound(-HALF_RANGE), bound(HALF_RANGE));
        look.liquidity = liquidity.saturating_mul(u128::from(DEPTH));
        Ok(look)
    }
}

fn blank(pool: &MarketPool) -> IBaitPool::Look {
    IBaitPool::Look {
        factory: pool.factory.unwrap_or_default(),
        token0: pool.token0,
        token1: pool.token1,
        fee: U24::from(pool.fee),
        // A pair has none, and the contract divides by it.
        tickSpacing: I24::ONE,
        sqrtPriceX96: U160::ZERO,
        tick: I24::ZERO,
        tickLower: I24::ZERO,
        tickUpper: I24::ZERO,
        liquidity: 0,
        reserve0: U112::ZERO,
        reserve1: U112::ZERO,
    }
}
