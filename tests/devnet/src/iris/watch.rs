//! Reads the `MessageSent` logs of one chain and keeps Iris' burns in step.

use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, Bytes, Log, LogData, U256};
use alloy::sol;
use alloy::sol_types::{SolCall, SolEvent};
use serde::Deserialize;
use serde_json::{Value, json};

use super::IrisHandle;
use super::message::Message;
use super::state::{Heads, SentMessage};
use crate::abi::IMulticall3;
use crate::deploy::MULTICALL3;
use crate::error::RpcError;
use crate::rpc::{Rpc, quantity};

sol! {
    event MessageSent(bytes message);
}

/// Blocks below the head that are read again whenever the head changes. A
/// deeper reorganisation is not noticed.
const WINDOW: u64 = 256;

/// A chain that Iris watches.
#[derive(Clone, Debug)]
pub struct SourceChain {
    /// CCTP domain.
    pub domain: u32,
    /// The node itself, not a proxy: Iris has its own view of the chain.
    pub node_url: String,
    pub message_transmitter: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLog {
    data: Bytes,
    topics: Vec<B256>,
    transaction_hash: B256,
    block_number: Value,
    log_index: Value,
}

/// Iris' eye on one chain.
pub struct Watcher {
    chain: SourceChain,
    iris: IrisHandle,
    rpc: Rpc,
    seen_hash: Value,
}

impl Watcher {
    pub fn new(chain: SourceChain, iris: IrisHandle) -> Self {
        let rpc = Rpc::new(chain.node_url.clone());
        Self { chain, iris, rpc, seen_hash: Value::Null }
    }

    /// Looks at the chain every `period` until the task is aborted.
    pub async fn run(mut self, period: Duration) {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // A node that does not answer leaves Iris with its last view.
            let _ = self.look().await;
        }
    }

    /// Takes over the chain's heights and messages, and attests what is due.
    pub async fn look(&mut self) -> Result<(), RpcError> {
        let number = Bytes::from(IMulticall3::getBlockNumberCall {}.abi_encode());
        let mut replies = self
            .rpc
            .batch(&[
                ("eth_getBlockByNumber", json!(["latest", false])),
                ("eth_getBlockByNumber", json!(["finalized", false])),
                ("eth_call", json!([{"to": MULTICALL3, "data": number}, "latest"])),
            ])
            .await?
            .into_iter();
        let mut next = || replies.next().unwrap_or(Ok(Value::Null));
        let (latest, finalized, in_contracts) = (next()?, next()?, next());
        let Some(height) = quantity(&latest["number"]) else { return Ok(()) };
        let heads = Heads {
            latest: height,
            finalized: quantity(&finalized["number"]).unwrap_or(0),
            // A chain without Multicall3 shows its contracts its own height.
            in_contracts: in_contracts.ok().and_then(|word| quantity_of_word(&word)).unwrap_or(height),
        };
        let since = height.saturating_sub(WINDOW);
        let sent = match latest["hash"] == self.seen_hash {
            true => None,
            false => Some(self.messages(since, height).await?),
        };
        let domain = self.chain.domain;
        self.iris.with(|state| {
            if let Some(sent) = sent {
                state.reconcile(domain, since, sent);
            }
            state.heads.insert(domain, heads);
            state.attest_due(Instant::now());
        });
        self.seen_hash = latest["hash"].clone();
        Ok(())
    }

    async fn messages(&self, from: u64, to: u64) -> Result<Vec<SentMessage>, RpcError> {
        let filter = json!([{
            "address": self.chain.message_transmitter,
            "topics": [MessageSent::SIGNATURE_HASH],
            "fromBlock": format!("{from:#x}"),
            "toBlock": format!("{to:#x}"),
        }]);
        decode(self.rpc.call("eth_getLogs", filter).await?)
    }
}

/// The number in a word that a call returned.
fn quantity_of_word(reply: &Value) -> Option<u64> {
    let word: B256 = serde_json::from_value(reply.clone()).ok()?;
    U256::from_be_bytes(word.0).try_into().ok()
}

/// The messages in `logs`, in the chain's order. Logs that hold no burn
/// message of the V2 format are not Iris' business.
fn decode(logs: Value) -> Result<Vec<SentMessage>, RpcError> {
    let logs: Vec<RawLog> = serde_json::from_value(logs)
        .map_err(|error| RpcError::Reply { method: "eth_getLogs".into(), reason: error.to_string() })?;
    Ok(logs.into_iter().filter_map(sent_message).collect())
}

fn sent_message(raw: RawLog) -> Option<SentMessage> {
    let log = Log { address: Address::ZERO, data: LogData::new(raw.topics, raw.data)? };
    let event = MessageSent::decode_log(&log).ok()?;
    Some(SentMessage {
        tx_hash: raw.transaction_hash.into(),
        block: quantity(&raw.block_number)?,
        log_index: quantity(&raw.log_index)?,
        message: Message::parse(&event.message)?,
    })
}
