//! Counters of what was asked of each endpoint and how it went.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A JSON-RPC method we use. The list is closed: nothing else is ever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `eth_chainId`.
    ChainId,
    /// `eth_getBlockByNumber`.
    GetBlockByNumber,
    /// `eth_call`.
    Call,
    /// `eth_estimateGas`.
    EstimateGas,
    /// `eth_maxPriorityFeePerGas`.
    MaxPriorityFeePerGas,
    /// `eth_getTransactionCount`.
    GetTransactionCount,
    /// `eth_getTransactionReceipt`.
    GetTransactionReceipt,
    /// `eth_getLogs`.
    GetLogs,
    /// `eth_sendRawTransaction`.
    SendRawTransaction,
    /// `eth_simulateV1`.
    SimulateV1,
    /// `getGenesisHash`.
    GetGenesisHash,
    /// `getEpochInfo`.
    GetEpochInfo,
    /// `getMultipleAccounts`.
    GetMultipleAccounts,
    /// `getLatestBlockhash`.
    GetLatestBlockhash,
    /// `getRecentPrioritizationFees`.
    GetRecentPrioritizationFees,
    /// `getMinimumBalanceForRentExemption`.
    GetMinimumBalanceForRentExemption,
    /// `getFirstAvailableBlock`.
    GetFirstAvailableBlock,
    /// `getSignatureStatuses`.
    GetSignatureStatuses,
    /// `getTransaction`.
    GetTransaction,
    /// `getSignaturesForAddress`.
    GetSignaturesForAddress,
    /// `simulateTransaction`.
    SimulateTransaction,
    /// `sendTransaction`.
    SendTransaction,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 22] = [
        Self::ChainId,
        Self::GetBlockByNumber,
        Self::Call,
        Self::EstimateGas,
        Self::MaxPriorityFeePerGas,
        Self::GetTransactionCount,
        Self::GetTransactionReceipt,
        Self::GetLogs,
        Self::SendRawTransaction,
        Self::SimulateV1,
        Self::GetGenesisHash,
        Self::GetEpochInfo,
        Self::GetMultipleAccounts,
        Self::GetLatestBlockhash,
        Self::GetRecentPrioritizationFees,
        Self::GetMinimumBalanceForRentExemption,
        Self::GetFirstAvailableBlock,
        Self::GetSignatureStatuses,
        Self::GetTransaction,
        Self::GetSignaturesForAddress,
        Self::SimulateTransaction,
        Self::SendTransaction,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChainId => "eth_chainId",
            Self::GetBlockByNumber => "eth_getBlockByNumber",
            Self::Call => "eth_call",
            Self::EstimateGas => "eth_estimateGas",
            Self::MaxPriorityFeePerGas => "eth_maxPriorityFeePerGas",
            Self::GetTransactionCount => "eth_getTransactionCount",
            Self::GetTransactionReceipt => "eth_getTransactionReceipt",
            Self::GetLogs => "eth_getLogs",
            Self::SendRawTransaction => "eth_sendRawTransaction",
            Self::SimulateV1 => "eth_simulateV1",
            Self::GetGenesisHash => "getGenesisHash",
            Self::GetEpochInfo => "getEpochInfo",
            Self::GetMultipleAccounts => "getMultipleAccounts",
            Self::GetLatestBlockhash => "getLatestBlockhash",
            Self::GetRecentPrioritizationFees => "getRecentPrioritizationFees",
            Self::GetMinimumBalanceForRentExemption => "getMinimumBalanceForRentExemption",
            Self::GetFirstAvailableBlock => "getFirstAvailableBlock",
            Self::GetSignatureStatuses => "getSignatureStatuses",
            Self::GetTransaction => "getTransaction",
            Self::GetSignaturesForAddress => "getSignaturesForAddress",
            Self::SimulateTransaction => "simulateTransaction",
            Self::SendTransaction => "sendTransaction",
        }
    }
}

/// How one JSON-RPC call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A result came back.
    Ok,
    /// The node answered with an error object (a revert counts here).
    Refused,
    /// No reply in time.
    Timeout,
    /// Told to slow down.
    RateLimited,
    /// No connection, a broken one, or an HTTP error status.
    Transport,
    /// A reply that is not what the protocol says, or too large.
    Malformed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::Refused, Self::Timeout, Self::RateLimited, Self::Transport, Self::Malformed];

    /// The word used as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate-limited",
            Self::Transport => "transport",
            Self::Malformed => "malformed",
        }
    }
}

/// Counters of one endpoint.
#[derive(Default)]
pub(in crate::chains) struct Counters {
    calls: [[AtomicU64; Outcome::ALL.len()]; Method::ALL.len()],
    http_requests: AtomicU64,
    micros: AtomicU64,
}

impl Counters {
    pub(in crate::chains) fn call(&self, method: Method, outcome: Outcome) {
        if let Some(counter) =
            self.calls.get(method as usize).and_then(|outcomes| outcomes.get(outcome as usize))
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(in crate::chains) fn request(&self, took: Duration) {
        self.http_requests.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(in crate::chains) fn http_requests(&self) -> u64 {
        self.http_requests.load(Ordering::Relaxed)
    }

    pub(in crate::chains) fn request_time(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    pub(in crate::chains) fn counts(&self) -> Vec<CallCount> {
        let mut counts = Vec::new();
        for (method, outcomes) in Method::ALL.into_iter().zip(&self.calls) {
            for (outcome, counter) in Outcome::ALL.into_iter().zip(outcomes) {
                let count = counter.load(Ordering::Relaxed);
                if count > 0 {
                    counts.push(CallCount { method, outcome, count });
                }
            }
        }
        counts
    }
}

/// How often a method went a certain way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCount {
    /// Method.
    pub method: Method,
    /// Outcome.
    pub outcome: Outcome,
    /// Times since start.
    pub count: u64,
}

/// One endpoint since start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStats {
    /// Origin of the endpoint, with a number where two share one.
    pub endpoint: String,
    /// HTTP requests sent.
    pub http_requests: u64,
    /// Time spent waiting for them, in total.
    pub request_time: Duration,
    /// JSON-RPC calls by method and outcome; zero counts are left out.
    pub calls: Vec<CallCount>,
    /// Newest block number it reported.
    pub head: Option<u64>,
    /// Blocks it was behind the best head when it last reported.
    pub lag_blocks: Option<u64>,
    /// Whether it is left alone after failures.
    pub cooling_down: bool,
}

/// One chain since start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainStats {
    /// Endpoints in order of preference.
    pub endpoints: Vec<EndpointStats>,
    /// Times endpoints contradicted each other on something that must be equal.
    pub disagreements: u64,
    /// Times fewer endpoints answered than a decision needs.
    pub quorum_lost: u64,
    /// Whether the last decision that needed a quorum found one.
    pub quorum_available: bool,
}
