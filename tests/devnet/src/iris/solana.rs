//! Reads the messages of a Solana chain and keeps Iris' burns in step. Each of
//! them is in an event account that its transaction made.

use std::time::{Duration, Instant};

use super::IrisHandle;
use super::message::Message;
use super::state::{Heads, SOLANA, SentMessage, SourceTx};
use crate::rpc::http;
use crate::solana::Departures;

/// Slots below the final one that are read again.
const WINDOW: u64 = 64;

/// Iris' eye on the Solana chain.
pub struct Watcher {
    url: String,
    iris: IrisHandle,
    client: reqwest::Client,
    since: u64,
}

impl Watcher {
    pub fn new(url: String, iris: IrisHandle) -> Self {
        Self { url, iris, client: http(), since: 0 }
    }

    /// Looks at the chain every `period` until the task is aborted.
    pub async fn run(mut self, period: Duration) {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // A chain that does not answer leaves Iris with its last view.
            let _ = self.look().await;
        }
    }

    /// Takes over the chain's heights and messages, and attests what is due.
    pub async fn look(&mut self) -> Result<(), reqwest::Error> {
        let url = format!("{}/cctp/messages?since={}", self.url, self.since);
        let told: Departures = self.client.get(url).send().await?.error_for_status()?.json().await?;
        let heads = Heads { latest: told.confirmed, finalized: told.finalized, in_contracts: told.processed };
        let sent = told.messages.into_iter().filter_map(|departure| {
            Some(SentMessage {
                tx_hash: SourceTx::Solana(departure.signature),
                block: departure.slot,
                log_index: departure.index,
                message: Message::parse(&departure.message)?,
            })
        });
        let (since, sent) = (self.since, sent.collect());
        self.iris.with(|state| {
            state.reconcile(SOLANA, since, sent);
            state.heads.insert(SOLANA, heads);
            state.attest_due(Instant::now());
        });
        self.since = told.finalized.saturating_sub(WINDOW);
        Ok(())
    }
}
