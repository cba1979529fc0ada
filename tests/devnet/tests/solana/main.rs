//! The Solana chain as part of the network.

mod on_solana;
mod start;
