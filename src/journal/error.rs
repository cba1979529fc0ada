//! What can go wrong in the journal, said so that an operator can act on it.

use std::path::PathBuf;

use crate::domain::{ChainName, Leg, OperationId, OperationState, PlanHash, Position, Timestamp};
use crate::journal::{AttemptId, AttemptState};

/// Why the journal did not do what it was asked. In every case nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process holds the journal.
    #[error("the journal {} is in use by {holder}; two daemons on one journal could spend the same money twice, so this one stops. Stop the other first", path.display())]
    InUse {
        /// The database.
        path: PathBuf,
        /// Who holds it, as they wrote it in the lock file.
        holder: String,
    },
    /// The lock file cannot be made or locked.
    #[error("the lock file {} cannot be used: {reason}. Without it a second daemon could not be kept out, so this one stops. Check that the folder exists, is writable and is on a local disk", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The database is not there or cannot be opened.
    #[error("the journal {} cannot be opened: {reason}. No money was moved. Check the path and its permissions; if the file was lost, restore it before trading: it knows what is in flight", path.display())]
    CannotOpen {
        /// The database.
        path: PathBuf,
        /// What stood in the way.
        reason: String,
    },
    /// A migration that was applied to the database differs from the one in this program.
    #[error(
        "migration {version} of the journal was changed after it was applied; this program may misread the records of money in flight, so it stops. Run the version that wrote this journal"
    )]
    MigrationChanged {
        /// The migration's number.
        version: i64,
    },
    /// The database was written by a newer program, or a read-only opening met an older one.
    #[error(
        "the journal is at migration {found} and this program knows {known}; it would misread the records of money in flight, so it stops. Run the version that belongs to this journal"
    )]
    SchemaVersion {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration of this program.
        known: i64,
    },
    /// A migration failed; it was rolled back whole.
    #[error(
        "a migration of the journal failed and was rolled back: {reason}. The journal is as it was and no money was moved"
    )]
    Migration {
        /// The database's words.
        reason: String,
    },
    /// The file is damaged or says something this program never writes.
    #[error(
        "the journal is damaged: {detail}. The record of money in flight cannot be trusted, so nothing is signed. Keep the file, restore the newest good copy, and compare it with the chains before resuming"
    )]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// No room left.
    #[error(
        "the disk is full or the journal reached its size limit: the last change was not written, and nothing that depends on it was sent. Free space, then restart or resume"
    )]
    DiskFull,
    /// Written to a read-only journal.
    #[error(
        "the journal is open read-only or its file is write-protected: the change was not written, and nothing that depends on it was sent. Make the file and its folder writable"
    )]
    ReadOnly,
    /// The write lock was not free in time.
    #[error(
        "the journal stayed locked by another connection: the change was not written, and nothing that depends on it was sent. Close other programs that hold the file open"
    )]
    Busy,
    /// The disk failed.
    #[error(
        "the journal's disk failed ({detail}): the change may not be on disk, and nothing that depends on it was sent. Check the disk before resuming"
    )]
    Disk {
        /// The database's words.
        detail: String,
    },
    /// Any other refusal of the database.
    #[error("the journal's database refused: {0}. The change was not written")]
    Database(#[source] sqlx::Error),
    /// A value does not fit its column, or does not survive being stored.
    #[error("{what} cannot be stored: {detail}. Nothing was written")]
    Unstorable {
        /// Which value.
        what: &'static str,
        /// Why.
        detail: String,
    },
    /// Signing is stopped.
    #[error("halted since {since}: {reason}. Nothing is signed until an operator resumes")]
    Halted {
        /// Why.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// No such operation.
    #[error("there is no operation {0} in the journal")]
    UnknownOperation(OperationId),
    /// No such attempt.
    #[error("there is no attempt {0} in the journal")]
    UnknownAttempt(AttemptId),
    /// The plan was accepted before.
    #[error(
        "plan {0} was accepted before; running it again would move the money twice, so nothing was recorded"
    )]
    PlanKnown(PlanHash),
    /// `accept_plan` got another number of values than the plan has steps.
    #[error("the plan has {steps} steps and {values} values were given; nothing was recorded")]
    ValueCount {
        /// Steps of the plan.
        steps: usize,
        /// Values given.
        values: usize,
    },
    /// The compare-and-set lost: somebody moved the operation first.
    #[error("operation {operation} is {actual}, not {expected}; it was not moved")]
    Moved {
        /// The operation.
        operation: OperationId,
        /// Where the caller believed it to be.
        expected: OperationState,
        /// Where it is.
        actual: OperationState,
    },
    /// The table of moves has no such move, or it needs another method.
    #[error("an operation cannot go from {from} to {to} here: {rule}; it was not moved")]
    IllegalMove {
        /// From.
        from: OperationState,
        /// To.
        to: OperationState,
        /// The rule that forbids it.
        rule: &'static str,
    },
    /// An operation cannot fail while its transactions may still be mined.
    #[error(
        "operation {operation} has {live} transactions that may still be mined; it cannot be called failed before they are proven dead or final"
    )]
    LiveAttempts {
        /// The operation.
        operation: OperationId,
        /// How many.
        live: i64,
    },
    /// An operation whose value moved cannot fail.
    #[error(
        "the {leg} of operation {operation} succeeded on chain, so its value has moved; it cannot be called failed"
    )]
    ValueMoved {
        /// The operation.
        operation: OperationId,
        /// Which leg.
        leg: Leg,
    },
    /// The operation expired before its first transaction.
    #[error("operation {operation} expired at {expires_at} and was not started; nothing was signed")]
    Expired {
        /// The operation.
        operation: OperationId,
        /// When.
        expires_at: Timestamp,
    },
    /// Another transaction holds the nonce.
    #[error(
        "nonce {nonce} on {chain} is held by the {leg} of operation {operation}; two transactions of one nonce cannot both be mined, so nothing was recorded"
    )]
    NonceHeld {
        /// Chain.
        chain: ChainName,
        /// Nonce.
        nonce: u64,
        /// Whose.
        operation: OperationId,
        /// For which leg.
        leg: Leg,
    },
    /// The nonce would leave a gap or reuse a spent one.
    #[error(
        "nonce {nonce} on {chain} is not the next one ({expected}); a gap would block every later transaction, so nothing was recorded"
    )]
    NonceNotNext {
        /// Chain.
        chain: ChainName,
        /// Asked for.
        nonce: u64,
        /// The only one that may be used.
        expected: u64,
    },
    /// The chain has spent a nonce this journal never signed.
    #[error(
        "{chain} has spent the nonces below {finalised}, but this journal signed only those below {expected}: somebody else uses this key. Nothing was recorded; find out who, then adopt the key"
    )]
    ForeignNonce {
        /// Chain.
        chain: ChainName,
        /// The chain's final nonce.
        finalised: u64,
        /// One past ours.
        expected: u64,
    },
    /// The leg has a live transaction; only a replacement at the same nonce may follow.
    #[error(
        "the {leg} of operation {operation} is already in attempt {attempt}, which may still be mined; only a replacement at its nonce may be signed"
    )]
    LegLive {
        /// The operation.
        operation: OperationId,
        /// Leg.
        leg: Leg,
        /// The live attempt.
        attempt: AttemptId,
    },
    /// The leg succeeded before and must not be repeated.
    #[error(
        "the {leg} of operation {operation} succeeded in attempt {attempt}; repeating it would move the money twice"
    )]
    LegDone {
        /// The operation.
        operation: OperationId,
        /// Leg.
        leg: Leg,
        /// The attempt that succeeded.
        attempt: AttemptId,
    },
    /// A replacement that does not fit what it replaces.
    #[error("attempt {replaces} cannot be replaced this way: {rule}; nothing was recorded")]
    Replacement {
        /// What was to be replaced.
        replaces: AttemptId,
        /// The rule that forbids it.
        rule: &'static str,
    },
    /// An attempt cannot make this move.
    #[error("attempt {attempt} cannot go from {from} to {to}: {rule}; it was not changed")]
    IllegalAttemptMove {
        /// The attempt.
        attempt: AttemptId,
        /// From.
        from: AttemptState,
        /// To.
        to: AttemptState,
        /// The rule that forbids it.
        rule: &'static str,
    },
    /// The position was never opened in the ledger.
    #[error("{0} has no opening balance in the ledger; the entry was not recorded. Open the position first")]
    UnknownPosition(Position),
    /// An entry was recorded before with other content.
    #[error(
        "ledger entry {key} was recorded before with {recorded} and now comes with {offered}; nothing was recorded"
    )]
    EntryConflict {
        /// Its key.
        key: String,
        /// What stands.
        recorded: String,
        /// What was offered.
        offered: String,
    },
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Corrupt { detail: error.to_string() }
            }
            sqlx::Error::Io(source) if source.kind() == std::io::ErrorKind::StorageFull => Self::DiskFull,
            sqlx::Error::Io(source) => Self::Disk { detail: source.to_string() },
            sqlx::Error::Database(ref database) => {
                let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0);
                // The low byte is SQLite's primary result code.
                match code & 0xff {
                    5 | 6 => Self::Busy,
                    8 => Self::ReadOnly,
                    10 => Self::Disk { detail: database.message().to_owned() },
                    11 | 26 => Self::Corrupt { detail: database.message().to_owned() },
                    13 => Self::DiskFull,
                    _ => Self::Database(error),
                }
            }
            other => Self::Database(other),
        }
    }
}

impl JournalError {
    /// Whether the journal can no longer be written or trusted: the daemon must stop signing.
    pub const fn is_storage_failure(&self) -> bool {
        matches!(
            self,
            Self::Corrupt { .. } | Self::DiskFull | Self::ReadOnly | Self::Disk { .. } | Self::Database(_)
        )
    }
}
