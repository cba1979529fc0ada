//! Venues where assets are exchanged.

pub mod oneinch;
pub mod uniswap;
