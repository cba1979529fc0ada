//! Behaviour of the daemon through its public surface: one binary, so that it links once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod accounting;
mod arbitrage;
mod architecture;
mod atomic;
mod cctp;
mod chains;
mod cli;
mod configuration;
mod convert;
mod cross_chain;
mod demonstration;
mod domain;
mod execution;
mod fuzz_seeds;
mod journal;
mod jupiter;
mod oneinch;
mod policy;
mod pools;
mod prices;
mod recording;
mod recovery;
mod solana;
mod solver;
#[allow(dead_code, unreachable_pub, reason = "every group of tests uses its own part")]
mod support;
mod telemetry;
mod uniswap;
