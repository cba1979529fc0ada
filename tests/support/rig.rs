//! A local network, an operator's files, and the daemon between `start` and `kill`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use alloy::primitives::U256;
use devnet::deploy::{Balance, atomic_route};
use devnet::operator::{self, Choices, Routes};
use devnet::{Asset, Devnet, Options, Solana, Spawn};
use serde_json::Value;
use tempfile::TempDir;

use super::until;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How the tests start a Solana chain: its program is in the folder of the target that the daemon is in.
pub fn devnet_solana() -> Spawn {
    Spawn::of(Path::new(env!("CARGO_BIN_EXE_purser")).ancestors().nth(2).unwrap())
}

/// What a test wants to start with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Holdings as (chain, asset, whole units).
    pub holdings: Vec<(&'static str, Asset, u64)>,
    /// Seconds between blocks.
    pub block_time: Option<f64>,
    /// The operator's choices.
    pub choices: Choices,
    /// RPC providers per chain.
    pub providers: usize,
    /// A block is final under twice as many blocks.
    pub slots_in_an_epoch: u64,
    /// The Solana chain.
    pub solana: Solana,
    /// Chains on which arbitrage is done, with lines for its table.
    pub arbitrage: Vec<(&'static str, String)>,
    /// Whether the chains have what a third party trades with, though no arbitrage is done on one of them alone.
    pub is_traded: bool,
    /// Whether the last provider of such a chain is a private one.
    pub is_private: bool,
}

impl Setup {
    /// One transfer to make: everything is on Ethereum, half belongs on Base. A small amount is
    /// worth speed, so the transfer is fast.
    pub fn bridge() -> Self {
        Self::with(
            vec![("ethereum", Asset::Usdc, 1000)],
            vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
        )
    }

    /// One swap to make: USDT on Base belongs into USDC.
    pub fn swap() -> Self {
        Self::with(vec![("base", Asset::Usdt, 1000)], vec![("base", "USDC", 100)])
    }

    /// Holdings and targets.
    pub fn with(
        holdings: Vec<(&'static str, Asset, u64)>,
        targets: Vec<(&'static str, &'static str, u32)>,
    ) -> Self {
        let targets = targets
            .into_iter()
            .map(|(chain, asset, weight)| (chain.to_owned(), asset.to_owned(), weight))
            .collect();
        let choices = Choices { targets, schedule: "*/2 * * * * *".to_owned(), ..Choices::default() };
        Self {
            holdings,
            block_time: Some(0.25),
            choices,
            providers: 2,
            slots_in_an_epoch: 2,
            solana: Solana::None,
            arbitrage: Vec::new(),
            is_traded: false,
            is_private: false,
        }
    }

    /// Holdings and targets on a network with Solana, whose chain is called "solana" in both.
    pub fn solana(
        holdings: Vec<(&'static str, Asset, u64)>,
        targets: Vec<(&'static str, &'static str, u32)>,
    ) -> Self {
        Self { solana: Solana::Spawn(devnet_solana()), ..Self::with(holdings, targets) }
    }

    /// Solana with twice as many slots a second, for tests that outwait a blockhash.
    pub fn hurried(mut self) -> Self {
        self.solana = Solana::Spawn(Spawn { slot_ms: 50, ..devnet_solana() });
        self
    }

    /// Changes the operator's choices.
    pub fn choose(mut self, change: impl FnOnce(&mut Choices)) -> Self {
        change(&mut self.choices);
        self
    }
}

/// The daemon on its network.
pub struct Rig {
    /// The network.
    pub devnet: Devnet,
    dir: TempDir,
    config: PathBuf,
    daemon: Option<Child>,
    starts: u32,
}

impl Rig {
    /// Starts the network and writes the operator's files; the daemon is not started yet.
    pub async fn new(setup: Setup) -> Self {
        let units = |chain, asset, whole: u64| match asset {
            Asset::Native if chain == "solana" => U256::from(whole) * U256::from(1_000_000_000_u64),
            Asset::Native | Asset::Weth => U256::from(whole) * U256::from(10_u64).pow(U256::from(18_u64)),
            Asset::Usdc | Asset::Usdt => U256::from(whole) * U256::from(1_000_000_u64),
        };
        let mut options = Options {
            block_time: setup.block_time,
            providers_per_chain: setup.providers,
            slots_in_an_epoch: setup.slots_in_an_epoch,
            solana: setup.solana,
            arbitrage: setup.is_traded || !setup.arbitrage.is_empty(),
            ..Options::default()
        };
        options.balances.retain(|balance| balance.asset == Asset::Native);
        for (chain, asset, whole) in &setup.holdings {
            options.balances.push(Balance {
                chain: (*chain).to_owned(),
                asset: *asset,
                amount: units(*chain, *asset, *whole),
            });
        }
        let devnet = Devnet::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let dir = tempfile::tempdir().unwrap();
        let mut choices = setup.choices;
        for (name, lines) in setup.arbitrage {
            let contract = atomic_route(devnet.chain(name), devnet.wallet()).await.unwrap();
            choices
                .arbitrage
                .insert(name.to_owned(), Routes { contract, lines, is_private: setup.is_private });
        }
        let config = operator::write(&devnet.manifest, dir.path(), &choices).unwrap();
        Self { devnet, dir, config, daemon: None, starts: 0 }
    }

    /// Folder of the operator's files and the journal.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts `purser run`.
    pub fn start(&mut self) {
        assert!(self.daemon.is_none(), "the daemon runs already");
        self.starts += 1;
        let log = std::fs::File::create(self.log_path()).unwrap();
        let child =
            self.command(&["run"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.daemon = Some(child);
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut child = self.daemon.take().expect("the daemon runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM; the exit code.
    pub async fn terminate(&mut self) -> Option<i32> {
        let child = self.daemon.as_ref().expect("the daemon runs");
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.ended().await
    }

    /// Whether the daemon still runs.
    pub fn is_running(&mut self) -> bool {
        self.daemon.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Waits for the daemon to end by itself; its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        let child = self.daemon.as_mut().expect("the daemon was started");
        let mut code = None;
        let deadline = std::time::Instant::now() + PATIENCE;
        while code.is_none() && std::time::Instant::now() < deadline {
            code = child.try_wait().unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.daemon = None;
        code.expect("the daemon ended").code()
    }

    /// What the daemon logged since its last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join(format!("purser-{}.log", self.starts))
    }

    /// Runs a command of the command line.
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command and reads its JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
        let output = self.cli(&arguments);
        let words = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("`{}` printed no JSON ({error}), status {}: {words}", arguments.join(" "), output.status)
        })
    }

    /// Every operation, oldest first. Empty while there is no journal yet.
    pub fn operations(&self) -> Vec<Value> {
        let output = self.cli(&["--json", "operations", "list"]);
        if !output.status.success() {
            return Vec::new();
        }
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut operations = listed["operations"].as_array().cloned().unwrap_or_default();
        operations.sort_by(|a, b| a["id"].as_str().cmp(&b["id"].as_str()));
        operations
    }

    /// Waits until some operation is in `state` at `leg` (any leg when empty) and returns it.
    pub async fn reaches(&self, state: &str, leg: &str) -> Value {
        let what = format!("an operation in state {state} {leg}");
        let found = until(&what, PATIENCE, || async {
            self.operations()
                .into_iter()
                .find(|operation| operation["state"] == state && (leg.is_empty() || operation["leg"] == leg))
        });
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(operation) => operation,
            Err(_) => {
                panic!("{what} did not appear; operations {:?}; log:\n{}", self.operations(), self.log())
            }
        }
    }

    /// Waits until there are operations and all have ended; returns them.
    pub async fn all_ended(&self) -> Vec<Value> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let operations = self.operations();
            let over = |operation: &Value| matches!(operation["state"].as_str(), Some("settled" | "failed"));
            if !operations.is_empty() && operations.iter().all(over) {
                return operations;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "operations did not end: {operations:#?}\nlog:\n{}",
                tail(&self.log())
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asserts that every unit is accounted for.
    pub fn assert_conserved(&self) {
        let balances = self.json(&["balances"]);
        let conservation = balances["conservation"].as_object().expect("a conservation table");
        assert!(!conservation.is_empty(), "conservation of nothing proves nothing");
        for (asset, units) in conservation {
            assert_eq!(units.as_i64(), Some(0), "{asset} is not conserved: {balances:#}");
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_purser"));
        command.arg("--config").arg(&self.config).args(arguments);
        command
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
