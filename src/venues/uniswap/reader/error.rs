//! Why a pool cannot be read.

use alloy::primitives::Address;

use crate::domain::pool::PoolKey;
use crate::domain::{AssetId, ChainName};

/// Why a pool cannot be read. It is then left out of decisions; no money is at stake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The chain has no Uniswap in the configuration.
    #[error("chain {chain} has pools but no `uniswap` contracts; add them or remove the pools")]
    NotConfigured {
        /// The chain.
        chain: ChainName,
    },
    /// Two pools of the configuration are one.
    #[error("pool {pool} is configured twice, once under another name; remove one of them")]
    Twice {
        /// The pool.
        pool: PoolKey,
    },
    /// A V2 pool on a chain without a V2 factory.
    #[error("chain {chain} has a V2 pool but no `v2_factory`; add it or remove the pool")]
    NoV2Factory {
        /// The chain.
        chain: ChainName,
    },
    /// A V4 pool without the contracts or the tick spacing that it needs.
    #[error(
        "chain {chain} has a V4 pool without `pool_manager`, `state_view` or `tick_spacing`; add it or remove the pool"
    )]
    NotManaged {
        /// The chain.
        chain: ChainName,
    },
    /// A pool names a fork that is not configured.
    #[error("chain {chain} has a pool of `{fork}`, which is not under `forks`; add it or remove the pool")]
    NoFork {
        /// The chain.
        chain: ChainName,
        /// Name of the fork.
        fork: String,
    },
    /// A pool names an asset without a token contract.
    #[error("a pool on {chain} names {asset}, which has no contract there; add it under `tokens`")]
    UnknownToken {
        /// The chain.
        chain: ChainName,
        /// The asset.
        asset: AssetId,
    },
    /// A pool of one token.
    #[error("a pool on {chain} has {asset} on both sides; name two different assets")]
    SameToken {
        /// The chain.
        chain: ChainName,
        /// The asset.
        asset: AssetId,
    },
    /// The scan did not answer each call once.
    #[error("pool {pool}: {got} answers to {asked} calls; the pool is not used in this cycle")]
    Count {
        /// The pool.
        pool: PoolKey,
        /// Answers received.
        got: usize,
        /// Calls made.
        asked: usize,
    },
    /// One call failed.
    #[error("pool {pool}: {call} failed: {reason}; the pool is not used in this cycle")]
    Failed {
        /// The pool.
        pool: PoolKey,
        /// The call.
        call: &'static str,
        /// What the chain said.
        reason: String,
    },
    /// There is no contract at the address that follows from the configuration.
    #[error(
        "pool {pool}: {call} answered nothing, so no contract is there; check the factory, the tokens and the fee"
    )]
    NoContract {
        /// The pool.
        pool: PoolKey,
        /// The call.
        call: &'static str,
    },
    /// An answer that the contract cannot give.
    #[error("pool {pool}: {call} answered something else ({reason}); the pool is not used in this cycle")]
    Malformed {
        /// The pool.
        pool: PoolKey,
        /// The call.
        call: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The contract holds other tokens than configured.
    #[error("pool {pool} holds {held:?}, not {expected:?}; check the factory and the tokens")]
    OtherTokens {
        /// The pool.
        pool: PoolKey,
        /// What it says it holds.
        held: Box<[Address; 2]>,
        /// What follows from the configuration.
        expected: Box<[Address; 2]>,
    },
    /// The StateView reads another PoolManager than the configured one.
    #[error(
        "pool {pool}: its `state_view` reads PoolManager {manager}; correct `state_view` or `pool_manager`"
    )]
    OtherManager {
        /// The pool.
        pool: PoolKey,
        /// The PoolManager that the StateView reads.
        manager: Address,
    },
    /// The contract charges another fee than configured.
    #[error("pool {pool} charges {actual}, not {expected}; check its `fee`")]
    OtherFee {
        /// The pool.
        pool: PoolKey,
        /// What it says it charges.
        actual: u32,
        /// What is configured.
        expected: u32,
    },
    /// The pool exists but nobody gave it a price or liquidity.
    #[error("pool {pool} is not initialised; remove it or wait until somebody provides liquidity")]
    NotInitialised {
        /// The pool.
        pool: PoolKey,
    },
}
