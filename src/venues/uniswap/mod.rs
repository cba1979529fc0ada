//! Uniswap V2, V3 and V4: where a configured pool is, how its state is read within a scan and what its events
//! make of it, how a swap
//! is written for SwapRouter02 and read back, and what a receipt says was exchanged.

pub mod address;
pub mod events;
pub mod logs;
pub mod quoter;
pub mod reader;
pub mod swap;

mod contracts;

pub use reader::{Decoded, PoolReader, ReadError};
pub use swap::{RouterSwap, SwapError};
