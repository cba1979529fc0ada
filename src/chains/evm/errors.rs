//! The one place that matches the texts of nodes.
//!
//! There is no standard: go-ethereum, Erigon, Nethermind, Besu, Nitro, Reth and Anvil each have
//! their own words. What no table knows is [`Broadcast::Unknown`]: the transaction may be alive.

use alloy::primitives::{Bytes, U256};
use alloy::sol_types::{Panic, Revert, SolError};

use crate::chains::evm::broadcast::Broadcast;
use crate::chains::evm::failure::NodeError;
use crate::chains::rpc::dialect::Dialect;
use crate::chains::rpc::stats::Method;
use crate::chains::rpc::text::has_phrase;
pub use crate::chains::rpc::text::printable;

/// How EVM nodes identify themselves and refuse.
pub const DIALECT: Dialect = Dialect { identity: Method::ChainId, is_rate_limit, error_data: revert_data };

/// The node has the transaction already: a success.
const KNOWN: &[&str] = &[
    "already known",                // go-ethereum, op-geth, Erigon, Reth
    "alreadyknown",                 // Nethermind
    "known transaction",            // Besu, older go-ethereum
    "transaction already known",    // Besu
    "transaction already imported", // Anvil, OpenEthereum
    "existing tx with same hash",   // Erigon
    "already imported",             // Reth
    "already in mempool",
    "already exists in the mempool",
];

/// The nonce is used up: by this transaction or by another one.
const NONCE_TOO_LOW: &[&str] = &[
    "nonce too low", // go-ethereum, Erigon, Besu, Nitro, Reth, Anvil
    "nonce_too_low",
    "oldnonce", // Nethermind
    "nonce is too low",
    "transaction nonce is too low", // OpenEthereum
];

/// The fees are too low for the pool or for replacing what is in it.
const UNDERPRICED: &[&str] = &[
    "replacement transaction underpriced", // go-ethereum, Erigon, Reth, Anvil
    "replacement underpriced",
    "transaction underpriced",                      // go-ethereum
    "transaction_replacement_underpriced",          // Besu
    "replacement_transaction_underpriced",          // Besu
    "could not replace existing tx",                // Erigon
    "underpriced",                                  // Erigon
    "fee too low",                                  // Erigon
    "feetoolow",                                    // Nethermind
    "feetoolowtocompete",                           // Nethermind
    "replacementnotallowed",                        // Nethermind
    "max fee per gas less than block base fee",     // go-ethereum, Nitro, Reth, Anvil
    "gas price below configured minimum gas price", // Besu
    "gas price is below configured minimum gas price",
    "transaction gas price too low",
    "gas price too low",
    "txpool is full",   // go-ethereum, Reth: a better price gets in
    "sub-pool is full", // Erigon
];

/// The wallet cannot pay.
const INSUFFICIENT_FUNDS: &[&str] = &[
    "insufficient funds",                   // go-ethereum, Erigon, Nitro, Reth, Anvil
    "insufficientfunds",                    // Nethermind
    "upfront cost exceeds account balance", // Besu
    "upfront_cost_exceeds_balance",
    "insufficient balance",
];

/// The transaction itself is not acceptable; repeating it cannot help.
const REFUSED: &[&str] = &[
    "intrinsic gas too low",
    "intrinsic gas exceeds gas limit",
    "intrinsic gas limit too low",
    "exceeds block gas limit",
    "gas limit exceeded",
    "gaslimitexceeded",
    "transaction gas limit too high",
    "exceeds the configured cap",
    "transaction fee cap exceeded",
    "max priority fee per gas higher than max fee per gas",
    "invalid chain id",
    "invalid chainid",
    "unmatched chain id",
    "wrong chain id",
    "invalid sender",
    "invalid signature",
    "invalidtxsignature",
    "invalid transaction signature",
    "failedtoresolvesender",
    "failed to decode transaction",
    "failed to decode signed transaction",
    "transaction type not supported",
    "unknown transaction type",
    "oversized data",
    "max initcode size exceeded",
    "nonce too high",
    "noncegap",
];

/// What the answer to `eth_sendRawTransaction` means.
pub fn classify(message: &str) -> Broadcast {
    let text = message.to_lowercase();
    let is = |table: &[&str]| table.iter().any(|phrase| has_phrase(&text, phrase));
    if is(KNOWN) {
        Broadcast::Known
    } else if is(NONCE_TOO_LOW) {
        Broadcast::NonceTooLow
    } else if is(UNDERPRICED) {
        Broadcast::Underpriced
    } else if is(INSUFFICIENT_FUNDS) {
        Broadcast::InsufficientFunds
    } else if is(REFUSED) {
        Broadcast::Refused(printable(message))
    } else {
        Broadcast::Unknown(printable(message))
    }
}

/// Whether an error object says that we ask too much (-32005 is EIP-1474's "limit exceeded").
pub fn is_rate_limit(code: i64, message: &str) -> bool {
    const TEXTS: &[&str] = &[
        "rate limit",
        "rate limited",
        "rate limit exceeded",
        "too many requests",
        "request limit",
        "request count exceeded",
        "compute units",
        "capacity limit exceeded",
    ];
    let text = message.to_lowercase();
    code == -32005 || code == 429 || TEXTS.iter().any(|phrase| has_phrase(&text, phrase))
}

/// Whether an error object of `eth_call` or `eth_estimateGas` is a revert of the contract.
/// Code 3 is go-ethereum's, -32015 Nethermind's and OpenEthereum's "VM execution error".
pub fn is_revert(error: &NodeError) -> bool {
    let text = error.message.to_lowercase();
    error.code == 3
        || text.contains("revert")
        || (error.code == -32015 && error.data.is_some())
        || has_phrase(&text, "invalid opcode")
}

/// Whether an error object of a simulation says that the sender cannot pay.
pub fn is_insufficient_funds(error: &NodeError) -> bool {
    let text = error.message.to_lowercase();
    INSUFFICIENT_FUNDS.iter().any(|phrase| has_phrase(&text, phrase))
        || has_phrase(&text, "gas required exceeds allowance")
}

/// Revert data as a sentence: `Error(string)`, `Panic(uint256)`, or a custom error's selector.
pub fn revert_reason(data: &[u8]) -> String {
    if data.is_empty() {
        return "it reverted without a reason".to_owned();
    }
    if let Ok(revert) = Revert::abi_decode_validate(data) {
        return printable(&revert.reason);
    }
    if let Ok(panic) = Panic::abi_decode_validate(data) {
        return match panic.kind() {
            Some(kind) => format!("panic 0x{:02x}: {}", panic.code, kind.as_str()),
            None => format!("panic 0x{:x}", panic.code),
        };
    }
    match data.get(..4) {
        Some(selector) => format!("custom error 0x{}", hex::encode(selector)),
        None => format!("unreadable revert data 0x{}", hex::encode(data)),
    }
}

/// The reason of a reverted call, from its data or else from the node's text.
pub fn node_revert_reason(error: &NodeError) -> String {
    match &error.data {
        Some(data) if !data.is_empty() => revert_reason(data),
        Some(_) | None => {
            let text = error.message.trim();
            let text = text.strip_prefix("execution reverted").unwrap_or(text);
            let text = text.trim_start_matches(':').trim();
            if text.is_empty() { revert_reason(&[]) } else { printable(text) }
        }
    }
}

/// Revert data out of an error object's `data`: `"0x…"`, `"Reverted 0x…"`, or an object around it.
pub(super) fn revert_data(data: &serde_json::Value) -> Option<Bytes> {
    match data {
        serde_json::Value::String(text) => {
            let text = text.strip_prefix("Reverted ").unwrap_or(text);
            hex::decode(text.strip_prefix("0x")?).ok().map(Bytes::from)
        }
        serde_json::Value::Object(object) => {
            object.get("data").filter(|inner| inner.is_string()).and_then(revert_data)
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_) => None,
    }
}

/// A `uint` returned by a contract, when it fits our integers.
///
/// # Errors
/// Says what is wrong: no data (no code at the address), another length, or too large.
pub fn amount_of(data: &[u8]) -> Result<u128, String> {
    if data.is_empty() {
        return Err("nothing was returned: there is no contract at this address".to_owned());
    }
    if data.len() != 32 {
        return Err(format!("{} bytes were returned where a number has 32", data.len()));
    }
    u128::try_from(U256::from_be_slice(data)).map_err(|_| "the number is absurdly large".to_owned())
}
