//! Simulations: what changes in our accounts, of one slot, and why it would fail.

use purser::chains::solana::associated::associated_account;
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::simulate::SimulationError;
use purser::chains::solana::transaction::{Draft, Unsigned};
use purser::chains::solana::wire::TransactionFailure;
use purser::chains::solana::{Account, Address, SolanaChain};
use purser::config::solana::TOKEN_PROGRAM;
use serde_json::{Value, json};

use super::fake::{Fake, account_json, chain};
use super::support::{Holding, USDC, blockhash, wallet};

fn unsigned() -> Unsigned {
    let draft = Draft { payer: wallet(1).address(), instructions: Vec::new(), tables: Vec::new() };
    draft.compile(ComputeBudget::WIDEST, &blockhash()).unwrap()
}

fn outcome(slot: u64, err: Value, accounts: &[Option<Account>]) -> Value {
    let accounts: Vec<Value> =
        accounts.iter().map(|one| one.as_ref().map_or(Value::Null, account_json)).collect();
    let logs = ["Program log: AnchorError occurred. Error Code: MessageExpired. Error Number: 6016."];
    let failed = !err.is_null();
    json!({"context": {"slot": slot}, "value": {
        "err": err, "logs": logs, "unitsConsumed": 123_456,
        "accounts": if failed { Value::Null } else { json!(accounts) },
        "returnData": null,
    }})
}

fn place() -> Address {
    associated_account(&wallet(1).address(), &USDC, &TOKEN_PROGRAM)
}

async fn prepared(before: Option<Account>, after: Option<Account>) -> (Fake, SolanaChain) {
    let fake = Fake::start().await;
    if let Some(account) = before {
        fake.world().accounts.insert(place(), account);
    }
    fake.world().results.insert("simulateTransaction", outcome(1000, Value::Null, &[after]));
    let chain = chain(&[&fake], json!({}));
    (fake, chain)
}

fn holding(amount: u64) -> Holding {
    Holding::of(USDC, wallet(1).address(), amount)
}

#[tokio::test]
async fn changes_of_our_accounts_are_shown() {
    let (before, after) = (holding(100), holding(30));
    let (fake, chain) =
        prepared(Some(before.account(TOKEN_PROGRAM)), Some(after.account(TOKEN_PROGRAM))).await;
    let simulation = chain.simulate(&unsigned(), &[place()], 5).await.unwrap();
    let change = &simulation.changes[0];
    assert_eq!((change.units(), change.lamports(), change.changes_hands()), (-70, 0, false));
    assert_eq!((simulation.slot, simulation.units), (1000, 123_456));
    assert_eq!(fake.requests(), 1);
    let options = &fake.calls("simulateTransaction")[0][1];
    assert_eq!((&options["minContextSlot"], &options["sigVerify"]), (&json!(5), &json!(false)));
}

#[tokio::test]
async fn a_new_account_and_a_closed_one() {
    let (_fake, chain) = prepared(None, Some(holding(50).account(TOKEN_PROGRAM))).await;
    let change = chain.simulate(&unsigned(), &[place()], 0).await.unwrap().changes.remove(0);
    assert_eq!((change.units(), change.lamports(), change.changes_hands()), (50, 2_039_280, false));
    let (_fake, chain) = prepared(Some(holding(50).account(TOKEN_PROGRAM)), None).await;
    let change = chain.simulate(&unsigned(), &[place()], 0).await.unwrap().changes.remove(0);
    assert_eq!((change.units(), change.lamports(), change.changes_hands()), (-50, -2_039_280, true));
}

#[tokio::test]
async fn a_right_that_changes_hands_shows() {
    let stranger = Address::from([0x66; 32]);
    for after in [
        Holding { owner: stranger, ..holding(100) },
        Holding { delegate: Some((stranger, 1)), ..holding(100) },
        Holding { close_authority: Some(stranger), ..holding(100) },
        Holding { state: 2, ..holding(100) },
    ] {
        let account = Some(after.account(TOKEN_PROGRAM));
        let (_fake, chain) = prepared(Some(holding(100).account(TOKEN_PROGRAM)), account).await;
        let change = chain.simulate(&unsigned(), &[place()], 0).await.unwrap().changes.remove(0);
        assert_eq!(change.units(), 0);
        assert!(change.changes_hands());
    }
}

#[tokio::test]
async fn a_failure_is_told_with_the_programs_words() {
    let fake = Fake::start().await;
    let err = json!({"InstructionError": [2, {"Custom": 6016}]});
    fake.world().results.insert("simulateTransaction", outcome(1000, err, &[]));
    let error = chain(&[&fake], json!({})).simulate(&unsigned(), &[place()], 0).await.unwrap_err();
    let expected = TransactionFailure::Custom { instruction: 2, code: 6016 };
    assert!(matches!(&error, SimulationError::Refused { failure, .. } if *failure == expected));
    assert!(error.to_string().contains("MessageExpired"), "{error}");
}

#[tokio::test]
async fn before_and_after_of_different_slots_are_not_compared() {
    let fake = Fake::start().await;
    fake.world().results.insert("simulateTransaction", outcome(1002, Value::Null, &[None]));
    let torn = chain(&[&fake], json!({})).simulate(&unsigned(), &[place()], 0).await;
    assert!(torn.is_err());
    // Nodes count by one slot differently; nearer than that they never are.
    fake.world().confirmed.slot = 1001;
    assert!(chain(&[&fake], json!({})).simulate(&unsigned(), &[place()], 0).await.is_ok());
}

#[tokio::test]
async fn a_success_without_accounts_is_none() {
    let fake = Fake::start().await;
    fake.world().results.insert("simulateTransaction", outcome(1000, Value::Null, &[]));
    let empty = chain(&[&fake], json!({})).simulate(&unsigned(), &[place()], 0).await;
    assert!(empty.unwrap_err().to_string().contains("without saying"));
}
