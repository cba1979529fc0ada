//! `purser balances`.

use super::{ended, rig};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn balances_in_text_and_json_and_of_one_chain() {
    let rig = rig(Setup::bridge()).await;
    let text = ended(&rig, &["balances"]);
    assert_eq!(text.code, 0, "{}", text.all());
    let line = text.out.lines().find(|line| line.starts_with("ethereum") && line.contains("USDC")).unwrap();
    assert!(line.contains("1000") && line.contains("100.00 %") && line.contains("50.00 %"), "{line}");
    assert!(text.out.contains("total $1000.00, NOT every position inside its band"), "{}", text.out);
    assert!(text.out.contains("for gas"), "{}", text.out);

    let document = rig.json(&["balances"]);
    assert_eq!(document["wallet"], rig.devnet.wallet().to_string());
    assert_eq!(document["inside_bands"], false);
    assert_eq!(document["problems"].as_array().unwrap().len(), 0);
    let positions = document["positions"].as_array().unwrap();
    let usdc = positions.iter().find(|one| one["chain"] == "ethereum" && one["asset"] == "USDC").unwrap();
    assert_eq!(usdc["on_chain"], "1000000000");
    assert_eq!(usdc["in_flight"], "0");
    assert_eq!(usdc["weight_ppm"], 1_000_000);
    assert_eq!(usdc["target_ppm"], 500_000);

    let one = rig.json(&["balances", "--chain", "base", "--chain", "arbitrum"]);
    let chains = one["positions"].as_array().unwrap().iter().map(|row| row["chain"].as_str().unwrap());
    assert_eq!(chains.collect::<std::collections::BTreeSet<_>>(), ["arbitrum", "base"].into());
    assert_eq!(one["native"].as_array().unwrap().len(), 2);
    // What is shown is narrowed, not what the weights are shares of.
    assert_eq!(one["total_usd"], document["total_usd"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_chain_is_refused_and_an_unreadable_one_is_a_problem() {
    let rig = rig(Setup::bridge()).await;
    let unknown = ended(&rig, &["balances", "--chain", "bsae"]);
    assert_eq!(unknown.code, 2, "{}", unknown.all());
    assert!(unknown.err.contains("bsae") && unknown.err.contains("base"), "{}", unknown.err);

    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| settings.fault = devnet::misbehave::Fault::Refuse);
    }
    let partial = ended(&rig, &["balances"]);
    assert_eq!(partial.code, 3, "{}", partial.all());
    assert!(partial.out.contains("problem: base: "), "{}", partial.out);
    assert!(partial.out.contains("NOT every position inside its band"), "{}", partial.out);
    let document = rig.json(&["balances"]);
    assert_eq!(document["inside_bands"], false);
    assert_eq!(document["problems"].as_array().unwrap().len(), 1, "{document:#}");
}
