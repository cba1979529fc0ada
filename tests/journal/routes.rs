//! Routes: a cancellation moves nothing, a route moves several assets at once.

use alloy::primitives::{I256, keccak256};
use purser::act::Resolution;
use purser::domain::{AssetId, Leg, OperationId, OperationState};
use purser::journal::{AttemptId, AttemptState, Cause, Entry, Journal, JournalError, NewAttempt};

use super::support::{
    Bench, at, base, finalise, mined, position, raw, reserved, route, signed, swap, try_sign, usd, wallet,
};

/// A route that was sent, and the cancellation of its nonce.
async fn cancelled(journal: &Journal, salt: i64) -> (OperationId, AttemptId, AttemptId) {
    let id = reserved(journal, salt, route(1_000)).await;
    let nonce = journal.next_nonce(&base(), wallet()).await.unwrap().unwrap_or(0);
    let sent = try_sign(journal, &signed(&id, Leg::Swap, &base(), nonce, 100)).await.unwrap();
    journal.set_attempt(sent, AttemptState::Broadcast, None, at(2)).await.unwrap();
    let (from, to) = (OperationState::Signed, OperationState::Broadcast);
    journal.advance(&id, from, to, Leg::Swap, None, at(2)).await.unwrap();
    let cancel =
        NewAttempt { cancels: true, replaces: Some(sent), ..signed(&id, Leg::Swap, &base(), nonce, 200) };
    let cancel = try_sign(journal, &cancel).await.unwrap();
    (id, sent, cancel)
}

async fn states(journal: &Journal, id: &OperationId) -> Vec<(AttemptState, bool)> {
    journal.attempts(id).await.unwrap().iter().map(|one| (one.state, one.cancels)).collect()
}

async fn holds(journal: &Journal, asset: &str) -> I256 {
    let wanted = position(&base(), asset);
    let ledger = journal.ledger().await.unwrap();
    ledger.positions.iter().find(|line| line.position == wanted).unwrap().expected()
}

fn int(value: i128) -> I256 {
    I256::try_from(value).unwrap()
}

/// A route of three assets: 1,000 USDC out and 1,007 back, and dust of the two it went through.
fn moved(id: &OperationId, attempt: AttemptId) -> [Entry; 5] {
    let entry = |cause, asset, units| Entry::of(id, Some(attempt), cause, position(&base(), asset), units);
    [
        entry(Cause::RouteIn, "USDC", 1_000),
        entry(Cause::RouteOut, "USDC", 1_007),
        entry(Cause::RouteOut, "USDT", 2),
        entry(Cause::RouteOut, "WETH", 3),
        entry(Cause::Gas, "ETH", 50),
    ]
}

async fn open(journal: &Journal) {
    for asset in ["USDC", "USDT", "WETH", "ETH"] {
        journal.open_position(&position(&base(), asset), 5_000, at(0)).await.unwrap();
    }
}

async fn holdings(journal: &Journal) -> [I256; 4] {
    [
        holds(journal, "USDC").await,
        holds(journal, "USDT").await,
        holds(journal, "WETH").await,
        holds(journal, "ETH").await,
    ]
}

#[tokio::test]
async fn a_final_cancellation_lets_the_operation_fail() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (id, _, cancel) = cancelled(&journal, 1).await;
    assert_eq!(states(&journal, &id).await, [(AttemptState::Broadcast, false), (AttemptState::Signed, true)]);
    let from = OperationState::Signed;
    let refusal = journal.fail(&id, from, "cancelled", usd(1), &[], at(3)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::LiveAttempts { live: 2, .. }), "{refusal}");
    // In a block it is not decided: the route may come instead of it after a reorganisation.
    journal.set_attempt(cancel, AttemptState::Included, Some(&mined(8, true)), at(4)).await.unwrap();
    let refusal = journal.fail(&id, from, "cancelled", usd(1), &[], at(4)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::LiveAttempts { live: 2, .. }), "{refusal}");
    finalise(&journal, cancel, true).await;
    assert_eq!(states(&journal, &id).await, [(AttemptState::Dead, false), (AttemptState::Final, true)]);
    journal.fail(&id, from, "cancelled", usd(1), &[], at(5)).await.unwrap();
    let operation = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((operation.state, operation.realised_cost), (OperationState::Failed, Some(usd(1))));
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_final_route_does_not_let_it_fail_though_it_was_to_be_cancelled() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (id, sent, _) = cancelled(&journal, 1).await;
    finalise(&journal, sent, true).await;
    assert_eq!(states(&journal, &id).await, [(AttemptState::Final, false), (AttemptState::Dead, true)]);
    let refusal = journal.fail(&id, OperationState::Signed, "no", usd(1), &[], at(3)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ValueMoved { leg: Leg::Swap, .. }), "{refusal}");
    let again = signed(&id, Leg::Swap, &base(), 1, 100);
    let refusal = try_sign(&journal, &again).await.unwrap_err();
    assert!(matches!(refusal, JournalError::IllegalMove { .. } | JournalError::LegDone { .. }), "{refusal}");
}

/// An operator puts an operation back that was stopped: nothing of a cancelled one is done, all of a route is.
#[tokio::test]
async fn what_was_cancelled_begins_again_and_what_swapped_is_settled() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let waiting = OperationState::NeedsOperator;
    for (salt, wins, expected) in
        [(1, false, (OperationState::Reserved, Leg::Approve)), (2, true, (OperationState::Final, Leg::Swap))]
    {
        let (id, sent, cancel) = cancelled(&journal, salt).await;
        finalise(&journal, if wins { sent } else { cancel }, true).await;
        journal.advance(&id, OperationState::Signed, waiting, Leg::Swap, None, at(3)).await.unwrap();
        let operation = journal.operation(&id).await.unwrap().unwrap();
        let state = Resolution::Retry.apply(&journal, &operation, "looked at", at(4)).await.unwrap();
        let operation = journal.operation(&id).await.unwrap().unwrap();
        assert_eq!((state, operation.leg), expected);
        if !wins {
            // Its leg is not done: it may be signed once more, at the next nonce.
            try_sign(&journal, &signed(&id, Leg::Swap, &base(), 1, 100)).await.unwrap();
            let again = journal.attempts(&id).await.unwrap().pop().unwrap();
            finalise(&journal, again.id, false).await;
        }
    }
}

#[tokio::test]
async fn a_cancellation_is_one_for_good() {
    let bench = Bench::new().await;
    let (id, _, _) = cancelled(&bench.journal, 1).await;
    let pool = raw(&bench.path()).await;
    let change = sqlx::query("UPDATE attempts SET cancels = 0 WHERE cancels = 1").execute(&pool).await;
    assert!(change.unwrap_err().to_string().contains("signed bytes never change"));
    let bench = bench.reopen().await;
    assert_eq!(states(&bench.journal, &id).await.last(), Some(&(AttemptState::Signed, true)));
}

#[tokio::test]
async fn every_asset_of_a_route_is_booked_and_withdrawn_with_its_block() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    open(&journal).await;
    let before = holdings(&journal).await;
    let after = [int(5_007), int(5_002), int(5_003), int(4_950)];
    let (id, sent, cancel) = cancelled(&journal, 1).await;
    let entries = moved(&id, sent);
    let include = |block| {
        let (journal, entries) = (journal.clone(), entries.clone());
        async move {
            let inclusion = mined(block, true);
            journal.set_included(sent, AttemptState::Included, &inclusion, &entries, at(2)).await.unwrap();
        }
    };
    include(5).await;
    assert_eq!(holdings(&journal).await, after);
    let sums = journal.route_moved(&id).await.unwrap();
    let sums: Vec<(&str, (u128, u128))> = sums.iter().map(|(asset, sums)| (asset.as_str(), *sums)).collect();
    assert_eq!(sums, [("USDC", (1_000, 1_007)), ("USDT", (0, 2)), ("WETH", (0, 3))]);
    // The same block again books nothing twice.
    include(5).await;
    assert_eq!(holdings(&journal).await, after);
    // A reorganisation takes it out of its block.
    journal.set_attempt(sent, AttemptState::Unknown, None, at(3)).await.unwrap();
    assert_eq!(holdings(&journal).await, before);
    assert!(journal.route_moved(&id).await.unwrap().is_empty());
    // Another block has it, then yet another one has the cancellation in its place.
    include(6).await;
    assert_eq!(holdings(&journal).await, after);
    let gas = [Entry::of(&id, Some(cancel), Cause::Gas, position(&base(), "ETH"), 7)];
    journal.set_included(cancel, AttemptState::Included, &mined(7, true), &gas, at(4)).await.unwrap();
    assert_eq!(holdings(&journal).await, [int(5_000), int(5_000), int(5_000), int(4_993)]);
    assert!(journal.route_moved(&id).await.unwrap().is_empty());
    // In the end it was the route.
    include(8).await;
    finalise(&journal, sent, true).await;
    let restored = journal.set_included(sent, AttemptState::Final, &mined(9, true), &entries, at(9)).await;
    restored.unwrap();
    assert_eq!(holdings(&journal).await, after);
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn an_asset_of_a_route_is_booked_once_each_way() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    open(&journal).await;
    let (id, sent, _) = cancelled(&journal, 1).await;
    journal.add_entries(&moved(&id, sent), at(2)).await.unwrap();
    let other = Entry::of(&id, Some(sent), Cause::RouteOut, position(&base(), "USDT"), 9);
    let refusal = journal.add_entries(&[other], at(3)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::EntryConflict { .. }), "{refusal}");
    let same = Entry::of(&id, Some(sent), Cause::RouteOut, position(&base(), "USDT"), 2);
    journal.add_entries(&[same], at(3)).await.unwrap();
    assert_eq!(journal.route_moved(&id).await.unwrap()[&AssetId::new("USDT")], (0, 2));
    // What another operation moved is not its own.
    let foreign = reserved(&journal, 2, swap(10)).await;
    assert!(journal.route_moved(&foreign).await.unwrap().is_empty());
}

/// A journal of the schema before routes, with a transaction in it.
#[tokio::test]
async fn a_journal_from_before_routes_has_no_cancellations() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(10)).await;
    let attempt = try_sign(&bench.journal, &signed(&id, Leg::Swap, &base(), 0, 100)).await.unwrap();
    let path = bench.path();
    let Bench { folder, journal } = bench;
    journal.close().await;
    drop(journal);
    let pool = raw(&path).await;
    for back in [
        "DROP TRIGGER trades_stay",
        "DROP INDEX operations_by_trade",
        "ALTER TABLE operations DROP COLUMN trade",
        "DROP TRIGGER cancellations_stay",
        "ALTER TABLE attempts DROP COLUMN cancels",
        "DELETE FROM _sqlx_migrations WHERE version >= 6",
    ] {
        sqlx::query(back).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let refusal = Journal::open_read_only(&path).await.unwrap_err();
    assert!(matches!(refusal, JournalError::SchemaVersion { found: 5, known: 7 }), "{refusal}");

    let journal = Journal::open(&path).await.unwrap();
    assert_eq!(states(&journal, &id).await, [(AttemptState::Signed, false)]);
    let stored = &journal.attempts(&id).await.unwrap()[0];
    assert_eq!(stored.hash, keccak256(&stored.raw).into());
    journal.integrity_check().await.unwrap();
    // It goes on as before: a success moved value, and another transaction may cancel.
    finalise(&journal, attempt, true).await;
    let refusal = journal.fail(&id, OperationState::Signed, "no", usd(1), &[], at(3)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ValueMoved { leg: Leg::Swap, .. }), "{refusal}");
    let (cancelled, ..) = cancelled(&journal, 2).await;
    assert_eq!(states(&journal, &cancelled).await.last(), Some(&(AttemptState::Signed, true)));
    journal.close().await;
    drop(folder);
}
