//! The configuration file: what is refused and how, what is known, where values come from.

mod arbitrage;
mod cross_chain;
mod environment;
mod errors;
mod files;
mod known;
mod properties;
mod provenance;
mod rules;

use std::path::PathBuf;

use purser::config::{Config, ConfigError, Loaded, Origin, Problem};
use tempfile::TempDir;

/// A small valid file; tests change single lines of it.
const VALID: &str = r#"mode = "dry-run"
data_dir = "data"

[wallet]
keystore = "keystore.json"
password = { env = "TEST_PASSWORD" }

[chains.base]
chain_id = 8453
rpc = ["https://base.example/v1", "https://base.example.net"]
quorum = 2
max_gas_usd = 1

[chains.arbitrum]
chain_id = 42161
rpc = ["https://arbitrum.example"]
max_gas_usd = 1

[assets.USDC]
coingecko = "usd-coin"
kraken = "USDCUSD"
depeg_band = 1

[assets.ETH]
coingecko = "ethereum"
kraken = "ETHUSD"

[rebalance]
schedule = "0 0 6 * * *"
targets = [
  { chain = "base", asset = "USDC", weight = 60 },
  { chain = "arbitrum", asset = "USDC", weight = 40 },
]

[policy]
max_operation_usd = 100
max_day_usd = 500
max_gas_day_usd = 20
max_fee = 0.1
"#;

/// The valid file with one piece of text replaced, which must occur exactly once.
fn with(from: &str, to: &str) -> String {
    replaced(VALID, from, to)
}

/// `text` with one piece of it replaced, which must occur exactly once.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` must occur once");
    text.replacen(from, to, 1)
}

/// Loads a text as a file, without any environment.
fn load(text: impl AsRef<[u8]>) -> Result<Loaded, ConfigError> {
    load_in(text, &[])
}

/// Loads a text as a file in an environment.
fn load_in(text: impl AsRef<[u8]>, environment: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("purser.toml");
    std::fs::write(&path, text).unwrap();
    let variable = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config::load_with(&path, environment.iter().map(variable))
}

/// The problems of a text that must be refused.
fn problems(text: impl AsRef<[u8]>) -> Vec<Problem> {
    load(text).expect_err("the file must be refused").problems().to_vec()
}

/// Checks that a text has exactly one problem: this key, this part of its message.
fn refused(text: &str, key: &str, message: &str) -> Problem {
    let problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let problem = problems.into_iter().next().unwrap();
    assert_eq!(problem.key, key, "{problem:?}");
    assert!(problem.message.contains(message), "`{message}` is not in {problem:?}");
    problem
}

/// The line (from 1) on which `piece` first occurs.
fn line_of(text: &str, piece: &str) -> usize {
    text.lines().position(|line| line.contains(piece)).unwrap() + 1
}

/// The line of a problem or value that comes from the file.
fn line(origin: &Origin) -> usize {
    match origin {
        Origin::File { line, .. } => *line,
        other => panic!("not from the file: {other:?}"),
    }
}

/// A file of `config/`.
fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

#[test]
fn the_file_the_tests_change_is_valid() {
    load(VALID).unwrap();
}
