//! Measures what the project promises in figures and compares them with their targets.
//!
//! Words choose parts (`solve`, `convert`, `journal`, `solana`, `daemon`); without any, all are measured. `--json`
//! ends the output with one JSON object on a line of its own. The exit code is 1 when a
//! target is missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    unreachable_pub,
    missing_docs,
    reason = "a measurement, not the daemon"
)]

mod convert;
mod daemon;
#[path = "../../tests/solana/fake.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod fake;
mod history;
mod journal;
mod lifecycle;
#[path = "../support/networks.rs"]
mod networks;
mod report;
mod solana;
mod solve;
mod tick;

use std::path::Path;
use std::process::ExitCode;

use devnet::operator::{self, Choices};
use devnet::{Devnet, Options};
use report::Report;

fn main() -> ExitCode {
    let json = std::env::args().any(|argument| argument == "--json");
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wants = |part: &str| chosen.is_empty() || chosen.iter().any(|word| word == part);
    let mut report = Report::default();
    if wants("solve") {
        solve::measure(&mut report);
    }
    if wants("convert") {
        convert::measure(&mut report);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // A folder of the build, not of the system's temporary files: those may not be on a disk.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if wants("journal") {
        runtime.block_on(journal::measure(folder.path(), &mut report));
    }
    if wants("solana") {
        runtime.block_on(solana::measure(&mut report));
    }
    if wants("daemon") {
        runtime.block_on(on_the_local_network(folder.path(), &mut report));
    }
    report.print(json);
    if report.met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn on_the_local_network(folder: &Path, report: &mut Report) {
    let devnet = Devnet::start(Options { block_time: Some(1.0), ..Options::default() }).await.unwrap();
    let choices = Choices {
        // A plan is decided at every tick and never carried out, so every tick does all its work.
        mode: "dry-run".to_owned(),
        listen: daemon::free_address(),
        schedule: "* * * * * *".to_owned(),
        ..Choices::default()
    };
    let config = operator::write(&devnet.manifest, folder, &choices).unwrap();
    tick::first(&config, report).await;
    history::grow(&folder.join("journal.sqlite"), devnet.manifest.wallet.address, report).await;
    tick::steady(&config, report).await;
    daemon::measure(&devnet, &config, &choices.listen, Path::new(env!("CARGO_BIN_EXE_purser")), report).await;
    devnet.stop().await;
}
