//! The messages that left this chain, read as anybody can: from the
//! transactions that named the transmitter and the event accounts they made.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use devnet::solana::Departure;
use serde_json::{Value, json};
use solana_pubkey::Pubkey;
use tokio::task::JoinHandle;

use super::accounts::MessageSent;
use super::pda;
use crate::client::Client;
use crate::error::Error;
use crate::ids::MESSAGE_TRANSMITTER;
use crate::program::{State, discriminator};

/// Time between two looks at the chain.
const PERIOD: Duration = Duration::from_millis(50);
/// Which account of `send_message` is the event account.
const EVENT_ACCOUNT: usize = 3;

#[derive(Debug, Default)]
struct Seen {
    departures: Vec<Departure>,
    /// The newest signature that was looked at.
    newest: Option<String>,
}

/// A running watch. It ends when this is dropped.
pub struct Ledger {
    seen: Log,
    task: JoinHandle<()>,
}

/// Shared access to what a watch has seen.
#[derive(Clone)]
pub struct Log {
    client: Client,
    seen: Arc<Mutex<Seen>>,
}

impl Ledger {
    /// Starts watching the chain behind `client`.
    pub fn start(client: Client) -> Self {
        let log = Log { client, seen: Arc::default() };
        let watched = log.clone();
        let task = tokio::spawn(async move {
            loop {
                // A node that does not answer is asked again.
                let _ = watched.look().await;
                tokio::time::sleep(PERIOD).await;
            }
        });
        Self { seen: log, task }
    }

    /// What was seen.
    pub fn log(&self) -> Log {
        self.seen.clone()
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The accounts of a recorded transaction, in the order of their indices.
fn keys(recorded: &Value) -> Vec<String> {
    let lists = [
        &recorded["transaction"]["message"]["accountKeys"],
        &recorded["meta"]["loadedAddresses"]["writable"],
        &recorded["meta"]["loadedAddresses"]["readonly"],
    ];
    let all = lists.into_iter().filter_map(Value::as_array).flatten();
    all.filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// The event accounts that a recorded transaction made, in its order.
fn events(recorded: &Value) -> Vec<String> {
    let keys = keys(recorded);
    let send = discriminator("global", "send_message");
    let mut events = Vec::new();
    let inner = recorded["meta"]["innerInstructions"].as_array().into_iter().flatten();
    for instruction in inner.filter_map(|group| group["instructions"].as_array()).flatten() {
        let key = |index: &Value| index.as_u64().and_then(|index| keys.get(index as usize));
        let ours =
            key(&instruction["programIdIndex"]).is_some_and(|id| *id == MESSAGE_TRANSMITTER.to_string());
        let data = instruction["data"].as_str().and_then(|data| bs58::decode(data).into_vec().ok());
        if ours && data.is_some_and(|data| data.starts_with(&send)) {
            events.extend(key(&instruction["accounts"][EVENT_ACCOUNT]).cloned());
        }
    }
    events
}

impl Log {
    fn with<R>(&self, act: impl FnOnce(&mut Seen) -> R) -> R {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every message since `slot`, in the chain's order.
    pub fn since(&self, slot: u64) -> Vec<Departure> {
        self.with(|seen| seen.departures.iter().filter(|message| message.slot >= slot).cloned().collect())
    }

    /// The messages of one transaction.
    pub fn of(&self, signature: &str) -> Vec<Departure> {
        let ours = |message: &&Departure| message.signature == signature;
        self.with(|seen| seen.departures.iter().filter(ours).cloned().collect())
    }

    /// The newest slots that are processed, confirmed and final.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer.
    pub async fn heads(&self) -> Result<[u64; 3], Error> {
        let mut heads = [0; 3];
        for (head, commitment) in heads.iter_mut().zip(["processed", "confirmed", "finalized"]) {
            let slot = self.client.rpc().call("getSlot", json!([{ "commitment": commitment }])).await?;
            *head = slot.as_u64().unwrap_or(0);
        }
        Ok(heads)
    }

    async fn look(&self) -> Result<(), Error> {
        let newest = self.with(|seen| seen.newest.clone());
        let mut options = json!({ "commitment": "confirmed", "limit": 1_000 });
        if let Some(newest) = &newest {
            options["until"] = json!(newest);
        }
        let address = pda::message_transmitter().to_string();
        let found = self.client.rpc().call("getSignaturesForAddress", json!([address, options])).await?;
        // The newest comes first.
        for entry in found.as_array().into_iter().flatten().rev() {
            let Some(signature) = entry["signature"].as_str() else { continue };
            if entry["err"].is_null() {
                let departures = self.departures(signature).await?;
                self.with(|seen| seen.departures.extend(departures));
            }
            self.with(|seen| seen.newest = Some(signature.to_owned()));
        }
        Ok(())
    }

    async fn departures(&self, signature: &str) -> Result<Vec<Departure>, Error> {
        let recorded = self.client.transaction(signature).await?;
        let slot = recorded["slot"].as_u64().unwrap_or(0);
        let mut departures = Vec::new();
        for (index, event) in (0..).zip(events(&recorded)) {
            let Ok(address) = event.parse::<Pubkey>() else { continue };
            // A message whose account is gone was attested long ago.
            let Some((_, data)) = self.client.account(&address).await? else { continue };
            let Some(sent) = MessageSent::from_data(&data) else { continue };
            let message = sent.message.into();
            departures.push(Departure { signature: signature.to_owned(), slot, index, event, message });
        }
        Ok(departures)
    }
}
