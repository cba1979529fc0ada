//! Arbitrage on one chain: from the pools of a block to the best atomic route, if one pays.

mod changes;
mod decide;
mod goal;

pub use changes::Changes;
pub use decide::{Arbitrage, View};
pub use goal::{Goal, PoolTerms, RouteGas};
