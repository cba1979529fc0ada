//! Decisions by quorum: one liar, one dead endpoint, one late one; never fewer than the quorum.

use purser::chains::solana::wire::TransactionFailure;
use purser::chains::solana::{Account, Address, ChainError, Commitment, Signature, SolanaChain, Status};
use serde_json::{Value, json};

use super::fake::{Fake, Fault, Tip, chain, three};

const ADDRESS: Address = Address::new_from_array([0x31; 32]);

fn two_of(fakes: &[&Fake]) -> SolanaChain {
    chain(fakes, json!({"quorum": 2, "timeout_ms": 500}))
}

fn account(lamports: u64) -> Account {
    Account { lamports, owner: ADDRESS, data: vec![1, 2, 3], executable: false }
}

#[tokio::test]
async fn a_liar_about_accounts_is_outvoted_and_reported() {
    let (liar, b, c) = three().await;
    liar.world().accounts.insert(ADDRESS, account(9));
    b.world().accounts.insert(ADDRESS, account(5));
    c.world().accounts.insert(ADDRESS, account(5));
    let chain = two_of(&[&liar, &b, &c]);
    let read = chain.accounts_agreed(&[ADDRESS], Commitment::Finalised, 0).await.unwrap();
    assert_eq!(read.accounts, [Some(account(5))]);
    assert_eq!(chain.stats().disagreements, 1);
    c.world().fault = Fault::Status(502);
    let alone = chain.accounts_agreed(&[ADDRESS], Commitment::Finalised, 0).await;
    assert!(matches!(alone, Err(ChainError::Disagreement { answers: 2, .. })), "{alone:?}");
    assert!(!chain.stats().quorum_available);
}

#[tokio::test]
async fn different_slots_may_differ_honestly() {
    let (a, b, _) = three().await;
    a.world().accounts.insert(ADDRESS, account(9));
    a.world().finalised.slot = 970;
    b.world().accounts.insert(ADDRESS, account(5));
    let read = two_of(&[&a, &b]).accounts_agreed(&[ADDRESS], Commitment::Finalised, 0).await;
    assert!(matches!(read, Err(ChainError::Undecided { .. })), "{read:?}");
    b.world().accounts.insert(ADDRESS, account(9));
    let read = two_of(&[&a, &b]).accounts_agreed(&[ADDRESS], Commitment::Finalised, 0).await.unwrap();
    assert_eq!(read.slot, 968, "the older of the two");
}

#[tokio::test]
async fn a_lost_quorum_never_becomes_a_smaller_one() {
    let (a, b, c) = three().await;
    b.world().fault = Fault::Status(500);
    c.world().fault = Fault::Hang;
    let chain = two_of(&[&a, &b, &c]);
    let lost = |error: ChainError| matches!(error, ChainError::QuorumLost { need: 2, .. });
    assert!(lost(chain.accounts_agreed(&[ADDRESS], Commitment::Finalised, 0).await.unwrap_err()));
    assert!(lost(chain.head(Commitment::Finalised).await.unwrap_err()));
    assert!(lost(chain.status(Signature::default()).await.unwrap_err()));
    assert!(lost(chain.rent(165).await.unwrap_err()));
    assert!(lost(chain.blockhash().await.unwrap_err()));
}

#[tokio::test]
async fn a_head_is_one_that_a_quorum_reached() {
    let (a, b, c) = three().await;
    a.world().finalised = Tip { slot: 9_000_000, height: 8_000_000 };
    b.world().finalised = Tip { slot: 960, height: 860 };
    let head = two_of(&[&a, &b, &c]).head(Commitment::Finalised).await.unwrap();
    assert_eq!((head.slot, head.block_height), (968, 868));
    c.world().finalised = Tip { slot: 960, height: 861 };
    let torn = two_of(&[&a, &b, &c]).head(Commitment::Finalised).await;
    assert!(matches!(torn, Err(ChainError::Disagreement { .. })), "{torn:?}");
}

fn seen(fake: &Fake, signature: Signature, slot: u64, commitment: &'static str, err: Value) {
    fake.world().statuses.insert(signature.to_string(), (slot, commitment, err));
}

#[tokio::test]
async fn a_status_is_what_the_least_advanced_of_the_quorum_says() {
    let (a, b, c) = three().await;
    let chain = two_of(&[&a, &b, &c]);
    let signature = Signature::from([7; 64]);
    assert_eq!(chain.status(signature).await.unwrap(), Status::Unseen);
    seen(&a, signature, 990, "finalized", Value::Null);
    seen(&b, signature, 990, "confirmed", Value::Null);
    assert_eq!(chain.status(signature).await.unwrap(), Status::Confirmed { slot: 990 });
    seen(&b, signature, 990, "finalized", Value::Null);
    assert_eq!(chain.status(signature).await.unwrap(), Status::Finalised { slot: 990 });
    seen(&a, signature, 990, "processed", Value::Null);
    assert_eq!(chain.status(signature).await.unwrap(), Status::Processed { slot: 990 });
}

#[tokio::test]
async fn one_that_has_not_seen_it_is_outvoted_or_leaves_it_open() {
    let (a, b, c) = three().await;
    let signature = Signature::from([7; 64]);
    seen(&a, signature, 990, "confirmed", Value::Null);
    let undecided = two_of(&[&a, &b]).status(signature).await;
    assert!(matches!(undecided, Err(ChainError::Undecided { .. })), "{undecided:?}");
    seen(&c, signature, 990, "confirmed", Value::Null);
    assert_eq!(two_of(&[&a, &b, &c]).status(signature).await.unwrap(), Status::Confirmed { slot: 990 });
}

#[tokio::test]
async fn a_failure_is_told_with_its_reason() {
    let (a, b, _) = three().await;
    let signature = Signature::from([7; 64]);
    let err = json!({"InstructionError": [2, {"Custom": 6016}]});
    seen(&a, signature, 990, "finalized", err.clone());
    seen(&b, signature, 990, "confirmed", err);
    let failure = TransactionFailure::Custom { instruction: 2, code: 6016 };
    let expected = Status::Failed { slot: 990, commitment: Commitment::Confirmed, failure };
    assert_eq!(two_of(&[&a, &b]).status(signature).await.unwrap(), expected);
    // Success and failure in one slot cannot both be true.
    seen(&b, signature, 990, "finalized", Value::Null);
    let lies = two_of(&[&a, &b]).status(signature).await;
    assert!(matches!(lies, Err(ChainError::Disagreement { .. })), "{lies:?}");
    // Nor can two slots both be final.
    seen(&a, signature, 991, "finalized", Value::Null);
    let lies = two_of(&[&a, &b]).status(signature).await;
    assert!(matches!(lies, Err(ChainError::Disagreement { .. })), "{lies:?}");
}

#[tokio::test]
async fn a_blockhash_lives_at_least_as_long_as_it_can() {
    let (liar, b, c) = three().await;
    // The chain is at 900, so a blockhash of now ends at 1050. Understating it would let us sign
    // anew while the first transaction can still land.
    liar.world().last_valid = 910;
    let chain = two_of(&[&liar, &b, &c]);
    assert_eq!(chain.blockhash().await.unwrap().last_valid_block_height, 1050);
    // Understating the height as well does not help one endpoint alone.
    liar.world().confirmed.height = 760;
    liar.world().confirmed.slot = 860;
    let blockhash = chain.blockhash().await.unwrap();
    assert_eq!(blockhash.last_valid_block_height, 1050);
    assert!(blockhash.slot <= 1000);
    let absurd = {
        let sound = Fake::start().await;
        sound.world().last_valid = u64::MAX;
        super::fake::chain(&[&sound], json!({})).blockhash().await
    };
    assert!(absurd.unwrap_err().to_string().contains("far ahead"));
}
