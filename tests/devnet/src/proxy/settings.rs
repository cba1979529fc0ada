//! What an RPC proxy can be told to do, and what it remembers.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{B256, Bytes, FixedBytes};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::websocket::{Streams, WebSocket};
use crate::misbehave::{Fault, Faulty, Meter, RateLimit};

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
    /// The chain is shown as of so many blocks ago.
    pub lag: u64,
    /// A chain id other than the true one.
    pub chain_id: Option<u64>,
    /// Block hashes are changed, in blocks, receipts, logs and transactions.
    pub forge_block_hashes: bool,
    /// `balanceOf`, `eth_getBalance` and `getEthBalance` of Multicall3 are
    /// multiplied by this.
    pub scale_balances: Option<Ratio>,
    /// `eth_getTransactionCount` answers so many fewer.
    pub forget_transactions: u64,
    /// What contract calls return, by selector, directly or in a Multicall3
    /// batch.
    pub call_overrides: BTreeMap<FixedBytes<4>, Bytes>,
    /// What receipts look like.
    pub receipts: Receipts,
    /// `eth_getLogs` finds nothing.
    pub hide_logs: bool,
    /// What becomes of transactions.
    pub send: Sending,
    /// What becomes of WebSocket connections. What a connection carries is the
    /// node's own: of the settings above only `fault` concerns it, if it is
    /// `refuse` or `hang`.
    pub websocket: WebSocket,
}

/// A JSON-RPC error object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcFailure {
    pub code: i64,
    pub message: String,
    #[serde(default)]
    pub data: Option<String>,
}

/// A fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    pub numerator: u64,
    pub denominator: u64,
}

/// What `eth_getTransactionReceipt` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    #[default]
    Honest,
    /// Always null.
    Missing,
    /// Every transaction reverted: status 0, no logs.
    Reverted,
    /// Every transaction succeeded, with the logs it really has.
    Succeeded,
    /// The logs are missing.
    WithoutLogs,
    /// A transaction that is nowhere has succeeded in the newest block.
    Invented,
}

/// What becomes of `eth_sendRawTransaction`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sending {
    /// It reaches the node.
    #[default]
    Forward,
    /// Its hash is answered, the node never sees it.
    Swallow,
    /// It is refused with an error object, the node never sees it.
    Reject(RpcFailure),
    /// It reaches the node, and an error object is answered.
    ForwardThenError(RpcFailure),
    /// It reaches the node, and then comes this fault.
    ForwardThenFault(Fault),
    /// It reaches the node, and another hash is answered.
    ForwardThenWrongHash,
}

/// A transaction that was handed to the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentTransaction {
    /// Keccak-256 of the raw bytes.
    pub hash: B256,
    pub raw: Bytes,
    /// Whether it was passed on to the node.
    pub forwarded: bool,
}

/// What a proxy remembers.
#[derive(Debug, Default)]
pub struct ProxyState {
    pub settings: ProxySettings,
    /// HTTP requests.
    pub requests: u64,
    /// JSON-RPC calls by method.
    pub calls: BTreeMap<String, u64>,
    /// Every transaction handed over, in order.
    pub sent: Vec<SentTransaction>,
    pub meter: Meter,
    /// WebSocket connections taken.
    pub websockets: u64,
    /// What the connections have to know.
    pub streams: watch::Sender<Streams>,
}

impl Faulty for ProxyState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}
