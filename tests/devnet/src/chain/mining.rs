//! When blocks are made, and unmade.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use alloy::consensus::TxEnvelope;
use alloy::consensus::transaction::SignerRecoverable;
use alloy::eips::Decodable2718;
use alloy::primitives::{Address, Bytes};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::Chain;
use crate::error::Error;
use crate::rpc::Rpc;

/// When a chain makes blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mining {
    /// One block as soon as a transaction arrives.
    #[default]
    PerTransaction,
    /// Only on [`Chain::mine`].
    Manual,
    /// One block per interval, with or without transactions.
    Every(Duration),
}

/// The current way of mining, and the task that mines by the clock.
#[derive(Debug)]
pub(super) struct State {
    mining: Mining,
    clock: Option<JoinHandle<()>>,
    /// Base fee of the blocks by the clock; without it, empty blocks would let
    /// the fee sink to nothing.
    base_fee: u128,
    /// Base fee of the next block only.
    next_base_fee: Option<u128>,
}

impl State {
    pub(super) fn new(base_fee: u128) -> Self {
        Self { mining: Mining::default(), clock: None, base_fee, next_base_fee: None }
    }

    fn stop_clock(&mut self) {
        if let Some(clock) = self.clock.take() {
            clock.abort();
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.stop_clock();
    }
}

impl Chain {
    /// When blocks are made now.
    pub fn mining(&self) -> Mining {
        self.lock().mining
    }

    /// Changes when blocks are made.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn set_mining(&self, mining: Mining) -> Result<(), Error> {
        let automine = mining == Mining::PerTransaction;
        self.lock().stop_clock();
        self.rpc.call("evm_setAutomine", json!([automine])).await?;
        self.set_clock(mining);
        if automine {
            // What waited for a block while mining was off gets one now.
            let waiting = self.rpc.call("txpool_status", json!([])).await?;
            if waiting["pending"] != json!("0x0") {
                self.mine(1).await?;
            }
        }
        Ok(())
    }

    fn set_clock(&self, mining: Mining) {
        let mut state = self.lock();
        state.stop_clock();
        state.mining = mining;
        if let Mining::Every(interval) = mining {
            // The node's own clock only knows whole seconds.
            state.clock = Some(tokio::spawn(tick(self.rpc.clone(), Arc::downgrade(&self.mining), interval)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.mining.lock().expect("no holder of this lock panics")
    }

    /// The base fee of the next block, in wei.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn set_next_base_fee(&self, wei: u128) -> Result<(), Error> {
        self.lock().next_base_fee = Some(wei);
        self.rpc.call("anvil_setNextBlockBaseFeePerGas", json!([format!("0x{wei:x}")])).await?;
        Ok(())
    }

    /// The base fee of every block by the clock from now on, and of the next block, in wei.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn set_base_fee(&self, wei: u128) -> Result<(), Error> {
        self.lock().base_fee = wei;
        self.set_next_base_fee(wei).await
    }

    /// Gives the next block the base fee that blocks by the clock have.
    pub(super) async fn restore_base_fee(&self) -> Result<(), Error> {
        let wei = self.lock().base_fee;
        self.set_next_base_fee(wei).await
    }

    /// One block per transaction, or none until [`Chain::mine`].
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn set_automine(&self, on: bool) -> Result<(), Error> {
        self.set_mining(if on { Mining::PerTransaction } else { Mining::Manual }).await
    }

    /// One block every so many seconds; fractions are allowed.
    ///
    /// # Errors
    /// [`Error::Option`] if `seconds` is not a positive time, [`Error::Rpc`] if the node refuses.
    pub async fn set_interval(&self, seconds: f64) -> Result<(), Error> {
        let interval = Duration::try_from_secs_f64(seconds).ok().filter(|interval| !interval.is_zero());
        let interval = interval.ok_or_else(|| Error::Option {
            option: "block time".into(),
            reason: format!("{seconds} s is not a positive time"),
        })?;
        self.set_mining(Mining::Every(interval)).await
    }

    /// Mines `count` blocks now.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn mine(&self, count: u64) -> Result<(), Error> {
        self.rpc.call("anvil_mine", json!([format!("0x{count:x}")])).await?;
        Ok(())
    }

    /// Mines until the block of a transaction that has a receipt now is finalized.
    ///
    /// # Errors
    /// [`Error::Timeout`] if a thousand blocks are not enough.
    pub async fn finalize(&self) -> Result<(), Error> {
        let target = self.latest().await?;
        for _ in 0..1_000 {
            if self.finalized().await? >= target {
                return Ok(());
            }
            self.mine(1).await?;
        }
        Err(Error::Timeout { what: format!("finality of block {target} on {}", self.name), seconds: 0 })
    }

    /// Remembers the whole state; the id is for [`Chain::revert`].
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn snapshot(&self) -> Result<Value, Error> {
        Ok(self.rpc.call("evm_snapshot", json!([])).await?)
    }

    /// Goes back to a snapshot, which is used up. `false` if it is not known.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses.
    pub async fn revert(&self, snapshot: Value) -> Result<bool, Error> {
        Ok(self.rpc.call("evm_revert", json!([snapshot])).await? == json!(true))
    }

    /// Replaces the last `depth` blocks by as many others. With
    /// `keep_transactions` they are mined again in the first of the new blocks,
    /// without it they are gone from chain and pool.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the node refuses, for instance a depth beyond the first block.
    pub async fn reorg(&self, depth: u64, keep_transactions: bool) -> Result<(), Error> {
        let mut kept = Vec::new();
        if keep_transactions {
            let head = self.latest().await?;
            for number in (head + 1).saturating_sub(depth)..=head {
                kept.extend(self.transactions(number).await?);
            }
        }
        // A transaction sent without its key has no signature that the node
        // could check, so its sender is impersonated again.
        let senders: BTreeSet<Address> = kept.iter().filter_map(Kept::impersonated).collect();
        for sender in &senders {
            self.rpc.call("anvil_impersonateAccount", json!([sender])).await?;
        }
        let pairs: Vec<Value> = kept.into_iter().map(|kept| json!([kept.argument(), 0])).collect();
        let done = self.rpc.call("anvil_reorg", json!([depth, pairs])).await;
        for sender in &senders {
            self.rpc.call("anvil_stopImpersonatingAccount", json!([sender])).await?;
        }
        done?;
        Ok(())
    }

    async fn transactions(&self, block: u64) -> Result<Vec<Kept>, Error> {
        let block = self.rpc.call("eth_getBlockByNumber", json!([format!("0x{block:x}"), true])).await?;
        let details = block["transactions"].as_array().cloned().unwrap_or_default();
        let calls: Vec<_> =
            details.iter().map(|details| ("debug_getRawTransaction", json!([details["hash"]]))).collect();
        let raw = self.rpc.batch_all(&calls).await?;
        details
            .into_iter()
            .zip(raw)
            .map(|(details, raw)| {
                let undecodable =
                    |error: serde_json::Error| self.undecodable("a transaction", &error.to_string());
                let raw: Bytes = serde_json::from_value(raw).map_err(undecodable)?;
                let sender: Address = serde_json::from_value(details["from"].clone()).map_err(undecodable)?;
                Ok(Kept { raw, sender, details })
            })
            .collect()
    }
}

/// Mines by the clock until the chain or its node is gone.
async fn tick(rpc: Rpc, state: Weak<Mutex<State>>, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(state) = state.upgrade() else { return };
        let fee = {
            let mut state = state.lock().expect("no holder of this lock panics");
            state.next_base_fee.take().unwrap_or(state.base_fee)
        };
        drop(state);
        let fee = ("anvil_setNextBlockBaseFeePerGas", json!([format!("0x{fee:x}")]));
        if rpc.sequence(&[fee, ("evm_mine", json!([]))]).await.is_err() {
            return;
        }
    }
}

/// A transaction that is to survive a reorganisation.
struct Kept {
    raw: Bytes,
    sender: Address,
    details: Value,
}

impl Kept {
    /// The sender, if the signature is not the sender's.
    fn impersonated(&self) -> Option<Address> {
        let signer =
            TxEnvelope::decode_2718(&mut self.raw.as_ref()).ok().and_then(|tx| tx.recover_signer().ok());
        (signer != Some(self.sender)).then_some(self.sender)
    }

    /// The signed bytes, or the fields for the node to fill a transaction from.
    fn argument(&self) -> Value {
        if self.impersonated().is_none() {
            return json!(self.raw);
        }
        let fields = ["from", "to", "input", "value", "gas", "nonce", "maxFeePerGas", "maxPriorityFeePerGas"];
        let present = fields.into_iter().filter(|field| !self.details[*field].is_null());
        Value::Object(present.map(|field| (field.to_owned(), self.details[field].clone())).collect())
    }
}
