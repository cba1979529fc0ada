//! A local network for tests and demonstrations: three `anvil` chains with the
//! real Uniswap V2 and V3, a Solidity CCTP V2, an Iris server, a 1inch server
//! with its router, price servers and an RPC proxy in front of every chain. A
//! Solana chain, which is a program of its own, joins them on request.
//!
//! Start one with [`Devnet::start`]; everything stops when it is dropped.

pub mod abi;
pub mod artifacts;
pub mod chain;
pub mod control;
pub mod demo;
pub mod deploy;
pub mod devnet;
pub mod error;
pub mod iris;
pub mod manifest;
pub mod misbehave;
pub mod node;
pub mod oneinch;
pub mod operator;
pub mod prices;
pub mod proxy;
pub mod rpc;
pub mod solana;

pub use chain::{Asset, Chain, Mining, Place, PoolRef, Trade};
pub use devnet::{Devnet, Options};
pub use error::{Error, RpcError};
pub use manifest::Manifest;
pub use rpc::Rpc;
pub use solana::{Solana, SolanaChain, Spawn};
