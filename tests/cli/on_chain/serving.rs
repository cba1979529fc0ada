//! What the daemon serves.

use std::collections::BTreeSet;

use super::{answers, get, rig, served};
use crate::support::Setup;
use crate::telemetry::exposition::parse;

/// Families that a daemon must show once it has settled a transfer.
const FAMILIES: &[&str] = &[
    "purser_build_info",
    "purser_mode_info",
    "purser_halted",
    "purser_task_last_success_timestamp_seconds",
    "purser_chain_head_block",
    "purser_chain_finalized_block",
    "purser_chain_head_age_seconds",
    "purser_rpc_requests_total",
    "purser_balance_units",
    "purser_balance_usd",
    "purser_gas_balance_native",
    "purser_inflight_usd",
    "purser_ledger_imbalance_units",
    "purser_target_deviation_ratio",
    "purser_operations_total",
    "purser_tx_submissions_total",
    "purser_tx_fee_usd_total",
    "purser_price_usable",
    "purser_price_age_seconds",
    "purser_price_usd",
    "purser_tick_duration_seconds",
    "purser_solver_duration_seconds",
    "purser_decisions_total",
    "purser_policy_decisions_total",
];

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_health_of_a_daemon_that_works() {
    let mut rig = rig(Setup::bridge()).await;
    rig.start();
    let url = served(&rig).await;
    let live = answers(&format!("{url}/livez"), 200).await;
    assert!(live.contains("\"work\":\"ok\""), "{live}");
    let ready = answers(&format!("{url}/readyz"), 200).await;
    for check in ["preflight", "recovery", "scan", "halt"] {
        assert!(ready.contains(&format!("\"{check}\":\"ok\"")), "{check} is missing in {ready}");
    }
    rig.all_ended().await;
    // A quiet tick after the end shows the ledger against the chain.
    crate::support::until("every family", super::PATIENCE, || async {
        let (_, text) = get(&format!("{url}/metrics")).await?;
        FAMILIES.iter().all(|family| text.contains(&format!("# TYPE {family} "))).then_some(())
    })
    .await;
    let text = answers(&format!("{url}/metrics"), 200).await;
    let families = parse(&text);
    let documented =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md")).unwrap();
    for (name, family) in &families {
        assert!(documented.contains(&format!("`{name}`")), "{name} is not in docs/metrics.md");
        assert!(!family.help.is_empty() && !family.kind.is_empty(), "{name}: {family:?}");
        assert!(family.samples.values().all(|value| value.is_finite()), "{name}: {family:?}");
    }
    let missing: BTreeSet<_> = FAMILIES.iter().filter(|name| !families.contains_key(**name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let imbalance = &families["purser_ledger_imbalance_units"].samples;
    assert!(imbalance.values().all(|value| *value == 0.0), "{imbalance:?}");
    assert!(families["purser_mode_info"].samples.keys().any(|labels| labels.contains("live")));

    assert_eq!(get(&format!("{url}/nothing")).await.unwrap().0, 404);
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    assert!(get(&format!("{url}/livez")).await.is_none(), "it still serves after its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_of_chains_that_are_away_and_comes_back() {
    let mut rig = rig(Setup::bridge().choose(|choices| choices.mode = "dry-run".to_owned())).await;
    let away = |fault: devnet::misbehave::Fault| {
        for proxy in &rig.devnet.proxies["base"] {
            proxy.handle().set(|settings| settings.fault = fault.clone());
        }
    };
    away(devnet::misbehave::Fault::Refuse);
    rig.start();
    let url = served(&rig).await;
    let page = crate::support::until("a preflight that failed", super::PATIENCE, || async {
        let (status, body) = get(&format!("{url}/readyz")).await?;
        (status == 503 && body.contains("base")).then_some(body)
    })
    .await;
    assert!(page.contains("base"), "{page}");
    // The process is fine all the same.
    answers(&format!("{url}/livez"), 200).await;
    for proxy in &rig.devnet.proxies["base"] {
        proxy.handle().set(|settings| settings.fault = devnet::misbehave::Fault::Healthy);
    }
    answers(&format!("{url}/readyz"), 200).await;
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
}
