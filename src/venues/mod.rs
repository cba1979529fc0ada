//! Venues where assets are exchanged.

pub mod jupiter;
pub mod oneinch;
pub mod uniswap;
