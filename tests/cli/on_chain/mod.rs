//! The commands on a local network.

mod adopting;
mod balances;
mod canary;
mod convert;
mod convert_solana;
mod decisions;
mod doctor;
mod doctor_contracts;
mod dry_run;
mod halting;
mod ledger;
mod logs;
mod once;
mod operations;
mod plan;
mod serving;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::Ended;
use crate::support::{Rig, Setup, until};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A rig with this setup and blocks four times a second.
async fn rig(setup: Setup) -> Rig {
    Rig::new(setup).await
}

/// Runs a command to its end.
fn ended(rig: &Rig, arguments: &[&str]) -> Ended {
    let output = rig.cli(arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Raw transactions that any provider was handed, of every chain.
fn sent(rig: &Rig) -> usize {
    let proxies = rig.devnet.proxies.values().flatten();
    proxies
        .map(|proxy| {
            let handle = proxy.handle();
            let asked = handle.calls().get("eth_sendRawTransaction").copied().unwrap_or(0);
            handle.sent().len().max(usize::try_from(asked).unwrap())
        })
        .sum()
}

/// The operator's configuration file.
fn config_path(rig: &Rig) -> PathBuf {
    rig.dir().join("purser.toml")
}

/// Changes the configuration file; what is replaced must be there.
fn edit(rig: &Rig, from: &str, to: &str) {
    let path = config_path(rig);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "`{from}` is not in {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// Every line of a JSON log as an object.
fn log_lines(text: &str) -> Vec<Value> {
    let object = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object(), "{line}");
        value
    };
    text.lines().map(object).collect()
}

/// Where the running daemon serves, as its log says.
async fn served(rig: &Rig) -> String {
    let found = until("the daemon's address", PATIENCE, || async {
        let log = rig.log();
        let started = log.lines().find(|line| line.contains("purser starts"))?;
        let line: Value = serde_json::from_str(started).ok()?;
        Some(format!("http://{}", line["listen"].as_str()?))
    });
    found.await
}

/// One GET; status and body. `None` while nobody answers.
async fn get(url: &str) -> Option<(u16, String)> {
    let client = purser::chains::http::http_client(Duration::from_secs(5)).unwrap();
    let reply = client.get(url).send().await.ok()?;
    Some((reply.status().as_u16(), reply.text().await.ok()?))
}

/// Waits until a page is answered with this status.
async fn answers(url: &str, status: u16) -> String {
    let what = format!("{url} with status {status}");
    until(&what, PATIENCE, || async { get(url).await.filter(|(got, _)| *got == status) }).await.1
}
