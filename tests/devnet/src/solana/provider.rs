//! What an RPC proxy of the Solana chain can be told to do, and what it saw.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::misbehave::{Fault, RateLimit};
use crate::proxy::RpcFailure;

/// Settings of a proxy. The default passes everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxySettings {
    /// Fault of every request.
    pub fault: Fault,
    /// Faults of the requests that contain a method, by method.
    pub method_faults: BTreeMap<String, Fault>,
    /// HTTP requests per second, and how long the proxy blocks afterwards.
    pub rate_limit: Option<RateLimit>,
    /// Methods answered with -32601.
    pub unsupported: BTreeSet<String>,
    /// Methods answered with this error object.
    pub errors: BTreeMap<String, RpcFailure>,
    /// Slots, heights, blockhashes and statuses are those of so many slots
    /// ago; `minContextSlot` is refused accordingly.
    pub lag: u64,
    /// Reads are answered as they were when they were first asked since.
    pub frozen: bool,
    /// Added to every slot.
    pub slot_shift: i64,
    /// Added to every block height.
    pub height_shift: i64,
    /// Added to the last height that a blockhash is valid at.
    pub last_valid_shift: i64,
    /// What `getSignatureStatuses` answers.
    pub statuses: Statuses,
    /// Accounts shown in place of what the chain has, by address, as the node writes them.
    pub invented: BTreeMap<String, serde_json::Value>,
    /// What becomes of transactions.
    pub send: Sending,
}

/// What `getSignatureStatuses` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statuses {
    /// The truth.
    #[default]
    Honest,
    /// Null for everything.
    Missing,
    /// Everything is final.
    Invented,
    /// Everything that is there has failed.
    Failed,
}

/// What becomes of `sendTransaction`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sending {
    /// It reaches the node.
    #[default]
    Forward,
    /// Its signature is answered, the node never sees it.
    Swallow,
    /// As [`Sending::Swallow`] for `dropped` of every `of` transactions.
    Drop {
        /// How many of them are lost.
        dropped: u64,
        /// Of how many.
        of: u64,
    },
    /// Its signature is answered; the node sees it when it is released.
    Hold,
    /// It is refused with an error object, the node never sees it.
    Reject(RpcFailure),
    /// It reaches the node, and an error object is answered.
    ForwardThenError(RpcFailure),
    /// It reaches the node, and then comes this fault.
    ForwardThenFault(Fault),
    /// It reaches the node, and another signature is answered.
    ForwardThenWrongSignature,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The node saw it.
    Forwarded,
    /// The node never saw it.
    Lost,
    /// The node sees it when it is released.
    Held,
}

/// A transaction that was handed to the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentTransaction {
    /// Its first signature.
    pub signature: String,
    /// Its bytes in base64.
    pub raw: String,
    /// When it came, in milliseconds since the epoch.
    pub at_ms: u64,
    /// What became of it.
    pub fate: Fate,
}
