//! Venues where assets are exchanged.

pub mod uniswap;

use alloy::primitives::{Address, Bytes};

/// A call of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The contract.
    pub to: Address,
    /// Selector and arguments.
    pub data: Bytes,
}
