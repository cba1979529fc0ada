//! One block after the other through the strategy, as the daemon hands them to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::GasMultiple;
use crate::domain::Usd;
use crate::domain::pool::{Pool, PoolKey};
use crate::recording::Block;
use crate::strategies::Decision;
use crate::strategies::arbitrage::{Arbitrage, Goal, View};

/// Decides recorded blocks, remembering from block to block what the daemon does.
pub struct Replay {
    arbitrage: Arbitrage,
    pools: Vec<Option<Arc<Pool>>>,
    gas: GasMultiple,
    /// Pools that the last block changed.
    moved: BTreeSet<PoolKey>,
}

impl Replay {
    /// For `pools` pools, none of them known yet, with so many times the recorded gas price.
    pub fn new(goal: Goal, pools: usize, gas: GasMultiple) -> Self {
        Self { arbitrage: Arbitrage::new(goal), pools: vec![None; pools], gas, moved: BTreeSet::new() }
    }

    /// Pools that are not as they were before the last block.
    pub const fn moved(&self) -> &BTreeSet<PoolKey> {
        &self.moved
    }

    /// Least profit after gas.
    pub const fn min_profit(&self) -> Usd {
        self.arbitrage.goal().min_profit
    }

    /// Passes over a block.
    pub fn skip(&mut self, block: &Block) {
        let changed = self.take_over(block);
        self.arbitrage.skip(changed.as_deref());
    }

    /// Decides a block; `None` where the daemon decided nothing, because a route of its own was under way.
    pub fn decide(&mut self, block: &Block) -> Option<Decision> {
        let changed = self.take_over(block);
        if block.held {
            self.arbitrage.skip(changed.as_deref());
            return None;
        }
        self.arbitrage.set_busy(block.busy.iter().copied());
        let view = View {
            block: block.block,
            at: block.at,
            pools: &self.pools,
            prices: &block.prices,
            gas: self.gas.of(block.gas),
            inventory: block.inventory,
        };
        Some(self.arbitrage.decide(&view, changed.as_deref()))
    }

    /// Takes the block's states over; answers which pools may be others, `None` for any of them.
    fn take_over(&mut self, block: &Block) -> Option<Vec<usize>> {
        self.moved.clear();
        for (index, pool) in &block.pools {
            let Some(known) = self.pools.get_mut(*index).filter(|known| *known != pool) else { continue };
            self.moved.extend(known.iter().chain(pool).map(|pool| pool.key()));
            known.clone_from(pool);
        }
        (!block.full).then(|| block.pools.iter().map(|(index, _)| *index).collect())
    }
}
