//! `operations resolve … retry` goes where the journal proves an operation to be, out of every end.

use alloy::primitives::{B256, Bytes};
use purser::act::Resolution;
use purser::domain::{Leg, OperationId, OperationState, Step};
use purser::journal::{AttemptState, BridgeMessage, Journal, JournalError};

use crate::journal::support::{Bench, at, base, bridge, ethereum, finalise, mined, reserved, sign, swap};

/// An operation whose only transaction is of `leg`, in the hands of an operator.
async fn stuck(
    journal: &Journal,
    salt: i64,
    step: Step,
    leg: Leg,
) -> (OperationId, purser::journal::AttemptId) {
    let chain = step.source_chain().clone();
    let id = reserved(journal, salt, step).await;
    let attempt = sign(journal, &id, leg, &chain).await;
    let waits = OperationState::NeedsOperator;
    journal.advance(&id, OperationState::Signed, waits, leg, None, at(2)).await.unwrap();
    (id, attempt)
}

async fn retried(journal: &Journal, id: &OperationId) -> (OperationState, Leg) {
    let operation = journal.operation(id).await.unwrap().unwrap();
    Resolution::Retry.apply(journal, &operation, "operator: looked at it", at(9)).await.unwrap();
    let operation = journal.operation(id).await.unwrap().unwrap();
    (operation.state, operation.leg)
}

fn message(attested: bool) -> BridgeMessage {
    BridgeMessage {
        source_message: Bytes::from_static(b"message"),
        source_tx: B256::repeat_byte(1).into(),
        nonce: attested.then_some(B256::repeat_byte(2)),
        attested_message: attested.then(|| Bytes::from_static(b"attested")),
        attestation: attested.then(|| Bytes::from_static(b"signatures")),
        expiration_block: None,
    }
}

#[tokio::test]
async fn what_is_undecided_is_followed() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (id, burn) = stuck(&journal, 1, bridge(10), Leg::Burn).await;
    journal.set_attempt(burn, AttemptState::Unknown, None, at(3)).await.unwrap();
    assert_eq!(retried(&journal, &id).await, (OperationState::Broadcast, Leg::Burn));
    // In a block that may go: it is not begun again either.
    let (id, approval) = stuck(&journal, 2, swap(10), Leg::Approve).await;
    journal.set_attempt(approval, AttemptState::Included, Some(&mined(5, true)), at(3)).await.unwrap();
    assert_eq!(retried(&journal, &id).await, (OperationState::Broadcast, Leg::Approve));
}

#[tokio::test]
async fn what_moved_value_is_never_begun_again() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    // A swap that is done: only its allowance is left to look after.
    let (id, done) = stuck(&journal, 1, swap(10), Leg::Swap).await;
    finalise(&journal, done, true).await;
    assert_eq!(retried(&journal, &id).await, (OperationState::Final, Leg::Swap));
    let (id, done) = stuck(&journal, 2, swap(10), Leg::Swap).await;
    journal.set_attempt(done, AttemptState::Included, Some(&mined(6, true)), at(3)).await.unwrap();
    assert_eq!(retried(&journal, &id).await, (OperationState::Broadcast, Leg::Swap));
    // A burn: its message first, then the attestation, then the mint.
    for (salt, kept, expected) in [
        (3, None, (OperationState::Broadcast, Leg::Burn)),
        (4, Some(false), (OperationState::Attesting, Leg::Burn)),
        (5, Some(true), (OperationState::Attested, Leg::Mint)),
    ] {
        let (id, burn) = stuck(&journal, salt, bridge(10), Leg::Burn).await;
        finalise(&journal, burn, true).await;
        if let Some(attested) = kept {
            journal.save_message(&id, &message(attested)).await.unwrap();
        }
        let operation = journal.operation(&id).await.unwrap().unwrap();
        let refused =
            Resolution::Fail.apply(&journal, &operation, "operator: gone", at(8)).await.unwrap_err();
        assert!(matches!(refused, JournalError::ValueMoved { leg: Leg::Burn, .. }), "{refused}");
        assert_eq!(retried(&journal, &id).await, expected);
    }
}

#[tokio::test]
async fn what_is_proven_dead_begins_again_or_ends() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (first, burn) = stuck(&journal, 1, bridge(10), Leg::Burn).await;
    let refused = Resolution::Fail
        .apply(&journal, &journal.operation(&first).await.unwrap().unwrap(), "operator: gone", at(3))
        .await
        .unwrap_err();
    assert!(matches!(refused, JournalError::LiveAttempts { .. }), "{refused}");
    // Somebody else spent the nonce, for good.
    journal
        .adopt_nonce(&ethereum(), crate::journal::support::wallet(), 1, "the cold key", at(4))
        .await
        .unwrap();
    journal.set_attempt(burn, AttemptState::Dead, None, at(5)).await.unwrap();
    assert_eq!(retried(&journal, &first).await, (OperationState::Reserved, Leg::Approve));
    let (second, swap) = stuck(&journal, 2, swap(10), Leg::Swap).await;
    finalise(&journal, swap, false).await;
    assert_eq!(journal.next_nonce(&base(), crate::journal::support::wallet()).await.unwrap(), Some(1));
    let operation = journal.operation(&second).await.unwrap().unwrap();
    let state = Resolution::Fail.apply(&journal, &operation, "operator: gone", at(6)).await.unwrap();
    assert_eq!(state, OperationState::Failed);
}
