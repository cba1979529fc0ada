//! Why a configuration was refused: every problem with its place, never with a value.

use std::fmt;
use std::path::PathBuf;

use crate::config::Origin;

/// Why there is no configuration. Nothing was started and nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {error}; give its path with --config or write one with `purser init`", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is larger than any configuration.
    #[error("{} is larger than {limit} bytes; it is not a configuration file", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest file that is read.
        limit: u64,
    },
    /// The file was read and is wrong.
    #[error("{}", report(.path, .problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that was found, in the order of the file.
        problems: Vec<Problem>,
    },
}

impl ConfigError {
    /// The problems found inside the file; empty when it could not be read at all.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid { problems, .. } => problems,
            Self::Unreadable { .. } | Self::TooLarge { .. } => &[],
        }
    }
}

/// One thing that is wrong. The message never repeats a value: it might be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the offending value comes from.
    pub origin: Origin,
    /// Key path, as in `chains.base.rpc[0]`; empty for the whole file.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

fn report(path: &std::path::Path, problems: &[Problem]) -> String {
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    };
    let mut text = format!("{} has {count}; nothing was started", path.display());
    for problem in problems {
        text.push_str(&format!("\n  {}", Located { path, problem }));
    }
    text
}

/// A problem with the name of its file.
struct Located<'p> {
    path: &'p std::path::Path,
    problem: &'p Problem,
}

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem.origin {
            Origin::File { line, column } => write!(f, "{}:{line}:{column}: ", self.path.display())?,
            origin @ (Origin::Default
            | Origin::BuiltIn
            | Origin::Network(_)
            | Origin::Known(_)
            | Origin::Cluster
            | Origin::Environment(_)) => write!(f, "{origin}: ")?,
        }
        if !self.problem.key.is_empty() {
            write!(f, "{}: ", self.problem.key)?;
        }
        f.write_str(&self.problem.message)
    }
}
