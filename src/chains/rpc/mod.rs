//! JSON-RPC endpoints of any chain: one exchange, several endpoints, agreement between them.
//!
//! Reads that only inform go to one endpoint, with failover; whatever an irreversible step rests on
//! is asked of a quorum and fails when the quorum is not met.

pub mod dialect;
pub(in crate::chains) mod endpoint;
pub mod envelope;
pub mod failure;
pub mod health;
pub(in crate::chains) mod quorum;
pub mod stats;
pub(in crate::chains) mod text;

pub use endpoint::MAX_REPLY_BYTES;
