//! The Solana chain of the local network: a node that reaches no other
//! network, with the token programs and well-known mints.
//!
//! Start one with [`Network::start`]; everything stops when it is dropped.

pub mod error;
pub mod genesis;
pub mod ids;
pub mod manifest;
pub mod network;
pub mod node;
pub mod token;

pub use error::Error;
pub use manifest::Manifest;
pub use network::{Network, Options};
