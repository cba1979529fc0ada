//! Strategies: from a snapshot to a goal. Pure.

pub mod rebalance;
