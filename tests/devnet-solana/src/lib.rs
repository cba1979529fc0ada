//! The Solana chain of the local network: a node that reaches no other
//! network, with the token programs, well-known mints, and CCTP V2.
//!
//! Start one with [`Network::start`]; everything stops when it is dropped.

pub mod cctp;
pub mod client;
pub mod conditions;
pub mod control;
pub mod error;
pub mod genesis;
pub mod ids;
pub mod jupiter;
pub mod manifest;
pub mod network;
pub mod node;
pub mod pool;
pub mod program;
pub mod proxy;
pub mod steer;
pub mod token;

pub use error::Error;
pub use manifest::Manifest;
pub use network::{Network, Options};
