//! Replies against what a step wants: whatever byte of one is changed, policy sees the same effect or
//! nothing at all.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, U256};
use proptest::prelude::*;
use purser::act::effect_of;
use purser::domain::plan::Cost;
use purser::domain::{Amount, AssetId, ChainName, Leg, Spent, Step, SwapStep, Timestamp, Usd, Venue};
use purser::policy::{ChainRules, Effect, Proposal, Rules, judge_transaction};
use purser::venues::oneinch::{OneInchError, Refusal, reply};
use serde_json::{Value, json};

use super::{LEAST, ROUTER, SOLD, USDC, USDT, WALLET, intent, recorded, swap};

fn step() -> SwapStep {
    let amount = |asset: &str, units| Amount::new(AssetId::new(asset), 6, units);
    SwapStep {
        chain: ChainName::new("ethereum"),
        venue: Venue::OneInch,
        pool: ROUTER.into(),
        fee: 0,
        amount_in: amount("USDC", SOLD),
        quoted_out: amount("USDT", 999_800_000),
        haircut_ppm: 0,
        min_out: amount("USDT", LEAST),
        recipient: WALLET.into(),
        trade: None,
        cost: Cost::default(),
    }
}

fn rules() -> Rules {
    let chain = ChainRules {
        chain_id: 1,
        tokens: BTreeMap::from([(AssetId::new("USDC"), USDC), (AssetId::new("USDT"), USDT)]),
        cctp: None,
        router: None,
        aggregator: Some(ROUTER),
        routes: None,
        max_gas: Usd::MAX,
    };
    Rules {
        wallet: WALLET,
        chains: BTreeMap::from([(ChainName::new("ethereum"), chain)]),
        solana: None,
        recipients: BTreeSet::new(),
        max_operation: Usd::MAX,
        max_day: Usd::MAX,
        max_gas_day: Usd::MAX,
        max_fee_ppm: 0,
        max_slippage_ppm: 1_000,
        trades: None,
        max_deadline_seconds: 0,
    }
}

/// What policy would let be signed of a reply, with the contract and the wei.
fn signed(body: &[u8]) -> Option<(Address, Effect)> {
    let written = reply::written(body).ok()?;
    let call = intent().accept(&written).ok()?;
    let effect = effect_of(call.to, &call.data).ok()?;
    let proposal = Proposal {
        chain: &ChainName::new("ethereum"),
        chain_id: 1,
        to: call.to,
        value: U256::ZERO,
        effect: effect.clone(),
        step: &Step::Swap(step()),
        leg: Leg::Swap,
        gas: Usd::ZERO,
        at: Timestamp::from_millis(0),
    };
    judge_transaction(&rules(), &proposal, Spent::default()).is_allowed().then_some((call.to, effect))
}

/// The same, or one that insists on more.
fn is_the_same(found: &(Address, Effect), wanted: &(Address, Effect)) -> bool {
    let mut found = found.clone();
    if let (Effect::Aggregate { min_out, .. }, Effect::Aggregate { min_out: least, .. }) =
        (&mut found.1, &wanted.1)
        && *min_out >= *least
    {
        *min_out = *least;
    }
    found == *wanted
}

#[test]
fn the_recorded_reply_is_allowed() {
    let (to, effect) = signed(&recorded()).unwrap();
    assert_eq!(to, ROUTER);
    let wanted = Effect::Aggregate {
        token_in: USDC,
        token_out: USDT,
        amount_in: U256::from(SOLD),
        min_out: U256::from(LEAST),
        recipient: WALLET,
    };
    assert_eq!(effect, wanted);
}

/// Every byte, with its neighbours in value and some others: both kinds of outcome occur.
#[test]
fn no_single_byte_changes_what_is_signed() {
    let (body, wanted) = (recorded(), signed(&recorded()).unwrap());
    let (mut same, mut refused) = (0, 0);
    for index in 0..body.len() {
        for change in [1_u8, 2, 3, 4, 7, 15, 32, 64, 128, 255] {
            let mut mutant = body.clone();
            mutant[index] ^= change;
            match signed(&mutant) {
                Some(found) => {
                    assert!(is_the_same(&found, &wanted), "byte {index} ^ {change}: {found:?}");
                    same += 1;
                }
                None => refused += 1,
            }
        }
    }
    assert!(same > 1_000 && refused > 1_000, "{same} and {refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn nor_do_several(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let (mut body, wanted) = (recorded(), signed(&recorded()).unwrap());
        for (index, byte) in changes {
            let index = index.index(body.len());
            body[index] = byte;
        }
        if let Some(found) = signed(&body) {
            prop_assert!(is_the_same(&found, &wanted), "{found:?}");
        }
    }

    /// The calldata alone, so that every mutant is JSON.
    #[test]
    fn nor_does_the_calldata(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0_usize..40) {
        let wanted = signed(&recorded()).unwrap();
        let mut data = swap().call().data.to_vec();
        let index = at.index(data.len());
        data[index] = byte;
        data.truncate(data.len() - cut);
        let body = with(|body| body["tx"]["data"] = json!(alloy::primitives::Bytes::from(data)));
        if let Some(found) = signed(&body) {
            prop_assert!(is_the_same(&found, &wanted), "{found:?}");
        }
    }
}

fn with(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&recorded()).unwrap();
    change(&mut body);
    serde_json::to_vec(&body).unwrap()
}

fn refusal(change: impl FnOnce(&mut Value)) -> Refusal {
    intent().accept(&reply::written(&with(change)).unwrap()).unwrap_err()
}

#[test]
fn what_surrounds_the_calldata_is_judged_too() {
    let stranger = Address::repeat_byte(0x66);
    let to = refusal(|body| body["tx"]["to"] = json!(stranger));
    assert_eq!(to, Refusal::Router { found: stranger, pinned: ROUTER });
    assert_eq!(refusal(|body| body["tx"]["from"] = json!(stranger)), Refusal::Sender(stranger));
    assert_eq!(refusal(|body| body["tx"]["value"] = json!("7")), Refusal::Value(7));
    assert!(matches!(refusal(|body| body["tx"]["data"] = json!("0x")), Refusal::Function(_)));
}

#[test]
fn a_reply_is_read_strictly() {
    let missing = |pointer: &str| with(|body| *body.pointer_mut(pointer).unwrap() = Value::Null);
    for pointer in ["/dstAmount", "/tx", "/tx/to", "/tx/from", "/tx/data", "/tx/value"] {
        let read = reply::written(&missing(pointer));
        assert!(matches!(read, Err(OneInchError::Unexpected { .. })), "{pointer}: {read:?}");
    }
    for amount in ["", "0", "-1", "1e9", "0x10", "1.5", " 1", "999999999999999999999999999999999999999999"] {
        let read = reply::written(&with(|body| body["dstAmount"] = json!(amount)));
        assert!(read.is_err(), "`{amount}`: {read:?}");
    }
    assert!(reply::written(&with(|body| body["dstAmount"] = json!(5))).is_err(), "a number is not text");
    assert!(reply::written(&with(|body| body["more"] = json!({}))).is_ok(), "extra fields are tolerated");
    assert!(reply::quoted(b"{}").is_err() && reply::quoted(b"").is_err() && reply::quoted(b"null").is_err());
    assert!(reply::spender(b"{\"address\": null}").is_err());
}

#[test]
fn refusals_fall_into_their_kinds() {
    let body =
        |text: &str| serde_json::to_vec(&json!({ "error": "Bad Request", "description": text })).unwrap();
    let kind = |status, text: &str| reply::refusal(status, &body(text)).as_str();
    assert_eq!(kind(400, "insufficient liquidity"), "no-liquidity");
    assert_eq!(kind(400, "Not enough USDC balance. Amount: 5."), "funds");
    assert_eq!(kind(400, "Not enough allowance. Spender: 0x11"), "funds");
    assert_eq!(kind(400, "Cannot sync token"), "unexpected");
    assert_eq!(kind(404, "no such chain"), "unexpected");
    assert_eq!((kind(401, "Unauthorized"), kind(403, "Forbidden")), ("key-refused", "key-refused"));
    assert_eq!(
        (kind(500, ""), kind(503, "banned"), kind(408, "")),
        ("unavailable", "unavailable", "unavailable")
    );
    let long = reply::refusal(400, "x\n".repeat(100_000).as_bytes()).to_string();
    assert!(long.len() < 500 && !long.contains('\n'), "{} characters", long.len());
}

#[test]
fn a_sunken_quote_leaves_less_slippage_and_never_more() {
    let intent = intent();
    assert_eq!(intent.slippage_ppm(LEAST - 1, 1_000), None, "the quote itself is too low");
    assert_eq!(intent.slippage_ppm(LEAST, 1_000), Some(0));
    for quoted in (LEAST..LEAST + 3_000_000).step_by(9_973) {
        let ppm = intent.slippage_ppm(quoted, 1_000).unwrap();
        assert!(ppm <= 1_000);
        let least = quoted * u128::from(1_000_000 - ppm) / 1_000_000;
        assert!(least >= LEAST, "{quoted} less {ppm} ppm is {least}");
    }
}
