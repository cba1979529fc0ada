//! Measures what the project promises in figures and compares them with their targets.
//!
//! Words choose parts (`solve`, `solver`, `cross-chain`, `convert`, `journal`, `solana`, `blocks`, `daemon`); without any, all are measured.
//! `--json` ends the output with one JSON object on a line of its own; of `solver` alone it is one object per
//! instance and nothing else. `--snapshot FILE` measures the solver on real pools, `--python FILE` sets it beside
//! CVXPY. The exit code is 1 when a target is missed.

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

mod baseline;
mod blocks;
mod convert;
mod cross_chain;
mod daemon;
#[path = "../../tests/arbitrage/direct.rs"]
mod direct;
#[path = "../../tests/solana/fake.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod fake;
mod history;
mod integers;
mod journal;
mod lifecycle;
#[path = "../support/networks.rs"]
mod networks;
#[path = "../../tests/arbitrage/networks.rs"]
mod networks_of_pools;
mod quotes;
mod report;
mod solana;
mod solve;
mod solver;
mod tick;

use std::path::Path;
use std::process::ExitCode;

use devnet::operator::{self, Choices};
use devnet::{Devnet, Options};
use report::Report;

fn main() -> ExitCode {
    let (mut chosen, mut choices) = (Vec::new(), solver::Choices::default());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => choices.json = true,
            "--snapshot" => choices.snapshot = arguments.next().map(Into::into),
            "--python" => choices.python = arguments.next().map(Into::into),
            other if other.starts_with("--") => {}
            other => chosen.push(other.to_owned()),
        }
    }
    let json = choices.json;
    let is_alone = chosen == ["solver"];
    let wants = |part: &str| chosen.is_empty() || chosen.iter().any(|word| word == part);
    let mut report = Report::default();
    if wants("solve") {
        solve::measure(&mut report);
    }
    if wants("solver") {
        // Beside other parts standard output ends with one object of its own kind.
        choices.json = json && is_alone;
        solver::measure(&choices, &mut report);
    }
    if wants("cross-chain") {
        cross_chain::measure(&mut report);
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
    if wants("blocks") {
        runtime.block_on(blocks::measure(&folder.path().join("blocks"), &mut report));
    }
    if wants("daemon") {
        runtime.block_on(on_the_local_network(folder.path(), &mut report));
    }
    report.print(json, json && is_alone);
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
