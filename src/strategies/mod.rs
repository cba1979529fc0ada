//! Strategies: from a snapshot to a goal. Pure.

pub mod arbitrage;
pub mod convert;
pub mod cross_chain;
mod decision;
mod peg;
pub mod rebalance;

pub use decision::Decision;
pub use peg::Peg;
