//! Where every effective value comes from.

use std::fmt;

use alloy::primitives::Address;
use serde_json::Value;

use crate::config::document::Node;
use crate::config::path::KeyPath;
use crate::config::{Config, Network, secret};

/// Where a value comes from, weakest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The program's default.
    Default,
    /// Built-in profile.
    BuiltIn,
    /// Known value of the networks of the configured chains.
    Network(Network),
    /// Known value of a chain id.
    Known(u64),
    /// Known value of a Solana cluster.
    Cluster,
    /// The configuration file.
    File {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::BuiltIn => f.write_str("built-in profile"),
            Self::Network(network) => write!(f, "known value of {network}s"),
            Self::Known(chain_id) => write!(f, "known value of chain {chain_id}"),
            Self::Cluster => f.write_str("known value of the Solana cluster"),
            Self::File { line, column } => write!(f, "line {line}, column {column}"),
            Self::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// One effective value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key path.
    pub key: String,
    /// The value as it may be printed: URLs only with scheme and host, secrets as references.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// Every effective value with its origin, ordered by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance(Vec<Entry>);

impl Provenance {
    /// Flattens the effective configuration and looks up the origin of each value.
    pub(crate) fn of(config: &Config, tree: &Node) -> Result<Self, serde_json::Error> {
        let mut entries = Vec::new();
        flatten(&serde_json::to_value(config)?, &KeyPath::root(), tree, &mut entries);
        Ok(Self(entries))
    }

    /// All values.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// The value at a key path such as `chains.base.rpc[0]`.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }
}

fn flatten(value: &Value, path: &KeyPath, tree: &Node, entries: &mut Vec<Entry>) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, inner) in table {
                flatten(inner, &path.key(key), tree, entries);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, inner) in list.iter().enumerate() {
                flatten(inner, &path.index(index), tree, entries);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => entries.push(Entry {
            key: path.to_string(),
            value: shown(value),
            origin: tree.get(path).map_or(Origin::Default, |node| node.origin.clone()),
        }),
    }
}

/// Paths and queries of URLs hold API keys; user parts hold passwords. Addresses get their checksum.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("://") => Value::String(secret::origin(text)),
        Value::String(text) => match text.parse::<Address>() {
            Ok(address) => Value::String(address.to_string()),
            Err(_) => value.clone(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    }
}
