//! What arbitrage between chains may do and what it has to bring.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{AssetId, ChainName, Trade, Usd};
use crate::network::{OpenRoutes, Terms};
use crate::strategies::Peg;

/// A goal of arbitrage between chains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// What both legs are paid in, and CCTP moves.
    pub base: AssetId,
    /// What may be bought and sold.
    pub assets: BTreeSet<AssetId>,
    /// Where.
    pub chains: BTreeSet<ChainName>,
    /// Most that one leg may be worth.
    pub max_exposure: Usd,
    /// Least value after everything.
    pub min_profit: Usd,
    /// More profit than this is taken for a trap.
    pub max_profit: Usd,
    /// What a leg is expected to lose against the other, in millionths of its value.
    pub risk_ppm: u32,
    /// Most that unwinding may lose against the reference price, in millionths.
    pub unwind_ppm: u32,
    /// Stablecoins that must be near their peg.
    pub pegs: BTreeMap<AssetId, Peg>,
    /// Prices and limits of every move.
    pub terms: Terms,
    /// Routes that already carry something.
    pub open: OpenRoutes,
    /// Trades of the last day.
    pub trades: Vec<Trade>,
}

impl Goal {
    /// What is traded, the base asset included.
    pub fn traded(&self) -> BTreeSet<AssetId> {
        self.assets.iter().chain([&self.base]).cloned().collect()
    }
}
