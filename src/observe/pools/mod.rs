//! All pools of a chain in memory, exact to the unit: read once at a block, then kept up to date by what
//! each block logged.
//!
//! A block is asked for by its hash, and its parent must be the block before: nothing is missed, and a
//! reorganisation shows by itself. It is taken back block by block to the last common one; a deeper one, or a
//! gap, means reading everything again. What was kept in memory is compared with the chain all the time, a
//! few pools at a time. A pool that cannot be told to the unit is not there: the table has `None` in its place.

mod error;
mod filter;
mod history;
mod read;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::{B256, Log};

pub use error::PoolError;
pub use history::KEPT_BLOCKS;

use self::filter::Index;
use self::history::{History, Slot};
use crate::chains::evm::EvmChain;
use crate::chains::evm::blocks::LogFilter;
use crate::chains::evm::wire::Header;
use crate::config::ChainConfig;
use crate::domain::pool::{Pool, PoolKey};
use crate::domain::snapshot::BlockRef;
use crate::network::pool::event;
use crate::telemetry::{Metrics, clock};
use crate::venues::uniswap::{PoolReader, ReadError, events};

/// Blocks that are followed in one go; further behind, reading everything again is quicker.
pub const MAX_BEHIND: u64 = 32;
/// Blocks between two comparisons with the chain.
pub const CHECK_EVERY: u64 = 8;
/// Pools compared at a time.
pub const CHECKED_AT_ONCE: usize = 4;
/// Times a pool may contradict the chain before it stays out until a restart.
pub const MISMATCHES_AT_MOST: u32 = 3;

/// What bringing the pools up to date has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The block the pools are of.
    pub block: BlockRef,
    /// Indices of the pools that changed, came or went since the last update; ascending.
    pub changed: Vec<usize>,
    /// Blocks that were taken back.
    pub taken_back: u64,
    /// Whether all pools were read again.
    pub resnapshot: bool,
    /// How long it took to apply what the blocks logged, once that was here.
    pub applied_in: Duration,
}

/// The pools of one chain.
pub struct PoolTable {
    chain: EvmChain,
    max_age: u64,
    metrics: Metrics,
    readers: Vec<PoolReader>,
    index: Index,
    filters: Vec<LogFilter>,
    pools: Vec<Option<Arc<Pool>>>,
    gross: Vec<Arc<Vec<u128>>>,
    reasons: Vec<Option<String>>,
    mismatches: Vec<u32>,
    history: History,
    /// To be read again at the newest block.
    due: BTreeSet<usize>,
    /// Changed since the last update that was handed out.
    changed: BTreeSet<usize>,
    taken_back: u64,
    applied_in: Duration,
    next_check: usize,
    checked: u64,
    /// Why the pools may not be used.
    fault: Option<String>,
}

impl PoolTable {
    /// A table of all configured pools of `chain`, in their order there. Nothing is asked yet.
    ///
    /// # Errors
    /// [`ReadError`] when a pool cannot be as it is configured.
    pub fn new(chain: EvmChain, config: &ChainConfig, metrics: Metrics) -> Result<Self, ReadError> {
        let readers = PoolReader::all(chain.name(), config)?;
        let count = readers.len();
        Ok(Self {
            max_age: config.max_head_age_seconds,
            metrics,
            index: Index::new(&readers)?,
            filters: filter::filters(&readers),
            pools: vec![None; count],
            gross: vec![Arc::default(); count],
            reasons: vec![Some("it was not read yet".to_owned()); count],
            mismatches: vec![0; count],
            history: History::default(),
            due: BTreeSet::new(),
            changed: BTreeSet::new(),
            taken_back: 0,
            applied_in: Duration::ZERO,
            next_check: 0,
            checked: 0,
            fault: Some("its pools were not read yet".to_owned()),
            chain,
            readers,
        })
    }

    /// The pools, in the order of the configuration; `None` in place of one whose state is not known.
    pub fn pools(&self) -> &[Option<Arc<Pool>>] {
        &self.pools
    }

    /// What tells the pools from each other, in the same order.
    pub fn keys(&self) -> impl Iterator<Item = PoolKey> {
        self.readers.iter().map(PoolReader::key)
    }

    /// Why the state of a pool is not known.
    pub fn reason(&self, index: usize) -> Option<&str> {
        self.reasons.get(index)?.as_deref()
    }

    /// The block the pools are of.
    pub fn block(&self) -> Option<BlockRef> {
        self.history.head()
    }

    /// Whether the pools have what this block did: it is ours, or older than what is kept.
    pub fn has(&self, number: u64, hash: Option<B256>) -> bool {
        let is_behind = self.history.head().is_some_and(|head| number <= head.number);
        is_behind && self.history.hash_at(number).is_none_or(|ours| hash == Some(ours))
    }

    /// Whether the pools are those of the newest block a quorum has; if not, why. Only then is anything
    /// decided from them.
    ///
    /// # Errors
    /// The reason, for the operator.
    pub fn usable(&self) -> Result<(), &str> {
        self.fault.as_deref().map_or(Ok(()), Err)
    }

    /// Brings the pools up to date with the newest block.
    ///
    /// # Errors
    /// [`PoolError`]; the table is then not usable until a later call succeeds, and what changed meanwhile is
    /// part of that later update.
    pub async fn follow(&mut self) -> Result<Update, PoolError> {
        // Whoever stops waiting leaves it half done.
        self.fault = Some("its pools are being brought up to date".to_owned());
        let result = self.advance().await;
        self.fault = result.as_ref().err().map(ToString::to_string);
        self.measure();
        result
    }

    async fn advance(&mut self) -> Result<Update, PoolError> {
        let latest = self.chain.latest().await?;
        self.applied_in = Duration::ZERO;
        let head = self.history.head();
        let resnapshot = match head {
            Some(head) if latest.number <= head.number.saturating_add(MAX_BEHIND) => {
                match self.missing(head, latest).await? {
                    Some(blocks) => {
                        self.apply(&blocks).await?;
                        self.heal(latest).await;
                        false
                    }
                    None => self.snapshot(latest).await?,
                }
            }
            Some(_) | None => self.snapshot(latest).await?,
        };
        let age = clock::now().seconds().saturating_sub_unsigned(latest.timestamp);
        if let Some(age) = u64::try_from(age).ok().filter(|age| *age > self.max_age) {
            return Err(PoolError::Stalled { chain: self.chain.name().clone(), age });
        }
        let changed = std::mem::take(&mut self.changed).into_iter().collect();
        Ok(Update {
            block: latest,
            changed,
            taken_back: std::mem::take(&mut self.taken_back),
            resnapshot,
            applied_in: self.applied_in,
        })
    }

    /// The blocks from ours to `latest`, after taking back those of ours that are not below it; `None` when
    /// no block that is kept is.
    async fn missing(&mut self, head: BlockRef, latest: BlockRef) -> Result<Option<Vec<Header>>, PoolError> {
        if latest.hash == head.hash {
            return Ok(Some(Vec::new()));
        }
        if latest.number > head.number {
            let headers = self.chain.headers(head.number.saturating_add(1), latest.number).await?;
            self.require_chain(&headers, latest)?;
            if headers.first().is_some_and(|first| first.parent == head.hash) {
                return Ok(Some(headers));
            }
        }
        let base = self.history.base().filter(|base| base.number <= latest.number);
        let Some(base) = base else { return Ok(None) };
        let headers = self.chain.headers(base.number, latest.number).await?;
        self.require_chain(&headers, latest)?;
        let is_ours = |header: &Header| self.history.hash_at(header.block.number) == Some(header.block.hash);
        let Some(common) = headers.iter().rposition(is_ours) else { return Ok(None) };
        let number = headers.get(common).map_or(base.number, |header| header.block.number);
        self.go_back(number);
        Ok(Some(headers.into_iter().skip(common.saturating_add(1)).collect()))
    }

    /// Each block must be the parent of the next, and the last the one a quorum has.
    fn require_chain(&self, headers: &[Header], latest: BlockRef) -> Result<(), PoolError> {
        let linked = headers.windows(2).all(|pair| matches!(pair, [a, b] if b.parent == a.block.hash));
        if linked && headers.last().is_some_and(|last| last.block == latest) {
            return Ok(());
        }
        Err(PoolError::Raced { chain: self.chain.name().clone() })
    }

    fn go_back(&mut self, number: u64) {
        while let Some(before) = self.history.take_back(number) {
            self.taken_back = self.taken_back.saturating_add(1);
            self.metrics.pool_blocks_taken_back.with_label_values(&[self.chain.name().as_str()]).inc();
            for (index, slot) in before {
                let reason = slot.pool.is_none().then(|| "it was not known at this block".to_owned());
                if reason.is_some() {
                    self.due.insert(index);
                }
                self.set(index, slot, reason);
            }
        }
    }

    /// Applies what the blocks logged, in order.
    async fn apply(&mut self, blocks: &[Header]) -> Result<(), PoolError> {
        let hashes: Vec<B256> = blocks.iter().map(|header| header.block.hash).collect();
        let logs = self.chain.logs(&hashes, &self.filters).await?;
        let started = Instant::now();
        for (header, logs) in blocks.iter().zip(&logs) {
            self.history.begin(header.block);
            for log in logs {
                if let Some(index) = self.index.place(log) {
                    self.apply_log(index, log);
                }
            }
        }
        self.applied_in = started.elapsed();
        Ok(())
    }

    fn apply_log(&mut self, index: usize, log: &Log) {
        let Some(kind) = self.readers.get(index).map(PoolReader::kind) else { return };
        if !self.is_trusted(index) {
            return;
        }
        let event = match events::decode(kind, log) {
            Ok(None) => return,
            Ok(Some(event)) => Ok(event),
            Err(error) => Err(error.to_string()),
        };
        self.keep(index);
        let (Some(slot), Some(gross)) = (self.pools.get_mut(index), self.gross.get_mut(index)) else {
            return;
        };
        let applied = match (slot.as_mut(), event) {
            (Some(pool), Ok(event)) => {
                event::apply(&mut Arc::make_mut(pool).state, gross, &event).map_err(|error| error.to_string())
            }
            // It came to life, or said something: it may be readable now.
            (None, _) => Err("it is about to be read again".to_owned()),
            (Some(_), Err(reason)) => Err(reason),
        };
        self.changed.insert(index);
        match applied {
            Ok(()) if slot.as_deref().is_some_and(read::is_leaving) => {
                self.due.insert(index);
            }
            Ok(()) => {}
            Err(reason) => {
                self.due.insert(index);
                self.set(index, Slot { pool: None, gross: Arc::default() }, Some(reason));
            }
        }
    }

    /// Reads what is due at the newest block, and compares a few pools with the chain. What cannot be read
    /// now stays due.
    async fn heal(&mut self, block: BlockRef) {
        let count = self.readers.len();
        let mut wanted: BTreeSet<usize> =
            self.due.iter().copied().filter(|index| self.is_trusted(*index)).collect();
        let is_check =
            block.number.saturating_sub(self.checked) >= CHECK_EVERY || block.number < self.checked;
        if is_check {
            let next = (self.next_check..count).chain(0..self.next_check).take(CHECKED_AT_ONCE);
            wanted.extend(next.filter(|index| self.is_trusted(*index)));
        }
        if wanted.is_empty() {
            return;
        }
        let wanted: Vec<usize> = wanted.into_iter().collect();
        let read = match read::pools(&self.chain, &mut self.readers, &wanted, block.hash).await {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(chain = %self.chain.name(), %error, "pools could not be compared with the chain");
                return;
            }
        };
        if is_check {
            self.checked = block.number;
            self.next_check = self.next_check.saturating_add(CHECKED_AT_ONCE).checked_rem(count).unwrap_or(0);
        }
        for (index, result) in read {
            self.due.remove(&index);
            self.compare(index, result);
        }
    }

    fn compare(&mut self, index: usize, result: Result<Slot, String>) {
        let ours = self.slot(index);
        match result {
            Ok(chain) if ours.pool.is_none() => {
                self.keep(index);
                self.set(index, chain, None);
            }
            Ok(chain) if read::agree(&ours, &chain) => {
                // Not a change of the pool, but possibly other ticks that are known of it.
                if ours.pool != chain.pool {
                    self.keep(index);
                    self.set(index, chain, None);
                }
            }
            Ok(_) => self.distrust(index),
            Err(reason) => {
                self.keep(index);
                self.set(index, Slot { pool: None, gross: Arc::default() }, Some(reason));
            }
        }
    }

    /// Memory and chain differ: the pool is left out of this block and read again at the next.
    fn distrust(&mut self, index: usize) {
        let chain = self.chain.name().clone();
        self.metrics.pool_mismatches.with_label_values(&[chain.as_str()]).inc();
        if let (Some(times), Some(reader)) = (self.mismatches.get_mut(index), self.readers.get(index)) {
            *times = times.saturating_add(1);
            let pool = reader.key();
            tracing::error!(%chain, %pool, times, "what was kept of a pool in memory is not what the chain has");
        }
        self.history.disown(index);
        self.due.insert(index);
        let reason = "what was kept in memory was not what the chain has".to_owned();
        self.set(index, Slot { pool: None, gross: Arc::default() }, Some(reason));
    }

    fn is_trusted(&self, index: usize) -> bool {
        self.mismatches.get(index).is_some_and(|times| *times < MISMATCHES_AT_MOST)
    }

    /// Reads every pool at `latest`.
    async fn snapshot(&mut self, latest: BlockRef) -> Result<bool, PoolError> {
        self.history.reset(None);
        for index in 0..self.readers.len() {
            self.set(index, Slot { pool: None, gross: Arc::default() }, Some("it is being read".to_owned()));
        }
        self.metrics.pool_snapshots.with_label_values(&[self.chain.name().as_str()]).inc();
        let wanted: Vec<usize> = (0..self.readers.len()).filter(|index| self.is_trusted(*index)).collect();
        let read = read::pools(&self.chain, &mut self.readers, &wanted, latest.hash).await?;
        self.due.clear();
        for (index, result) in read {
            match result {
                Ok(slot) => self.set(index, slot, None),
                Err(reason) => {
                    tracing::warn!(chain = %self.chain.name(), "{reason}");
                    self.set(index, Slot { pool: None, gross: Arc::default() }, Some(reason));
                }
            }
        }
        self.history.reset(Some(latest));
        self.checked = latest.number;
        Ok(true)
    }

    fn slot(&self, index: usize) -> Slot {
        Slot {
            pool: self.pools.get(index).cloned().flatten(),
            gross: self.gross.get(index).cloned().unwrap_or_default(),
        }
    }

    /// Remembers the pool as it was before the newest block.
    fn keep(&mut self, index: usize) {
        let slot = self.slot(index);
        self.history.keep(index, || slot);
    }

    fn set(&mut self, index: usize, slot: Slot, reason: Option<String>) {
        let places = (self.pools.get_mut(index), self.gross.get_mut(index), self.reasons.get_mut(index));
        if let (Some(pool), Some(gross), Some(why)) = places {
            (*pool, *gross, *why) = (slot.pool, slot.gross, reason);
            self.changed.insert(index);
        }
    }

    fn measure(&self) {
        let chain = self.chain.name().as_str();
        let known = self.pools.iter().filter(|pool| pool.is_some()).count();
        let unknown = self.pools.len().saturating_sub(known);
        for (state, count) in [("known", known), ("unknown", unknown)] {
            let gauge = self.metrics.pools.with_label_values(&[chain, state]);
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.metrics.pools_usable.with_label_values(&[chain]).set(i64::from(self.fault.is_none()));
    }
}
