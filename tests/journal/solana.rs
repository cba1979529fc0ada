//! Transactions of Solana: they have no nonce that is spent, they land in any order, and die with
//! their blockhash.

use alloy::primitives::{B256, I256};
use purser::domain::{AnyAddress, ChainName, Leg, OperationId, OperationState, TransactionId};
use purser::journal::{
    Attempt, AttemptId, AttemptState, Cause, Entry, Inclusion, Journal, JournalError, Lifetime, NewAttempt,
};
use solana_address::Address as SolanaAddress;
use solana_signature::Signature;

use super::support::{Bench, at, bridge, position, raw, reserved, signed, swap, try_sign, usd};

const LAST: u64 = 900;

pub(super) fn solana() -> ChainName {
    ChainName::new("solana")
}

pub(super) fn key() -> AnyAddress {
    SolanaAddress::from([0xcc; 32]).into()
}

fn name(attempt: u8) -> TransactionId {
    Signature::from([attempt; 64]).into()
}

/// The leg as a transaction of Solana that may land up to block height [`LAST`].
pub(super) fn written(id: &OperationId, leg: Leg, number: u64, seed: u8) -> NewAttempt {
    NewAttempt {
        cancels: false,
        wallet: key(),
        hash: name(seed),
        lifetime: Some(Lifetime { from_slot: 1000, last_valid_height: LAST }),
        ..signed(id, leg, &solana(), number, 100)
    }
}

pub(super) fn landed(slot: u64, success: bool) -> Inclusion {
    Inclusion {
        block_number: slot,
        block_hash: None,
        gas_used: 80_000,
        fee_units: 5_000,
        fee_usd: Some(usd(1)),
        success,
    }
}

async fn attempt(journal: &Journal, id: &OperationId, attempt: AttemptId) -> Attempt {
    let all = journal.attempts(id).await.unwrap();
    all.into_iter().find(|one| one.id == attempt).unwrap()
}

async fn refused(journal: &Journal, id: AttemptId, height: u64) -> bool {
    let verdict = journal.record_expired(id, height, at(5)).await;
    matches!(verdict, Err(JournalError::IllegalAttemptMove { to: AttemptState::Dead, .. }))
}

#[tokio::test]
async fn what_is_recorded_of_a_transaction_comes_back_after_a_restart() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(10)).await;
    let new = NewAttempt { landing_request: Some("order-17".to_owned()), ..written(&id, Leg::Swap, 0, 1) };
    let first = try_sign(&bench.journal, &new).await.unwrap();
    bench.journal.set_attempt(first, AttemptState::Included, Some(&landed(1010, true)), at(2)).await.unwrap();
    let bench = bench.reopen().await;
    let stored = attempt(&bench.journal, &id, first).await;
    assert_eq!((stored.wallet, stored.hash, &stored.chain), (key(), name(1), &solana()));
    assert_eq!(
        (stored.lifetime, stored.landing_request.as_ref()),
        (new.lifetime, new.landing_request.as_ref())
    );
    assert_eq!((stored.block_number, stored.block_hash, stored.fee_units), (Some(1010), None, Some(5_000)));
    assert!(stored.is_in(1010, None));
    assert!(!stored.is_in(1010, Some(B256::ZERO)) && !stored.is_in(1011, None));
    let signature = name(1).solana().unwrap();
    assert_eq!(bench.journal.attempt_by_hash(signature).await.unwrap(), Some(stored));
    bench.journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn until_when_bytes_can_land_never_changes() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(10)).await;
    try_sign(&bench.journal, &written(&id, Leg::Swap, 0, 1)).await.unwrap();
    let pool = raw(&bench.path()).await;
    for change in ["from_slot = 1", "last_valid_height = 1", "landing_request = 'x'"] {
        let tampering = sqlx::AssertSqlSafe(format!("UPDATE attempts SET {change}"));
        let error = sqlx::query(tampering).execute(&pool).await.unwrap_err();
        assert!(error.to_string().contains("signed bytes never change"), "{error}");
    }
}

#[tokio::test]
async fn only_a_blockhash_that_is_past_makes_a_transaction_dead() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let first = try_sign(&journal, &written(&id, Leg::Swap, 0, 1)).await.unwrap();
    for state in [AttemptState::Signed, AttemptState::Broadcast, AttemptState::Unknown] {
        journal.set_attempt(first, state, None, at(2)).await.unwrap();
        // Not a word, not a spent number, and not the last height at which it can still land.
        journal.record_finalised_nonce(&solana(), key(), 1, at(2)).await.unwrap();
        let guess = journal.set_attempt(first, AttemptState::Dead, None, at(2)).await.unwrap_err();
        assert!(matches!(guess, JournalError::IllegalAttemptMove { .. }), "{state}: {guess}");
        assert!(refused(&journal, first, LAST - 1).await && refused(&journal, first, LAST).await, "{state}");
        assert_eq!(attempt(&journal, &id, first).await.state, state);
    }
    journal.record_expired(first, LAST + 1, at(6)).await.unwrap();
    let dead = attempt(&journal, &id, first).await;
    assert_eq!((dead.state, dead.updated_at), (AttemptState::Dead, at(6)));
    // Again, and with a height that by itself would prove nothing: it is dead.
    journal.record_expired(first, LAST, at(7)).await.unwrap();
    assert_eq!(attempt(&journal, &id, first).await, dead);
    assert_eq!(journal.live_attempts(&solana()).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_in_a_block_or_final_does_not_expire() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let first = try_sign(&journal, &written(&id, Leg::Swap, 0, 1)).await.unwrap();
    journal.set_attempt(first, AttemptState::Included, Some(&landed(1010, true)), at(2)).await.unwrap();
    assert!(refused(&journal, first, LAST + 1).await);
    journal.set_attempt(first, AttemptState::Final, None, at(3)).await.unwrap();
    assert!(refused(&journal, first, LAST + 1).await);
    assert_eq!(attempt(&journal, &id, first).await.state, AttemptState::Final);
}

#[tokio::test]
async fn transactions_of_evm_chains_do_not_expire() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let new = signed(&id, Leg::Swap, &super::support::base(), 0, 100);
    let first = try_sign(&journal, &new).await.unwrap();
    assert!(refused(&journal, first, u64::MAX).await);
    assert_eq!(attempt(&journal, &id, first).await.state, AttemptState::Signed);
    let unknown = journal.record_expired(AttemptId(99), u64::MAX, at(1)).await.unwrap_err();
    assert!(matches!(unknown, JournalError::UnknownAttempt(AttemptId(99))), "{unknown}");
}

#[tokio::test]
async fn a_later_transaction_that_is_final_says_nothing_of_earlier_ones() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let mut ids = Vec::new();
    for number in 0..3_u8 {
        let id = reserved(&journal, i64::from(number) + 1, swap(10)).await;
        let new = written(&id, Leg::Swap, u64::from(number), number + 1);
        ids.push((id, try_sign(&journal, &new).await.unwrap()));
    }
    assert_eq!(journal.next_nonce(&solana(), key()).await.unwrap(), Some(3));
    journal.set_attempt(ids[2].1, AttemptState::Final, Some(&landed(1010, true)), at(4)).await.unwrap();
    for (id, early) in &ids[..2] {
        assert_eq!(attempt(&journal, id, *early).await.state, AttemptState::Signed);
        let guess = journal.set_attempt(*early, AttemptState::Dead, None, at(4)).await;
        assert!(matches!(guess, Err(JournalError::IllegalAttemptMove { .. })));
    }
    // The one lands, the other dies; the numbers go on after the highest that was used.
    journal.set_attempt(ids[0].1, AttemptState::Final, Some(&landed(1011, true)), at(5)).await.unwrap();
    journal.record_expired(ids[1].1, LAST + 1, at(6)).await.unwrap();
    assert_eq!(journal.next_nonce(&solana(), key()).await.unwrap(), Some(3));
}

/// The operation is where a leg may be signed anew.
async fn unsure(journal: &Journal, id: &OperationId) {
    let (signed, unknown) = (OperationState::Signed, OperationState::Unknown);
    journal.advance(id, signed, unknown, Leg::Swap, None, at(2)).await.unwrap();
}

#[tokio::test]
async fn a_leg_is_signed_anew_only_when_its_last_transaction_is_dead() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let first = try_sign(&journal, &written(&id, Leg::Swap, 0, 1)).await.unwrap();
    unsure(&journal, &id).await;
    let error = try_sign(&journal, &written(&id, Leg::Swap, 1, 2)).await.unwrap_err();
    assert!(matches!(error, JournalError::LegLive { attempt, .. } if attempt == first), "{error}");
    journal.record_expired(first, LAST + 1, at(3)).await.unwrap();
    // The number of what never landed is free again.
    let second = try_sign(&journal, &written(&id, Leg::Swap, 0, 2)).await.unwrap();
    journal.set_attempt(second, AttemptState::Final, Some(&landed(1010, true)), at(4)).await.unwrap();
    assert_eq!(attempt(&journal, &id, first).await.state, AttemptState::Dead);
    unsure(&journal, &id).await;
    let error = try_sign(&journal, &written(&id, Leg::Swap, 1, 3)).await.unwrap_err();
    assert!(matches!(error, JournalError::LegDone { attempt, .. } if attempt == second), "{error}");
    assert_eq!(journal.attempts(&id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn rent_leaves_the_position_and_comes_back() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let coin = position(&solana(), "SOL");
    journal.open_position(&coin, 10_000_000, at(0)).await.unwrap();
    let id = reserved(&journal, 1, bridge(10)).await;
    let burn = try_sign(&journal, &written(&id, Leg::Burn, 0, 1)).await.unwrap();
    let rent = Entry::of(&id, Some(burn), Cause::Rent, coin.clone(), 3_000_000);
    let held = async || {
        let ledger = journal.ledger().await.unwrap();
        ledger.positions.iter().find(|line| line.position == coin).unwrap().expected()
    };
    let included = AttemptState::Included;
    journal.set_included(burn, included, &landed(1010, true), &[rent], at(2)).await.unwrap();
    assert_eq!(held().await, I256::try_from(7_000_000).unwrap());
    let back = Entry::external("closed", Cause::RentBack, coin.clone(), 2_900_000);
    journal.add_entries(&[back.clone(), back], at(3)).await.unwrap();
    assert_eq!(held().await, I256::try_from(9_900_000).unwrap());
    // Another slot: what it moved in the first one is withdrawn.
    journal.set_attempt(burn, included, Some(&landed(1011, true)), at(4)).await.unwrap();
    assert_eq!(held().await, I256::try_from(12_900_000).unwrap());
    journal.integrity_check().await.unwrap();
}

#[tokio::test]
async fn nothing_replaces_a_transaction_that_can_still_land() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, swap(10)).await;
    let first = try_sign(&journal, &written(&id, Leg::Swap, 0, 1)).await.unwrap();
    let mut other = written(&id, Leg::Swap, 0, 2);
    (other.replaces, other.max_fee_per_gas, other.max_priority_fee_per_gas) = (Some(first), 500, 500);
    let error = try_sign(&journal, &other).await.unwrap_err();
    assert!(matches!(error, JournalError::Replacement { .. }), "{error}");
    assert_eq!(journal.live_attempts(&solana()).await.unwrap().len(), 1);
}
