//! Reads one configured pool as part of a chain's scan, so that its state belongs to the same
//! block as the balances.
//!
//! Which ticks must be read depends on the bitmap, which depends on the price. The reader remembers
//! both from the last scan and asks for everything at once; when the answer shows that the question
//! was out of date, the scan is repeated with the right one. Memory is only ever a guess at the
//! question: every answer is checked against the bitmap read with it.

mod error;
mod v2;
mod v3;
mod window;
mod words;

use std::sync::Arc;

use alloy::primitives::{Address, Bytes};
use alloy::sol_types::SolCall;

pub use error::ReadError;

use self::words::Answers;
use super::address::{ordered, v2_pair, v3_pool};
use super::contracts::IPoolTokens::{token0Call, token1Call};
use crate::chains::evm::Call;
use crate::config::{ChainConfig, PoolConfig, PoolKind};
use crate::domain::pool::{Pool, PoolState};
use crate::domain::{AssetId, ChainName, Venue};

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
    V2,
    V3(v3::Reader),
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
        let (address, kind) = match pool.kind {
            PoolKind::V2 => {
                let factory =
                    contracts.v2_factory.ok_or_else(|| ReadError::NoV2Factory { chain: chain.clone() })?;
                (v2_pair(factory, first.0, second.0), Kind::V2)
            }
            PoolKind::V3 => (
                v3_pool(contracts.v3_factory, first.0, second.0, pool.fee),
                Kind::V3(v3::Reader::new(pool.fee)),
            ),
        };
        let tokens = ordered(first.0, second.0);
        let (first, second) = if tokens[0] == first.0 { (first, second) } else { (second, first) };
        Ok(Self {
            chain: chain.clone(),
            address,
            tokens,
            assets: [first.1, second.1],
            decimals: [first.2, second.2],
            is_identified: false,
            kind,
        })
    }

    /// Readers of all configured pools of `chain`; none where Uniswap is not configured.
    pub fn all(chain: &ChainName, config: &ChainConfig) -> Result<Vec<Self>, ReadError> {
        let pools = config.uniswap.iter().flat_map(|contracts| &contracts.pools);
        pools.map(|pool| Self::new(chain, config, pool)).collect()
    }

    /// The pool's contract.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Which venue trades it.
    pub fn venue(&self) -> Venue {
        match self.kind {
            Kind::V2 => Venue::UniswapV2,
            Kind::V3(_) => Venue::UniswapV3,
        }
    }

    /// What to ask in the next scan.
    pub fn calls(&self) -> Vec<Call> {
        let mut data = match &self.kind {
            Kind::V2 => v2::calls(),
            Kind::V3(reader) => reader.calls(),
        };
        if !self.is_identified {
            data.extend([token0Call {}.abi_encode(), token1Call {}.abi_encode()]);
        }
        data.into_iter().map(|data| Call { to: self.address, data: data.into() }).collect()
    }

    /// Reads the answers to [`PoolReader::calls`], in the same order. An answer that fails, is empty
    /// or has another shape is an error; the pool is then not used until it can be read.
    pub fn decode(&mut self, results: &[Result<Bytes, String>]) -> Result<Decoded, ReadError> {
        let mut answers = Answers::new(self.address, results);
        let state = match &mut self.kind {
            Kind::V2 => Some(PoolState::V2(v2::decode(&mut answers)?)),
            Kind::V3(reader) => reader.decode(&mut answers)?.map(PoolState::V3),
        };
        if !self.is_identified {
            let held =
                [answers.next::<token0Call>("token0()", 1)?, answers.next::<token1Call>("token1()", 1)?];
            if held != self.tokens {
                return Err(ReadError::OtherTokens { pool: self.address, held, expected: self.tokens });
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
