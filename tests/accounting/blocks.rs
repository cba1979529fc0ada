//! A transaction's block and its ledger entries are one fact.

use alloy::primitives::I256;
use purser::domain::Leg;
use purser::journal::{AttemptState, Cause, Entry, Inclusion, JournalError};

use crate::journal::support::{Bench, at, base, mined, position, reserved, sign, swap};

#[tokio::test]
async fn no_block_is_kept_without_its_entries() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let gas = position(&base(), "ETH");
    let id = reserved(&journal, 1, swap(300)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    let entries = [Entry::of(&id, Some(attempt), Cause::Gas, gas.clone(), 7)];
    let final_state = AttemptState::Final;
    let refused = journal.set_included(attempt, final_state, &mined(5, true), &entries, at(2)).await;
    assert!(matches!(refused.unwrap_err(), JournalError::UnknownPosition(_)));
    let stored = journal.attempts(&id).await.unwrap().remove(0);
    assert_eq!((stored.state, stored.block_hash), (AttemptState::Signed, None), "it is looked for again");

    journal.open_position(&gas, 100, at(3)).await.unwrap();
    journal.set_included(attempt, final_state, &mined(5, true), &entries, at(3)).await.unwrap();
    // Again, as after an interruption: booked once.
    journal.set_included(attempt, final_state, &mined(5, true), &entries, at(4)).await.unwrap();
    let ledger = journal.ledger().await.unwrap();
    assert_eq!(ledger.positions[0].expected(), I256::try_from(93).unwrap());
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn a_final_transaction_without_entries_gets_them() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let gas = position(&base(), "ETH");
    journal.open_position(&gas, 100, at(0)).await.unwrap();
    let id = reserved(&journal, 1, swap(300)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    journal.set_attempt(attempt, AttemptState::Final, Some(&mined(5, true)), at(2)).await.unwrap();
    let entries = [Entry::of(&id, Some(attempt), Cause::Gas, gas, 7)];
    journal.set_included(attempt, AttemptState::Final, &mined(5, true), &entries, at(3)).await.unwrap();
    assert_eq!(journal.ledger().await.unwrap().positions[0].expected(), I256::try_from(93).unwrap());
}

#[tokio::test]
async fn another_block_charges_its_own_fee_and_only_that() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let gas = position(&base(), "ETH");
    journal.open_position(&gas, 100, at(0)).await.unwrap();
    let id = reserved(&journal, 1, swap(300)).await;
    let attempt = sign(&journal, &id, Leg::Approve, &base()).await;
    for (block, fee) in [(5, 7), (6, 9), (7, 4)] {
        let inclusion = Inclusion { fee_units: fee, ..mined(block, true) };
        let entries = [Entry::of(&id, Some(attempt), Cause::Gas, gas.clone(), fee)];
        let included = AttemptState::Included;
        journal.set_included(attempt, included, &inclusion, &entries, at(2)).await.unwrap();
        let expected = I256::try_from(100 - fee).unwrap();
        assert_eq!(journal.ledger().await.unwrap().positions[0].expected(), expected, "block {block}");
    }
    journal.integrity_check().await.unwrap();
}
