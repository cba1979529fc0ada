//! Opening, migrating, checking and closing the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use crate::domain::Timestamp;
use crate::journal::check::FileCheck;
use crate::journal::lock::Lock;
use crate::journal::{Inner, Journal, JournalError};

static MIGRATOR: Migrator = sqlx::migrate!("src/journal/migrations");

/// Connections that only read.
const READERS: u32 = 4;

/// How a journal is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// How long a statement waits for a lock another program holds on the file.
    pub busy_timeout: Duration,
    /// How long a caller waits for its turn on the writer.
    pub queue_timeout: Duration,
    /// How long opening waits for the check of the whole file. A journal too large for it is
    /// checked on while the daemon works; damage found then refuses every further write.
    pub check_patience: Duration,
    /// Largest size of the database in pages of 4096 bytes; `None` for the disk's own limit.
    pub max_pages: Option<u32>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(5),
            queue_timeout: Duration::from_secs(30),
            check_patience: Duration::from_millis(300),
            max_pages: None,
        }
    }
}

/// What an opening does about the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Schema {
    /// Brings it up to this program.
    Migrate,
    /// Refuses any other than this program's.
    Verify,
}

/// One migration of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationInfo {
    /// Its number.
    pub version: i64,
    /// SHA-384 of its text, in hex.
    pub checksum: String,
}

impl Journal {
    /// Opens the journal at `path`, making it if it is not there, and locks out every other daemon.
    ///
    /// # Errors
    /// [`JournalError::InUse`] when another process holds it; otherwise what is wrong with the file.
    pub async fn open(path: &Path) -> Result<Self, JournalError> {
        Self::open_with(path, OpenOptions::default()).await
    }

    /// [`Journal::open`] with limits of its own.
    pub async fn open_with(path: &Path, options: OpenOptions) -> Result<Self, JournalError> {
        let path = canonical(path)?;
        let (pid, now) = (std::process::id(), now());
        let lock = Lock::take(&path, pid, now)?;
        let journal = Self::open_writable(path, options, Schema::Migrate, Some(lock)).await?;
        journal.record_opening(pid, now).await?;
        Ok(journal)
    }

    /// Opens the journal for one command of the operator's, with or without a running daemon: halts,
    /// resumes, resolutions. It keeps no lock; the rules of every write hold all the same, since they
    /// are checked inside its transaction. Under a running daemon the schema is left as it is.
    pub async fn open_beside(path: &Path) -> Result<Self, JournalError> {
        let path = canonical(path)?;
        let options = OpenOptions::default();
        match Lock::take(&path, std::process::id(), now()) {
            // Nobody runs: a daemon that starts meanwhile is kept off until the schema is right.
            Ok(_until_migrated) => Self::open_writable(path, options, Schema::Migrate, None).await,
            Err(JournalError::InUse { .. }) => Self::open_writable(path, options, Schema::Verify, None).await,
            Err(other) => Err(other),
        }
    }

    async fn open_writable(
        path: PathBuf,
        options: OpenOptions,
        schema: Schema,
        lock: Option<Lock>,
    ) -> Result<Self, JournalError> {
        let mut connect = base(&path, options.busy_timeout)
            .create_if_missing(schema == Schema::Migrate)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        if let Some(pages) = options.max_pages {
            connect = connect.pragma("max_page_count", pages.to_string());
        }
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.queue_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(connect)
            .await
            .map_err(|error| opening(&path, error))?;
        let reading = base(&path, options.busy_timeout).pragma("query_only", "ON");
        let check = FileCheck::start(reading.clone(), options.check_patience).await?;
        match schema {
            Schema::Migrate => MIGRATOR.run(&writer).await.map_err(migration_error)?,
            Schema::Verify => verify_migrations(&path, &writer).await?,
        }
        let readers = readers(reading);
        let (writer, check) = (Some(writer), Some(check));
        Ok(Self { inner: Arc::new(Inner { path, writer, readers, check, _lock: lock }) })
    }

    /// Opens an existing journal for reading, beside a running daemon or without one.
    /// Every method that writes answers [`JournalError::ReadOnly`].
    pub async fn open_read_only(path: &Path) -> Result<Self, JournalError> {
        let path = canonical(path)?;
        if !path.is_file() {
            let reason = "there is no such file".to_owned();
            return Err(JournalError::CannotOpen { path, reason });
        }
        let timeout = OpenOptions::default().busy_timeout;
        let readers = readers(base(&path, timeout).read_only(true));
        verify_migrations(&path, &readers).await?;
        Ok(Self { inner: Arc::new(Inner { path, writer: None, readers, check: None, _lock: None }) })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Waits until the check of the whole file that [`Journal::open`] started has ended. A journal
    /// opened for reading has none: see [`Journal::integrity_check`].
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] with what was found; every write is refused with it from then on.
    pub async fn checked(&self) -> Result<(), JournalError> {
        match &self.inner.check {
            Some(check) => check.finished().await,
            None => Ok(()),
        }
    }

    /// Closes all connections after the running transactions and folds the write-ahead log into the
    /// database. The lock is freed when the last clone is dropped.
    pub async fn close(&self) {
        if let Some(check) = &self.inner.check {
            check.stop();
        }
        self.inner.readers.close().await;
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
    }

    /// The migrations of this program, oldest first.
    pub fn migrations() -> Vec<MigrationInfo> {
        let info = |migration: &sqlx::migrate::Migration| MigrationInfo {
            version: migration.version,
            checksum: hex::encode(&migration.checksum),
        };
        MIGRATOR.iter().map(info).collect()
    }

    /// Bytes of the database file, the write-ahead log not counted.
    pub async fn size_bytes(&self) -> Result<u64, JournalError> {
        let metadata = tokio::fs::metadata(self.path()).await;
        metadata.map(|data| data.len()).map_err(|error| JournalError::Disk { detail: error.to_string() })
    }

    /// Leaves a mark of this opening. It also proves, before anything is signed, that the file
    /// takes writes.
    async fn record_opening(&self, pid: u32, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO openings (opened_at, pid, version) VALUES ($1, $2, $3)")
            .bind(at.millis())
            .bind(i64::from(pid))
            .bind(env!("CARGO_PKG_VERSION"))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn base(path: &Path, busy_timeout: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(busy_timeout)
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}

fn readers(connect: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(connect)
}

/// The path with its links resolved, so that two names of one database share one lock.
fn canonical(path: &Path) -> Result<PathBuf, JournalError> {
    let cannot = |reason: String| JournalError::CannotOpen { path: path.to_owned(), reason };
    if path.exists() {
        return std::fs::canonicalize(path).map_err(|error| cannot(error.to_string()));
    }
    let name = path.file_name().ok_or_else(|| cannot("the path names no file".to_owned()))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let folder = std::fs::canonicalize(folder)
        .map_err(|error| cannot(format!("its folder {} cannot be used: {error}", folder.display())))?;
    Ok(folder.join(name))
}

/// Whether the database has exactly the migrations of this program.
async fn verify_migrations(path: &Path, pool: &SqlitePool) -> Result<(), JournalError> {
    let found: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(pool)
            .await
            .map_err(|error| opening(path, error))?;
    let newest = |versions: &mut dyn Iterator<Item = i64>| versions.max().unwrap_or(0);
    let known = newest(&mut MIGRATOR.iter().map(|migration| migration.version));
    let at = newest(&mut found.iter().map(|(version, _)| *version));
    if known != at {
        return Err(JournalError::SchemaVersion { found: at, known });
    }
    for migration in MIGRATOR.iter() {
        let same = |(version, checksum): &(i64, Vec<u8>)| {
            *version == migration.version && checksum.as_slice() == &*migration.checksum
        };
        if !found.iter().any(same) {
            return Err(JournalError::MigrationChanged { version: migration.version });
        }
    }
    Ok(())
}

fn migration_error(error: MigrateError) -> JournalError {
    let known = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
    match error {
        MigrateError::VersionMismatch(version) => JournalError::MigrationChanged { version },
        MigrateError::VersionMissing(found) => JournalError::SchemaVersion { found, known },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            match JournalError::from(error) {
                JournalError::Database(error) => JournalError::Migration { reason: error.to_string() },
                storage => storage,
            }
        }
        other => JournalError::Migration { reason: other.to_string() },
    }
}

/// A failure to open says which file; damage, a full disk and a busy file keep their own names.
fn opening(path: &Path, error: sqlx::Error) -> JournalError {
    match JournalError::from(error) {
        JournalError::Database(error) => {
            JournalError::CannotOpen { path: path.to_owned(), reason: error.to_string() }
        }
        named => named,
    }
}

/// The wall clock, for the lock file and the mark of the opening. Everything else is told the time.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(0).plus(since)
}
