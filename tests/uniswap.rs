//! Uniswap mathematics and execution.

mod calldata;
mod curve;
mod model;
mod on_chain;
mod product;
mod ranges;
mod reading;
mod ticks;
