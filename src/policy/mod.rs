//! Policy: what may be signed. Default deny. Pure.
//!
//! A step is judged before it is reserved ([`judge_step`]); every transaction is judged again
//! when it is signed ([`judge_transaction`]), on an [`Effect`] decoded from its bytes, against
//! the step it claims to serve. Whatever no rule allows is denied.

pub mod effect;
pub mod route;
pub mod rules;
pub mod solana;
pub mod step;
pub mod trade;
pub mod transaction;

use std::fmt;

pub use effect::{Effect, Proposal};
pub use route::{LegEffect, RouteEffect, RouteRules};
pub use rules::{ChainRules, Rules};
pub use solana::{SolanaEffect, SolanaProposal, SolanaRules, SolanaToken, judge_solana};
pub use step::judge_step;
pub use trade::TradeRules;
pub use transaction::judge_transaction;

/// The answer of policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A rule allows it and none forbids it.
    Allow,
    /// It must not happen.
    Deny(Denial),
}

impl Verdict {
    /// Whether it may go on.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allowed"),
            Self::Deny(denial) => write!(f, "denied by {denial}"),
        }
    }
}

/// Which rule forbids something, and why in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {reason}")]
pub struct Denial {
    /// The rule's name, also the label of the metric.
    pub rule: Rule,
    /// What was found and what was allowed.
    pub reason: String,
}

/// The rules, by the names operators see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The chain has no rules, is not the one the step needs, or the bytes are for another one.
    Chain,
    /// The contract is not the one the rules name for this purpose.
    Contract,
    /// The call is not one of the allowed functions, or not the one the step needs.
    Function,
    /// The recipient is neither the wallet nor allow-listed.
    Recipient,
    /// The token is not configured, or not the one the step needs.
    Token,
    /// The amount is zero or differs from the step's.
    Amount,
    /// The least to receive is zero, below the step's, or above what the pool quoted.
    MinimumOut,
    /// The bridge or pool fee is above the limit, or not the step's.
    Fee,
    /// The transaction stays executable for too long, or not at all.
    Deadline,
    /// The gas limit times the fee is above the cap of one transaction.
    GasCap,
    /// Gas of the last 24 hours would be above the limit.
    GasPerDay,
    /// The operation moves more than allowed.
    PerOperation,
    /// Operations of the last 24 hours would move more than allowed.
    PerDay,
    /// Native coin is sent where none should be.
    NativeValue,
    /// A route promises more than is believable.
    Profit,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 15] = [
        Self::Chain,
        Self::Contract,
        Self::Function,
        Self::Recipient,
        Self::Token,
        Self::Amount,
        Self::MinimumOut,
        Self::Fee,
        Self::Deadline,
        Self::GasCap,
        Self::GasPerDay,
        Self::PerOperation,
        Self::PerDay,
        Self::NativeValue,
        Self::Profit,
    ];

    /// The name in metrics and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Contract => "contract",
            Self::Function => "function",
            Self::Recipient => "recipient",
            Self::Token => "token",
            Self::Amount => "amount",
            Self::MinimumOut => "minimum-out",
            Self::Fee => "fee",
            Self::Deadline => "deadline",
            Self::GasCap => "gas-cap",
            Self::GasPerDay => "gas-per-day",
            Self::PerOperation => "per-operation",
            Self::PerDay => "per-day",
            Self::NativeValue => "native-value",
            Self::Profit => "profit",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Turns a condition into a denial.
fn require(holds: bool, rule: Rule, reason: impl FnOnce() -> String) -> Result<(), Denial> {
    if holds { Ok(()) } else { Err(Denial { rule, reason: reason() }) }
}
