//! The journal: the only SQL of the project.
//!
//! Every state move, every signed byte and every unit of the ledger is committed here before the
//! daemon acts on it. One writer connection, `BEGIN IMMEDIATE`, `synchronous=FULL`: what a method
//! returned `Ok` for survives the loss of power. Nothing is deleted.

mod attempts;
mod check;
mod decisions;
mod error;
mod halts;
mod ledger;
mod lock;
mod messages;
mod moves;
mod nonces;
mod open;
mod operations;
mod outcomes;
mod positions;
mod reclaims;
mod rows;
mod signing;
mod spending;
mod trades;

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{Sqlite, SqlitePool, Transaction};

pub use attempts::{Attempt, AttemptId, AttemptState, Inclusion, Lifetime, NewAttempt, newest_block};
pub use decisions::StoredDecision;
pub use error::JournalError;
pub use halts::Halt;
pub use ledger::{Cause, Entry, EntrySource};
pub use messages::BridgeMessage;
pub use moves::TimelineEntry;
pub use open::{MigrationInfo, OpenOptions};
pub use operations::OperationFilter;
pub use positions::{Ledger, PositionLedger, Transit};
pub use reclaims::{DueReclaim, ReclaimState};

/// The journal of one daemon. Cheap to clone; all clones share one writer and one lock.
#[derive(Debug, Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// One connection: writers queue here instead of meeting `SQLITE_BUSY` in the file.
    writer: Option<SqlitePool>,
    readers: SqlitePool,
    /// `None` for a read-only journal.
    check: Option<check::FileCheck>,
    /// Held for the daemon's life; `None` for a read-only journal and for an operator's command.
    _lock: Option<lock::Lock>,
}

impl Journal {
    /// Starts a write transaction that holds the database's write lock from its first statement.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, JournalError> {
        let writer = self.inner.writer.as_ref().ok_or(JournalError::ReadOnly)?;
        if let Some(check) = &self.inner.check {
            check.verdict()?;
        }
        Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    fn readers(&self) -> &SqlitePool {
        &self.inner.readers
    }
}
