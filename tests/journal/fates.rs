//! What becomes of attempts: only a proof makes one dead.

use purser::domain::{Leg, OperationState};
use purser::journal::{AttemptId, AttemptState, Journal, JournalError, NewAttempt};

use super::support::{Bench, at, base, finalise, mined, reserved, sign, signed, swap, try_sign, wallet};

async fn state_of(journal: &Journal, id: AttemptId) -> AttemptState {
    let live = journal.live_attempts(&base()).await.unwrap();
    if let Some(found) = live.iter().find(|attempt| attempt.id == id) {
        return found.state;
    }
    for operation in journal.operations(&purser::journal::OperationFilter::default()).await.unwrap() {
        let attempts = journal.attempts(&operation.id).await.unwrap();
        if let Some(found) = attempts.iter().find(|attempt| attempt.id == id) {
            return found.state;
        }
    }
    panic!("no attempt {id}")
}

async fn set(journal: &Journal, id: AttemptId, to: AttemptState) -> Result<(), JournalError> {
    journal.set_attempt(id, to, None, at(5)).await
}

/// A chain of attempts at one nonce, each replacing the one before.
async fn replaced(journal: &Journal, salt: i64, count: u128) -> Vec<AttemptId> {
    let id = reserved(journal, salt, swap(10)).await;
    let nonce = journal.next_nonce(&base(), wallet()).await.unwrap().unwrap_or(0);
    let mut attempts = Vec::new();
    for index in 0..count {
        let new = signed(&id, Leg::Swap, &base(), nonce, 100 + index);
        let new = NewAttempt { replaces: attempts.last().copied(), ..new };
        attempts.push(try_sign(journal, &new).await.unwrap());
        set(journal, attempts[attempts.len() - 1], AttemptState::Broadcast).await.unwrap();
        if index == 0 {
            let (from, to) = (OperationState::Signed, OperationState::Broadcast);
            journal.advance(&id, from, to, Leg::Swap, None, at(2)).await.unwrap();
        }
    }
    attempts
}

#[tokio::test]
async fn one_final_transaction_proves_its_rivals_dead() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let rivals = replaced(&journal, 1, 3).await;
    // The first one wins after all, although two replacements were sent.
    finalise(&journal, rivals[0], true).await;
    assert_eq!(state_of(&journal, rivals[0]).await, AttemptState::Final);
    assert_eq!(state_of(&journal, rivals[1]).await, AttemptState::Dead);
    assert_eq!(state_of(&journal, rivals[2]).await, AttemptState::Dead);
    assert_eq!(journal.live_attempts(&base()).await.unwrap(), []);
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(1));
}

#[tokio::test]
async fn two_rivals_are_never_in_the_chain_at_once() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let rivals = replaced(&journal, 1, 2).await;
    for (winner, loser, block) in [(rivals[0], rivals[1], 5), (rivals[1], rivals[0], 6)] {
        journal.set_attempt(winner, AttemptState::Included, Some(&mined(block, true)), at(5)).await.unwrap();
        assert_eq!(state_of(&journal, winner).await, AttemptState::Included);
        assert_eq!(state_of(&journal, loser).await, AttemptState::Broadcast);
    }
    let live = journal.live_attempts(&base()).await.unwrap();
    assert_eq!((live[0].block_hash, live[0].fee_units, live[0].success), (None, None, None));
    assert_eq!(
        (live[1].block_number, live[1].fee_units, live[1].success),
        (Some(6), Some(5_000_000), Some(true))
    );
}

#[tokio::test]
async fn a_guess_makes_nothing_dead() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let low = replaced(&journal, 1, 1).await[0];
    for state in [AttemptState::Broadcast, AttemptState::Unknown] {
        set(&journal, low, state).await.unwrap();
        let refusal = set(&journal, low, AttemptState::Dead).await.unwrap_err();
        assert!(matches!(refusal, JournalError::IllegalAttemptMove { .. }), "{refusal}");
    }
    journal.set_attempt(low, AttemptState::Included, Some(&mined(3, true)), at(5)).await.unwrap();
    assert!(set(&journal, low, AttemptState::Dead).await.is_err());
    set(&journal, low, AttemptState::Unknown).await.unwrap();
    // The chain's final nonce has passed it, and it is in no block: that is a proof.
    journal.record_finalised_nonce(&base(), wallet(), 1, at(6)).await.unwrap();
    set(&journal, low, AttemptState::Dead).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(1));
}

#[tokio::test]
async fn bytes_that_reached_no_node_give_their_nonce_back_from_the_top() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let first = reserved(&journal, 1, swap(10)).await;
    let second = reserved(&journal, 2, swap(10)).await;
    let low = sign(&journal, &first, Leg::Swap, &base()).await;
    let high = sign(&journal, &second, Leg::Swap, &base()).await;
    let refusal = set(&journal, low, AttemptState::Dead).await.unwrap_err();
    assert!(matches!(refusal, JournalError::IllegalAttemptMove { .. }), "{refusal}");
    set(&journal, high, AttemptState::Dead).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(1));
    set(&journal, low, AttemptState::Dead).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(0));
    // Dead is an end.
    for to in [AttemptState::Broadcast, AttemptState::Unknown, AttemptState::Signed] {
        assert!(set(&journal, low, to).await.is_err(), "{to}");
    }
    set(&journal, low, AttemptState::Dead).await.unwrap();
}

#[tokio::test]
async fn a_key_used_elsewhere_is_noticed_and_adopted_only_on_purpose() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    finalise(&journal, attempt, true).await;
    let refusal = journal.record_finalised_nonce(&base(), wallet(), 4, at(6)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ForeignNonce { finalised: 4, expected: 1, .. }), "{refusal}");
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(1));
    journal.adopt_nonce(&base(), wallet(), 4, "a test of the wallet", at(7)).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(4));
    // Older news changes nothing.
    journal.record_finalised_nonce(&base(), wallet(), 2, at(8)).await.unwrap();
    journal.adopt_nonce(&base(), wallet(), 0, "again", at(8)).await.unwrap();
    assert_eq!(journal.next_nonce(&base(), wallet()).await.unwrap(), Some(4));
}

#[tokio::test]
async fn blocks_are_named_and_final_is_an_end() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    for to in [AttemptState::Included, AttemptState::Final] {
        let refusal = set(&journal, attempt, to).await.unwrap_err();
        assert!(matches!(refusal, JournalError::IllegalAttemptMove { .. }), "{to}: {refusal}");
    }
    journal.set_attempt(attempt, AttemptState::Included, Some(&mined(3, true)), at(5)).await.unwrap();
    // Its block is known by now.
    set(&journal, attempt, AttemptState::Final).await.unwrap();
    assert_eq!(journal.attempts(&id).await.unwrap()[0].block_number, Some(3));
    for to in AttemptState::ALL.into_iter().filter(|to| *to != AttemptState::Final) {
        let refusal = journal.set_attempt(attempt, to, Some(&mined(4, true)), at(6)).await.unwrap_err();
        assert!(matches!(refusal, JournalError::IllegalAttemptMove { .. }), "{to}: {refusal}");
    }
    set(&journal, attempt, AttemptState::Final).await.unwrap();
    let refusal = set(&journal, AttemptId(77), AttemptState::Broadcast).await.unwrap_err();
    assert!(matches!(refusal, JournalError::UnknownAttempt(AttemptId(77))), "{refusal}");
}
