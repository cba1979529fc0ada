//! Contract bytecode: our own compiled contracts and Uniswap's published ones.

use std::path::{Path, PathBuf};

use alloy::primitives::Bytes;
use serde::Deserialize;

use crate::error::Error;

/// Where the npm packages and the compiled contracts are.
#[derive(Debug, Clone)]
pub struct Artifacts {
    dir: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    bytecode: Code,
    deployed_bytecode: Option<Code>,
}

/// Hex, which some compilers put beside other things.
#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Hex(String),
    Object { object: String },
}

impl Code {
    fn hex(&self) -> &str {
        match self {
            Self::Hex(hex) | Self::Object { object: hex } => hex,
        }
    }
}

/// Uniswap's own builds, as published on npm.
const UNISWAP: [(&str, &str); 7] = [
    ("UniswapV2Factory", "@uniswap/v2-core/build/UniswapV2Factory.json"),
    ("UniswapV3Factory", "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json"),
    ("SwapRouter02", "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json"),
    ("QuoterV2", "@uniswap/swap-router-contracts/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json"),
    ("PoolManager", "@uniswap/v4-core/out/PoolManager.sol/PoolManager.json"),
    ("StateView", "@uniswap/v4-periphery/foundry-out/StateView.sol/StateView.json"),
    ("V4Quoter", "@uniswap/v4-periphery/foundry-out/V4Quoter.sol/V4Quoter.json"),
];

impl Default for Artifacts {
    /// Those of this checkout.
    fn default() -> Self {
        Self::new(env!("CARGO_MANIFEST_DIR"))
    }
}

impl Artifacts {
    /// The artifacts under an npm directory: `node_modules` and `artifacts`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The `anvil` binary inside its platform package, or, where npm has none
    /// for the platform, the one on the search path.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] if there is neither.
    pub fn anvil(&self) -> Result<PathBuf, Error> {
        let scope = self.dir.join("node_modules/@foundry-rs");
        let packages = std::fs::read_dir(&scope).into_iter().flatten().flatten();
        let packaged = packages.map(|entry| entry.path().join("bin/anvil"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = std::env::split_paths(&path).map(|dir| dir.join("anvil"));
        let found = packaged.chain(installed).find(|path| path.is_file());
        found.ok_or(Error::NotSetUp { path: scope.join("anvil-<platform>/bin/anvil") })
    }

    /// The code that creates a contract, without constructor arguments.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] if the artifact is missing, [`Error::Artifact`] if it is unusable.
    pub fn creation(&self, name: &str) -> Result<Bytes, Error> {
        decode(name, self.read(name)?.bytecode.hex())
    }

    /// The code of a deployed contract, for contracts without immutables.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] if the artifact is missing, [`Error::Artifact`] if it is unusable.
    pub fn deployed(&self, name: &str) -> Result<Bytes, Error> {
        let code = self.read(name)?.deployed_bytecode;
        decode(name, code.as_ref().map(Code::hex).unwrap_or_default())
    }

    fn read(&self, name: &str) -> Result<Artifact, Error> {
        let path = match UNISWAP.iter().find(|(known, _)| *known == name) {
            Some((_, path)) => self.dir.join("node_modules").join(path),
            None => self.dir.join("artifacts").join(name).with_extension("json"),
        };
        parse(name, &read_or_not_set_up(&path)?)
    }
}

/// What creates the contract of an artifact of any compiler: a JSON file with a member `bytecode`,
/// to which the encoded constructor arguments are appended.
///
/// # Errors
/// [`Error::NotSetUp`] if the file is missing, [`Error::Artifact`] if it is unusable.
pub fn creation_in(path: &Path, arguments: &[u8]) -> Result<Bytes, Error> {
    let name = path.display().to_string();
    let code = decode(&name, parse(&name, &read_or_not_set_up(path)?)?.bytecode.hex())?;
    Ok([code.as_ref(), arguments].concat().into())
}

fn parse(name: &str, text: &str) -> Result<Artifact, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::Artifact { name: name.into(), reason: error.to_string() })
}

fn read_or_not_set_up(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::NotSetUp { path: path.into() },
        _ => Error::File { path: path.into(), source },
    })
}

/// Hex with or without `0x`; an unlinked library leaves `_` behind and fails here.
fn decode(name: &str, code: &str) -> Result<Bytes, Error> {
    match hex::decode(code.trim_start_matches("0x")) {
        Ok(bytes) if bytes.is_empty() => {
            Err(Error::Artifact { name: name.into(), reason: "it has no bytecode".into() })
        }
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(Error::Artifact { name: name.into(), reason: error.to_string() }),
    }
}
