//! Optimisation over the liquidity network. Pure.

#![allow(
    clippy::float_arithmetic,
    reason = "numerical optimisation; every result is rounded against ourselves and re-checked exactly"
)]

pub mod conic;
mod inverse;
pub mod lp;
pub mod rebalance;
pub mod simplex;
