//! What a landed transaction did, as a quorum tells it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use purser::bridges::cctp::solana::events::{EVENT_TAG, MINT_AND_WITHDRAW};
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::landed::landed;
use purser::chains::solana::transaction::Draft;
use purser::chains::solana::{ChainError, Commitment, Signature, Signed};
use serde_json::{Value, json};

use super::fake::{chain, three};
use super::support::{MINTER, USDC, blockhash, end, wallet};

fn signed() -> Signed {
    let payer = wallet(1);
    let draft = Draft { payer: payer.address(), instructions: Vec::new(), tables: Vec::new() };
    draft.compile(ComputeBudget::WIDEST, &blockhash()).unwrap().sign(&[payer.signer()]).unwrap()
}

/// The transaction with three loaded addresses, a paid token account and the program's event.
fn told() -> Value {
    let signed = signed();
    let owned = signed.static_keys.len();
    let account = end().account_of(&wallet(1).address());
    let mut event = [EVENT_TAG, MINT_AND_WITHDRAW].concat();
    event.extend_from_slice(account.as_ref());
    event.extend_from_slice(&4_999_350_u64.to_le_bytes());
    event.extend_from_slice(USDC.as_ref());
    event.extend_from_slice(&650_u64.to_le_bytes());
    let loaded = json!({
        "writable": [account.to_string()],
        "readonly": [MINTER.to_string(), end().programs.messenger_event_authority().to_string()],
    });
    let amount = |units: &str| {
        json!([{"accountIndex": owned, "mint": USDC.to_string(),
        "owner": wallet(1).address().to_string(), "uiTokenAmount": {"amount": units, "decimals": 6}}])
    };
    let mut balances = vec![5_000_000_u64; owned + 3];
    let before = balances.clone();
    balances[0] -= 5000;
    json!({
        "slot": 990, "blockTime": null, "version": 0,
        "transaction": [STANDARD.encode(&signed.bytes), "base64"],
        "meta": {
            "err": null, "fee": 5000, "preBalances": before, "postBalances": balances,
            "preTokenBalances": amount("1000"), "postTokenBalances": amount("5000350"),
            "innerInstructions": [{"index": 0, "instructions": [
                {"programIdIndex": owned + 1, "accounts": [owned + 2], "data": bs58::encode(event).into_string(),
                 "stackHeight": 3},
            ]}],
            "loadedAddresses": loaded, "logMessages": [], "computeUnitsConsumed": 5,
        },
    })
}

#[test]
fn balances_and_events_are_read() {
    let signed = signed();
    let found = landed(signed.signature, &told()).unwrap().unwrap();
    let account = end().account_of(&wallet(1).address());
    assert_eq!((found.slot, found.fee, found.units(&account)), (990, 5000, 4_999_350));
    assert_eq!(found.lamports[0], (wallet(1).address(), 5_000_000, 4_995_000));
    let paid = end().paid(&found.inner[0]).unwrap();
    assert_eq!((paid.recipient, paid.amount, paid.fee, paid.mint), (account, 4_999_350, 650, USDC));
    assert_eq!(end().burnt(&found.inner[0]), None);
    // The same data from another program, or by another authority, is no event.
    let mut forged = found.inner[0].clone();
    forged.program_id = USDC;
    assert_eq!(end().paid(&forged), None);
    let mut forged = found.inner[0].clone();
    forged.accounts[0].pubkey = USDC;
    assert_eq!(end().paid(&forged), None);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let signature = signed().signature;
    assert_eq!(landed(signature, &Value::Null), Ok(None));
    assert!(landed(Signature::from([1; 64]), &told()).is_err(), "another transaction's");
    for change in [
        |value: &mut Value| value["meta"] = Value::Null,
        |value: &mut Value| value["meta"]["preBalances"] = json!([1]),
        |value: &mut Value| value["meta"]["loadedAddresses"] = Value::Null,
        |value: &mut Value| value["meta"]["postTokenBalances"][0]["accountIndex"] = json!(99),
        |value: &mut Value| value["meta"]["postTokenBalances"][0]["uiTokenAmount"]["amount"] = json!("-1"),
        |value: &mut Value| {
            value["meta"]["innerInstructions"][0]["instructions"][0]["programIdIndex"] = json!(200)
        },
        |value: &mut Value| value["meta"]["innerInstructions"][0]["instructions"][0]["data"] = json!("0OIl"),
        |value: &mut Value| value["transaction"][1] = json!("base58"),
        |value: &mut Value| value["transaction"][0] = json!("AAAA"),
    ] {
        let mut value = told();
        change(&mut value);
        assert!(landed(signature, &value).is_err(), "{value}");
    }
}

#[tokio::test]
async fn a_quorum_tells_the_same() {
    let (a, b, c) = three().await;
    let signature = signed().signature;
    let chain = chain(&[&a, &b, &c], json!({"quorum": 2}));
    for fake in [&a, &b, &c] {
        fake.world().results.insert("getTransaction", Value::Null);
    }
    assert_eq!(chain.landed(signature, Commitment::Finalised).await.unwrap(), None);
    for fake in [&a, &b] {
        fake.world().results.insert("getTransaction", told());
    }
    let found = chain.landed(signature, Commitment::Finalised).await.unwrap().unwrap();
    assert_eq!(found.fee, 5000);
    assert_eq!(a.calls("getTransaction")[0][1]["maxSupportedTransactionVersion"], 0);
    let mut other = told();
    other["meta"]["fee"] = json!(6000);
    b.world().results.insert("getTransaction", other);
    c.world().results.insert("getTransaction", Value::Null);
    let torn = chain.landed(signature, Commitment::Finalised).await;
    assert!(matches!(torn, Err(ChainError::Disagreement { .. })), "{torn:?}");
}
