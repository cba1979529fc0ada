//! What families of nodes have different in JSON-RPC.

use alloy::primitives::Bytes;
use serde_json::Value;

use crate::chains::rpc::stats::Method;

/// How nodes of one family identify themselves and refuse.
pub struct Dialect {
    /// The method that tells which chain an endpoint serves.
    pub identity: Method,
    /// Whether an error's code and text say that too much is asked.
    pub is_rate_limit: fn(i64, &str) -> bool,
    /// What is worth keeping of an error's `data`.
    pub error_data: fn(&Value) -> Option<Bytes>,
}
