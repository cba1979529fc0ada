//! Interruption at every instant.

mod aftermath;
mod files;
mod hold;
mod on_chain;
mod on_solana;
mod scene;
