//! Strategies: from a snapshot to a goal. Pure.

pub mod arbitrage;
pub mod convert;
mod decision;
mod peg;
pub mod rebalance;

pub use decision::Decision;
pub use peg::Peg;
