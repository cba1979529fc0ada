//! The lock that keeps a second daemon off the journal.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::domain::Timestamp;
use crate::journal::JournalError;

/// How much of a lock file is read to name its holder.
const HOLDER_BYTES: u64 = 200;

/// An exclusive kernel lock on a file beside the database. The kernel frees it when the process
/// ends in whatever way, so a kill never leaves a stale lock. The file itself stays: removing it
/// would let two processes lock two different files of the same name.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock for `database` or says who has it.
    pub(super) fn take(database: &Path, pid: u32, at: Timestamp) -> Result<Self, JournalError> {
        let path = lock_path(database);
        let failed =
            |error: std::io::Error| JournalError::Lock { path: path.clone(), reason: error.to_string() };
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // An unreadable name does not make the lock any less held.
                let read = (&mut file).take(HOLDER_BYTES).read_to_string(&mut holder);
                let holder = match (read, holder.trim()) {
                    (Err(_), _) | (_, "") => "another process (it left no name)".to_owned(),
                    (Ok(_), name) => name.to_owned(),
                };
                return Err(JournalError::InUse { path: database.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        writeln!(file, "process {pid}, started {at}").map_err(failed)?;
        file.flush().map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// `journal.db` → `journal.db.lock`.
pub(super) fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
