//! Reading the file: syntax, environment, known values, shape, types, rules; in this order, and
//! each stage reports all it finds before the next one is tried.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::config::document::{self, Node};
use crate::config::path::{KeyPath, Segment};
use crate::config::shape::Shape;
use crate::config::{
    AssetConfig, CctpConfig, ChainConfig, Config, ConfigError, CrossChainConfig, ExecutionConfig, LogConfig,
    Origin, PolicyConfig, PricesConfig, Problem, Profile, Provenance, RebalanceConfig, SecretRef,
    ServerConfig, Url, WalletConfig, environment, known, validate,
};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 256 * 1024;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The effective values; relative paths are resolved.
    pub config: Config,
    /// Where each of them comes from.
    pub provenance: Provenance,
}

impl Config {
    /// Reads and checks the file, with overrides of this process's environment.
    pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
        let text = |name: std::ffi::OsString| name.into_string().ok();
        let environment = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Self::load_with(path, environment)
    }

    /// Reads and checks the file, with overrides of the environment given.
    pub fn load_with(
        path: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Loaded, ConfigError> {
        let bytes = read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let folder = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        Self::from_bytes(&bytes, &folder, environment).map_err(|mut problems| {
            problems.sort_by_key(|problem| match &problem.origin {
                Origin::File { line, column } => (*line, *column),
                Origin::Default
                | Origin::BuiltIn
                | Origin::Network(_)
                | Origin::Known(_)
                | Origin::Cluster => (0, 0),
                Origin::Environment(_) => (usize::MAX, 0),
            });
            problems.dedup();
            ConfigError::Invalid { path: path.to_owned(), problems }
        })
    }

    /// Checks the text of a file in `folder`, to which its relative paths refer.
    ///
    /// # Errors
    /// Every problem found.
    pub fn from_bytes(
        bytes: &[u8],
        folder: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Loaded, Vec<Problem>> {
        check(bytes, folder, environment)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |error| ConfigError::Unreadable { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_FILE_BYTES) {
        Ok(bytes)
    } else {
        Err(ConfigError::TooLarge { path: path.to_owned(), limit: MAX_FILE_BYTES })
    }
}

fn check(
    bytes: &[u8],
    folder: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Vec<Problem>> {
    let whole =
        |origin, message: &str| vec![Problem { origin, key: String::new(), message: message.to_owned() }];
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
        whole(Origin::File { line, column: 1 }, "the line is not text in UTF-8")
    })?;
    let mut tree = document::parse(text)?;
    let shape = Shape::new();
    let mut problems = environment::apply(&mut tree, &shape, environment);
    problems.extend(known::merge(&mut tree));
    problems.extend(shape.problems(&tree));
    problems.extend(validate::checksums(&tree));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut config: Config = typed(&tree, &KeyPath::root()).map_err(|first| {
        let all = sections(&tree);
        if all.is_empty() { vec![first] } else { all }
    })?;
    let problems = validate::problems(&config, &tree);
    if !problems.is_empty() {
        return Err(problems);
    }
    resolve_paths(&mut config, folder);
    let provenance = Provenance::of(&config, &tree)
        .map_err(|_| whole(Origin::Default, "the effective values cannot be written out"))?;
    Ok(Loaded { config, provenance })
}

/// Deserialises the value at `path`.
fn typed<T: DeserializeOwned>(tree: &Node, path: &KeyPath) -> Result<T, Problem> {
    let value = tree.get(path).map_or_else(|| toml::Value::Table(toml::Table::new()), Node::to_value);
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().iter().fold(path.clone(), |path, segment| match segment {
            serde_path_to_error::Segment::Seq { index } => path.with(Segment::Index(*index)),
            serde_path_to_error::Segment::Map { key } => path.key(key),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => path,
        });
        let message = explain(&error.inner().to_string());
        Problem { origin: tree.origin_near(&inner), key: inner.to_string(), message }
    })
}

/// The first error of every section and of every entry of a map.
fn sections(tree: &Node) -> Vec<Problem> {
    let at = KeyPath::dotted;
    let mut problems: Vec<Problem> = [
        typed::<LogConfig>(tree, &at("log")).err(),
        typed::<ServerConfig>(tree, &at("server")).err(),
        typed::<ExecutionConfig>(tree, &at("execution")).err(),
        typed::<WalletConfig>(tree, &at("wallet")).err(),
        typed::<PricesConfig>(tree, &at("prices")).err(),
        typed::<CctpConfig>(tree, &at("cctp")).err(),
        typed::<RebalanceConfig>(tree, &at("rebalance")).err(),
        typed::<PolicyConfig>(tree, &at("policy")).err(),
    ]
    .into_iter()
    .flatten()
    .collect();
    // What is left out has no section, not an empty one.
    if tree.get(&at("cross_chain")).is_some() {
        problems.extend(typed::<CrossChainConfig>(tree, &at("cross_chain")).err());
    }
    entries::<ChainConfig>(tree, "chains", &mut problems);
    entries::<AssetConfig>(tree, "assets", &mut problems);
    entries::<Profile>(tree, "profiles", &mut problems);
    problems
}

fn entries<T: DeserializeOwned>(tree: &Node, map: &str, problems: &mut Vec<Problem>) {
    let keys = tree.table(map).into_iter().flatten().map(|(key, _)| key);
    problems.extend(keys.filter_map(|key| typed::<T>(tree, &KeyPath::root().key(map).key(key)).err()));
}

/// A deserialiser's message without the value in it: what was expected is fixed text and comes last.
fn explain(message: &str) -> String {
    if message.starts_with("expected ") {
        return message.to_owned();
    }
    if let Some((_, expected)) = message.rsplit_once(", expected ") {
        return format!("expected {expected}");
    }
    let hex = ["invalid string length", "odd number of digits", "invalid character"];
    if hex.iter().any(|start| message.starts_with(start)) {
        return "expected an address: 0x and 40 hexadecimal digits".to_owned();
    }
    if message.starts_with("invalid socket address") {
        return "expected an address and a port, such as 127.0.0.1:9464".to_owned();
    }
    "the value is not valid here".to_owned()
}

/// Relative paths are relative to the file's folder.
fn resolve_paths(config: &mut Config, folder: &Path) {
    fn join(path: &mut PathBuf, folder: &Path) {
        *path = folder.join(&*path);
    }
    fn join_secret(reference: &mut SecretRef, folder: &Path) {
        match reference {
            SecretRef::File(path) => join(path, folder),
            SecretRef::Env(_) => {}
        }
    }
    fn join_url(url: &mut Url, folder: &Path) {
        match url {
            Url::Secret(reference) => join_secret(reference, folder),
            Url::Plain(_) => {}
        }
    }
    join(&mut config.data_dir, folder);
    join(&mut config.wallet.keystore, folder);
    join_secret(&mut config.wallet.password, folder);
    if let Some(key) = &mut config.prices.coingecko_key {
        join_secret(key, folder);
    }
    for arbitrage in config.chains.values_mut().filter_map(|chain| chain.arbitrage.as_mut()) {
        if let Some(record) = &mut arbitrage.record {
            join(record, folder);
        }
        arbitrage.private_rpc.iter_mut().for_each(|url| join_url(url, folder));
    }
    for oneinch in config.chains.values_mut().filter_map(|chain| chain.oneinch.as_mut()) {
        join_secret(&mut oneinch.key, folder);
        join_url(&mut oneinch.base_url, folder);
    }
    if let Some(solana) = &mut config.solana {
        join_secret(&mut solana.keypair, folder);
        solana.rpc.iter_mut().for_each(|url| join_url(url, folder));
        if let Some(jupiter) = &mut solana.jupiter {
            join_url(&mut jupiter.base_url, folder);
            if let Some(key) = &mut jupiter.key {
                join_secret(key, folder);
            }
        }
    }
    let prices = &mut config.prices;
    let urls = [&mut prices.coingecko_url, &mut prices.kraken_url, &mut prices.binance_url];
    let rpc = config.chains.values_mut().flat_map(|chain| chain.rpc.iter_mut());
    for url in urls.into_iter().chain([&mut config.cctp.iris_url]).chain(rpc) {
        join_url(url, folder);
    }
}
