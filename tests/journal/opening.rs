//! Opening: the lock, the migrations, damage, and a journal that may only be read.

use std::path::PathBuf;

use purser::domain::{Leg, OperationState};
use purser::journal::{AttemptState, Journal, JournalError, OpenOptions};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::support::{Bench, at, base, bridge, plan, raw, reserved, sign, swap, usd};

#[tokio::test]
async fn a_second_daemon_is_refused_by_name_and_the_next_one_is_not() {
    let bench = Bench::new().await;
    let refusal = Journal::open(&bench.path()).await.unwrap_err();
    let JournalError::InUse { holder, .. } = &refusal else { panic!("{refusal}") };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    assert!(holder.contains("started 20"), "{holder}");
    // A refused opening leaves the holder's name in place.
    let again = Journal::open(&bench.path()).await.unwrap_err().to_string();
    assert_eq!(again, refusal.to_string());
    bench.reopen().await;
}

#[cfg(unix)]
#[tokio::test]
async fn another_name_of_the_same_file_meets_the_same_lock() {
    let bench = Bench::new().await;
    let alias = bench.folder.path().join("alias.db");
    std::os::unix::fs::symlink(bench.path(), &alias).unwrap();
    assert!(matches!(Journal::open(&alias).await, Err(JournalError::InUse { .. })));
}

#[tokio::test]
async fn what_was_recorded_is_there_after_a_restart() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(50)).await;
    let attempt = sign(&bench.journal, &id, Leg::Swap, &base()).await;
    let before = bench.journal.attempts(&id).await.unwrap();
    let bench = bench.reopen().await;
    assert_eq!(bench.journal.attempts(&id).await.unwrap(), before);
    assert_eq!(before[0].id, attempt);
    assert_eq!(before[0].state, AttemptState::Signed);
    assert_eq!(bench.journal.operation(&id).await.unwrap().unwrap().state, OperationState::Signed);
    bench.journal.integrity_check().await.unwrap();
}

/// Applied migrations are history: a changed text must be a new migration.
#[test]
fn landed_migrations_do_not_change() {
    let pinned = [
        (1, include_str!("migrations.sha256")),
        (2, include_str!("migrations-0002.sha256")),
        (3, include_str!("migrations-0003.sha256")),
        (4, include_str!("migrations-0004.sha256")),
        (5, include_str!("migrations-0005.sha256")),
        (6, include_str!("migrations-0006.sha256")),
        (7, include_str!("migrations-0007.sha256")),
    ];
    let known = Journal::migrations();
    assert_eq!(known.len(), pinned.len(), "pin the new migration here");
    for (migration, (version, digest)) in known.iter().zip(pinned) {
        assert_eq!(migration.version, version);
        // A digest of the digest: the pinned line stays short.
        assert_eq!(hex::encode(Sha256::digest(&migration.checksum)), digest.trim(), "migration {version}");
    }
}

/// A journal at rest whose table of migrations was changed by `statement`.
async fn with_other_migrations(statement: &'static str) -> (TempDir, PathBuf) {
    let bench = Bench::new().await;
    let path = bench.path();
    let Bench { folder, journal } = bench;
    journal.close().await;
    drop(journal);
    let pool = raw(&path).await;
    sqlx::query(statement).execute(&pool).await.unwrap();
    pool.close().await;
    (folder, path)
}

#[tokio::test]
async fn a_tampered_migration_is_refused() {
    let tamper = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1";
    let (_folder, path) = with_other_migrations(tamper).await;
    let refusal = Journal::open(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::MigrationChanged { version: 1 }), "{refusal}");
    let refusal = Journal::open_read_only(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::MigrationChanged { version: 1 }), "{refusal}");
}

#[tokio::test]
async fn a_newer_journal_is_refused() {
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99, 'later', 1, x'01', 0)";
    let (_folder, path) = with_other_migrations(later).await;
    let refusal = Journal::open(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::SchemaVersion { found: 99, known: 7 }), "{refusal}");
}

#[tokio::test]
async fn a_journal_opened_for_reading_reads_beside_the_daemon_and_writes_nothing() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, bridge(50)).await;
    let reader = Journal::open_read_only(&bench.path()).await.unwrap();
    assert_eq!(reader.operation(&id).await.unwrap(), bench.journal.operation(&id).await.unwrap());
    assert!(matches!(reader.halt("no", at(1)).await, Err(JournalError::ReadOnly)));
    let refused = reader.accept_plan(&plan(5, vec![bridge(1)]), &[usd(1)], at(5)).await;
    assert!(matches!(refused, Err(JournalError::ReadOnly)));
    // It sees what the daemon writes afterwards.
    bench.journal.halt("stop", at(2)).await.unwrap();
    assert_eq!(reader.halted().await.unwrap().unwrap().reason, "stop");
}

#[tokio::test]
async fn a_missing_file_or_folder_is_said_plainly() {
    let folder = TempDir::new().unwrap();
    let missing = Journal::open_read_only(&folder.path().join("none.db")).await.unwrap_err();
    assert!(missing.to_string().contains("there is no such file"), "{missing}");
    let missing = Journal::open(&folder.path().join("none").join("journal.db")).await.unwrap_err();
    assert!(matches!(missing, JournalError::CannotOpen { .. }), "{missing}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    std::fs::write(&path, vec![0x5a; 20_000]).unwrap();
    let refusal = Journal::open(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Corrupt { .. }), "{refusal}");
    assert!(refusal.is_storage_failure());
}

#[tokio::test]
async fn a_damaged_page_is_found_at_the_next_opening() {
    let bench = Bench::new().await;
    for salt in 0..40 {
        reserved(&bench.journal, salt, bridge(50)).await;
    }
    let path = bench.path();
    let Bench { folder: _folder, journal } = bench;
    journal.close().await;
    drop(journal);
    let mut bytes = std::fs::read(&path).unwrap();
    // The headers of the pages in the second half of the file.
    let first = bytes.len() / 2 / 4096 * 4096;
    for page in bytes[first..].chunks_mut(4096) {
        page[..16].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    let refusal = Journal::open(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Corrupt { .. }), "{refusal}");
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    let options = OpenOptions { max_pages: Some(120), ..OpenOptions::default() };
    let journal = Journal::open_with(&path, options).await.unwrap();
    let mut accepted = 0_i64;
    let full = loop {
        let steps = vec![bridge(10), swap(20), bridge(30)];
        match journal.accept_plan(&plan(accepted, steps), &[usd(1); 3], at(accepted)).await {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
        assert!(accepted < 10_000, "the limit was never met");
    };
    assert!(matches!(full, JournalError::DiskFull), "{full}");
    assert!(full.is_storage_failure());
    let whole = usize::try_from(accepted).unwrap() * 3;
    assert_eq!(journal.open_operations().await.unwrap().len(), whole);
    journal.close().await;
    drop(journal);
    // With room again everything goes on, and the plan that did not fit is not half there.
    let journal = Journal::open(&path).await.unwrap();
    journal.integrity_check().await.unwrap();
    assert_eq!(journal.open_operations().await.unwrap().len(), whole);
    let steps = vec![bridge(10), swap(20), bridge(30)];
    journal.accept_plan(&plan(accepted, steps), &[usd(1); 3], at(accepted)).await.unwrap();
}

#[tokio::test]
async fn damage_that_opening_did_not_wait_for_stops_every_write() {
    let bench = Bench::new().await;
    let record = super::records::decision(1, &"x".repeat(3000));
    for _ in 0..100 {
        bench.journal.record_decision(&record).await.unwrap();
    }
    let path = bench.path();
    let Bench { folder: _folder, journal } = bench;
    journal.close().await;
    drop(journal);
    // The newest pages hold decisions, which opening itself does not read.
    let mut bytes = std::fs::read(&path).unwrap();
    let first = bytes.len() / 4 * 3 / 4096 * 4096;
    for page in bytes[first..].chunks_mut(4096) {
        page[..16].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    let hasty = OpenOptions { check_patience: std::time::Duration::ZERO, ..OpenOptions::default() };
    match Journal::open_with(&path, hasty).await {
        // The check may be faster than no patience at all.
        Err(error) => assert!(matches!(error, JournalError::Corrupt { .. }), "{error}"),
        Ok(journal) => {
            let found = journal.checked().await.unwrap_err();
            assert!(matches!(found, JournalError::Corrupt { .. }), "{found}");
            let refused = journal.resume(at(1)).await.unwrap_err();
            assert!(matches!(refused, JournalError::Corrupt { .. }), "{refused}");
        }
    }
}

#[tokio::test]
async fn the_file_is_strict_and_keeps_a_write_ahead_log() {
    let bench = Bench::new().await;
    let pool = raw(&bench.path()).await;
    let loose: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 \
         AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(loose, Vec::<String>::new());
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
    assert_eq!(mode, "wal");
    let openings: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM openings").fetch_one(&pool).await.unwrap();
    assert_eq!(openings, 1);
}

#[tokio::test]
async fn an_operators_command_writes_beside_the_daemon_and_keeps_nobody_off() {
    let bench = Bench::new().await;
    let beside = Journal::open_beside(&bench.path()).await.unwrap();
    beside.halt("operator", at(1)).await.unwrap();
    assert_eq!(bench.journal.halted().await.unwrap().unwrap().reason, "operator");
    // The daemon stays the holder, and its end and return are not in the way of the command.
    let bench = bench.reopen().await;
    beside.resume(at(2)).await.unwrap();
    assert_eq!(bench.journal.halted().await.unwrap(), None);
}

#[tokio::test]
async fn an_operators_command_makes_a_journal_but_changes_no_schema_under_a_daemon() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.db");
    let early = Journal::open_beside(&path).await.unwrap();
    early.halt("not yet", at(1)).await.unwrap();
    let daemon = Journal::open(&path).await.unwrap();
    assert_eq!(daemon.halted().await.unwrap().unwrap().reason, "not yet");
    let pool = raw(&path).await;
    sqlx::query("UPDATE _sqlx_migrations SET version = 99 WHERE version = 7").execute(&pool).await.unwrap();
    let refusal = Journal::open_beside(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::SchemaVersion { found: 99, known: 7 }), "{refusal}");
}
