//! Rents that are due, and the last gate before one is reclaimed.

use purser::domain::{Leg, OperationId, OperationState, Usd};
use purser::journal::{AttemptId, AttemptState, Inclusion, Journal, JournalError, NewAttempt, ReclaimState};

use super::solana::{key, landed, solana, written};
use super::support::{Bench, at, bridge, reserved, try_sign, usd};

/// Long after everything.
const LATE: i64 = 1_000_000_000;

async fn ends(journal: &Journal, attempt: AttemptId, success: bool) {
    let inclusion: Inclusion = landed(1010, success);
    journal.set_attempt(attempt, AttemptState::Included, Some(&inclusion), at(20)).await.unwrap();
    journal.set_attempt(attempt, AttemptState::Final, None, at(21)).await.unwrap();
}

/// A transfer from Solana whose burn is final.
async fn burnt(journal: &Journal, salt: i64, number: u64) -> OperationId {
    let id = reserved(journal, salt, bridge(10)).await;
    let seed = u8::try_from(number).unwrap() + 1;
    let burn = try_sign(journal, &written(&id, Leg::Burn, number, seed)).await.unwrap();
    ends(journal, burn, true).await;
    id
}

async fn settled(journal: &Journal, salt: i64, number: u64) -> OperationId {
    let id = burnt(journal, salt, number).await;
    use OperationState::{Attesting, Broadcast, Included, Signed};
    for (from, to) in [(Signed, Broadcast), (Broadcast, Included), (Included, Attesting)] {
        journal.advance(&id, from, to, Leg::Burn, None, at(22)).await.unwrap();
    }
    journal.settle(&id, Attesting, Usd::ZERO, &[], at(23)).await.unwrap();
    id
}

async fn due(journal: &Journal, burnt_before: i64, now: i64) -> Vec<OperationId> {
    let due = journal.due_reclaims(at(burnt_before), at(now), 8).await.unwrap();
    due.into_iter().map(|one| one.operation).collect()
}

fn reclaim(id: &OperationId, number: u64, seed: u8) -> NewAttempt {
    written(id, Leg::Reclaim, number, seed)
}

#[tokio::test]
async fn settled_burns_are_due_when_they_are_old_enough() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let old = settled(&journal, 1, 0).await;
    let young = settled(&journal, 500, 1).await;
    let open = burnt(&journal, 2, 2).await;
    assert_eq!(due(&journal, 0, LATE).await, [] as [OperationId; 0]);
    assert_eq!(due(&journal, 100, LATE).await, std::slice::from_ref(&old));
    assert_eq!(due(&journal, LATE, LATE).await, [old.clone(), young.clone()], "{open} is under way");
    assert_eq!(journal.due_reclaims(at(LATE), at(LATE), 1).await.unwrap().len(), 1);
    // One waits, the other is done with; both outlive a restart.
    journal.set_reclaim(&old, ReclaimState::Waiting, 1, at(LATE), "it failed").await.unwrap();
    journal.set_reclaim(&young, ReclaimState::Done, 0, at(30), "it came back").await.unwrap();
    assert_eq!(due(&journal, LATE, LATE - 1).await, [] as [OperationId; 0]);
    let again = journal.due_reclaims(at(LATE), at(LATE), 8).await.unwrap();
    assert_eq!(again.iter().map(|one| (&one.operation, one.tries)).collect::<Vec<_>>(), [(&old, 1)]);
    journal.set_reclaim(&old, ReclaimState::GivenUp, 3, at(30), "it failed thrice").await.unwrap();
    assert_eq!(due(&journal, LATE, LATE).await, [] as [OperationId; 0]);
}

#[tokio::test]
async fn a_reclaim_is_recorded_once_and_leaves_its_operation_settled() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let open = burnt(&journal, 2, 0).await;
    let id = settled(&journal, 1, 1).await;
    let error = journal.record_reclaim(&reclaim(&open, 2, 50), at(40)).await.unwrap_err();
    assert!(matches!(error, JournalError::Moved { .. }), "{error}");
    let error = journal.record_reclaim(&written(&id, Leg::Burn, 2, 51), at(40)).await.unwrap_err();
    assert!(matches!(error, JournalError::Moved { .. }), "{error}");
    let error = journal.record_reclaim(&reclaim(&id, 7, 52), at(40)).await.unwrap_err();
    assert!(matches!(error, JournalError::NonceNotNext { expected: 2, .. }), "{error}");
    journal.halt("an operator looks", at(41)).await.unwrap();
    let error = journal.record_reclaim(&reclaim(&id, 2, 53), at(42)).await.unwrap_err();
    assert!(matches!(error, JournalError::Halted { .. }), "{error}");
    journal.resume(at(43)).await.unwrap();
    let first = journal.record_reclaim(&reclaim(&id, 2, 54), at(44)).await.unwrap();
    let error = journal.record_reclaim(&reclaim(&id, 3, 55), at(45)).await.unwrap_err();
    assert!(matches!(error, JournalError::LegLive { .. }), "{error}");
    assert_eq!(journal.live_attempts(&solana()).await.unwrap().len(), 1);
    ends(&journal, first, false).await;
    let second = journal.record_reclaim(&reclaim(&id, 3, 56), at(46)).await.unwrap();
    ends(&journal, second, true).await;
    let error = journal.record_reclaim(&reclaim(&id, 4, 57), at(47)).await.unwrap_err();
    assert!(matches!(error, JournalError::LegDone { .. }), "{error}");
    let operation = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((operation.state, operation.leg), (OperationState::Settled, Leg::Burn));
    assert_eq!(journal.next_nonce(&solana(), key()).await.unwrap(), Some(4));
    // Their fees count on the day they were signed, not when the transfer was decided.
    for (since, gas) in [(40, 2), (45, 1), (47, 0)] {
        assert_eq!(journal.spent_since(at(since)).await.unwrap().gas, usd(gas), "since {since}");
    }
    journal.integrity_check().await.unwrap();
}
