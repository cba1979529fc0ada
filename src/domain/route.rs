//! Atomic routes: swaps through several pools that happen in one transaction, or not at all.

use std::fmt;

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::domain::plan::Cost;
use crate::domain::pool::PoolKey;
use crate::domain::{Amount, ChainName, Usd};

/// Where the tokens come from that a route begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Funding {
    /// From the wallet, by an exact approval.
    #[default]
    Inventory,
    /// Borrowed from the V4 PoolManager within the transaction, without a fee.
    PoolManager,
}

impl fmt::Display for Funding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inventory => "inventory",
            Self::PoolManager => "pool-manager",
        })
    }
}

/// One swap of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteLeg {
    /// The pool.
    pub pool: PoolKey,
    /// Place of its factory in the contract's list; 255 for a V4 pool.
    pub factory: u8,
    /// Its fee in hundredths of a basis point where that is part of its identity: V3 and V4. Zero for V2.
    pub fee: u32,
    /// Distance between usable ticks of a V4 pool; zero otherwise.
    pub tick_spacing: i32,
    /// What goes in.
    pub amount_in: Amount,
    /// Whether all goes in that the route has of it by then, should that be more or less.
    pub takes_rest: bool,
    /// What the pool gives at the block of the decision, exactly.
    pub quoted_out: Amount,
    /// The least we accept.
    pub min_out: Amount,
}

/// An atomic route. Its first token is the one that profit is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteStep {
    /// Chain.
    pub chain: ChainName,
    /// The AtomicRoute contract.
    pub contract: Address,
    /// Block whose state it was planned on.
    pub block: u64,
    /// Last block it may be in; zero where the chain's contracts do not see its block numbers.
    pub last_block: u64,
    /// Where the loan comes from.
    pub funding: Funding,
    /// What is lent of the first token, and paid back at the end.
    pub loan: Amount,
    /// The swaps, in order.
    pub legs: Vec<RouteLeg>,
    /// What is left of the first token, exactly, if nothing changes.
    pub profit: Amount,
    /// The least that must be left.
    pub min_profit: Amount,
    /// What the profit is worth.
    pub profit_usd: Usd,
    /// What the loan is worth.
    pub loan_usd: Usd,
    /// Expected cost: gas.
    pub cost: Cost,
}

impl RouteStep {
    /// Whether the wallet lends, and has to approve, something.
    pub fn is_lent_by_wallet(&self) -> bool {
        self.funding == Funding::Inventory && !self.loan.is_zero()
    }

    /// What the limits count: what the wallet lends; of a route that borrows, what it is to bring.
    pub fn at_stake(&self) -> Usd {
        if self.is_lent_by_wallet() { self.loan_usd.max(self.profit_usd) } else { self.profit_usd }
    }

    /// The pools it goes through.
    pub fn pools(&self) -> impl Iterator<Item = PoolKey> {
        self.legs.iter().map(|leg| leg.pool)
    }
}
