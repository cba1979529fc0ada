//! The liquidity network: positions, and the ways value can move between them. Pure.

#![allow(
    clippy::float_arithmetic,
    reason = "numerical optimisation; every result is rounded against ourselves and re-checked exactly"
)]

pub mod pool;
