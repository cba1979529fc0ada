//! What a backtest came to, for people and for programs.

use super::{GasMultiple, Tally};
use crate::domain::{ChainName, Usd};

/// What there was to be had at one gas price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GasRow {
    /// Times the recorded gas price.
    pub multiple: GasMultiple,
    /// How many opportunities.
    pub opportunities: u64,
    /// What they were worth.
    pub value: Usd,
    /// What no routes would have exceeded in their places.
    pub bound: Usd,
}

impl GasRow {
    /// Of a tally.
    pub fn of(multiple: GasMultiple, tally: &Tally) -> Self {
        Self { multiple, opportunities: tally.values.count(), value: tally.total(), bound: tally.bound }
    }
}

/// What a backtest came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// The chain; `None` where nothing was replayed.
    pub chain: Option<ChainName>,
    /// At the recorded gas price.
    pub recorded: Tally,
    /// At the gas prices asked for, in their order.
    pub gas: Vec<GasRow>,
}
