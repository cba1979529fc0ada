//! One `anvil` process.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::error::Error;

/// How long anvil may take until it listens.
const START_SECONDS: u64 = 20;

/// Past blocks whose state anvil keeps, in memory: more than any reorganization undoes. Left to itself it
/// writes thousands of them to its cache, under the home folder, and leaves them there when it is killed.
const KEPT_STATES: &str = "256";

/// Runs anvil and kills it when standard input closes. The operating system
/// closes that pipe however the owner ends, so no anvil outlives its test.
const GUARD: &str = r#"trap "" INT; "$@" & pid=$!; exec >/dev/null 2>&1; read -r _; kill -9 $pid; wait $pid"#;

/// How to start a node.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// The chain's name, for messages.
    pub chain: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The `finalized` block is twice this many blocks behind the head.
    pub slots_in_an_epoch: u64,
    /// Unix seconds of the genesis block.
    pub genesis_timestamp: u64,
}

/// A running anvil; it is killed when this is dropped.
#[derive(Debug)]
pub struct Node {
    url: String,
    child: Child,
    guard: Option<ChildStdin>,
    drain: tokio::task::JoinHandle<()>,
}

impl Node {
    /// Starts anvil on a port chosen by the operating system and waits until it listens.
    ///
    /// # Errors
    /// [`Error::Node`] if the process does not start or does not listen in time.
    pub async fn start(anvil: &Path, config: &NodeConfig) -> Result<Self, Error> {
        let failed = |reason: String| Error::Node { chain: config.chain.clone(), reason };
        let mut child = Command::new("sh")
            .args(["-c", GUARD, "devnet-guard"])
            .arg(anvil)
            .args(["--port", "0", "--accounts", "0", "--hardfork", "prague", "--gas-limit", "200000000"])
            .args(["--chain-id", &config.chain_id.to_string()])
            .args(["--slots-in-an-epoch", &config.slots_in_an_epoch.to_string()])
            .args(["--prune-history", KEPT_STATES])
            .arg("--cache-path")
            .arg(std::env::temp_dir())
            .args(["--timestamp", &config.genesis_timestamp.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", anvil.display())))?;
        let guard = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(|| failed("its output cannot be read".into()))?;
        let mut lines = BufReader::new(stdout).lines();
        let address = tokio::time::timeout(Duration::from_secs(START_SECONDS), listening(&mut lines))
            .await
            .map_err(|_| failed(format!("it did not listen within {START_SECONDS} s")))?
            .ok_or_else(|| failed("it ended before it listened".into()))?;
        // A full pipe would block the node, so its log is read and dropped.
        let drain = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { url: format!("http://{address}"), child, guard, drain })
    }

    /// The node's JSON-RPC address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the node and waits until it is gone.
    pub async fn stop(&mut self) {
        self.guard.take();
        // The only failure is a child that was already waited for.
        let _ = self.child.wait().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.guard.take();
        self.drain.abort();
    }
}

async fn listening(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.strip_prefix("Listening on ") {
            return Some(address.trim().to_owned());
        }
    }
    None
}
