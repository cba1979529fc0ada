//! Plan hashes: the same for the same content, another for any other content.

use std::collections::BTreeSet;

use alloy::primitives::Address;
use purser::domain::plan::{Certificate, Cost};
use purser::domain::{
    Amount, AssetId, BridgeStep, ChainName, Plan, Speed, Step, SwapStep, Timestamp, Usd, Venue,
};
use serde_json::{Value, json};

fn plan() -> Plan {
    let amount = |asset: &str, units| Amount::new(AssetId::new(asset), 6, units);
    let cost = |base| Cost {
        fee: Usd::from_micros(base),
        gas: Usd::from_micros(base + 1),
        slippage: Usd::from_micros(base + 2),
        time: Usd::from_micros(base + 3),
    };
    Plan {
        decided_at: Timestamp::from_millis(1_000),
        expires_at: Timestamp::from_millis(301_000),
        steps: vec![
            Step::Bridge(BridgeStep {
                from: ChainName::new("ethereum"),
                to: ChainName::new("base"),
                amount: amount("USDC", 5_000_000_000),
                speed: Speed::Fast,
                max_fee: amount("USDC", 650_000),
                recipient: Address::repeat_byte(0x11).into(),
                cost: cost(10),
            }),
            Step::Swap(SwapStep {
                chain: ChainName::new("base"),
                venue: Venue::UniswapV3,
                pool: Address::repeat_byte(0x22).into(),
                fee: 100,
                amount_in: amount("USDT", 1_000_000),
                quoted_out: amount("USDC", 999_900),
                haircut_ppm: 0,
                min_out: amount("USDC", 998_900),
                recipient: Address::repeat_byte(0x33).into(),
                trade: None,
                cost: cost(-20),
            }),
        ],
        certificate: Certificate { value: Usd::from_micros(7), bound: Usd::from_micros(i128::MAX) },
    }
}

/// Every plan that differs from `value` in one leaf, with the path of the leaf.
fn neighbours(root: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    match root.pointer(path).unwrap() {
        Value::Object(members) => {
            for name in members.keys() {
                neighbours(root, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for index in 0..items.len() {
                neighbours(root, &format!("{path}/{index}"), found);
            }
        }
        leaf => {
            let changed = match leaf {
                Value::Number(number) => json!(number.as_i64().unwrap() + 1),
                Value::String(text) => match text.as_str() {
                    "bridge" | "swap" => return,
                    "fast" => json!("standard"),
                    "uniswap-v3" => json!("uniswap-v2"),
                    address if address.starts_with("0x") => {
                        json!(format!("{}4", &address[..address.len() - 1]))
                    }
                    number if number.parse::<i128>().is_ok() => {
                        json!((number.parse::<i128>().unwrap() - 1).to_string())
                    }
                    name => json!(format!("{name}x")),
                },
                other => panic!("a plan has no {other}"),
            };
            let mut copy = root.clone();
            *copy.pointer_mut(path).unwrap() = changed;
            found.push((path.to_owned(), copy));
        }
    }
}

#[test]
fn equal_plans_hash_equally_also_after_storage() {
    let stored = serde_json::to_string(&plan()).unwrap();
    let read: Plan = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, plan());
    assert_eq!(read.hash().unwrap(), plan().hash().unwrap());
    assert!(plan().hash().unwrap().as_str().starts_with("0x"));
    assert_eq!(plan().hash().unwrap().as_str().len(), 66);
}

#[test]
fn the_hash_of_this_content_stays_the_same_between_versions() {
    assert_eq!(plan().hash().unwrap().as_str(), PINNED);
}

/// Stored plans are found again by this hash: it changes only with a migration of the journal.
const PINNED: &str = "0x9ad13fa50979f165b9e40ed537316ec94d14d62fb6fa7f3c0f242637cebb2c7f";

#[test]
fn any_changed_field_changes_the_hash() {
    let original = serde_json::to_value(plan()).unwrap();
    let mut all = Vec::new();
    neighbours(&original, "", &mut all);
    assert!(all.len() > 35, "only {} fields were found", all.len());
    let mut hashes = BTreeSet::from([plan().hash().unwrap()]);
    for (path, changed) in all {
        let changed: Plan = serde_json::from_value(changed).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(hashes.insert(changed.hash().unwrap()), "{path} is not part of the hash");
    }
}

#[test]
fn order_and_number_of_steps_are_part_of_the_hash() {
    let mut hashes = BTreeSet::from([plan().hash().unwrap()]);
    let mut swapped = plan();
    swapped.steps.reverse();
    let mut shorter = plan();
    shorter.steps.pop();
    let mut twice = plan();
    twice.steps.push(twice.steps[0].clone());
    for other in [swapped, shorter, twice] {
        assert!(hashes.insert(other.hash().unwrap()));
    }
}

#[test]
fn unknown_fields_of_a_stored_plan_are_refused() {
    let mut stored = serde_json::to_value(plan()).unwrap();
    stored["steps"][0]["memo"] = json!("x");
    assert!(serde_json::from_value::<Plan>(stored).is_err());
}

#[test]
fn the_price_of_time_is_no_cash() {
    let cost = *plan().steps[0].cost();
    assert_eq!(cost.cash(), Usd::from_micros(10 + 11 + 12));
    assert_eq!(cost.total(), Usd::from_micros(10 + 11 + 12 + 13));
    assert_eq!(plan().cost(), Usd::from_micros(46 - 80 + 6));
}
