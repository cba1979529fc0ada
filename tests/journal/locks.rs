//! The locks that keep other processes from cutting the journal's files off under a daemon.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use purser::chains::evm::keys;
use purser::journal::Journal;

/// Locks of this process on a file, as the kernel lists them.
fn locks(path: &Path) -> usize {
    let inode = std::fs::metadata(path).unwrap().ino();
    let (pid, place) = (format!(" {} ", std::process::id()), format!(":{inode} "));
    let listed = std::fs::read_to_string("/proc/locks").unwrap();
    listed.lines().filter(|line| line.contains(&pid) && line.contains(&place)).count()
}

/// Closing any descriptor of a file frees every lock the process has on it. Looking for keystores in the folder
/// the journal is in must not open the journal.
#[tokio::test]
async fn looking_for_keystores_frees_no_lock_of_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.sqlite");
    let journal = Journal::open(&path).await.unwrap();
    let shared = dir.path().join("journal.sqlite-shm");
    let held = locks(&shared);
    assert!(held > 0, "a journal in use is locked");
    assert_eq!(keys::list(dir.path()).unwrap(), []);
    assert_eq!(locks(&shared), held);
    journal.close().await;
}
