//! What each of the last blocks changed, so that it can be taken back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alloy::primitives::B256;

use crate::domain::pool::Pool;
use crate::domain::snapshot::BlockRef;

/// Blocks that can be taken back; a deeper reorganisation means reading everything again.
pub const KEPT_BLOCKS: usize = 64;

/// A pool as it was, or that it was not known.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) pool: Option<Arc<Pool>>,
    /// `liquidityGross` of its ticks.
    pub(super) gross: Arc<Vec<u128>>,
}

/// One block, and what it changed as it was before.
#[derive(Debug)]
struct Step {
    block: BlockRef,
    before: BTreeMap<usize, Slot>,
}

/// The last blocks, after one at which everything was known.
#[derive(Debug, Default)]
pub(super) struct History {
    base: Option<BlockRef>,
    steps: VecDeque<Step>,
}

impl History {
    /// Forgets everything and begins at `base`; with `None`, at nothing.
    pub(super) fn reset(&mut self, base: Option<BlockRef>) {
        self.steps.clear();
        self.base = base;
    }

    /// The newest block.
    pub(super) fn head(&self) -> Option<BlockRef> {
        self.steps.back().map(|step| step.block).or(self.base)
    }

    /// The oldest block that can be gone back to.
    pub(super) fn base(&self) -> Option<BlockRef> {
        self.base
    }

    /// The hash of the block at this height, if it is kept.
    pub(super) fn hash_at(&self, number: u64) -> Option<B256> {
        let steps = self.steps.iter().map(|step| step.block);
        steps.chain(self.base).find(|block| block.number == number).map(|block| block.hash)
    }

    /// Begins a block.
    pub(super) fn begin(&mut self, block: BlockRef) {
        self.steps.push_back(Step { block, before: BTreeMap::new() });
        while self.steps.len() > KEPT_BLOCKS {
            self.base = self.steps.pop_front().map(|step| step.block);
        }
    }

    /// Keeps a pool as it was before the newest block, unless that is kept already.
    pub(super) fn keep(&mut self, index: usize, slot: impl FnOnce() -> Slot) {
        if let Some(step) = self.steps.back_mut() {
            step.before.entry(index).or_insert_with(slot);
        }
    }

    /// What was kept of a pool turned out to be wrong: going back, it is not known.
    pub(super) fn disown(&mut self, index: usize) {
        for slot in self.steps.iter_mut().filter_map(|step| step.before.get_mut(&index)) {
            slot.pool = None;
        }
    }

    /// Takes the newest block back, if it is above `number`; what it changed, as it was before.
    pub(super) fn take_back(&mut self, number: u64) -> Option<BTreeMap<usize, Slot>> {
        let step = self.steps.pop_back_if(|step| step.block.number > number)?;
        Some(step.before)
    }
}
