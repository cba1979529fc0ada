//! What is said when the chain does not come up.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use devnet::{Devnet, Error, Options, Solana, Spawn};

async fn refusal(program: PathBuf) -> Error {
    let options = Options { solana: Solana::Spawn(Spawn { program, slot_ms: 100 }), ..Options::default() };
    Devnet::start(options).await.err().expect("there is no such chain")
}

/// A program in the shell, in a folder of its own.
fn script(name: &str, text: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("devnet-start-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("devnet-solana");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn remove(program: &Path) {
    std::fs::remove_dir_all(program.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn a_missing_program_is_named_with_the_command_that_builds_it() {
    let error = refusal("/nowhere/devnet-solana".into()).await.to_string();
    assert!(error.contains("/nowhere/devnet-solana is missing"), "{error}");
    assert!(error.contains("cargo build --locked -p devnet-solana --bins"), "{error}");
}

#[tokio::test]
async fn the_last_words_of_a_program_that_ends_are_repeated() {
    let program = script("ends", "echo 'no port is free' >&2; exit 1");
    let error = refusal(program.clone()).await.to_string();
    remove(&program);
    assert!(error.contains("it ended before it ran: no port is free"), "{error}");
}

#[tokio::test]
async fn a_manifest_of_another_version_is_refused() {
    let program = script("other", "echo '{\"cluster\":\"mainnet-beta\"}'; cat");
    let error = refusal(program.clone()).await.to_string();
    remove(&program);
    assert!(error.contains("build it anew"), "{error}");
}
