//! `purser doctor`: sound, and with one thing wrong at a time.

use std::time::Duration;

use alloy::primitives::U256;
use devnet::abi::IToken;
use devnet::misbehave::Fault;
use devnet::proxy::ProxySettings;
use serde_json::{Value, json};

use super::{edit, ended, rig, sent};
use crate::support::{Rig, Setup, until};

/// The findings that are not `ok`, after checking that text and exit code tell the same.
pub(super) fn found(rig: &Rig) -> Vec<Value> {
    let ended_json = ended(rig, &["--json", "doctor"]);
    let document = ended_json.json();
    let findings = document["findings"].as_array().unwrap().clone();
    let bad: Vec<Value> = findings.into_iter().filter(|finding| finding["severity"] != "ok").collect();
    let has_error = bad.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(ended_json.code, if has_error { 3 } else { 0 }, "{document:#}");
    assert_eq!(document["worst"] == "error", has_error);
    for finding in &bad {
        assert!(!finding["fix"].as_str().unwrap().is_empty(), "a finding without a fix: {finding}");
        assert!(!finding["text"].as_str().unwrap().is_empty(), "a finding without a text: {finding}");
    }
    bad
}

/// Asserts that exactly one subject is complained about, with these words and this fix.
pub(super) fn only(rig: &Rig, severity: &str, subject: &str, text: &str, fix: &str) {
    let found = found(rig);
    assert!(!found.is_empty(), "nothing was found, expected {subject}");
    for finding in &found {
        assert!(finding["subject"].as_str().unwrap().contains(subject), "{subject}: {found:#?}");
    }
    has(&found, severity, subject, text, fix);
}

/// Asserts that one finding has these words and this fix.
pub(super) fn has(found: &[Value], severity: &str, subject: &str, text: &str, fix: &str) {
    let says = |finding: &Value, key: &str, words: &str| finding[key].as_str().unwrap().contains(words);
    let hit = found.iter().any(|finding| {
        finding["severity"] == severity
            && says(finding, "subject", subject)
            && says(finding, "text", text)
            && says(finding, "fix", fix)
    });
    assert!(hit, "no {severity} about {subject}: `{text}`, fix `{fix}` in {found:#?}");
}

/// Every provider of a chain gets these settings.
fn everywhere(rig: &Rig, chain: &str, change: impl Fn(&mut ProxySettings)) {
    for proxy in &rig.devnet.proxies[chain] {
        proxy.handle().set(&change);
    }
}

fn heal(rig: &Rig, chain: &str) {
    everywhere(rig, chain, |settings| *settings = ProxySettings::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_network_is_all_ok() {
    let rig = rig(Setup::bridge()).await;
    let all = ended(&rig, &["doctor"]);
    assert_eq!(all.code, 0, "{}", all.all());
    assert!(all.out.contains("0 error(s), 0 warning(s)"), "{}", all.out);
    let document = rig.json(&["doctor"]);
    assert_eq!(document["worst"], "ok");
    let subjects: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|one| one["subject"].as_str().unwrap()).collect();
    for subject in ["configuration", "wallet", "journal", "price of USDC", "Iris at"] {
        assert!(subjects.iter().any(|one| one.contains(subject)), "{subject} not in {subjects:?}");
    }
    for chain in ["arbitrum", "base", "ethereum"] {
        for what in ["USDC", "swap_router02", "quoter_v2", "gas", "CCTP", "pools", "allowances"] {
            let subject = format!("{chain} {what}");
            assert!(subjects.contains(&subject.as_str()), "{subject} not in {subjects:?}");
        }
    }
    assert_eq!(sent(&rig), 0);
    assert!(!rig.dir().join("journal.sqlite").exists(), "looking makes no journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_are_down_or_of_another_chain_are_named() {
    let rig = rig(Setup::bridge()).await;
    let lone = rig.devnet.manifest.chains["base"].rpc[1].clone();

    rig.devnet.proxy("base", 1).set(|settings| settings.fault = Fault::Refuse);
    let bad = found(&rig);
    has(&bad, "error", &lone, "", "chains.base.rpc");
    has(&bad, "error", "base quorum", "", "2 endpoint(s) must agree");
    heal(&rig, "base");

    rig.devnet.proxy("base", 1).set(|settings| settings.chain_id = Some(777));
    let bad = found(&rig);
    has(&bad, "error", &lone, "777", "chain_id");
    assert!(bad.iter().all(|one| one["subject"].as_str().unwrap().starts_with("base")), "{bad:#?}");
    heal(&rig, "base");

    everywhere(&rig, "arbitrum", |settings| settings.fault = Fault::Refuse);
    let bad = found(&rig);
    has(&bad, "error", "arbitrum", "", "chains.arbitrum.rpc");
    assert!(bad.iter().all(|one| one["subject"].as_str().unwrap().starts_with("arbitrum")), "{bad:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_and_iris_that_are_down_are_named() {
    let rig = rig(Setup::bridge()).await;
    rig.devnet.iris.handle().set(|settings| settings.fault = Fault::Status { code: 503, retry_after: None });
    only(&rig, "error", "Iris at", "", "cctp.iris_url");
    rig.devnet.iris.handle().set(|settings| settings.fault = Fault::Healthy);

    for source in ["coingecko", "kraken", "binance"] {
        rig.devnet.price(source).set(|settings| settings.fault = Fault::Refuse);
    }
    only(&rig, "error", "price of", "", "[prices]");
    has(&found(&rig), "error", "price of ETH", "", "[prices]");
    for source in ["coingecko", "kraken", "binance"] {
        rig.devnet.price(source).set(|settings| settings.fault = Fault::Healthy);
        rig.devnet.price(source).set_usd("USDC", 0.9);
    }
    only(&rig, "error", "price of USDC", "", "[prices]");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_1inch_names_and_refuses_is_named() {
    let rig = rig(Setup::bridge().choose(|choices| choices.oneinch = Some(String::new()))).await;
    assert_eq!(found(&rig), Vec::<Value>::new());
    let oneinch = rig.devnet.oneinch.handle();
    oneinch.set(|settings| settings.spender = Some(alloy::primitives::Address::repeat_byte(0x66)));
    only(&rig, "error", "1inch on", "the pinned router is", "oneinch.router");
    oneinch.set(|settings| (settings.spender, settings.key) = (None, "another".to_owned()));
    only(&rig, "warning", "1inch on", "does not accept the key", "go through the pools");
}

/// Nothing to sell on one side of every gap.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_traded_between_chains_and_not_held_is_named() {
    let mut setup = Setup::with(
        vec![("base", devnet::Asset::Usdc, 1000), ("arbitrum", devnet::Asset::Usdc, 1000)],
        vec![("base", "USDC", 100)],
    );
    let chains = ["base", "arbitrum"].map(str::to_owned).to_vec();
    setup.choices.cross_chain = Some((chains, String::new()));
    let rig = rig(setup).await;
    let amount = U256::from(10).pow(U256::from(18));
    rig.devnet.chain("base").mint(devnet::Asset::Weth, rig.devnet.wallet(), amount).await.unwrap();
    only(&rig, "warning", "arbitrum cross_chain", "holds no WETH", "send WETH to the wallet on arbitrum");
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_allowances_and_clocks_are_named() {
    let rig = rig(Setup::bridge()).await;
    let wallet = rig.devnet.wallet();
    let base = rig.devnet.chain("base");

    let held = base.balance_of(devnet::Asset::Native, wallet).await.unwrap();
    base.set_native(wallet, U256::ZERO).await.unwrap();
    only(&rig, "error", "base gas", "the wallet holds 0", "send native coin");
    base.set_native(wallet, held).await.unwrap();

    edit(&rig, "[chains.base]\n", "[chains.base]\nmin_native = \"1000\"\n");
    only(&rig, "error", "base gas", "ETH", "send native coin");
    edit(&rig, "min_native = \"1000\"\n", "");

    let info = base.info();
    let approve = |value| IToken::approveCall { spender: info.token_messenger, value: U256::from(value) };
    base.send(wallet, info.usdc, &approve(7_u64)).await.unwrap();
    only(&rig, "warning", "base allowances", "CCTP may take 7 units of USDC", "revoke");
    base.send(wallet, info.usdc, &approve(0)).await.unwrap();
    assert_eq!(found(&rig), Vec::<Value>::new());

    // Blocks from the future: this machine's clock is behind.
    base.rpc().call("evm_increaseTime", json!([900])).await.unwrap();
    let before = base.latest().await.unwrap();
    until("a block of the future", Duration::from_secs(20), || async {
        (base.latest().await.unwrap() > before + 1).then_some(())
    })
    .await;
    has(&found(&rig), "error", "base", "in the future", "clock");
}
