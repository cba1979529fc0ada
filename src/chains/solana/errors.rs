//! The one place that knows the error codes and texts of Solana nodes.

use crate::chains::rpc::dialect::Dialect;
use crate::chains::rpc::failure::{NodeError, RpcError};
use crate::chains::rpc::stats::Method;
use crate::chains::rpc::text::has_phrase;

/// How Solana nodes identify themselves and refuse. Their errors carry nothing that we keep.
pub const DIALECT: Dialect =
    Dialect { identity: Method::GetGenesisHash, is_rate_limit, error_data: |_| None };

/// `NODE_UNHEALTHY`: the node knows that it is behind.
const UNHEALTHY: i64 = -32005;
/// `MIN_CONTEXT_SLOT_NOT_REACHED`.
const BEFORE_SLOT: i64 = -32016;
/// `TRANSACTION_SIGNATURE_VERIFICATION_FAILURE`.
const BAD_SIGNATURE: i64 = -32003;
/// `INVALID_PARAMS`; for a transaction: it does not decode, or is too large.
const INVALID_PARAMS: i64 = -32602;

/// Whether an error object says that we ask too much. Unlike on EVM, -32005 does not.
pub fn is_rate_limit(code: i64, message: &str) -> bool {
    const TEXTS: &[&str] = &["rate limit", "rate limited", "rate limit exceeded", "too many requests"];
    let text = message.to_lowercase();
    code == 429 || TEXTS.iter().any(|phrase| has_phrase(&text, phrase))
}

/// What a refusal says about the endpoint; `min_slot` is the slot that was asked for.
pub(super) fn meaning(error: NodeError, min_slot: u64) -> RpcError {
    match error.code {
        UNHEALTHY => RpcError::Unhealthy(error.message),
        BEFORE_SLOT => RpcError::BeforeSlot(min_slot),
        _ => RpcError::Node(error),
    }
}

/// What a refusal of `sendTransaction` says about the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendRefusal {
    /// The cluster has processed it already.
    Known,
    /// The blockhash is not known, or no longer: at this node, at this moment.
    BlockhashNotFound,
    /// The bytes themselves are unacceptable; repeating cannot help.
    Refused,
    /// Anything else.
    Unknown,
}

/// Classifies a refusal of `sendTransaction`.
pub fn send_refusal(code: i64, message: &str) -> SendRefusal {
    let text = message.to_lowercase();
    let has = |phrase: &str| has_phrase(&text, phrase);
    if has("already been processed") || has("already processed") || text.contains("alreadyprocessed") {
        SendRefusal::Known
    } else if has("blockhash not found") || text.contains("blockhashnotfound") {
        SendRefusal::BlockhashNotFound
    } else if matches!(code, BAD_SIGNATURE | INVALID_PARAMS) {
        SendRefusal::Refused
    } else {
        SendRefusal::Unknown
    }
}
