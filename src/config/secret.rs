//! References to secrets, and URLs that may hold one. Neither ever prints what it refers to.

use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Longest secret read from a file.
const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// Where a secret is. Never the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretRef {
    /// Name of an environment variable.
    Env(String),
    /// Path of a file; a trailing newline is dropped.
    File(PathBuf),
}

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("the environment variable {0} is not set; set it or refer to a file instead")]
    Unset(String),
    /// The file cannot be read.
    #[error("the secret file {path} cannot be read: {error}; check its path and owner")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file holds too much to be a secret.
    #[error("the secret file {0} is larger than 64 KiB; it is not a secret")]
    TooLarge(PathBuf),
}

impl SecretRef {
    /// Reads the secret.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Env(name) => {
                std::env::var(name).map(SecretString::from).map_err(|_| SecretError::Unset(name.clone()))
            }
            Self::File(path) => {
                let unreadable = |error| SecretError::Unreadable { path: path.clone(), error };
                let file = std::fs::File::open(path).map_err(unreadable)?;
                let mut text = String::new();
                let limit = MAX_SECRET_BYTES.saturating_add(1);
                let length = file.take(limit).read_to_string(&mut text).map_err(unreadable)?;
                if u64::try_from(length).is_ok_and(|length| length >= limit) {
                    return Err(SecretError::TooLarge(path.clone()));
                }
                Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

/// A URL, or a reference to one that holds a secret (an API key in its path).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Url {
    /// Written out.
    Plain(String),
    /// Kept elsewhere.
    Secret(SecretRef),
}

impl Url {
    /// A well-known address.
    pub fn known(url: &str) -> Self {
        Self::Plain(url.to_owned())
    }

    /// The URL itself, for use and never for print.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Plain(url) => Ok(SecretString::from(url.clone())),
            Self::Secret(reference) => reference.read(),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Url {
    /// Scheme, host and port only: paths of RPC endpoints hold API keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(url) => f.write_str(&origin(url)),
            Self::Secret(reference) => write!(f, "{reference}"),
        }
    }
}

/// `scheme://host:port` of a URL, without user, password, path or query.
pub fn origin(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "(not a URL)".to_owned();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}
