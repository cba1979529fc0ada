//! The real daemon, stopped in every state of what it does on Solana and started again. Whatever happened
//! before it was stopped, afterwards everything was done exactly once.

mod copies;
mod expiry;
mod moments;
mod states;

use super::{files, hold, scene};
