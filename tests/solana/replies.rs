//! Replies of nodes: what they mean, and that no reply makes the reader fall over.

use proptest::prelude::*;
use purser::chains::rpc::envelope;
use purser::chains::solana::errors::{DIALECT, SendRefusal, is_rate_limit, send_refusal};
use purser::chains::solana::wire::{self, TransactionFailure};
use purser::chains::solana::{Commitment, RpcError, landed, status};
use serde_json::{Value, json};

#[test]
fn codes_are_those_of_solana() {
    // On EVM this code is a rate limit; here the node says that it is behind.
    assert!(!is_rate_limit(-32005, "Node is behind by 42 slots"));
    assert!(is_rate_limit(429, "slow down") && is_rate_limit(-32000, "Too many requests"));
    assert!(!is_rate_limit(-32002, "exceeded CUs meter: 200000 compute units"));
    let body = br#"{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"Node is unhealthy"}}"#;
    let replies = envelope::replies(body, 1, &DIALECT, str::to_owned).unwrap();
    assert_eq!(replies[0].as_ref().unwrap_err().code, -32005);
    assert_eq!(send_refusal(-32002, "TransactionError::AlreadyProcessed"), SendRefusal::Known);
    assert_eq!(send_refusal(-32602, "invalid transaction"), SendRefusal::Refused);
}

#[test]
fn failures_are_told_apart() {
    let failure = |value: Value| wire::failure(&value);
    assert_eq!(failure(Value::Null), None);
    assert_eq!(
        failure(json!({"InstructionError": [3, {"Custom": 6028}]})),
        Some(TransactionFailure::Custom { instruction: 3, code: 6028 })
    );
    assert_eq!(
        failure(json!({"InstructionError": [0, "ProgramFailedToComplete"]})),
        Some(TransactionFailure::Instruction { instruction: 0, name: "ProgramFailedToComplete".to_owned() })
    );
    assert_eq!(
        failure(json!("BlockhashNotFound")),
        Some(TransactionFailure::Transaction("BlockhashNotFound".to_owned()))
    );
    for odd in [json!({"InstructionError": [900, "X"]}), json!({"InstructionError": 5}), json!([]), json!(7)]
    {
        assert!(matches!(failure(odd), Some(TransactionFailure::Transaction(_))));
    }
    assert!(failure(json!("x".repeat(10_000))).unwrap().to_string().len() < 1000);
}

#[test]
fn a_status_has_to_make_sense() {
    let status =
        |at: u64, entry: Value| wire::signature_status(&json!({"context": {"slot": at}, "value": [entry]}));
    let entry = |slot: u64, word: Value| json!({"slot": slot, "confirmations": 5, "err": null, "confirmationStatus": word});
    assert_eq!(status(9, Value::Null), Ok((9, None)));
    assert_eq!(status(9, entry(8, json!("confirmed"))).unwrap().1.unwrap().commitment, Commitment::Confirmed);
    assert_eq!(status(9, entry(8, Value::Null)).unwrap().1.unwrap().commitment, Commitment::Processed);
    let rooted = json!({"slot": 8, "confirmations": null, "err": null});
    assert_eq!(status(9, rooted).unwrap().1.unwrap().commitment, Commitment::Finalised);
    for odd in [entry(10, json!("confirmed")), entry(8, json!("certain")), json!({"slot": 8}), json!(5)] {
        assert!(matches!(status(9, odd.clone()), Err(RpcError::Malformed(_))), "{odd}");
    }
    assert!(wire::signature_status(&json!({"context": {"slot": 9}, "value": []})).is_err());
    assert!(wire::signature_status(&json!({"context": {"slot": 9}, "value": [null, null]})).is_err());
    assert_eq!(status::Status::Unseen.commitment(), None);
}

#[test]
fn heights_and_fees_have_bounds() {
    assert!(wire::epoch_info(&json!({"absoluteSlot": 5, "blockHeight": 6})).is_err());
    assert!(wire::epoch_info(&json!({"absoluteSlot": 6, "blockHeight": 5})).is_ok());
    let fees = |count: usize| json!(vec![json!({"slot": 1, "prioritizationFee": 3}); count]);
    assert_eq!(wire::priority_fees(&fees(150)).unwrap().len(), 150);
    assert!(wire::priority_fees(&fees(1001)).is_err());
    assert!(wire::number("rent", &json!(-1)).is_err() && wire::number("rent", &json!(1.5)).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zA-Z0-9+/=]{0,12}".prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "context",
        "slot",
        "value",
        "err",
        "lamports",
        "owner",
        "data",
        "executable",
        "accounts",
        "meta",
        "transaction",
        "blockhash",
        "lastValidBlockHeight",
        "unitsConsumed",
        "InstructionError",
        "Custom",
        "confirmationStatus",
        "absoluteSlot",
        "blockHeight",
        "fee",
        "preBalances",
        "postBalances",
    ]);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_reply_is_read_or_refused(value in any_json()) {
        let _ = wire::accounts(&value, 2);
        let _ = wire::latest_blockhash(&value);
        let _ = wire::signature_status(&value);
        let _ = wire::simulation(&value, 1);
        let _ = wire::epoch_info(&value);
        let _ = wire::priority_fees(&value);
        let _ = wire::failure(&value);
        let _ = landed::landed(purser::chains::solana::Signature::default(), &value);
    }
}
