//! Interruption at every instant.

mod on_chain;
