//! What the daily limits are held against.

use std::time::Duration;

use crate::domain::Usd;

/// What operations may have moved and paid for gas within [`Spent::WINDOW`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Value moved, at the prices of the decisions. Failed operations moved nothing.
    pub moved: Usd,
    /// Gas: per operation the larger of the quote and what its transactions paid; for a failed
    /// operation what its transactions paid.
    pub gas: Usd,
}

impl Spent {
    /// The time a daily limit looks back.
    pub const WINDOW: Duration = Duration::from_secs(86_400);
}
