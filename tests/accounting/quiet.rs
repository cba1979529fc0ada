//! When the ledger must equal the chain, and when it cannot yet.

use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;
use purser::observe::accounting::is_quiet;

use super::world::snapshot;
use crate::journal::support::{Bench, at, bridge, ethereum, mined, reserved, sign};

#[tokio::test]
async fn conservation_is_judged_only_when_nothing_is_under_way() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let quiet = |block| {
        let journal = journal.clone();
        async move { is_quiet(&journal, &snapshot(50, block)).await.unwrap() }
    };
    assert!(quiet(9).await);
    let id = reserved(&journal, 1, bridge(100)).await;
    assert!(quiet(9).await, "nothing is signed");
    let burn = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    assert!(!quiet(9).await, "signed bytes may be mined");
    journal.set_attempt(burn, AttemptState::Included, Some(&mined(9, true)), at(2)).await.unwrap();
    assert!(!quiet(8).await, "the chain was read before its block");
    assert!(quiet(9).await);
    journal.set_attempt(burn, AttemptState::Final, Some(&mined(9, true)), at(3)).await.unwrap();
    assert!(quiet(8).await, "what is final is in every state that is read");

    let (signed, included) = (OperationState::Signed, OperationState::Included);
    let (attesting, attested) = (OperationState::Attesting, OperationState::Attested);
    journal.advance(&id, signed, included, Leg::Burn, None, at(4)).await.unwrap();
    journal.advance(&id, included, attesting, Leg::Burn, None, at(4)).await.unwrap();
    assert!(quiet(9).await);
    journal.advance(&id, attesting, attested, Leg::Mint, None, at(5)).await.unwrap();
    assert!(!quiet(9).await, "anybody may have minted it");
}
