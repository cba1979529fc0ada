//! Iris' replies, from their bytes.

use alloy::primitives::B256;
use proptest::prelude::*;
use purser::bridges::cctp::Message;
use purser::bridges::cctp::iris::decimal::{DecimalError, scaled};
use purser::bridges::cctp::iris::reply::{self, Attestation, Delay, FeeTier, ReplyError};
use purser::domain::plan::Speed;
use purser::domain::price::Rounding;
use serde_json::{Value, json};

use super::support::{NONCE, attested, burnt, real_attestation};

fn burn() -> Message {
    burnt(1_000_000, 143, Speed::Fast)
}

pub(super) fn complete(message: &Message) -> Value {
    json!({
        "message": message.encode(),
        "eventNonce": message.nonce,
        "attestation": real_attestation(),
        "cctpVersion": 2,
        "status": "complete",
        "delayReason": null,
        "forwardState": null,
        "decodedMessage": { "mintRecipient": null, "decodedMessageBody": { "amount": "a lie" } },
    })
}

fn read(entries: &[Value]) -> Result<Attestation, ReplyError> {
    let body = json!({ "messages": entries, "sourceTxHash": B256::ZERO });
    reply::attestation(body.to_string().as_bytes(), &burn())
}

fn ready(message: &Message) -> Attestation {
    Attestation::Ready { message: message.encode(), attestation: real_attestation() }
}

#[test]
fn ready_needs_the_status_and_real_bytes() {
    let message = attested(&burn(), 130);
    assert_eq!(read(&[complete(&message)]), Ok(ready(&message)));
    for (key, value) in [
        ("status", json!("pending_confirmations")),
        ("status", json!("something_new")),
        ("attestation", json!("PENDING")),
        ("attestation", json!("pending")),
        ("attestation", json!("0x")),
        ("attestation", json!("")),
        ("attestation", Value::Null),
        ("message", json!("0x")),
        ("message", Value::Null),
    ] {
        let mut entry = complete(&message);
        entry[key] = value.clone();
        assert_eq!(read(&[entry]), Ok(Attestation::Pending { delay: None }), "{key}: {value}");
    }
}

#[test]
fn the_reason_of_a_delay_is_told() {
    for (text, delay) in [
        ("insufficient_fee", Delay::InsufficientFee),
        ("amount_above_max", Delay::AmountAboveMax),
        ("insufficient_allowance_available", Delay::InsufficientAllowanceAvailable),
        ("weather", Delay::Other),
    ] {
        let entry = json!({
            "message": "0x", "attestation": "PENDING", "status": "pending_confirmations", "delayReason": text,
        });
        assert_eq!(read(&[entry]), Ok(Attestation::Pending { delay: Some(delay) }));
    }
}

#[test]
fn an_empty_list_is_not_seen_yet() {
    assert_eq!(read(&[]), Ok(Attestation::NotSeen));
}

#[test]
fn ours_is_picked_among_several() {
    let message = attested(&burn(), 130);
    let other = attested(&burnt(2_000_000, 143, Speed::Fast), 130);
    let foreign = Message { nonce: B256::repeat_byte(9), ..other };
    let mut v1 = complete(&message);
    v1["message"] = json!("0x0000000000000006");
    let pending = json!({ "message": "0x", "attestation": "PENDING", "status": "pending_confirmations" });
    let entries = [complete(&foreign), v1, pending.clone(), complete(&message)];
    assert_eq!(read(&entries), Ok(ready(&message)));
    // While ours is pending, a stranger's finished message changes nothing.
    assert_eq!(read(&[complete(&foreign), pending]), Ok(Attestation::Pending { delay: None }));
    let error = read(&[complete(&foreign)]).unwrap_err();
    assert!(error.0.contains("amount"), "{error}");
}

#[test]
fn what_iris_fills_is_judged_too() {
    let good = attested(&burn(), 130);
    for (broken, field) in [
        (Message { fee_executed: 144, ..good.clone() }, "feeExecuted"),
        (Message { nonce: B256::ZERO, ..good.clone() }, "nonce"),
        (Message { finality_threshold_executed: 499, ..good }, "finalityThresholdExecuted"),
    ] {
        let error = read(&[complete(&broken)]).unwrap_err();
        assert!(error.0.starts_with(field), "{error}");
    }
}

#[test]
fn two_nonces_for_one_burn_are_refused() {
    let message = attested(&burn(), 130);
    let twin = Message { nonce: B256::repeat_byte(9), ..message.clone() };
    assert!(read(&[complete(&message), complete(&twin)]).is_err());
    assert_eq!(read(&[complete(&message), complete(&message)]), Ok(ready(&message)));
}

#[test]
fn truncated_or_damaged_hex_is_refused() {
    let message = attested(&burn(), 130);
    for (key, damage) in [
        ("message", -1_isize),
        ("message", -2),
        ("attestation", -1),
        ("attestation", -2),
        ("message", 0),
        ("attestation", 0),
    ] {
        let mut entry = complete(&message);
        let text = entry[key].as_str().unwrap().to_owned();
        entry[key] = match damage {
            0 => json!(text.replace("0x", "")),
            cut => json!(text[..text.len().checked_add_signed(cut).unwrap()]),
        };
        assert!(read(&[entry]).is_err(), "{key} {damage}");
    }
    let mut entry = complete(&message);
    entry["message"] = json!(format!("{}zz", message.encode()));
    assert!(read(&[entry]).is_err());
}

#[test]
fn wrong_types_are_refused() {
    let message = attested(&burn(), 130);
    for (key, value) in [
        ("message", json!(7)),
        ("attestation", json!(["0x00"])),
        ("status", json!(true)),
        ("status", Value::Null),
        ("delayReason", json!(3)),
    ] {
        let mut entry = complete(&message);
        entry[key] = value;
        assert!(read(&[entry]).is_err(), "{key}");
    }
    for body in ["", "null", "[]", "{}", r#"{"messages":null}"#, r#"{"messages":{}}"#, r#"{"messages":[1]}"#]
    {
        assert!(reply::attestation(body.as_bytes(), &burn()).is_err(), "{body}");
    }
}

#[test]
fn fees_are_exact_and_rounded_up() {
    let read = |fee: &str| {
        let body = format!(r#"[{{"finalityThreshold":1000,"minimumFee":{fee},"forwardFee":{{"low":1}}}}]"#);
        reply::fees(body.as_bytes()).map(|tiers| tiers[0].fee_ppm)
    };
    for (fee, ppm) in [
        ("0", 0),
        ("1", 100),
        ("1.3", 130),
        ("\"1.3\"", 130),
        ("1.4", 140),
        ("14", 1400),
        ("0.0100000000000000000000001", 2),
        ("0.001", 1),
        ("1.301", 131),
        ("1.3e0", 130),
        ("13e-1", 130),
        ("1.3E+1", 1300),
        ("1e-90", 1),
        ("9999.99", 999_999),
    ] {
        assert_eq!(read(fee), Ok(ppm), "{fee}");
    }
    for fee in [
        "-1",
        "-0.1",
        "\"-1\"",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"1,3\"",
        "\" 1\"",
        "\"1.\"",
        "\".5\"",
        "\"+1\"",
        "\"0x1\"",
        "\"NaN\"",
        "10000",
        "1e9",
        "1e99999999999999999999",
        "\"1e\"",
        "\"1e101\"",
        "340282366920938463463374607431768211456999",
    ] {
        assert!(read(fee).is_err(), "{fee}");
    }
}

#[test]
fn tiers_are_listed_once() {
    let body = br#"[{"finalityThreshold":1000,"minimumFee":1.3},{"finalityThreshold":2000,"minimumFee":0}]"#;
    let expected = [
        FeeTier { finality_threshold: 1000, fee_ppm: 130 },
        FeeTier { finality_threshold: 2000, fee_ppm: 0 },
    ];
    assert_eq!(reply::fees(body).unwrap(), expected);
    assert_eq!(reply::fees(b"[]").unwrap(), []);
    let twice = br#"[{"finalityThreshold":1000,"minimumFee":1},{"finalityThreshold":1000,"minimumFee":2}]"#;
    assert!(reply::fees(twice).is_err());
    assert!(reply::fees(br#"[{"finalityThreshold":"1000","minimumFee":1}]"#).is_err());
    assert!(reply::fees(br#"[{"finalityThreshold":1000}]"#).is_err());
}

#[test]
fn the_allowance_is_rounded_down() {
    let read = |number: &str| {
        reply::allowance(
            format!(r#"{{"allowance":{number},"lastUpdated":"2026-08-12T00:00:00Z"}}"#).as_bytes(),
        )
    };
    assert_eq!(read("54656758.473146"), Ok(54_656_758_473_146));
    assert_eq!(read("54656758.4731469"), Ok(54_656_758_473_146));
    assert_eq!(read("\"0.0000019\""), Ok(1));
    assert_eq!(read("0"), Ok(0));
    assert!(read("-1").is_err());
    assert!(read("null").is_err());
    assert!(reply::allowance(b"{}").is_err());
}

#[test]
fn a_reattestation_is_about_our_nonce() {
    let body = |nonce: B256| json!({ "message": "requested", "nonce": nonce }).to_string();
    reply::reattested(body(NONCE).as_bytes(), NONCE).unwrap();
    assert!(reply::reattested(body(B256::ZERO).as_bytes(), NONCE).is_err());
    assert!(reply::reattested(b"{}", NONCE).is_err());
}

proptest! {
    #[test]
    fn decimals_are_read_without_a_float(whole in 0_u128..1 << 60, fraction in 0_u32..1_000_000_000) {
        let text = format!("{whole}.{fraction:09}");
        let nano = whole * 1_000_000_000 + u128::from(fraction);
        prop_assert_eq!(scaled(&text, 9, Rounding::Down), Ok(nano));
        prop_assert_eq!(scaled(&text, 6, Rounding::Down), Ok(nano / 1000));
        prop_assert_eq!(scaled(&text, 6, Rounding::Up), Ok(nano.div_ceil(1000)));
        prop_assert_eq!(scaled(&format!("{nano}e-9"), 6, Rounding::Up), Ok(nano.div_ceil(1000)));
        prop_assert_eq!(scaled(&format!("-{text}"), 6, Rounding::Up), Err(DecimalError::Negative));
    }
}
