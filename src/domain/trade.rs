//! Arbitrage between chains: its legs are swaps of their own, each on its chain.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::{AssetId, ChainName, PlanHash, Position};

/// A swap's part in arbitrage between chains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TradeRole {
    /// One of its legs.
    Leg {
        /// Steps of the same plan, by index, that must be in a block before this one begins; where one of them
        /// fails this one does, too.
        after: Vec<u32>,
    },
    /// Closes what the plan left open.
    Unwind {
        /// The plan.
        of: PlanHash,
    },
}

impl TradeRole {
    /// The plan whose trade a swap with this role, of the plan `own`, belongs to.
    pub const fn trade<'a>(&'a self, own: &'a PlanHash) -> &'a PlanHash {
        match self {
            Self::Leg { .. } => own,
            Self::Unwind { of } => of,
        }
    }
}

/// What legs and unwinding of one plan moved at a position, as booked from receipts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Base units sold.
    pub sold: u128,
    /// Base units bought.
    pub bought: u128,
}

/// A plan of arbitrage between chains with everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// The plan.
    pub plan: PlanHash,
    /// Whether an operation of it has not ended.
    pub is_open: bool,
    /// What was moved until now.
    pub moved: BTreeMap<Position, Moved>,
}

/// What a trade left of an asset, in base units of the chain that counts it finest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Whether more was bought than sold.
    pub is_long: bool,
    /// The difference.
    pub units: u128,
    /// Decimals of it.
    pub decimals: u8,
    /// Whether it is no more than slippage leaves of any trade; else a leg is missing.
    pub is_dust: bool,
}

/// Slippage leaves no more than a hundredth of what moved.
const DUST: u128 = 100;

impl Trade {
    /// The assets that moved.
    pub fn assets(&self) -> impl Iterator<Item = &AssetId> {
        self.moved.keys().map(|position| &position.asset).collect::<BTreeSet<_>>().into_iter()
    }

    /// What is left of `asset` over all chains; `decimals` are those it has on a chain. `None` when a number does not
    /// fit or the decimals of a chain are not known.
    pub fn left(&self, asset: &AssetId, decimals: impl Fn(&ChainName) -> Option<u8>) -> Option<Left> {
        let (sum, decimals) = self.sums(asset, decimals)?;
        let (is_long, units) = (sum.bought > sum.sold, sum.bought.abs_diff(sum.sold));
        let is_dust = units <= sum.bought.max(sum.sold).checked_div(DUST)?;
        Some(Left { is_long, units, decimals, is_dust })
    }

    fn sums(&self, asset: &AssetId, decimals: impl Fn(&ChainName) -> Option<u8>) -> Option<(Moved, u8)> {
        let here = || self.moved.iter().filter(|(position, _)| position.asset == *asset);
        let mut finest = 0;
        for (position, _) in here() {
            finest = decimals(&position.chain)?.max(finest);
        }
        let mut sum = Moved::default();
        for (position, moved) in here() {
            let more = finest.checked_sub(decimals(&position.chain)?)?;
            let scale = 10_u128.checked_pow(u32::from(more))?;
            sum.sold = sum.sold.checked_add(moved.sold.checked_mul(scale)?)?;
            sum.bought = sum.bought.checked_add(moved.bought.checked_mul(scale)?)?;
        }
        Some((sum, finest))
    }
}
