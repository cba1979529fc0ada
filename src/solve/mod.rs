//! Optimisation over the liquidity network. Pure.

#![allow(
    clippy::float_arithmetic,
    reason = "numerical optimisation; every result is rounded against ourselves and re-checked exactly"
)]

pub mod arbitrage;
pub mod conic;
pub mod convert;
mod inverse;
pub mod lp;
pub mod rebalance;
pub mod simplex;
