//! The daemon as a process against three chains, Iris, prices and providers that misbehave.

mod arbitrage;
mod conditions;
mod cross_chain;
mod fees;
mod foreign;
mod front_run;
mod happy;
mod iris;
mod oneinch;
mod prices;
mod providers;
mod reorgs;
mod routes;

use super::{cases, scene};
