//! The ledger: conservation, and entries that follow their transactions into and out of blocks.

use alloy::primitives::I256;
use purser::domain::{Leg, OperationState, Usd};
use purser::journal::{AttemptState, Cause, Entry, JournalError, Ledger};

use super::support::{
    Bench, at, base, bridge, ethereum, finalise, mined, position, raw, reserved, sign, swap, usd,
};

fn int(value: i128) -> I256 {
    I256::try_from(value).unwrap()
}

fn expected(ledger: &Ledger, position: &purser::domain::Position) -> I256 {
    ledger.positions.iter().find(|line| line.position == *position).unwrap().expected()
}

#[tokio::test]
async fn a_position_is_opened_once() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    assert!(journal.open_position(&usdc, 100, at(0)).await.unwrap());
    assert!(!journal.open_position(&usdc, 900, at(1)).await.unwrap());
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(100));
}

#[tokio::test]
async fn a_bridge_conserves_value_at_every_moment() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (source, target) = (position(&ethereum(), "USDC"), position(&base(), "USDC"));
    let gas = position(&ethereum(), "ETH");
    journal.open_position(&source, 1000, at(0)).await.unwrap();
    journal.open_position(&target, 50, at(0)).await.unwrap();
    journal.open_position(&gas, u128::MAX, at(0)).await.unwrap();
    let id = reserved(&journal, 1, bridge(400)).await;
    let burn = sign(&journal, &id, Leg::Burn, &ethereum()).await;
    journal.set_attempt(burn, AttemptState::Final, Some(&mined(5, true)), at(2)).await.unwrap();
    let burnt = [
        Entry::of(&id, Some(burn), Cause::Burn, source.clone(), 400),
        Entry::of(&id, Some(burn), Cause::Gas, gas.clone(), 5_000_000),
    ];
    journal.add_entries(&burnt, at(2)).await.unwrap();
    journal.add_entries(&burnt, at(3)).await.unwrap();
    let ledger = journal.ledger().await.unwrap();
    assert_eq!(expected(&ledger, &source), int(600));
    assert_eq!(expected(&ledger, &gas), I256::try_from(u128::MAX).unwrap() - int(5_000_000));
    assert_eq!(ledger.transit[0].in_transit(), int(400));

    let states = [OperationState::Broadcast, OperationState::Included, OperationState::Attesting];
    let mut from = OperationState::Signed;
    for to in states {
        journal.advance(&id, from, to, Leg::Burn, None, at(3)).await.unwrap();
        from = to;
    }
    // Somebody else minted for us: the entry has no transaction of ours.
    let minted = [
        Entry::of(&id, None, Cause::Mint, target.clone(), 399),
        Entry::of(&id, None, Cause::BridgeFee, target.clone(), 1),
    ];
    journal.settle(&id, OperationState::Attesting, usd(3), &minted, at(4)).await.unwrap();
    let ledger = journal.ledger().await.unwrap();
    assert_eq!(expected(&ledger, &target), int(449));
    assert_eq!(ledger.transit[0].in_transit(), int(0));
    assert_eq!((ledger.transit[0].minted, ledger.transit[0].fees), (int(399), int(1)));
    let settled = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((settled.state, settled.realised_cost), (OperationState::Settled, Some(usd(3))));
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn entries_leave_with_the_block_and_return_with_the_next() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    journal.open_position(&usdc, 1000, at(0)).await.unwrap();
    let id = reserved(&journal, 1, swap(300)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    let entry = [Entry::of(&id, Some(attempt), Cause::SwapIn, usdc.clone(), 300)];
    let left = |block| {
        let (journal, entry) = (journal.clone(), entry.clone());
        async move {
            journal
                .set_attempt(attempt, AttemptState::Included, Some(&mined(block, true)), at(2))
                .await
                .unwrap();
            journal.add_entries(&entry, at(2)).await.unwrap();
        }
    };
    left(5).await;
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(700));
    // The block is gone.
    journal.set_attempt(attempt, AttemptState::Broadcast, None, at(3)).await.unwrap();
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(1000));
    assert_eq!(journal.attempts(&id).await.unwrap()[0].block_hash, None);
    // Another block took its place, then a third, without a moment outside of any.
    left(6).await;
    left(7).await;
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(700));
    // Becoming final in the same block takes nothing back.
    journal.set_attempt(attempt, AttemptState::Final, Some(&mined(7, true)), at(4)).await.unwrap();
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(700));
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn entries_are_all_or_none_and_never_contradict() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    journal.open_position(&usdc, 10, at(0)).await.unwrap();
    let unknown = position(&base(), "USDT");
    let both = [
        Entry::external("0x01", Cause::Deposit, usdc.clone(), 5),
        Entry::external("0x01", Cause::Deposit, unknown.clone(), 5),
    ];
    // The second has the key of the first and another position.
    let refusal = journal.add_entries(&both, at(1)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::EntryConflict { .. }), "{refusal}");
    let missing = Entry::external("0x02", Cause::Deposit, unknown.clone(), 5);
    let refusal = journal.add_entries(&[both[0].clone(), missing], at(1)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::UnknownPosition(position) if position == unknown));
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(10));
    journal.add_entries(&both[..1], at(1)).await.unwrap();
    let other = Entry::external("0x01", Cause::Deposit, usdc.clone(), 6);
    let refusal = journal.add_entries(&[other], at(2)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::EntryConflict { .. }), "{refusal}");
    journal
        .add_entries(&[Entry::external("cold store", Cause::Withdrawal, usdc.clone(), 20)], at(3))
        .await
        .unwrap();
    // A sum below zero is kept as it is: it is a finding, not a rounding.
    assert_eq!(expected(&journal.ledger().await.unwrap(), &usdc), int(-5));
}

#[tokio::test]
async fn settling_with_a_bad_entry_settles_nothing() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(300)).await;
    let attempt = sign(&journal, &id, Leg::Swap, &base()).await;
    finalise(&journal, attempt, true).await;
    journal
        .advance(&id, OperationState::Signed, OperationState::Included, Leg::Swap, None, at(3))
        .await
        .unwrap();
    let entry = Entry::of(&id, Some(attempt), Cause::SwapIn, position(&base(), "USDC"), 300);
    let refusal = journal.settle(&id, OperationState::Included, usd(1), &[entry], at(4)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::UnknownPosition(_)), "{refusal}");
    let unchanged = journal.operation(&id).await.unwrap().unwrap();
    assert_eq!((unchanged.state, unchanged.realised_cost), (OperationState::Included, None));
    assert_eq!(journal.timeline(&id).await.unwrap().last().unwrap().to, OperationState::Included);
}

#[tokio::test]
async fn a_ledger_changed_behind_the_journals_back_is_found() {
    for tampering in [
        "UPDATE positions SET moved = '-1'",
        "UPDATE entries SET units = '41' WHERE cause = 'burn'",
        "UPDATE transit SET fees = '7'",
    ] {
        let bench = Bench::new().await;
        let usdc = position(&ethereum(), "USDC");
        bench.journal.open_position(&usdc, 100, at(0)).await.unwrap();
        let id = reserved(&bench.journal, 1, bridge(40)).await;
        let burn = Entry::of(&id, None, Cause::Burn, usdc, 40);
        bench.journal.add_entries(&[burn], at(1)).await.unwrap();
        bench.journal.integrity_check().await.unwrap();
        let pool = raw(&bench.path()).await;
        sqlx::query(tampering).execute(&pool).await.unwrap();
        let finding = bench.journal.integrity_check().await.unwrap_err();
        assert!(matches!(finding, JournalError::Corrupt { .. }), "{tampering}: {finding}");
    }
}

#[tokio::test]
async fn spending_counts_from_the_reservation_on() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    reserved(&journal, 10, bridge(1)).await;
    let second = reserved(&journal, 20, swap(5)).await;
    super::support::planned(&journal, 30, bridge(2)).await;
    let all = journal.spent_since(at(10)).await.unwrap();
    assert_eq!((all.moved, all.gas), (usd(200), usd(5)));
    let later = journal.spent_since(at(11)).await.unwrap();
    assert_eq!((later.moved, later.gas), (usd(100), usd(3)));
    assert_eq!(journal.spent_since(at(21)).await.unwrap().moved, Usd::ZERO);
    // What was paid counts when it exceeds the quote, and stays when the operation fails.
    let attempt = sign(&journal, &second, Leg::Swap, &base()).await;
    finalise(&journal, attempt, false).await;
    assert_eq!(journal.spent_since(at(11)).await.unwrap().gas, usd(4));
    journal.fail(&second, OperationState::Signed, "reverted", usd(4), &[], at(40)).await.unwrap();
    let failed = journal.spent_since(at(11)).await.unwrap();
    assert_eq!((failed.moved, failed.gas), (Usd::ZERO, usd(4)));
}
