//! Venues where assets are exchanged.

pub mod uniswap;
