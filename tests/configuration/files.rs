//! The files of `config/` and the schema.

use std::collections::BTreeSet;

use purser::config::solana::TOKEN_PROGRAM;
use purser::config::{Config, Mode, Origin};
use serde_json::Value;

use super::{load, shipped};

/// Every key of the schema as `Type.key`, and those that appear in a document.
fn collect(
    root: &Value,
    schema: &Value,
    name: &str,
    document: Option<&toml::Value>,
    all: &mut BTreeSet<String>,
    used: &mut BTreeSet<String>,
) {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        return collect(root, root.pointer(&reference[1..]).unwrap(), name, document, all, used);
    }
    for branches in ["anyOf", "oneOf"] {
        for branch in schema.get(branches).and_then(Value::as_array).into_iter().flatten() {
            collect(root, branch, name, document, all, used);
        }
    }
    for (key, inner) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let name = format!("{name}.{key}");
        let value = document.and_then(|value| value.get(key));
        all.insert(name.clone());
        used.extend(value.is_some().then(|| name.clone()));
        collect(root, inner, &name, value, all, used);
    }
    if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
        let entries: Vec<&toml::Value> =
            document.and_then(toml::Value::as_table).into_iter().flat_map(|table| table.values()).collect();
        collect(root, inner, name, None, all, used);
        entries.into_iter().for_each(|entry| collect(root, inner, name, Some(entry), all, used));
    }
    if let Some(inner) = schema.get("items") {
        collect(root, inner, name, None, all, used);
        let entries = document.and_then(toml::Value::as_array).into_iter().flatten();
        entries.for_each(|entry| collect(root, inner, name, Some(entry), all, used));
    }
}

#[test]
fn the_example_has_every_key_of_the_schema() {
    let text = std::fs::read_to_string(shipped("example.toml")).unwrap();
    load(&text).unwrap();
    // A file has a profile or targets; the example shows the other way in comments.
    let shown = text
        .replace("# targets = [", "targets = [")
        .replace("#   { chain", "  { chain")
        .replace("# ]\n", "]\n");
    let document: toml::Value = toml::from_str(&shown).unwrap();
    let schema = schemars::schema_for!(Config).to_value();
    let (mut all, mut used) = (BTreeSet::new(), BTreeSet::new());
    collect(&schema, &schema, "Config", Some(&document), &mut all, &mut used);
    assert!(all.len() > 90, "{}", all.len());
    let unshown: BTreeSet<&String> =
        all.difference(&used).filter(|key| *key != "Finality.confirmations").collect();
    assert!(unshown.is_empty(), "not in the example: {unshown:?}");
    assert!(text.contains("{ confirmations = 64 }"));
}

#[test]
fn the_examples_defaults_are_the_defaults() {
    let example = Config::load_with(&shipped("example.toml"), []).unwrap().config;
    let defaults = load(super::VALID).unwrap().config;
    let sections = |config: &Config| {
        let value = serde_json::to_value(config).unwrap();
        let mut picked: Vec<Value> =
            ["log", "server", "execution", "cctp", "prices"].map(|key| value[key].clone()).to_vec();
        picked[4]["coingecko_key"] = Value::Null;
        for key in
            ["trigger", "band", "minimum_transfer_usd", "max_cost_share", "time_usd_per_hour", "capital_rate"]
        {
            picked.push(value["rebalance"][key].clone());
        }
        picked
    };
    assert_eq!(sections(&example), sections(&defaults));
}

#[test]
fn the_testnet_file_is_of_testnets_and_sends_nothing() {
    let loaded = Config::load_with(&shipped("testnet.toml"), []).unwrap();
    let config = &loaded.config;
    assert_eq!(config.mode, Mode::DryRun);
    let mut ids: Vec<u64> = config.chains.values().map(|chain| chain.chain_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [43113, 84532, 421614, 11155111]);
    assert_eq!(config.cctp.iris_url.to_string(), "https://iris-api-sandbox.circle.com");
    known_only(&loaded);

    let solana = config.solana.as_ref().unwrap();
    assert_eq!(solana.genesis_hash.to_string(), "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG");
    assert_eq!(solana.rpc[0].to_string(), "https://api.devnet.solana.com");
    let usdc = &solana.tokens["USDC"];
    assert_eq!(
        (usdc.mint.to_string().as_str(), usdc.program, usdc.decimals),
        ("4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU", TOKEN_PROGRAM, 6)
    );
    let cctp = solana.cctp.as_ref().unwrap();
    assert_eq!(cctp.domain, 5);
    assert_eq!(
        [cctp.message_transmitter, cctp.token_messenger_minter].map(|program| program.to_string()),
        ["CCTPV2Sm4AdWt5296sk4P66VBZ7bEhcARwFaaS9YPbeC", "CCTPV2vPZJS2u2BBsUoscuikbYjnpFmbFsvVuJdgUMQe"]
    );
    assert!(config.rebalance.chains.iter().any(|chain| chain == "solana"), "none belongs there");
}

#[test]
fn the_mainnet_file_is_of_mainnets_and_sends_nothing() {
    let loaded = Config::load_with(&shipped("mainnet.toml"), []).unwrap();
    let config = &loaded.config;
    assert_eq!(config.mode, Mode::DryRun);
    let mut ids: Vec<u64> = config.chains.values().map(|chain| chain.chain_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 137, 8453, 42161, 43114]);
    assert_eq!(config.cctp.iris_url.to_string(), "https://iris-api.circle.com");
    known_only(&loaded);
}

/// Contracts of a file that writes none are exactly the known ones.
fn known_only(loaded: &purser::config::Loaded) {
    for (name, chain) in &loaded.config.chains {
        for key in [
            "cctp.token_messenger",
            "cctp.message_transmitter",
            "cctp.token_minter",
            "cctp.domain",
            "tokens.USDC.address",
        ] {
            let entry = loaded.provenance.get(&format!("chains.{name}.{key}")).unwrap();
            assert_eq!(entry.origin, Origin::Known(chain.chain_id), "{name} {key}");
        }
    }
}

#[test]
fn addresses_written_in_the_example_equal_the_known_ones() {
    let text = std::fs::read_to_string(shipped("example.toml")).unwrap();
    let written = Config::load_with(&shipped("example.toml"), []).unwrap().config.chains["ethereum"].clone();
    let start = text.find("# CCTP V2. Known.").unwrap();
    let end = text.find("# The short form").unwrap();
    // Without the pools there is nothing to trade between chains.
    let traded = text.find("# Arbitrage between chains").unwrap()..text.find("# What may be signed").unwrap();
    let less = format!("{}{}{}", &text[..start], &text[end..traded.start], &text[traded.end..]);
    let known = load(less).unwrap().config.chains["ethereum"].clone();
    assert_eq!(serde_json::to_value(&written.cctp).unwrap(), serde_json::to_value(&known.cctp).unwrap());
    let mut uniswap = serde_json::to_value(&written.uniswap).unwrap();
    uniswap["pools"] = Value::Array(Vec::new());
    uniswap["forks"] = Value::Array(Vec::new());
    assert_eq!(uniswap, serde_json::to_value(&known.uniswap).unwrap());
    for address in text.split('"').filter(|piece| piece.starts_with("0x") && piece.len() == 42) {
        alloy::primitives::Address::parse_checksummed(address, None).unwrap();
    }
}

#[test]
fn recordings_are_kept_beside_the_file() {
    let path = shipped("example.toml");
    let example = Config::load_with(&path, []).unwrap().config;
    let folder = example.chains["ethereum"].arbitrage.as_ref().unwrap().record.clone().unwrap();
    assert_eq!(folder, path.parent().unwrap().join("recordings"));
    let text = std::fs::read_to_string(path).unwrap().replace("record = \"recordings\"", "record = \"\"");
    let found = super::problems(text);
    assert!(
        found.iter().any(|it| it.key == "chains.ethereum.arbitrage.record" && it.message.contains("empty")),
        "{found:?}"
    );
}
