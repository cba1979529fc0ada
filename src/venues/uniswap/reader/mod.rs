//! Reads one configured pool as part of a chain's scan, so that its state belongs to the same
//! block as the balances.
//!
//! Which ticks must be read depends on the bitmap, which depends on the price. The reader remembers
//! both from the last scan and asks for everything at once; when the answer shows that the question
//! was out of date, the scan is repeated with the right one. Memory is only ever a guess at the
//! question: every answer is checked against the bitmap read with it.

mod concentrated;
mod error;
mod v2;
mod window;
mod words;

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes};
use alloy::sol_types::SolCall;

pub use error::ReadError;

pub(super) use self::concentrated::protocol_fees;
use self::concentrated::{Reader, Source};
use self::words::Answers;
use super::address::{V2_INIT_CODE_HASH, V3_INIT_CODE_HASH, ordered, v2_pair_of, v3_pool_of, v4_pool_id};
use super::contracts::IPoolTokens::{token0Call, token1Call};
use crate::chains::evm::Call;
use crate::config::{ChainConfig, PoolConfig, PoolKind, UniswapContracts};
use crate::domain::pool::{Pool, PoolKey, PoolState, V4State};
use crate::domain::{AssetId, ChainName};

/// Scans a reader needs at most when the pool does not change in between: who the pool is, its
/// bitmap, its ticks.
pub const MAX_ROUNDS: usize = 3;

/// What a scan's answers amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// The pool at the scan's block.
    Ready(Arc<Pool>),
    /// The question was out of date. Repeat the scan with these calls (also what
    /// [`PoolReader::calls`] now returns); all of them, so that the state is of one block.
    NeedsMore(Vec<Call>),
}

/// Reads one pool.
#[derive(Debug, Clone)]
pub struct PoolReader {
    chain: ChainName,
    /// The pool's contract, or the PoolManager.
    address: Address,
    tokens: [Address; 2],
    assets: [AssetId; 2],
    decimals: [u8; 2],
    /// Whether the contract has said that it holds these tokens.
    is_identified: bool,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    V2 { fee: u32 },
    V3(Reader),
    V4 { id: B256, state_view: Address, reader: Reader },
}

impl PoolReader {
    /// A reader of `pool` on `chain`. Nothing is asked yet.
    pub fn new(chain: &ChainName, config: &ChainConfig, pool: &PoolConfig) -> Result<Self, ReadError> {
        let contracts =
            config.uniswap.as_ref().ok_or_else(|| ReadError::NotConfigured { chain: chain.clone() })?;
        let token = |symbol: &str| {
            config
                .tokens
                .get(symbol)
                .map(|token| (token.address, AssetId::new(symbol), token.decimals))
                .ok_or_else(|| ReadError::UnknownToken { chain: chain.clone(), asset: AssetId::new(symbol) })
        };
        let [first, second] = &pool.assets;
        let (first, second) = (token(first)?, token(second)?);
        if first.0 == second.0 {
            return Err(ReadError::SameToken { chain: chain.clone(), asset: first.1 });
        }
        let (address, kind) = locate(chain, contracts, pool, [first.0, second.0])?;
        let tokens = ordered(first.0, second.0);
        let (first, second) = if tokens[0] == first.0 { (first, second) } else { (second, first) };
        Ok(Self {
            chain: chain.clone(),
            address,
            tokens,
            assets: [first.1, second.1],
            decimals: [first.2, second.2],
            // The id of a V4 pool says which currencies it has.
            is_identified: pool.kind == PoolKind::V4,
            kind,
        })
    }

    /// Readers of the pools of `chain` that SwapRouter02 trades in; none where Uniswap is not configured.
    pub fn routed(chain: &ChainName, config: &ChainConfig) -> Result<Vec<Self>, ReadError> {
        let pools = config.uniswap.iter().flat_map(|contracts| &contracts.pools);
        pools.filter(|pool| pool.is_routed()).map(|pool| Self::new(chain, config, pool)).collect()
    }

    /// Readers of all configured pools of `chain`, in their order there; none where Uniswap is not configured.
    pub fn all(chain: &ChainName, config: &ChainConfig) -> Result<Vec<Self>, ReadError> {
        let pools = config.uniswap.iter().flat_map(|contracts| &contracts.pools);
        pools.map(|pool| Self::new(chain, config, pool)).collect()
    }

    /// The pool's contract; of a V4 pool the PoolManager.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What tells the pool from others of its chain.
    pub fn key(&self) -> PoolKey {
        match self.kind {
            Kind::V2 { .. } | Kind::V3(_) => PoolKey::Contract(self.address),
            Kind::V4 { id, .. } => PoolKey::Managed { manager: self.address, id },
        }
    }

    /// Which kind of pool it is.
    pub fn kind(&self) -> PoolKind {
        match self.kind {
            Kind::V2 { .. } => PoolKind::V2,
            Kind::V3(_) => PoolKind::V3,
            Kind::V4 { .. } => PoolKind::V4,
        }
    }

    /// `liquidityGross` of the ticks of the pool that was decoded last, in their order.
    pub fn gross(&self) -> &[u128] {
        match &self.kind {
            Kind::V2 { .. } => &[],
            Kind::V3(reader) | Kind::V4 { reader, .. } => &reader.gross,
        }
    }

    /// What to ask in the next scan.
    pub fn calls(&self) -> Vec<Call> {
        let (to, mut data) = match &self.kind {
            Kind::V2 { .. } => (self.address, v2::calls()),
            Kind::V3(reader) => (self.address, reader.calls()),
            Kind::V4 { state_view, reader, .. } => (*state_view, reader.calls()),
        };
        if !self.is_identified {
            data.extend([token0Call {}.abi_encode(), token1Call {}.abi_encode()]);
        }
        data.into_iter().map(|data| Call { to, data: data.into() }).collect()
    }

    /// Reads the answers to [`PoolReader::calls`], in the same order. An answer that fails, is empty
    /// or has another shape is an error; the pool is then not used until it can be read.
    pub fn decode(&mut self, results: &[Result<Bytes, String>]) -> Result<Decoded, ReadError> {
        let mut answers = Answers::new(self.key(), results);
        let state = match &mut self.kind {
            Kind::V2 { fee } => Some(PoolState::V2(v2::decode(*fee, &mut answers)?)),
            Kind::V3(reader) => reader.decode(&mut answers)?.map(|found| PoolState::V3(found.state)),
            Kind::V4 { id, reader, .. } => reader.decode(&mut answers)?.map(|found| {
                PoolState::V4(V4State {
                    id: *id,
                    currencies: self.tokens,
                    protocol_fees: found.protocol_fees,
                    concentrated: found.state,
                })
            }),
        };
        if !self.is_identified {
            let held =
                [answers.next::<token0Call>("token0()", 1)?, answers.next::<token1Call>("token1()", 1)?];
            if held != self.tokens {
                let (held, expected) = (Box::new(held), Box::new(self.tokens));
                return Err(ReadError::OtherTokens { pool: self.key(), held, expected });
            }
            self.is_identified = true;
        }
        answers.finish()?;
        let Some(state) = state else {
            return Ok(Decoded::NeedsMore(self.calls()));
        };
        Ok(Decoded::Ready(Arc::new(Pool {
            chain: self.chain.clone(),
            address: self.address,
            assets: self.assets.clone(),
            decimals: self.decimals,
            state,
        })))
    }
}

/// Where a configured pool is, and how it is read.
fn locate(
    chain: &ChainName,
    contracts: &UniswapContracts,
    pool: &PoolConfig,
    [a, b]: [Address; 2],
) -> Result<(Address, Kind), ReadError> {
    let fork = match &pool.factory {
        Some(name) => {
            let fork = contracts.forks.iter().find(|fork| fork.name == *name && fork.kind == pool.kind);
            Some(fork.ok_or_else(|| ReadError::NoFork { chain: chain.clone(), fork: name.clone() })?)
        }
        None => None,
    };
    let factory = fork.map(|fork| (fork.factory, fork.init_code_hash));
    Ok(match pool.kind {
        PoolKind::V2 => {
            let own = contracts.v2_factory.map(|factory| (factory, V2_INIT_CODE_HASH));
            let (factory, hash) =
                factory.or(own).ok_or_else(|| ReadError::NoV2Factory { chain: chain.clone() })?;
            let fee = fork.map_or(pool.fee, |fork| fork.fee);
            (v2_pair_of(factory, hash, a, b), Kind::V2 { fee })
        }
        PoolKind::V3 => {
            let (factory, hash) = factory.unwrap_or((contracts.v3_factory, V3_INIT_CODE_HASH));
            let reader = Reader::new(Source::V3, pool.fee);
            (v3_pool_of(factory, hash, a, b, pool.fee), Kind::V3(reader))
        }
        PoolKind::V4 => {
            let (Some(manager), Some(state_view), Some(spacing)) =
                (contracts.pool_manager, contracts.state_view, pool.tick_spacing)
            else {
                return Err(ReadError::NotManaged { chain: chain.clone() });
            };
            let id = v4_pool_id(a, b, pool.fee, spacing);
            let reader = Reader::new(Source::V4 { id, manager, spacing }, pool.fee);
            (manager, Kind::V4 { id, state_view, reader })
        }
    })
}
