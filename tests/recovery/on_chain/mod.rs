//! The real daemon on real nodes, stopped in every state and started again. Whatever happened before
//! it was stopped, afterwards everything was done exactly once.

mod copies;
mod halts;
mod restarts;
mod routes;
mod states;

use super::{files, hold, scene};
