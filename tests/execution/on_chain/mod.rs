//! The daemon as a process against three chains, Iris, prices and providers that misbehave.

mod conditions;
mod fees;
mod foreign;
mod front_run;
mod happy;
mod iris;
mod oneinch;
mod prices;
mod providers;
mod reorgs;

use super::{cases, scene};
