//! `purser plan`: explains, and has no consequences.

use super::{answers, ended, rig, sent, served};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn plan_explains_its_steps_costs_and_proof() {
    let rig = rig(Setup::bridge()).await;
    let text = ended(&rig, &["plan", "--alternatives"]);
    assert_eq!(text.code, 0, "{}", text.all());
    for words in [
        "ethereum     block ",
        "USDC         $1",
        "weight",
        "plan ",
        "1. ",
        "keeps at most",
        "cost $",
        "fee $",
        "gas $",
        "slippage $",
        "time $",
        "all steps cost",
        "certificate: worth",
        "no plan can be worth more than",
        "gap",
        "policy: ",
        "not chosen",
    ] {
        assert!(text.out.contains(words), "`{words}` is missing in\n{}", text.out);
    }
    let few = ended(&rig, &["plan"]);
    assert!(few.out.contains("purser plan --alternatives"), "{}", few.out);

    let document = rig.json(&["plan"]);
    let steps = document["plan"]["steps"].as_array().unwrap();
    assert!(!steps.is_empty(), "{document:#}");
    assert!(document["cost_usd"].is_number(), "{document:#}");
    assert!(document["plan"]["certificate"].is_object(), "{document:#}");
    assert!(!document["decision"]["alternatives"].as_array().unwrap().is_empty());
    assert!(document["plan_hash"].is_string());

    assert_eq!(sent(&rig), 0, "a plan sends nothing");
    assert!(!rig.dir().join("journal.sqlite").exists(), "a plan writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_beside_a_running_daemon_sends_nothing_either() {
    let mut rig = rig(Setup::bridge()).await;
    // Halted, the daemon itself sends nothing, so whatever is sent would be the plan's.
    assert_eq!(ended(&rig, &["halt", "--reason", "looking around"]).code, 0);
    rig.start();
    let url = served(&rig).await;
    answers(&format!("{url}/livez"), 200).await;
    for _ in 0..2 {
        let plan = ended(&rig, &["plan"]);
        assert_eq!(plan.code, 0, "{}", plan.all());
        assert!(plan.out.contains("plan "), "{}", plan.out);
    }
    assert!(rig.is_running());
    assert_eq!(sent(&rig), 0);
    assert!(rig.operations().is_empty(), "a plan is not accepted by looking at it");
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_lacks_something_is_refused_with_its_reason() {
    let rig = rig(Setup::bridge()).await;
    for source in ["coingecko", "kraken", "binance"] {
        rig.devnet.price(source).set(|settings| settings.fault = devnet::misbehave::Fault::Garbage);
    }
    let plan = ended(&rig, &["plan"]);
    assert_eq!(plan.code, 3, "{}", plan.all());
    assert!(plan.out.contains("has no usable price"), "{}", plan.out);
    assert!(plan.out.contains("refused: "), "{}", plan.out);
    let document = rig.json(&["plan"]);
    assert!(document["plan"].is_null() && document["plan_hash"].is_null(), "{document:#}");
    assert_eq!(sent(&rig), 0);
}
