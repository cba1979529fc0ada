//! Chains: endpoints, transactions and their fate.

pub mod evm;
pub mod http;
pub mod rpc;
pub mod solana;
