//! Records blocks while the daemon runs: handed over without waiting, written by a thread of its own.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::{info, warn};

use super::folder::{Folder, Limits};
use super::header::Header;
use super::line::Encoder;
use super::reader::MAX_LINE_BYTES;
use super::{Block, Known};
use crate::domain::ChainName;
use crate::strategies::arbitrage::{Changes, Goal, View};
use crate::telemetry::Metrics;

/// How long the end of a recording is waited for.
const CLOSING: Duration = Duration::from_secs(5);

/// Records blocks. It never waits and never fails: what cannot be written is counted.
pub struct Recorder {
    chain: ChainName,
    metrics: Metrics,
    send: SyncSender<Block>,
    ended: oneshot::Receiver<()>,
    /// Changed and not handed over yet.
    changes: Changes,
}

impl Recorder {
    /// Records into files below `folder`, which is made when it is missing.
    ///
    /// # Errors
    /// That no thread can be started. A folder that cannot be written to ends the recording with a warning.
    pub fn start(folder: &Path, header: Header, limits: Limits, metrics: Metrics) -> io::Result<Self> {
        let (send, blocks) = sync_channel(limits.queue);
        let (done, ended) = oneshot::channel();
        let chain = header.goal.chain.clone();
        let mut writer = Writer {
            folder: Folder::new(folder, &chain, limits),
            encoder: Encoder::new(header.pools),
            header,
            limits,
            metrics: metrics.clone(),
            since_full: 0,
        };
        let place = folder.to_owned();
        let name = format!("recorder-{chain}");
        thread::Builder::new().name(name).spawn(move || {
            if let Err(error) = writer.run(&blocks) {
                let chain = &writer.header.goal.chain;
                warn!(
                    %chain,
                    "recording into {} has stopped: {error}. Deciding goes on; make room there and restart to record \
                     again",
                    place.display()
                );
            }
            // Whoever closes may be gone.
            let _ = done.send(());
        })?;
        Ok(Self { chain, metrics, send, ended, changes: Changes::any() })
    }

    /// Notes a block that is not recorded; `changed` as for [`Recorder::block`].
    pub fn skip(&mut self, changed: Option<&[usize]>) {
        self.changes.add(changed);
    }

    /// Hands a block over. `changed` names the pools that are not as they were at the last one, `None` when any may
    /// be another; `held` says that nothing was decided because a route was under way.
    pub fn block(&mut self, view: &View<'_>, goal: &Goal, changed: Option<&[usize]>, held: bool) {
        self.changes.add(changed);
        let changed = self.changes.take();
        let state = |index: usize| -> Option<Known> { Some((index, view.pools.get(index)?.clone())) };
        let full = changed.is_none();
        let pools = match changed {
            Some(changed) => changed.into_iter().filter_map(state).collect(),
            None => (0..view.pools.len()).filter_map(state).collect(),
        };
        let block = Block {
            block: view.block,
            at: view.at,
            gas: view.gas,
            inventory: view.inventory,
            prices: view.prices.clone(),
            // Of a held block nobody asked.
            busy: if held { BTreeSet::new() } else { goal.busy.clone() },
            held,
            full,
            pools,
        };
        if self.send.try_send(block).is_err() {
            self.metrics.recorded_blocks.with_label_values(&[self.chain.as_str(), "dropped"]).inc();
            // What is missing is made up for by a line with everything.
            self.changes = Changes::any();
        }
    }

    /// Waits until what was handed over is written, but not for long.
    pub async fn close(self) {
        let Self { send, ended, chain, .. } = self;
        drop(send);
        if tokio::time::timeout(CLOSING, ended).await.is_err() {
            warn!(%chain, "the recording was not written to its end; what is missing is the last blocks");
        }
    }
}

struct Writer {
    header: Header,
    folder: Folder,
    encoder: Encoder,
    limits: Limits,
    metrics: Metrics,
    since_full: u64,
}

impl Writer {
    fn run(&mut self, blocks: &Receiver<Block>) -> io::Result<()> {
        while let Ok(block) = blocks.recv() {
            self.write(&block)?;
        }
        self.folder.finish()
    }

    fn write(&mut self, block: &Block) -> io::Result<()> {
        let begins = self.folder.is_due(block.at);
        let full = begins || block.full || self.since_full >= self.limits.full_every;
        let line = self.encoder.encode(block, full).map_err(io::Error::other)?;
        if u64::try_from(line.len()).map_or(true, |length| length >= MAX_LINE_BYTES) {
            let reason =
                format!("a block takes {} bytes, more than the {MAX_LINE_BYTES} of a line", line.len());
            return Err(io::Error::other(reason));
        }
        if begins {
            let header = self.header.encode().map_err(io::Error::other)?;
            self.folder.begin(block.at, &header)?;
            info!(chain = %self.header.goal.chain, "recording begins another file");
        }
        self.folder.write(&line)?;
        self.since_full = if full { 1 } else { self.since_full.saturating_add(1) };
        self.metrics.recorded_blocks.with_label_values(&[self.header.goal.chain.as_str(), "written"]).inc();
        Ok(())
    }
}
