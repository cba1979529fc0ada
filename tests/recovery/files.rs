//! Copies of a journal's files.

use std::path::Path;

/// The files that make up a journal at rest. The index of the log is made anew.
pub(super) const FILES: [&str; 2] = ["journal.sqlite", "journal.sqlite-wal"];

/// Copies a journal at rest.
pub(super) fn copy(from: &Path, to: &Path) {
    for name in FILES {
        std::fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// Replaces the journal in `dir` by a copy.
pub(super) fn put_back(copied: &Path, dir: &Path) {
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"] {
        match std::fs::remove_file(dir.join(name)) {
            Ok(()) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{name}: {error}"),
        }
    }
    copy(copied, dir);
}
