//! Venues where assets are exchanged.

pub mod atomic;
pub mod jupiter;
pub mod oneinch;
pub mod uniswap;
