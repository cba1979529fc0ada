//! Why a command failed.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::act::AdoptError;
use crate::chains::evm::keys::KeyError;
use crate::cli::ExitCode;
use crate::config::{ConfigError, Origin};
use crate::cycle::CycleError;
use crate::domain::{OperationId, OperationState};
use crate::journal::JournalError;
use crate::observe::ObserveError;
use crate::observe::accounting::BookError;
use crate::run::{HouseError, RunError};
use crate::strategies::rebalance::GoalError;
use crate::telemetry::logging::LoggingError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key could not be made, read or written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key of Solana could not be made, read or written.
    #[error(transparent)]
    SolanaKey(#[from] crate::chains::solana::keys::KeyError),
    /// A file cannot be read or written.
    #[error("{} cannot be used: {error}; check its path and owner", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file is no instance of a problem.
    #[error("{} is no instance to solve: {reason}", .path.display())]
    Instance {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file is no recording, or a damaged one.
    #[error("{} cannot be replayed: {reason}", .path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        reason: String,
    },
    /// A secret could not be read.
    #[error("{0}; nothing was written")]
    Secret(String),
    /// The parts could not be put together.
    #[error(transparent)]
    House(#[from] HouseError),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The chains could not be observed.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// A tick came to no decision.
    #[error(transparent)]
    Cycle(#[from] CycleError),
    /// The targets make no goal.
    #[error(transparent)]
    Goal(#[from] GoalError),
    /// The daemon did not start or did not end in order.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Logging cannot be set up.
    #[error(transparent)]
    Logging(#[from] LoggingError),
    /// There is no such operation.
    #[error("there is no operation {0}; `purser operations list` shows them")]
    NoOperation(OperationId),
    /// It goes on by itself, or has ended.
    #[error(
        "operation {id} is {state} and needs no decision; nothing was changed. `purser operations list --open` shows \
         what waits for one"
    )]
    NothingToDecide {
        /// The operation.
        id: OperationId,
        /// Its state.
        state: OperationState,
    },
    /// An argument names a chain that is not configured.
    #[error("there is no chain `{name}` in the configuration; there are {known}")]
    NoChain {
        /// As given.
        name: String,
        /// What there is.
        known: String,
    },
    /// An argument means nothing.
    #[error("{0}; nothing was started")]
    Argument(String),
    /// There is no such decision.
    #[error("there is no such decision; `purser decisions list` shows them")]
    NoDecision,
    /// The key's use elsewhere was not accepted.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// Nothing was booked.
    #[error(transparent)]
    Book(#[from] BookError),
    /// Standard output is closed or full.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
    /// The embedded template has lost a line; only a defective build does.
    #[error("the configuration template has no line `{0}`; nothing was written; use another build")]
    Template(&'static str),
}

impl CliError {
    /// The exit code of this error.
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_)
            | Self::NoChain { .. }
            | Self::Argument(_)
            | Self::Instance { .. }
            | Self::Recording { .. } => ExitCode::Usage,
            Self::Key(_)
            | Self::SolanaKey(_)
            | Self::File { .. }
            | Self::Secret(_)
            | Self::House(_)
            | Self::Journal(_)
            | Self::Observe(_)
            | Self::Cycle(_)
            | Self::Goal(_)
            | Self::Run(_)
            | Self::Logging(_)
            | Self::NoOperation(_)
            | Self::NothingToDecide { .. }
            | Self::NoDecision
            | Self::Adopt(_)
            | Self::Book(_)
            | Self::Output(_)
            | Self::Template(_) => ExitCode::Failure,
        }
    }

    /// The error for programs: `{"error": {"message", "problems"}}`.
    pub fn to_json(&self) -> Value {
        let problems = if let Self::Config(error) = self { error.problems() } else { &[] };
        let problems: Vec<Value> = problems
            .iter()
            .map(|problem| {
                let (line, column) = match &problem.origin {
                    Origin::File { line, column } => (Some(*line), Some(*column)),
                    Origin::Default
                    | Origin::BuiltIn
                    | Origin::Network(_)
                    | Origin::Known(_)
                    | Origin::Cluster
                    | Origin::Environment(_) => (None, None),
                };
                json!({
                    "key": problem.key,
                    "origin": problem.origin.to_string(),
                    "line": line,
                    "column": column,
                    "message": problem.message,
                })
            })
            .collect();
        json!({ "error": { "message": self.to_string(), "problems": problems } })
    }
}
