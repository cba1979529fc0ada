//! What came or went outside the daemon is booked on an operator's word, exactly and in quiet only.

use purser::domain::{Leg, OperationState};
use purser::journal::{Cause, Entry};
use purser::observe::accounting::{BookError, book, imbalance};

use super::world::snapshot;
use crate::journal::support::{Bench, at, base, ethereum, position, reserved, sign, swap};

#[tokio::test]
async fn exactly_the_imbalance_is_booked_and_once() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    journal.open_position(&usdc, 50, at(0)).await.unwrap();
    for (held, cause, units) in [(80, Cause::Deposit, 30), (15, Cause::Withdrawal, 65)] {
        let before = journal.ledger().await.unwrap();
        let seen = snapshot(held, 9);
        let booked = book(&journal, &before, &seen, &usdc, "the treasury", at(1)).await.unwrap();
        assert_eq!((booked.cause, booked.units), (cause, units));
        let ledger = journal.ledger().await.unwrap();
        assert!(imbalance(&ledger, &seen)[&usdc].is_zero());
        let again = book(&journal, &ledger, &seen, &usdc, "the treasury", at(2)).await.unwrap_err();
        assert!(matches!(again, BookError::Balanced(_)), "{again}");
    }
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn the_same_words_book_two_deposits() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    journal.open_position(&usdc, 50, at(0)).await.unwrap();
    for (held, time) in [(60, 1), (70, 2)] {
        let before = journal.ledger().await.unwrap();
        let booked = book(&journal, &before, &snapshot(held, 9), &usdc, "top-up", at(time)).await.unwrap();
        assert_eq!(booked.units, 10);
    }
}

#[tokio::test]
async fn nothing_is_booked_while_something_is_under_way() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let usdc = position(&base(), "USDC");
    let before = journal.ledger().await.unwrap();
    let unread = book(&journal, &before, &snapshot(80, 9), &usdc, "?", at(1)).await.unwrap_err();
    assert!(matches!(unread, BookError::Unread { .. }), "{unread}");

    journal.open_position(&usdc, 50, at(0)).await.unwrap();
    let moved = book(&journal, &before, &snapshot(80, 9), &usdc, "?", at(1)).await.unwrap_err();
    assert!(matches!(moved, BookError::UnderWay(_)), "the ledger moved: {moved}");

    let id = reserved(&journal, 1, swap(10)).await;
    let before = journal.ledger().await.unwrap();
    let open = book(&journal, &before, &snapshot(80, 9), &usdc, "?", at(1)).await.unwrap_err();
    assert!(matches!(open, BookError::UnderWay(_)), "{open}");
    // An operation that waits for an operator does not stand in the way, its live transaction does.
    sign(&journal, &id, Leg::Swap, &base()).await;
    let (signed, waits) = (OperationState::Signed, OperationState::NeedsOperator);
    journal.advance(&id, signed, waits, Leg::Swap, None, at(2)).await.unwrap();
    let live = book(&journal, &before, &snapshot(80, 9), &usdc, "?", at(3)).await.unwrap_err();
    assert!(matches!(live, BookError::UnderWay(_)), "{live}");
    assert!(imbalance(&journal.ledger().await.unwrap(), &snapshot(80, 9))[&usdc].is_positive());
}

#[tokio::test]
async fn other_positions_are_left_alone() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let (here, there) = (position(&base(), "USDC"), position(&ethereum(), "USDC"));
    journal.open_position(&here, 50, at(0)).await.unwrap();
    journal.open_position(&there, 400, at(0)).await.unwrap();
    journal.add_entries(&[Entry::external("0x01", Cause::Deposit, there.clone(), 20)], at(1)).await.unwrap();
    let before = journal.ledger().await.unwrap();
    book(&journal, &before, &snapshot(51, 9), &here, "dust", at(2)).await.unwrap();
    let left = imbalance(&journal.ledger().await.unwrap(), &snapshot(51, 9));
    assert_eq!((left[&here].to_string(), left[&there].to_string()), ("0".to_owned(), "80".to_owned()));
}
