//! The pools for arbitrage, and how much liquidity is in them.

use alloy::primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::Chain;
use crate::abi::IPoolKeeper;
use crate::error::Error;
use crate::manifest::{Arbitrage, MarketKind, MarketPool, PoolKind};

/// What a command calls a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PoolRef {
    /// Its place in the manifest's `arbitrage.pools`.
    Index(usize),
    /// The id of a pool of V4.
    Id(B256),
    /// The address of any pair or pool of the manifest, the configured ones included.
    Address(Address),
}

impl Chain {
    /// What the chain has for arbitrage.
    ///
    /// # Errors
    /// [`Error::Option`] if the network was started without it.
    pub fn arbitrage(&self) -> Result<&Arbitrage, Error> {
        self.info.arbitrage.as_ref().ok_or_else(|| Error::Option {
            option: "arbitrage".into(),
            reason: format!("{} was started without it", self.name),
        })
    }

    /// The pool that a command means.
    ///
    /// # Errors
    /// [`Error::Option`] if there is none.
    pub fn market(&self, pool: PoolRef) -> Result<MarketPool, Error> {
        let arbitrage = self.arbitrage()?;
        let found = match pool {
            PoolRef::Index(index) => arbitrage.pools.get(index).cloned(),
            PoolRef::Id(id) => arbitrage.pools.iter().find(|pool| pool.id == Some(id)).cloned(),
            PoolRef::Address(address) => {
                let mut contracts = arbitrage.pools.iter().filter(|pool| pool.kind != MarketKind::V4);
                let known = contracts.find(|pool| pool.address == address).cloned();
                known.or_else(|| self.configured(address))
            }
        };
        found.ok_or_else(|| Error::Option {
            option: "pool".into(),
            reason: format!("{} has no pool {pool:?}", self.name),
        })
    }

    fn configured(&self, address: Address) -> Option<MarketPool> {
        let pool = self.info.pools.iter().find(|pool| pool.address == address)?;
        let factory = match pool.kind {
            PoolKind::V2 => self.info.uniswap_v2_factory,
            PoolKind::V3 => self.info.uniswap_v3_factory,
        };
        Some(MarketPool::made(pool.clone(), factory))
    }

    /// Sets the liquidity of one of the `arbitrage.pools`, in millionths of what it started with:
    /// 0 removes all (a pair keeps the thousand units that nobody owns), 1 000 000 restores it.
    ///
    /// # Errors
    /// [`Error::Option`] if there is no such pool, [`Error::Rpc`] if the pool refuses.
    pub async fn set_liquidity(&self, pool: PoolRef, ppm: u32) -> Result<(), Error> {
        let pool = self.market(pool)?;
        let keeper = self.arbitrage()?.keeper;
        let ppm = U256::from(ppm);
        match pool.kind {
            MarketKind::V2 => {
                let call = IPoolKeeper::keepV2Call { pair: pool.address, ppm };
                self.send(self.admin, keeper, &call).await?;
            }
            MarketKind::V3 => {
                let call = IPoolKeeper::keepV3Call { pool: pool.address, ppm };
                self.send(self.admin, keeper, &call).await?;
            }
            MarketKind::V4 => {
                self.send(self.admin, keeper, &IPoolKeeper::keepV4Call { key: pool.key(), ppm }).await?;
            }
        }
        Ok(())
    }
}
