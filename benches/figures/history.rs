//! A journal with a long past. A few operations are recorded as the daemon records them and then
//! copied, row by row, to a whole year; the journal's own check proves the result sound.

use std::path::Path;
use std::time::{Instant, SystemTime};

use alloy::primitives::Address;
use purser::domain::{OperationState, Timestamp};
use purser::journal::Journal;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::lifecycle::Keeper;
use crate::report::{Report, millis, quantile};

/// Operations in the end.
const PAST: i64 = 100_000;
/// Rounds of four operations that are recorded; the rest are copies.
const ROUNDS: i64 = 5;
const RECORDED: i64 = 4 * ROUNDS;
/// Milliseconds of a year.
const YEAR: i64 = 365 * 86_400_000;
/// Times the journal is opened.
const OPENINGS: usize = 5;

/// Grows the journal, which has the positions of its first tick, and measures its opening.
pub async fn grow(path: &Path, wallet: Address, report: &mut Report) {
    eprintln!("A past of {PAST} operations");
    let spacing = YEAR / PAST;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let start = i64::try_from(now).unwrap() - spacing * (PAST + 1);
    record(path, wallet, start, spacing).await;
    copy(path, start, spacing).await;

    let mut times = Vec::new();
    for _ in 0..OPENINGS {
        let begun = Instant::now();
        let journal = Journal::open(path).await.unwrap();
        times.push(millis(begun.elapsed()));
        journal.checked().await.unwrap();
        journal.close().await;
    }
    let journal = Journal::open(path).await.unwrap();
    journal.integrity_check().await.unwrap();
    let counts = journal.counts_by_state().await.unwrap();
    assert_eq!(counts[&OperationState::Settled], u64::try_from(PAST).unwrap());
    report.add("past operations in the journal", PAST as f64, "");
    report.add("size of that journal", journal.size_bytes().await.unwrap() as f64 / 1e6, "MB");
    report.add("opening that journal, p50", quantile(&times, 0.5), "ms");
    report.add("opening that journal, longest", quantile(&times, 1.0), "ms");
    journal.close().await;
}

async fn record(path: &Path, wallet: Address, start: i64, spacing: i64) {
    let journal = Journal::open(path).await.unwrap();
    let keeper = Keeper { journal: &journal, wallet };
    let at = |sequence: i64| Timestamp::from_millis(start + sequence * spacing);
    for round in 0..ROUNDS {
        // There and back, so that a year of it stays within what the wallet holds.
        keeper.bridge("ethereum", "base", at(4 * round + 1)).await;
        keeper.bridge("base", "ethereum", at(4 * round + 2)).await;
        keeper.swap("USDC", "USDT", at(4 * round + 3)).await;
        keeper.swap("USDT", "USDC", at(4 * round + 4)).await;
    }
    journal.close().await;
}

async fn copy(path: &Path, start: i64, spacing: i64) {
    let options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Off);
    let mut connection = options.connect().await.unwrap();
    let copies = PAST / RECORDED - 1;
    let mut tx = connection.begin().await.unwrap();
    sqlx::query(
        "CREATE TEMP TABLE copies AS WITH RECURSIVE n (i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
         SELECT o.id AS old, o.plan AS old_plan, n.i AS i, n.i * $2 + o.sequence AS sequence, \
         $3 + (n.i * $2 + o.sequence) * $4 - o.created_at AS shift, '' AS id, \
         '0x' || lower(hex(randomblob(32))) AS plan FROM n, operations o ORDER BY n.i, o.sequence",
    )
    .bind(copies)
    .bind(RECORDED)
    .bind(start)
    .bind(spacing)
    .execute(&mut *tx)
    .await
    .unwrap();
    for statement in include_str!("copy.sql").split(";\n").filter(|text| !text.trim().is_empty()) {
        sqlx::query(statement).execute(&mut *tx).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    multiply(&mut tx, i128::from(copies + 1)).await;
    tx.commit().await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The ledger's sums, so many times what they were; the openings change by the same, so that what
/// is expected is still what the chains show.
async fn multiply(connection: &mut SqliteConnection, times: i128) {
    let positions: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT chain, asset, opening, moved FROM positions")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    for (chain, asset, opening, moved) in positions {
        let (opening, moved): (i128, i128) = (opening.parse().unwrap(), moved.parse().unwrap());
        sqlx::query("UPDATE positions SET opening = $1, moved = $2 WHERE chain = $3 AND asset = $4")
            .bind((opening - times * moved).to_string())
            .bind((times * moved).to_string())
            .bind(chain)
            .bind(asset)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let transit: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT asset, burnt, minted, fees FROM transit")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    for (asset, burnt, minted, fees) in transit {
        let [burnt, minted, fees] =
            [burnt, minted, fees].map(|sum| (times * sum.parse::<i128>().unwrap()).to_string());
        sqlx::query("UPDATE transit SET burnt = $1, minted = $2, fees = $3 WHERE asset = $4")
            .bind(burnt)
            .bind(minted)
            .bind(fees)
            .bind(asset)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}
