//! Jupiter's table of the file: defaults, and every rule broken once.

use std::path::Path;

use purser::config::jupiter::AGGREGATOR;
use purser::config::{Config, JupiterConfig, Landing, Problem};
use serde_json::json;

/// The shipped example with `lines` as Jupiter's table.
fn load(lines: &str) -> Result<JupiterConfig, Vec<Problem>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join("example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("[solana.jupiter]").unwrap();
    let (_, after) = rest.split_once("# Assets by symbol.").unwrap();
    let text = format!("{before}[solana.jupiter]\n{lines}\n\n#{after}");
    let loaded = Config::from_bytes(text.as_bytes(), Path::new("/etc/purser"), [])?;
    Ok(loaded.config.solana.unwrap().jupiter.unwrap())
}

#[test]
fn an_empty_table_asks_without_a_key() {
    let config = load("").unwrap();
    assert_eq!(format!("{}", config.base_url), "https://api.jup.ag");
    assert_eq!((config.key.is_none(), config.program, config.landing), (true, AGGREGATOR, Landing::Own));
    assert_eq!((config.request_limit(), config.execute_limit()), (30, 1_200));
    assert_eq!((config.timeout_seconds, config.quote_seconds), (10, 20));
    assert!(config.exclude_dexes.is_empty() && config.max_accounts.is_none() && config.slippage.is_none());
}

#[test]
fn a_key_has_the_limits_of_one() {
    let config = load("key = { env = \"K\" }").unwrap();
    assert_eq!((config.request_limit(), config.execute_limit()), (60, 3_000));
    let own = load("key = { env = \"K\" }\nrequests_per_minute = 600\nexecutes_per_minute = 6000").unwrap();
    assert_eq!((own.request_limit(), own.execute_limit()), (600, 6_000));
}

#[test]
fn swaps_are_landed_by_the_daemon_itself_or_by_jupiter() {
    let config = load("landing = \"self\"").unwrap();
    assert_eq!((config.landing, serde_json::to_value(Landing::Own).unwrap()), (Landing::Own, json!("self")));
    assert_eq!(load("landing = \"jupiter\"").unwrap().landing, Landing::Jupiter);
    assert!(load("landing = \"own\"").is_err());
}

#[test]
fn every_rule_is_kept() {
    load("exclude_dexes = [\"Orca V2\", \"Meteora DLMM\"]\nmax_accounts = 64\nquote_seconds = 120").unwrap();
    for (line, key, message) in [
        ("base_url = \"ftp://host\"", "base_url", "http"),
        ("base_url = \"https://user:word@host\"", "base_url", "must not be in the file"),
        ("base_url = \"https://lite-api.jup.ag/swap/v1\"", "base_url", "retired"),
        ("base_url = \"https://quote-api.jup.ag/v6\"", "base_url", "retired"),
        ("base_url = \"https://ultra-api.jup.ag\"", "base_url", "retired"),
        ("key = { env = \"\" }", "key", "empty"),
        ("program = \"11111111111111111111111111111111\"", "program", "no aggregator"),
        ("program = \"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA\"", "program", "no aggregator"),
        ("requests_per_minute = 0", "requests_per_minute", "1 to 9000"),
        ("executes_per_minute = 9001", "executes_per_minute", "1 to 9000"),
        ("slippage = 50", "slippage", "wider than `execution.slippage`"),
        ("timeout_seconds = 0", "timeout_seconds", "at least 1"),
        ("quote_seconds = 121", "quote_seconds", "at most 120"),
        ("max_accounts = 0", "max_accounts", "1 to 64"),
        ("max_accounts = 65", "max_accounts", "1 to 64"),
        ("exclude_dexes = [\"Orca\", \"A,B\"]", "exclude_dexes[1]", "without commas"),
        ("exclude_dexes = [\" \"]", "exclude_dexes[0]", "label"),
        ("keys = 1", "keys", "did you mean `key`"),
    ] {
        let problems = load(line).expect_err(line);
        let [problem] = problems.as_slice() else { panic!("{line}: {problems:#?}") };
        assert_eq!(problem.key, format!("solana.jupiter.{key}"), "{problem:?}");
        assert!(problem.message.contains(message), "`{message}` is not in {problem:?}");
    }
}

#[test]
fn test_networks_have_none() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join("testnet.toml");
    let text = std::fs::read_to_string(path).unwrap() + "\n[solana.jupiter]\n";
    let problems = Config::from_bytes(text.as_bytes(), Path::new("/etc/purser"), []).unwrap_err();
    let [problem] = problems.as_slice() else { panic!("{problems:#?}") };
    assert_eq!(problem.key, "solana.jupiter");
    assert!(problem.message.contains("no test networks"), "{problem:?}");
}
