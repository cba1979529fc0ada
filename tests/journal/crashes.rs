//! Many writers, killed processes and torn copies.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use purser::domain::{Leg, OperationId, OperationState};
use purser::journal::{AttemptState, Journal, JournalError};

use super::support::{Bench, at, base, bridge, plan, raw, reserved, signed, swap, try_sign, usd, wallet};

/// Names the journal the helper process writes to.
const TARGET: &str = "PURSER_TEST_JOURNAL";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_writers_all_succeed_and_share_no_nonce() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let writers: Vec<_> = (0..50)
        .map(|salt| {
            let journal = journal.clone();
            tokio::spawn(async move {
                let id = reserved(&journal, salt, swap(10)).await;
                // Between asking and signing another writer may take the nonce; then it is asked again.
                for _ in 0..1000 {
                    let nonce = journal.next_nonce(&base(), wallet()).await.unwrap().unwrap_or(0);
                    match try_sign(&journal, &signed(&id, Leg::Swap, &base(), nonce, 100)).await {
                        Ok(_) => return nonce,
                        Err(JournalError::NonceHeld { .. } | JournalError::NonceNotNext { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
                panic!("never got a nonce")
            })
        })
        .collect();
    let mut nonces = BTreeSet::new();
    for writer in writers {
        nonces.insert(writer.await.unwrap());
    }
    assert_eq!(nonces, (0..50).collect());
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn an_abandoned_transaction_leaves_nothing_and_blocks_nobody() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    for salt in 0..40 {
        let steps = vec![bridge(1), swap(2), bridge(3)];
        let offered = plan(salt, steps);
        let values = [usd(1); 3];
        // Dropped after so many turns of the wheel, wherever it is then.
        let mut accepting = Box::pin(journal.accept_plan(&offered, &values, at(salt)));
        for _ in 0..salt {
            if poll_once(&mut accepting).await {
                break;
            }
        }
        drop(accepting);
    }
    let open = journal.open_operations().await.unwrap();
    assert_eq!(open.len() % 3, 0);
    journal.accept_plan(&plan(999, vec![bridge(1)]), &[usd(1)], at(999)).await.unwrap();
    journal.integrity_check().await.unwrap();
}

/// Polls once, then lets other tasks run. Whether it finished.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> bool {
    let done = std::future::poll_fn(|context| {
        std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_ready())
    })
    .await;
    tokio::task::yield_now().await;
    done
}

fn copy(from: &Path, folder: &Path) -> PathBuf {
    let to = folder.join("journal.db");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        if name(from).exists() {
            std::fs::copy(name(from), name(&to)).unwrap();
        }
    }
    to
}

/// A journal that was copied or cut is whole: a prefix of the operations, each with its history.
async fn whole_prefix(path: &Path, written: &[OperationId]) -> usize {
    let journal = Journal::open(path).await.unwrap();
    journal.integrity_check().await.unwrap();
    let open = journal.open_operations().await.unwrap();
    let found: Vec<_> = open.iter().map(|operation| operation.id.clone()).collect();
    assert_eq!(found, written[..found.len()]);
    for operation in &open {
        let timeline = journal.timeline(&operation.id).await.unwrap();
        assert_eq!(timeline.last().unwrap().to, operation.state);
        let attempts = journal.attempts(&operation.id).await.unwrap();
        assert_eq!(attempts.len(), usize::from(operation.state == OperationState::Signed));
    }
    found.len()
}

#[tokio::test]
async fn a_log_cut_anywhere_opens_with_what_was_committed_before_the_cut() {
    let bench = Bench::new().await;
    // The schema goes to the database file, so that the cuts meet only the operations.
    let bench = bench.reopen().await;
    let mut written = Vec::new();
    for salt in 0..6 {
        let id = reserved(&bench.journal, salt, swap(10)).await;
        let nonce = u64::try_from(salt).unwrap();
        try_sign(&bench.journal, &signed(&id, Leg::Swap, &base(), nonce, 100)).await.unwrap();
        written.push(id);
    }
    let log = PathBuf::from(format!("{}-wal", bench.path().display()));
    let length = std::fs::metadata(&log).unwrap().len();
    let mut most = 0;
    for part in 0..=24 {
        let folder = tempfile::TempDir::new().unwrap();
        let path = copy(&bench.path(), folder.path());
        let cut = std::fs::File::options().write(true).open(format!("{}-wal", path.display())).unwrap();
        // Also not at the edges of frames.
        cut.set_len(length * part / 24).unwrap();
        drop(cut);
        let found = whole_prefix(&path, &written).await;
        assert!(found >= most, "a longer log holds no less");
        most = found;
    }
    assert_eq!(most, written.len());
}

/// Writes until it is killed; prints the id of each operation whose signed bytes are committed.
#[tokio::test]
#[ignore = "the process that the next test starts and kills"]
async fn a_writer_until_killed() {
    let path = PathBuf::from(std::env::var_os(TARGET).expect("started by the test that kills it"));
    let journal = Journal::open(&path).await.unwrap();
    let mut salt = journal.open_operations().await.unwrap().len();
    loop {
        let id = reserved(&journal, i64::try_from(salt).unwrap(), swap(10)).await;
        let nonce = journal.next_nonce(&base(), wallet()).await.unwrap().unwrap_or(0);
        try_sign(&journal, &signed(&id, Leg::Swap, &base(), nonce, 100)).await.unwrap();
        println!("committed {id} {nonce}");
        salt += 1;
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_it_committed_and_frees_the_lock() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    let mut committed: Vec<(OperationId, u64)> = Vec::new();
    for round in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::crashes::a_writer_until_killed", "--ignored", "--nocapture"])
            .env(TARGET, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while seen < 10 {
            let line = lines.next().expect("the writer ended by itself").unwrap();
            if let Some((_, rest)) = line.split_once("committed ") {
                let (id, nonce) = rest.split_once(' ').unwrap();
                committed.push((OperationId::new(id), nonce.parse().unwrap()));
                seen += 1;
            }
        }
        if round == 0 {
            let refusal = Journal::open(&path).await.unwrap_err();
            assert!(
                matches!(&refusal, JournalError::InUse { holder, .. } if holder.contains(&child.id().to_string())),
                "{refusal}"
            );
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it printed before it died was committed too.
        for line in lines.map_while(Result::ok) {
            if let Some((id, nonce)) =
                line.split_once("committed ").and_then(|(_, rest)| rest.split_once(' '))
                && let Ok(nonce) = nonce.parse()
            {
                committed.push((OperationId::new(id), nonce));
            }
        }
        let journal = Journal::open(&path).await.unwrap();
        journal.integrity_check().await.unwrap();
        for (id, nonce) in &committed {
            let attempts = journal.attempts(id).await.unwrap();
            assert_eq!((attempts[0].nonce, attempts[0].state), (*nonce, AttemptState::Signed));
        }
        let live = journal.live_attempts(&base()).await.unwrap();
        let nonces: Vec<u64> = live.iter().map(|attempt| attempt.nonce).collect();
        assert_eq!(nonces, (0..u64::try_from(live.len()).unwrap()).collect::<Vec<_>>());
        // The killed writer stands where a row may be reserved and not signed; the next goes on.
        journal.close().await;
    }
}

#[tokio::test]
async fn a_database_locked_by_another_program_is_waited_for_and_then_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    let options = purser::journal::OpenOptions {
        busy_timeout: std::time::Duration::from_millis(50),
        ..purser::journal::OpenOptions::default()
    };
    let journal = Journal::open_with(&path, options).await.unwrap();
    let pool = raw(&path).await;
    let holder = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let refusal = journal.halt("stop", at(1)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Busy), "{refusal}");
    assert!(!refusal.is_storage_failure());
    holder.rollback().await.unwrap();
    journal.halt("stop", at(1)).await.unwrap();
}
