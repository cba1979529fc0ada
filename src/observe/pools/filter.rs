//! Whose logs are asked for, and whose a log is.

use std::collections::{BTreeSet, HashMap};

use alloy::primitives::{Address, B256, Log};

use crate::chains::evm::blocks::LogFilter;
use crate::config::PoolKind;
use crate::domain::pool::PoolKey;
use crate::venues::uniswap::events::{key, signatures};
use crate::venues::uniswap::{PoolReader, ReadError};

/// Addresses or ids that one filter names; with more pools than that, filters name the events alone and
/// what is not ours is left out here.
const NAMED_AT_MOST: usize = 500;

/// Which pool a log is of.
#[derive(Debug)]
pub(super) struct Index {
    places: HashMap<PoolKey, usize>,
    managers: Vec<Address>,
}

impl Index {
    /// # Errors
    /// [`ReadError::Twice`] for two readers of one pool.
    pub(super) fn new(readers: &[PoolReader]) -> Result<Self, ReadError> {
        let mut places = HashMap::with_capacity(readers.len());
        let mut managers = BTreeSet::new();
        for (place, reader) in readers.iter().enumerate() {
            if places.insert(reader.key(), place).is_some() {
                return Err(ReadError::Twice { pool: reader.key() });
            }
            if reader.kind() == PoolKind::V4 {
                managers.insert(reader.address());
            }
        }
        Ok(Self { places, managers: managers.into_iter().collect() })
    }

    /// The index of the pool that `log` is of.
    pub(super) fn place(&self, log: &Log) -> Option<usize> {
        self.places.get(&key(log, &self.managers)?).copied()
    }
}

/// Filters that all logs of these pools pass which can change them.
pub(super) fn filters(readers: &[PoolReader]) -> Vec<LogFilter> {
    let (mut contracts, mut managers, mut ids) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut kinds = BTreeSet::new();
    for reader in readers {
        match reader.key() {
            PoolKey::Contract(address) => {
                contracts.push(address);
                kinds.insert(reader.kind());
            }
            PoolKey::Managed { manager, id } => {
                managers.insert(manager);
                ids.push(id);
            }
        }
    }
    let mut filters = Vec::new();
    if contracts.len() > NAMED_AT_MOST {
        let events = kinds.into_iter().flat_map(signatures).collect();
        filters.push(LogFilter { addresses: Vec::new(), topics: vec![events] });
    } else if !contracts.is_empty() {
        // Every event of theirs: one that is not expected shows a pool that is not what it should be.
        filters.push(LogFilter { addresses: contracts, topics: Vec::new() });
    }
    if !ids.is_empty() {
        let named: Vec<B256> = if ids.len() > NAMED_AT_MOST { Vec::new() } else { ids };
        let events = signatures(PoolKind::V4);
        filters.push(LogFilter { addresses: managers.into_iter().collect(), topics: vec![events, named] });
    }
    filters
}
