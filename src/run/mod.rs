//! The composition root: from a configuration to a running daemon.

pub mod arbitrage;
pub mod cross_chain;
pub mod daemon;
pub mod goal;
pub mod house;
pub mod identity;
pub mod preflight;
pub mod rules;

pub use daemon::{RunError, run};
pub use house::{House, HouseError};
