//! Decision records: why a tick did what it did, kept also when it did nothing.

use serde::{Deserialize, Serialize};

use crate::domain::plan::Certificate;
use crate::domain::snapshot::Height;
use crate::domain::{Amount, ChainName, PlanHash, Timestamp, Usd};

/// How a tick ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Inventory is where it should be, or no move pays.
    Nothing {
        /// Why.
        reason: String,
    },
    /// Something needed was missing or disagreed; nothing was done.
    Refused {
        /// What, and what would repair it.
        reason: String,
    },
    /// A plan was made and not run (dry run).
    Previewed {
        /// Its content hash.
        plan: PlanHash,
    },
    /// A plan was made and its operations were recorded for execution.
    Accepted {
        /// Its content hash.
        plan: PlanHash,
    },
}

/// A move that was considered and not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Its route.
    pub route: String,
    /// Why it was not taken.
    pub reason: String,
}

/// One quote a decision was made from, taken or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    /// The way it is of.
    pub route: String,
    /// What would be sold.
    pub sold: Amount,
    /// What that would bring; nothing where none was given.
    pub bought: Option<Amount>,
    /// Whether it was taken, and why not.
    pub verdict: String,
}

/// One position's place relative to its target. Weights are in millionths of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Chain.
    pub chain: ChainName,
    /// Asset symbol.
    pub asset: String,
    /// Value held, in-flight included.
    pub value: Usd,
    /// Weight held.
    pub weight_ppm: i64,
    /// Weight wanted.
    pub target_ppm: i64,
}

/// The record of one decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// When.
    pub at: Timestamp,
    /// What was asked for, where an operator asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Blocks the inputs were read at.
    pub blocks: Vec<(ChainName, Height)>,
    /// Positions against their targets.
    pub deviations: Vec<Deviation>,
    /// How it ended.
    pub outcome: Outcome,
    /// Proof of quality, when something was solved.
    pub certificate: Option<Certificate>,
    /// Marginal value of one more dollar at each position (dual prices), in millionths of a dollar.
    pub shadow_prices: Vec<(String, i64)>,
    /// Quotes it was made from, where it is about quotes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<Quoted>,
    /// Moves considered and refused.
    pub alternatives: Vec<Alternative>,
    /// What policy said, one line per step.
    pub policy: Vec<String>,
}
