//! Replies, read strictly and told apart.

use purser::chains::solana::Signature;
use purser::config::jupiter::AGGREGATOR;
use purser::venues::jupiter::{Code, Executed, JupiterError, Quoted, build, execute, reply};
use serde_json::{Value, json};

use super::{QUOTED, STRANGER, USDT, exchange, owner, recorded};

fn with(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&recorded(name)).unwrap();
    change(&mut body);
    serde_json::to_vec(&body).unwrap()
}

#[test]
fn quotes_orders_and_builds_are_read() {
    let quoted = reply::quoted(&recorded("quote"), &exchange()).unwrap();
    assert_eq!(quoted, Quoted { amount_out: QUOTED, min_out: 994_880_604, slippage_bps: 50 });
    let order = reply::order(&recorded("order"), &exchange()).unwrap();
    assert_eq!(order.quoted, Quoted { amount_out: QUOTED, min_out: 998_880_124, slippage_bps: 10 });
    assert_eq!((order.router.as_str(), order.last_valid_block_height), ("metis", 280));
    assert_eq!(order.request_id, "00000000-0000-7000-8000-000000000001");
    let built = build::built(&recorded("build"), &exchange()).unwrap();
    assert_eq!((built.quoted, built.swap.program_id), (order.quoted, AGGREGATOR));
    assert_eq!((built.setup.len(), built.other.len(), built.tables.len()), (1, 0, 0));
    assert_eq!((built.cleanup.clone(), built.tip.clone(), built.instructions().len()), (None, None, 2));
    assert_eq!(built.draft(owner(), Vec::new()).payer, owner());
}

#[test]
fn null_and_empty_transactions_are_told_apart() {
    let order = |body: &[u8]| reply::order(body, &exchange()).unwrap_err();
    // A quote has none, and neither has an order whose transaction is null although a taker was named.
    for body in [recorded("quote"), with("order", |body| body["transaction"] = Value::Null)] {
        let error = order(&body);
        assert!(error.to_string().contains("no transaction although a taker was named"), "{error}");
        assert_eq!(error.as_str(), "unexpected");
    }
    assert_eq!(order(&recorded("empty")).as_str(), "funds");
    let empty = |router: &str, code: Value| {
        order(&with("empty", |body| (body["router"], body["errorCode"]) = (json!(router), code)))
    };
    for (router, code, kind) in [
        ("metis", 1, "funds"),
        ("metis", 2, "funds"),
        ("dflow", 3, "funds"),
        ("okx", 2, "funds"),
        ("jupiterz", 1, "funds"),
        ("jupiterz", 2, "funds"),
        ("jupiterz", 3, "no-route"),
        ("metis", 4, "unexpected"),
        ("jupiterz", 0, "unexpected"),
        ("another", 1, "unexpected"),
    ] {
        let error = empty(router, json!(code));
        assert_eq!(error.as_str(), kind, "{router} {code}: {error}");
        assert!(error.to_string().contains(&format!("{router}, code {code}")), "{error}");
    }
    assert_eq!(empty("metis", Value::Null).as_str(), "unexpected");
}

#[test]
fn a_reply_to_another_question_is_refused() {
    for (name, changes) in [
        ("quote", vec!["inputMint", "outputMint"]),
        ("order", vec!["inputMint", "outputMint"]),
        ("build", vec!["inputMint", "outputMint"]),
    ] {
        let read = |body: &[u8]| match name {
            "quote" => reply::quoted(body, &exchange()).map(|_| ()),
            "order" => reply::order(body, &exchange()).map(|_| ()),
            _ => build::built(body, &exchange()).map(|_| ()),
        };
        read(&recorded(name)).unwrap();
        for key in changes {
            let other = with(name, |body| body[key] = json!(STRANGER.to_string()));
            assert!(matches!(read(&other), Err(JupiterError::Unexpected { .. })), "{name} {key}");
        }
        for amount in ["999999999", "1000000001", "", "-1", "1e9", "0x10", " 1", "99999999999999999999"] {
            assert!(read(&with(name, |body| body["inAmount"] = json!(amount))).is_err(), "{name} `{amount}`");
        }
        for (key, value) in [
            ("swapMode", json!("ExactOut")),
            ("outAmount", json!("0")),
            ("outAmount", json!(999_880_004)),
            ("otherAmountThreshold", json!("999880005")),
            ("slippageBps", json!(10_001)),
            ("slippageBps", json!(-1)),
            ("inputMint", Value::Null),
        ] {
            assert!(read(&with(name, |body| body[key] = value.clone())).is_err(), "{name} {key} {value}");
        }
        assert!(read(&with(name, |body| body["more"] = json!({}))).is_ok(), "extra fields are tolerated");
        assert!(read(b"").is_err() && read(b"null").is_err() && read(b"{}").is_err());
    }
}

#[test]
fn an_order_is_read_strictly() {
    let order = |key: &str, value: Value| reply::order(&with("order", |body| body[key] = value), &exchange());
    for (key, value) in [
        ("requestId", json!("")),
        ("requestId", Value::Null),
        ("requestId", json!("x".repeat(129))),
        ("requestId", json!("a\nb")),
        ("lastValidBlockHeight", Value::Null),
        ("lastValidBlockHeight", json!("soon")),
        ("transaction", json!("not base64")),
        ("transaction", json!("A".repeat(1_648))),
        ("transaction", json!(7)),
    ] {
        let read = order(key, value.clone());
        assert!(matches!(read, Err(JupiterError::Unexpected { .. })), "{key} {value}: {read:?}");
    }
    // The bytes are judged elsewhere: what is no transaction is refused there.
    let other = order("transaction", json!("AAAA")).unwrap();
    assert!(other.tables().is_err());
}

#[test]
fn a_build_is_read_strictly_and_bounded() {
    let build = |change: &dyn Fn(&mut Value)| build::built(&with("build", |body| change(body)), &exchange());
    let refused = |change: &dyn Fn(&mut Value)| {
        let read = build(change);
        assert!(matches!(read, Err(JupiterError::Unexpected { .. })), "{read:?}");
    };
    refused(&|body| body["swapInstruction"] = Value::Null);
    refused(&|body| body["setupInstructions"] = Value::Null);
    refused(&|body| body["swapInstruction"]["programId"] = json!("1"));
    refused(&|body| body["swapInstruction"]["data"] = json!("%"));
    refused(&|body| body["swapInstruction"]["data"] = json!("A".repeat(2_000)));
    refused(&|body| body["swapInstruction"]["accounts"][0]["pubkey"] = json!("x".repeat(44)));
    refused(&|body| body["swapInstruction"]["accounts"][0]["isSigner"] = json!("true"));
    refused(&|body| {
        let one = body["swapInstruction"]["accounts"][0].clone();
        body["swapInstruction"]["accounts"] = json!(vec![one; 129]);
    });
    refused(&|body| {
        let one = body["setupInstructions"][0].clone();
        body["setupInstructions"] = json!(vec![one; 17]);
    });
    refused(&|body| body["addressesByLookupTableAddress"] = json!({ "nowhere": [] }));
    // A table is named; what it holds is not taken from the reply.
    let table = STRANGER.to_string();
    let built = build(&|body| body["addressesByLookupTableAddress"] = json!({ &table: [USDT.to_string()] }));
    assert_eq!(built.unwrap().tables, [STRANGER]);
    let none = build(&|body| body["addressesByLookupTableAddress"] = Value::Null).unwrap();
    assert_eq!(none.tables, []);
    // Nothing is dropped on the way to the judge.
    let all = build(&|body| {
        let one = body["setupInstructions"][0].clone();
        body["cleanupInstruction"] = one.clone();
        body["tipInstruction"] = one.clone();
        body["otherInstructions"] = json!([one]);
    });
    assert_eq!(all.unwrap().instructions().len(), 5);
}

#[test]
fn executions_are_told_apart() {
    let signature = Signature::from([5; 64]).to_string();
    let success = json!({
        "status": "Success", "signature": signature, "slot": "77", "code": 0,
        "totalInputAmount": "1000000000", "totalOutputAmount": "999880004",
    });
    let read = |body: &Value| execute::executed(body.to_string().as_bytes());
    let landed = Executed::Succeeded {
        signature: Signature::from([5; 64]),
        slot: 77,
        amount_in: 1_000_000_000,
        amount_out: 999_880_004,
    };
    assert_eq!(read(&success), Ok(landed));
    for key in ["signature", "slot", "totalInputAmount", "totalOutputAmount", "status"] {
        let mut without = success.clone();
        without[key] = Value::Null;
        assert!(read(&without).is_err(), "{key}");
    }
    for (code, meaning, refused) in [
        (-1, Code::NoOrder, true),
        (-2, Code::InvalidTransaction, true),
        (-3, Code::OtherMessage, true),
        (-1000, Code::NotLanded, false),
        (-1001, Code::Unknown, false),
        (-1002, Code::Invalid, true),
        (-1003, Code::NotFullySigned, true),
        (-1004, Code::InvalidBlockHeight, true),
        (-2000, Code::NotLanded, false),
        (-2001, Code::Unknown, false),
        (-2002, Code::Invalid, true),
        (-2003, Code::QuoteExpired, true),
        (-2004, Code::Rejected, true),
        (-9, Code::Other(-9), false),
    ] {
        // A failure may carry a signature all the same: then the chain knows more.
        let body = json!({ "status": "Failed", "signature": signature, "code": code, "error": "no\nluck" });
        let Ok(Executed::Failed { code: found, signature: Some(_), said }) = read(&body) else {
            panic!("{body}");
        };
        assert_eq!((found, found.was_refused(), said.as_str()), (meaning, refused, "no luck"), "{code}");
        assert!(!found.to_string().is_empty());
    }
    // Without a code, or with that of a success, nobody knows.
    for body in [json!({ "status": "Failed" }), json!({ "status": "Failed", "code": 0, "signature": "" })] {
        let unknown = Executed::Failed { code: Code::Unknown, signature: None, said: String::new() };
        assert_eq!(read(&body), Ok(unknown));
    }
    assert!(read(&json!({ "status": "Perhaps" })).is_err());
    assert!(read(&json!({ "status": "Failed", "signature": "0" })).is_err());
}

#[test]
fn refusals_of_executions_have_codes() {
    let refused = execute::refused(400, &recorded("refused")).unwrap();
    assert!(matches!(refused, Executed::Failed { code: Code::NoOrder, signature: None, .. }));
    let without = execute::refused(400, b"{\"error\":\"?\"}").unwrap_err();
    assert!(matches!(without, JupiterError::Unexpected { .. }) && without.was_sent());
    let broken = execute::refused(500, b"{\"error\":\"?\",\"code\":-1}").unwrap_err();
    assert!(matches!(broken, JupiterError::Unavailable { sent: true, .. }), "{broken:?}");
}

#[test]
fn refusals_fall_into_their_kinds() {
    let body = |text: &str| serde_json::to_vec(&json!({ "error": text })).unwrap();
    let kind = |status, text: &str| reply::refusal(status, &body(text)).as_str();
    assert_eq!(reply::refusal(400, &recorded("refusal")).as_str(), "no-route");
    for text in ["No routes found", "NO_ROUTES_FOUND", "Could not find any route", "TOKEN_NOT_TRADABLE"] {
        assert_eq!(kind(400, text), "no-route", "{text}");
    }
    assert_eq!(kind(400, "Insufficient funds"), "funds");
    assert_eq!(kind(400, "Invalid amount"), "unexpected");
    assert_eq!((kind(401, "Unauthorized"), kind(403, "Forbidden")), ("key-refused", "key-refused"));
    assert_eq!((kind(500, ""), kind(503, ""), kind(408, "")), ("unavailable", "unavailable", "unavailable"));
    assert_eq!(kind(404, ""), "unexpected");
    let gateway = reply::refusal(401, br#"{"code":401,"message":"Unauthorized"}"#);
    assert!(gateway.to_string().contains("HTTP 401: Unauthorized"), "{gateway}");
    let long = reply::refusal(400, "x\n".repeat(100_000).as_bytes()).to_string();
    assert!(long.len() < 500 && !long.contains('\n'), "{} characters", long.len());
}
