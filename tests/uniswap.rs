//! Uniswap mathematics and execution.

mod calldata;
mod curve;
pub(crate) mod model;
pub(crate) mod on_chain;
mod product;
mod ranges;
mod reading;
mod ticks;
