//! The chain and everything on it.

mod addresses;
mod balances;
mod burns;
mod control;
mod crossing;
mod heights;
mod jupiter;
mod process;
mod providers;
mod receipts;
mod support;
mod swaps;
