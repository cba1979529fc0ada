//! Operations on real nodes.

mod on_chain;
mod on_solana;
mod scene;
