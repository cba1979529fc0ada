//! EVM chains.

pub mod keys;
