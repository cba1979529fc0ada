//! Recordings: written while blocks are decided, read back, and decided again.

mod backtest;
mod damaged;
mod folder;
mod plot;
mod round_trip;
pub(crate) mod scene;
