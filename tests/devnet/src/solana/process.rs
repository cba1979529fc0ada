//! The process that the Solana chain runs in.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use super::{SolanaManifest, Spawn};
use crate::error::Error;

/// How long the chain may take until it runs.
const START_SECONDS: u64 = 60;
/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(10);
/// How much of its last words an error repeats.
const WORDS: u64 = 4_096;
/// Requests a minute that its Jupiter takes without a key: tests ask more often
/// than an operator would.
const KEYLESS: u32 = 6_000;

/// What the wallet starts with, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Balances {
    pub(crate) lamports: u64,
    pub(crate) usdc: u64,
    pub(crate) usdt: u64,
}

/// A running Solana chain; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The chain ends when this closes, however its owner ends.
    guard: Option<ChildStdin>,
    drains: [JoinHandle<()>; 2],
}

impl Process {
    /// Starts the chain and waits until it tells where everything is.
    pub(crate) async fn start(
        spawn: &Spawn,
        providers: usize,
        balances: Balances,
    ) -> Result<(Self, SolanaManifest), Error> {
        if !spawn.program.is_file() {
            return Err(Error::NotBuilt { path: spawn.program.clone() });
        }
        let failed = |reason: String| Error::Solana { reason };
        let mut child = Command::new(&spawn.program)
            .args(["up", "--until-stdin-closes"])
            .args(["--slot-ms", &spawn.slot_ms.to_string()])
            .args(["--providers", &providers.to_string()])
            .args(["--lamports", &balances.lamports.to_string()])
            .args(["--usdc", &balances.usdc.to_string()])
            .args(["--usdt", &balances.usdt.to_string()])
            .args(["--keyless", &KEYLESS.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", spawn.program.display())))?;
        let guard = child.stdin.take();
        let unreadable = || failed("its output cannot be read".into());
        let mut lines = BufReader::new(child.stdout.take().ok_or_else(unreadable)?).lines();
        let mut errors = child.stderr.take().ok_or_else(unreadable)?;
        let line = tokio::time::timeout(Duration::from_secs(START_SECONDS), lines.next_line())
            .await
            .map_err(|_| failed(format!("it told nothing within {START_SECONDS} s")))?;
        let Ok(Some(line)) = line else {
            let mut words = Vec::new();
            let _ = tokio::time::timeout(END, (&mut errors).take(WORDS).read_to_end(&mut words)).await;
            let words = String::from_utf8_lossy(&words);
            return Err(failed(format!("it ended before it ran: {}", words.trim())));
        };
        let manifest = serde_json::from_str(&line)
            .map_err(|error| failed(format!("its manifest cannot be read ({error}): build it anew")))?;
        // A full pipe would block the chain, so its words are read and dropped.
        let drains = [
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} }),
            tokio::spawn(async move {
                let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
            }),
        ];
        Ok((Self { child, guard, drains }, manifest))
    }

    /// Whether the process is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the chain and waits until it is gone.
    pub(crate) async fn stop(&mut self) {
        self.guard.take();
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            // The only failure is a child that was already waited for.
            let _ = self.child.kill().await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.guard.take();
        for drain in &self.drains {
            drain.abort();
        }
    }
}
