//! Interruption at every instant.

mod aftermath;
mod copied;
mod hold;
mod on_chain;
mod on_solana;
mod scene;
