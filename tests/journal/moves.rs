//! The table of moves, enforced.

use std::collections::BTreeSet;

use purser::domain::{Leg, OperationId, OperationState};
use purser::journal::{AttemptState, JournalError};

use super::support::{
    Bench, at, base, bridge, ethereum, finalise, mined, planned, raw, reserved, sign, swap, usd,
};

#[test]
fn every_state_reaches_an_end() {
    for start in OperationState::ALL {
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(state) = open.pop() {
            open.extend(state.successors().iter().filter(|next| seen.insert(**next)));
        }
        assert!(seen.contains(&OperationState::Settled) || start == OperationState::Failed, "{start}");
        assert!(seen.iter().any(|state| state.is_end()), "{start} reaches no end");
    }
}

#[tokio::test]
async fn every_pair_of_states_is_allowed_or_refused_as_the_table_says() {
    let bench = Bench::new().await;
    let journal = &bench.journal;
    let id = planned(journal, 1, bridge(10)).await.id;
    let pool = raw(&bench.path()).await;
    let mut allowed = 0;
    for from in OperationState::ALL {
        for to in OperationState::ALL {
            sqlx::query("UPDATE operations SET state = $1").bind(from.as_str()).execute(&pool).await.unwrap();
            let lines = journal.timeline(&id).await.unwrap().len();
            let result = journal.advance(&id, from, to, Leg::Burn, Some("because"), at(1)).await;
            // These three ask for more than the table; they have tests of their own.
            let direct =
                !matches!(to, OperationState::Settled | OperationState::Signed | OperationState::Minting);
            assert_eq!(result.is_ok(), from.can_become(to) && direct, "{from} to {to}: {result:?}");
            let operation = journal.operation(&id).await.unwrap().unwrap();
            let timeline = journal.timeline(&id).await.unwrap();
            match result {
                Ok(()) => {
                    allowed += 1;
                    assert_eq!(operation.state, to);
                    assert_eq!(timeline.len(), lines + 1);
                    let line = &timeline[lines];
                    assert_eq!((line.from, line.to, line.leg), (Some(from), to, Leg::Burn));
                    assert_eq!(line.reason.as_deref(), Some("because"));
                }
                Err(error) => {
                    assert!(matches!(error, JournalError::IllegalMove { .. }), "{error}");
                    assert_eq!((operation.state, timeline.len()), (from, lines));
                }
            }
            sqlx::query("UPDATE operations SET state = $1").bind(from.as_str()).execute(&pool).await.unwrap();
            let settled = journal.settle(&id, from, usd(1), &[], at(1)).await;
            if to == OperationState::Settled {
                assert_eq!(settled.is_ok(), from.can_become(to), "settling from {from}");
            }
        }
    }
    assert!(allowed > 30, "the table has {allowed} direct moves");
}

#[tokio::test]
async fn a_move_from_where_it_no_longer_is_loses() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, bridge(10)).await;
    let (approved, reserved) = (OperationState::Approved, OperationState::Reserved);
    let refusal = journal.advance(&id, approved, reserved, Leg::Approve, None, at(2)).await.unwrap_err();
    assert!(
        matches!(&refusal, JournalError::Moved { expected, actual, .. } if (*expected, *actual) == (approved, reserved)),
        "{refusal}"
    );
    let nobody = OperationId::new("nobody");
    let refusal = journal.advance(&nobody, approved, reserved, Leg::Approve, None, at(2)).await;
    assert!(matches!(refusal, Err(JournalError::UnknownOperation(_))));
    let refusal = journal.settle(&nobody, approved, usd(1), &[], at(2)).await;
    assert!(matches!(refusal, Err(JournalError::UnknownOperation(_))));
}

#[tokio::test]
async fn fifty_movers_of_one_operation_have_one_winner() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = planned(&journal, 1, bridge(10)).await.id;
    let movers: Vec<_> = (0..50)
        .map(|_| {
            let (journal, id) = (journal.clone(), id.clone());
            tokio::spawn(async move {
                let (from, to) = (OperationState::Planned, OperationState::Approved);
                journal.advance(&id, from, to, Leg::Approve, None, at(2)).await.is_ok()
            })
        })
        .collect();
    let mut winners = 0;
    for mover in movers {
        winners += usize::from(mover.await.unwrap());
    }
    assert_eq!(winners, 1);
    assert_eq!(journal.timeline(&id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_bridge_walks_from_plan_to_settlement() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    use OperationState::{
        Approved, Attested, Attesting, Broadcast, Final, Included, Minting, Planned, Reserved, Settled,
        Signed,
    };
    let id = reserved(&journal, 1, bridge(10)).await;
    let approve = sign(&journal, &id, Leg::Approve, &ethereum()).await;
    journal.advance(&id, Signed, Broadcast, Leg::Approve, None, at(2)).await.unwrap();
    journal.set_attempt(approve, AttemptState::Included, Some(&mined(3, true)), at(2)).await.unwrap();
    journal.advance(&id, Broadcast, Included, Leg::Approve, None, at(2)).await.unwrap();
    let burn = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    finalise(&journal, burn, true).await;
    for (from, to) in [(Signed, Broadcast), (Broadcast, Included), (Included, Final), (Final, Attesting)] {
        journal.advance(&id, from, to, Leg::Burn, None, at(3)).await.unwrap();
    }
    journal.advance(&id, Attesting, Attested, Leg::Mint, None, at(4)).await.unwrap();
    let refused = journal.advance(&id, Attested, Minting, Leg::Mint, None, at(4)).await;
    assert!(matches!(refused, Err(JournalError::IllegalMove { .. })), "no bytes are signed yet");
    let mint = sign(&journal, &id, Leg::Mint, &base()).await;
    finalise(&journal, mint, true).await;
    journal.settle(&id, Minting, usd(3), &[], at(5)).await.unwrap();
    let walked: Vec<_> = journal.timeline(&id).await.unwrap().iter().map(|line| line.to).collect();
    assert_eq!(
        walked,
        [
            Planned, Approved, Reserved, Signed, Broadcast, Included, Signed, Broadcast, Included, Final,
            Attesting, Attested, Minting, Settled
        ]
    );
    assert_eq!(journal.open_operations().await.unwrap(), []);
}

#[tokio::test]
async fn failed_is_said_only_when_nothing_moved_and_nothing_can() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (signed, failed) = (OperationState::Signed, OperationState::Failed);
    let id = reserved(&journal, 1, swap(10)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    let refusal = journal.advance(&id, signed, failed, Leg::Swap, Some("stuck"), at(2)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::LiveAttempts { live: 1, .. }), "{refusal}");
    // Reverted, but its block may still go: not dead yet.
    journal.set_attempt(attempt, AttemptState::Included, Some(&mined(4, false)), at(3)).await.unwrap();
    let refusal = journal.fail(&id, signed, "reverted", usd(1), &[], at(3)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::LiveAttempts { live: 1, .. }), "{refusal}");
    finalise(&journal, attempt, false).await;
    journal.fail(&id, signed, "reverted", usd(1), &[], at(3)).await.unwrap();
    let operation = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((operation.state, operation.reason.as_deref()), (failed, Some("reverted")));
    assert_eq!(operation.realised_cost, Some(usd(1)));

    let id = reserved(&journal, 2, bridge(10)).await;
    let burn = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    finalise(&journal, burn, true).await;
    let refusal = journal.advance(&id, signed, failed, Leg::Burn, None, at(4)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ValueMoved { leg: Leg::Burn, .. }), "{refusal}");
    // Nor by way of the operator.
    let waiting = OperationState::NeedsOperator;
    journal.advance(&id, signed, waiting, Leg::Burn, None, at(4)).await.unwrap();
    let refusal = journal.advance(&id, waiting, failed, Leg::Burn, None, at(5)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ValueMoved { leg: Leg::Burn, .. }), "{refusal}");
}
