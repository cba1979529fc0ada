//! Recordings of arbitrage: what every block was decided from, so that it can be decided again.
//!
//! A recording is lines of JSON, plain or compressed with gzip. A header says what does not change; a line per block
//! has the block, the prices, the gas price, what the wallet has, and the pools that changed. `docs/backtest.md`
//! describes the format. Writing is off the hot path and may stop, never the daemon with it; reading holds one line
//! and one state of every pool.

mod folder;
mod header;
mod line;
mod reader;
mod recorder;
mod state;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use folder::{FILE_ENDING, Limits};
pub use header::{Header, VERSION};
pub use line::{Decoder, Encoder};
pub use reader::{Entry, MAX_LINE_BYTES, ReadError, Reader};
pub use recorder::Recorder;

use crate::domain::Timestamp;
use crate::domain::pool::{Pool, PoolKey};
use crate::domain::snapshot::{BlockRef, GasPrice, Prices};

/// A pool by index with its state; `None` where that is not known.
pub type Known = (usize, Option<Arc<Pool>>);

/// What was known of one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The block.
    pub block: BlockRef,
    /// When it was decided.
    pub at: Timestamp,
    /// What gas cost.
    pub gas: GasPrice,
    /// What the wallet had of the base asset, in base units.
    pub inventory: u128,
    /// Prices of the assets that matter.
    pub prices: Prices,
    /// Pools that operations of ours were about to change.
    pub busy: BTreeSet<PoolKey>,
    /// Whether nothing was decided, because a route of ours was under way.
    pub held: bool,
    /// Whether `pools` are all there are; else those that changed.
    pub full: bool,
    /// Pools, ascending by index.
    pub pools: Vec<Known>,
}
