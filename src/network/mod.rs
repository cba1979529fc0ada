//! The liquidity network: positions, and the ways value can move between them. Pure.
//!
//! A node is an asset on a chain. An edge is one way to move value: a CCTP transfer at one speed, a
//! swap in one pool in one direction, or a swap by a venue's quote. Every edge has a fixed cost (gas of all its transactions and
//! the price of its delay), a proportional cost (price of the capital on its way), a concave gain and
//! a capacity. What is not known removes the edge with a reason: nothing unknown is ever free.

#![allow(
    clippy::float_arithmetic,
    reason = "numerical optimisation; every result is rounded against ourselves and re-checked exactly"
)]

mod bridge;
mod build;
mod edge;
pub mod envelope;
mod gas;
pub(crate) mod node;
pub mod pool;
mod quoted;
mod swap;
mod terms;

pub use build::{Budget, Network, Removed, build};
pub use edge::{BridgeWay, Edge, SwapWay, Way};
pub use envelope::{Envelope, Point};
pub use node::Node;
pub use quoted::QuotedWay;
pub use terms::{GasUnits, OpenRoutes, Terms, Transaction};
