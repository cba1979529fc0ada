//! The daemon as a process: start to ready, requests per scan, memory.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use devnet::Devnet;
use serde_json::Value;

use crate::report::{Report, millis, quantile};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Starts measured.
const STARTS: usize = 5;
/// Ticks before requests are counted, and ticks over which they are.
const SETTLE: u64 = 5;
const COUNTED: u64 = 20;

/// The targets.
const READY_MS: f64 = 1000.0;
const RESIDENT_MB: f64 = 60.0;
const REQUESTS: f64 = 1.0;

/// A running daemon, killed when dropped.
struct Daemon {
    child: Child,
    address: String,
    client: reqwest::Client,
}

/// An address nothing listens on.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

pub async fn measure(devnet: &Devnet, config: &Path, address: &str, purser: &Path, report: &mut Report) {
    eprintln!("Daemon");
    conserved(purser, config);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut daemon = Daemon::start(purser, config, address);
        daemon.ready().await;
        times.push(millis(begun.elapsed()));
        daemon.stop().await;
    }
    report.add("start to ready beside it, p50", quantile(&times, 0.5), "ms");
    report.promise("start to ready beside it, longest", quantile(&times, 1.0), "ms", READY_MS);

    let mut daemon = Daemon::start(purser, config, address);
    daemon.ready().await;
    report.add("resident memory when ready", daemon.resident_mb("VmRSS"), "MB");
    let before = daemon.after_tick(SETTLE).await;
    let counts = || -> Vec<u64> {
        let providers = devnet.proxies.values();
        providers.map(|all| all.iter().map(|one| one.handle().requests()).sum()).collect()
    };
    let first = counts();
    let after = daemon.after_tick(before + COUNTED).await;
    let scans = (after - before) as f64;
    let most = first.iter().zip(counts()).map(|(first, last)| last - first).max().unwrap();
    report.promise("HTTP requests per chain and scan", most as f64 / scans, "", REQUESTS);
    let resident = daemon.resident_mb("VmRSS");
    report.promise(format!("resident memory after {after} ticks"), resident, "MB", RESIDENT_MB);
    report.add("largest resident memory so far", daemon.resident_mb("VmHWM"), "MB");
    daemon.stop().await;
}

/// The past must fit what the chains show, or it is no past the daemon could have.
fn conserved(purser: &Path, config: &Path) {
    let output =
        Command::new(purser).arg("--config").arg(config).args(["--json", "balances"]).output().unwrap();
    let balances: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sums = balances["conservation"].as_object().unwrap();
    assert!(!sums.is_empty() && sums.values().all(|units| units.as_i64() == Some(0)), "{sums:?}");
}

impl Daemon {
    fn start(purser: &Path, config: &Path, address: &str) -> Self {
        let log = std::fs::File::create(config.with_file_name("purser.log")).unwrap();
        let mut command = Command::new(purser);
        command.arg("--config").arg(config).arg("run");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
        Self { child, address: address.to_owned(), client }
    }

    /// Waits until it says that it is ready.
    async fn ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = self.client.get(format!("http://{}/readyz", self.address)).send().await;
            if reply.is_ok_and(|reply| reply.status().is_success()) {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the daemon ended");
            assert!(Instant::now() < deadline, "not ready within {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until the end of tick number `wanted` or a later one; its number.
    async fn after_tick(&self, wanted: u64) -> u64 {
        let seen = self.ticks().await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ticks = self.ticks().await;
            // Right at the end of a tick the next one is most of a period away.
            if ticks > seen && ticks >= wanted {
                return ticks;
            }
            assert!(Instant::now() < deadline, "{ticks} ticks within {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn ticks(&self) -> u64 {
        let reply = self.client.get(format!("http://{}/metrics", self.address)).send().await.unwrap();
        let text = reply.text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("purser_tick_duration_seconds_count "));
        line.unwrap().parse().unwrap()
    }

    fn resident_mb(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
        let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse().unwrap();
        kibibytes * 1024.0 / 1e6
    }

    async fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the daemon did not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
