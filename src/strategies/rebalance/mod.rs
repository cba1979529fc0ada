//! Rebalance: keep every position's share of the inventory near its target.
//!
//! A deviation above the trigger starts it; it ends inside the band, which is narrower: the difference
//! is the hysteresis. Weights are integers in millionths.

mod decide;
mod explain;
mod goal;
mod quotes;
mod weights;

pub use decide::decide;
pub use goal::{Goal, GoalError};
pub use quotes::wanted;
pub use weights::bands;

pub use crate::strategies::{Decision, Peg};
