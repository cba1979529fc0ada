//! The last gate before anything is sent.

use purser::domain::{Leg, OperationState};
use purser::journal::{AttemptId, AttemptState, Journal, JournalError, NewAttempt};

use super::support::{
    Bench, at, base, bridge, ethereum, finalise, mined, planned, reserved, sign, signed, swap, try_sign,
    wallet,
};

/// Nothing of a refused attempt is left.
async fn refused(journal: &Journal, new: &NewAttempt) -> JournalError {
    let before = (
        journal.operation(&new.operation).await.unwrap(),
        journal.attempts(&new.operation).await.unwrap(),
        journal.timeline(&new.operation).await.unwrap(),
        journal.next_nonce(&new.chain, new.wallet).await.unwrap(),
    );
    let error = try_sign(journal, new).await.unwrap_err();
    let after = (
        journal.operation(&new.operation).await.unwrap(),
        journal.attempts(&new.operation).await.unwrap(),
        journal.timeline(&new.operation).await.unwrap(),
        journal.next_nonce(&new.chain, new.wallet).await.unwrap(),
    );
    assert_eq!(before, after);
    error
}

#[tokio::test]
async fn signed_bytes_and_the_move_are_recorded_together() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let new = signed(&id, Leg::Swap, &base(), 41, 100);
    let attempt = try_sign(&journal, &new).await.unwrap();
    let stored = &journal.attempts(&id).await.unwrap()[0];
    assert_eq!((stored.id, stored.state, stored.nonce), (attempt, AttemptState::Signed, 41));
    assert_eq!((&stored.raw, stored.hash, stored.wallet), (&new.raw, new.hash, new.wallet));
    assert_eq!((stored.max_fee_per_gas, stored.max_priority_fee_per_gas), (100, 100));
    let operation = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((operation.state, operation.leg), (OperationState::Signed, Leg::Swap));
    assert_eq!(journal.live_attempts(&base()).await.unwrap(), std::slice::from_ref(stored));
    assert_eq!(journal.live_attempts(&ethereum()).await.unwrap(), []);
    assert_eq!(journal.attempt_by_hash(new.hash).await.unwrap().as_ref(), Some(stored));
}

#[tokio::test]
async fn a_halt_stops_signing_across_restarts_until_resumed() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(10)).await;
    bench.journal.halt("peg lost", at(2)).await.unwrap();
    bench.journal.halt("ledger off", at(3)).await.unwrap();
    bench.journal.halt("peg lost", at(4)).await.unwrap();
    let bench = bench.reopen().await;
    let error = refused(&bench.journal, &signed(&id, Leg::Swap, &base(), 0, 100)).await;
    assert!(
        matches!(&error, JournalError::Halted { reason, since } if reason == "peg lost" && *since == at(2))
    );
    let halt = bench.journal.halted().await.unwrap().unwrap();
    assert_eq!((halt.reason.as_str(), halt.at), ("peg lost", at(2)));
    assert_eq!(bench.journal.resume(at(5)).await.unwrap(), 2);
    assert_eq!(bench.journal.halted().await.unwrap(), None);
    assert_eq!(bench.journal.resume(at(6)).await.unwrap(), 0);
    sign(&bench.journal, &id, Leg::Swap, &base()).await;
    // A reason that was lifted may come back.
    bench.journal.halt("peg lost", at(7)).await.unwrap();
    assert_eq!(bench.journal.halted().await.unwrap().unwrap().at, at(7));
}

#[tokio::test]
async fn an_expired_operation_is_not_started() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let new = signed(&id, Leg::Approve, &base(), 0, 100);
    let (from, to) = (OperationState::Reserved, OperationState::Signed);
    let error = journal.record_signed(&new, from, to, at(60_002)).await.unwrap_err();
    assert!(matches!(error, JournalError::Expired { .. }), "{error}");
    journal.record_signed(&new, from, to, at(60_001)).await.unwrap();
    // Once started it goes on.
    finalise(&journal, AttemptId(1), true).await;
    journal.advance(&id, to, OperationState::Included, Leg::Approve, None, at(60_001)).await.unwrap();
    let next = signed(&id, Leg::Swap, &base(), 1, 100);
    journal.record_signed(&next, OperationState::Included, to, at(90_000)).await.unwrap();
}

#[tokio::test]
async fn a_key_begins_once() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    for chain_nonce in [5, 9, 3] {
        journal.begin_nonces(&base(), wallet(), chain_nonce, at(1)).await.unwrap();
        assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(5));
    }
    assert_eq!(journal.next_nonce(&ethereum(), wallet()).await.unwrap(), None);
    let id = reserved(&journal, 1, swap(10)).await;
    let error = refused(&journal, &signed(&id, Leg::Swap, &base(), 9, 100)).await;
    assert!(matches!(error, JournalError::NonceNotNext { nonce: 9, expected: 5, .. }), "{error}");
    try_sign(&journal, &signed(&id, Leg::Swap, &base(), 5, 100)).await.unwrap();
    journal.begin_nonces(&base(), wallet(), 9, at(2)).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(6));
}

#[tokio::test]
async fn only_the_next_nonce_is_taken() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), None);
    let first = reserved(&journal, 1, swap(10)).await;
    let second = reserved(&journal, 2, swap(10)).await;
    // The first nonce of a key is what the chain says.
    try_sign(&journal, &signed(&first, Leg::Swap, &base(), 41, 100)).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(42));
    for nonce in [0, 40, 43, 1000] {
        let error = refused(&journal, &signed(&second, Leg::Swap, &base(), nonce, 100)).await;
        assert!(matches!(error, JournalError::NonceNotNext { expected: 42, .. }), "{nonce}: {error}");
    }
    let error = refused(&journal, &signed(&second, Leg::Swap, &base(), 41, 200)).await;
    assert!(
        matches!(&error, JournalError::NonceHeld { operation, leg: Leg::Swap, .. } if *operation == first),
        "{error}"
    );
    // Another chain and another wallet count for themselves.
    assert_eq!(journal.next_nonce(&ethereum(), wallet()).await.unwrap(), None);
    let mut other = signed(&second, Leg::Swap, &base(), 7, 100);
    other.wallet = alloy::primitives::Address::repeat_byte(0xbb).into();
    try_sign(&journal, &other).await.unwrap();
    let huge = reserved(&journal, 3, bridge(10)).await;
    let error = refused(&journal, &signed(&huge, Leg::Burn, &ethereum(), u64::MAX, 100)).await;
    assert!(matches!(error, JournalError::Unstorable { .. }), "{error}");
}

#[tokio::test]
async fn a_leg_is_signed_once_while_it_lives_and_never_after_it_succeeded() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, bridge(10)).await;
    let burn = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    let (signed_state, unknown) = (OperationState::Signed, OperationState::Unknown);
    journal.advance(&id, signed_state, unknown, Leg::Burn, None, at(2)).await.unwrap();
    let again = signed(&id, Leg::Burn, &ethereum(), 1, 100);
    let error = refused(&journal, &again).await;
    assert!(matches!(error, JournalError::LegLive { leg: Leg::Burn, attempt, .. } if attempt == burn));
    // Reverted in a block that may go: still not.
    journal.set_attempt(burn, AttemptState::Included, Some(&mined(3, false)), at(3)).await.unwrap();
    assert!(matches!(refused(&journal, &again).await, JournalError::LegLive { .. }));
    finalise(&journal, burn, true).await;
    let error = refused(&journal, &again).await;
    assert!(matches!(error, JournalError::LegDone { leg: Leg::Burn, attempt, .. } if attempt == burn));
    // An operator's word does not allow it either.
    journal.advance(&id, unknown, OperationState::NeedsOperator, Leg::Burn, None, at(4)).await.unwrap();
    let (from, to) = (OperationState::NeedsOperator, OperationState::Reserved);
    journal.advance(&id, from, to, Leg::Burn, None, at(4)).await.unwrap();
    assert!(matches!(refused(&journal, &again).await, JournalError::LegDone { .. }));
}

#[tokio::test]
async fn a_reverted_leg_may_be_signed_again_once_it_is_final() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let first = sign(&journal, &id, Leg::Swap, &base()).await;
    finalise(&journal, first, false).await;
    journal
        .advance(&id, OperationState::Signed, OperationState::Unknown, Leg::Swap, None, at(2))
        .await
        .unwrap();
    sign(&journal, &id, Leg::Swap, &base()).await;
    assert_eq!(journal.attempts(&id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_replacement_is_the_same_transaction_at_a_higher_fee() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, bridge(10)).await;
    let other = reserved(&journal, 2, bridge(10)).await;
    let first = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    journal.set_attempt(first, AttemptState::Broadcast, None, at(2)).await.unwrap();
    let broadcast = OperationState::Broadcast;
    journal.advance(&id, OperationState::Signed, broadcast, Leg::Burn, None, at(2)).await.unwrap();
    let with = |change: &dyn Fn(&mut NewAttempt)| {
        let mut new = NewAttempt { replaces: Some(first), ..signed(&id, Leg::Burn, &ethereum(), 0, 120) };
        change(&mut new);
        new
    };
    let wrong: [&dyn Fn(&mut NewAttempt); 7] = [
        &|new| new.nonce = 1,
        &|new| new.chain = base(),
        &|new| new.wallet = alloy::primitives::Address::ZERO.into(),
        &|new| new.leg = Leg::Approve,
        &|new| new.operation = other.clone(),
        &|new| new.max_fee_per_gas = 100,
        &|new| new.max_priority_fee_per_gas = 100,
    ];
    for (index, change) in wrong.iter().enumerate() {
        let error = refused(&journal, &with(change)).await;
        assert!(matches!(error, JournalError::Replacement { .. }), "{index}: {error}");
    }
    let error = refused(&journal, &with(&|new| new.replaces = Some(AttemptId(99)))).await;
    assert!(matches!(error, JournalError::UnknownAttempt(AttemptId(99))), "{error}");
    let second = try_sign(&journal, &with(&|_| {})).await.unwrap();
    assert_eq!(journal.attempts(&id).await.unwrap()[1].replaces, Some(first));
    assert_eq!(journal.next_nonce(&ethereum(), wallet()).await.unwrap(), Some(1));
    // A replacement while signed stays signed, and is a line of its own in the history.
    let third = NewAttempt { replaces: Some(second), ..signed(&id, Leg::Burn, &ethereum(), 0, 140) };
    try_sign(&journal, &third).await.unwrap();
    let line = journal.timeline(&id).await.unwrap().pop().unwrap();
    assert_eq!((line.from, line.to), (Some(OperationState::Signed), OperationState::Signed));
    assert_eq!(line.reason.as_deref(), Some("attempt 3 replaces attempt 2"));
    // What is in a block is not replaced.
    journal.set_attempt(AttemptId(3), AttemptState::Included, Some(&mined(5, true)), at(3)).await.unwrap();
    let fourth = NewAttempt { replaces: Some(AttemptId(3)), ..signed(&id, Leg::Burn, &ethereum(), 0, 160) };
    assert!(matches!(refused(&journal, &fourth).await, JournalError::Replacement { .. }));
}

#[tokio::test]
async fn legs_are_signed_from_and_into_their_own_states() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = planned(&journal, 1, bridge(10)).await.id;
    let new = signed(&id, Leg::Burn, &ethereum(), 0, 100);
    let (planned_state, reserved_state) = (OperationState::Planned, OperationState::Reserved);
    // Not from a state that policy has not seen.
    assert!(matches!(refused(&journal, &new).await, JournalError::IllegalMove { .. }));
    let error = journal.record_signed(&new, reserved_state, OperationState::Signed, at(1)).await.unwrap_err();
    assert!(matches!(error, JournalError::Moved { actual, .. } if actual == planned_state), "{error}");
    let id = reserved(&journal, 2, bridge(10)).await;
    let new = signed(&id, Leg::Burn, &ethereum(), 0, 100);
    for to in OperationState::ALL.into_iter().filter(|to| *to != OperationState::Signed) {
        let error = journal.record_signed(&new, reserved_state, to, at(2)).await.unwrap_err();
        assert!(matches!(error, JournalError::IllegalMove { .. }), "{to}: {error}");
    }
    // A mint is not signed before its attestation.
    let mint = signed(&id, Leg::Mint, &base(), 0, 100);
    assert!(matches!(refused(&journal, &mint).await, JournalError::IllegalMove { .. }));
}

#[tokio::test]
async fn the_same_bytes_are_recorded_once() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let other = reserved(&journal, 2, swap(10)).await;
    let new = signed(&id, Leg::Swap, &base(), 0, 100);
    try_sign(&journal, &new).await.unwrap();
    let copy = NewAttempt { operation: other, nonce: 1, ..new };
    assert!(matches!(refused(&journal, &copy).await, JournalError::Database(_)));
}
