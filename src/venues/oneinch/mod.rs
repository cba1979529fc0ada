//! 1inch Classic Swap: an HTTP API that quotes, and that writes the calldata of a swap.
//!
//! Nothing it answers is believed. The calldata must decode to a `swap` of the pinned router for
//! exactly the step's tokens, amount and recipient ([`Intent`]); policy judges the decoded bytes
//! again; and what the swap does to balances and allowance is simulated before it is signed. What the
//! executor does in between is opaque, and bounded by all three.

mod abi;
pub mod client;
pub mod error;
pub mod intent;
pub mod reply;
pub mod swap;

pub use client::{Account, OneInch};
pub use error::OneInchError;
pub use intent::{Intent, Refusal};
pub use reply::{Quoted, Written};
pub use swap::{AggregatorSwap, AggregatorSwapError};
