//! `purser operations list | show | resolve`.

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

/// The subcommands of `operations`.
#[derive(Debug, Subcommand)]
pub enum OperationsCommand {
    /// List operations, newest first.
    List(ListArgs),
    /// Show one operation: its legs, transactions and timeline.
    Show(ShowArgs),
    /// Settle by hand an operation that needs an operator.
    Resolve(ResolveArgs),
}

/// Arguments of `operations list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only operations that have not ended.
    #[arg(long)]
    pub open: bool,
    /// At most this many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
}

/// Arguments of `operations show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The operation's id.
    pub id: Uuid,
}

/// Arguments of `operations resolve`.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// The operation's id.
    pub id: Uuid,
    /// What happened to it.
    #[arg(long = "as", value_enum)]
    pub outcome: ResolvedAs,
    /// Why you are sure; kept in the operation's timeline.
    #[arg(long)]
    pub reason: String,
}

/// What an operator says happened to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResolvedAs {
    /// Look again and carry on from what the chains say.
    Retry,
    /// Nothing moved and nothing will.
    Failed,
    /// The value arrived.
    Settled,
}
