//! Bridges between chains.

pub mod cctp;
