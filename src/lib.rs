//! Purser keeps stablecoin liquidity where it is needed, across chains.
//!
//! `observe → Snapshot → Network → solve → Flow → Plan → policy → act → Outcome`; every arrow is
//! written to the journal before the next one starts.

pub mod act;
pub mod api;
pub mod backtest;
pub mod bridges;
pub mod chains;
pub mod cli;
pub mod config;
pub mod cycle;
pub mod domain;
pub mod feeds;
pub mod journal;
pub mod network;
pub mod observe;
pub mod policy;
pub mod recording;
pub mod run;
pub mod solve;
pub mod strategies;
pub mod tasks;
pub mod telemetry;
pub mod venues;
