//! A dry run decides and records, and never sends.

use alloy::primitives::U256;
use purser::domain::Outcome;
use purser::journal::Journal;

use super::{PATIENCE, edit, ended, rig, sent};
use crate::support::{Rig, Setup, until};

/// The wallet's next nonce on every chain, what waits in the pools included.
async fn nonces(rig: &Rig) -> Vec<u64> {
    let mut all = Vec::new();
    for chain in rig.devnet.chains().values() {
        let params = serde_json::json!([rig.devnet.wallet(), "pending"]);
        all.push(chain.rpc().quantity("eth_getTransactionCount", params).await.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_records_decisions_and_sends_nothing() {
    let mut rig = rig(Setup::bridge().choose(|choices| choices.mode = "dry-run".to_owned())).await;
    let wallet = rig.devnet.wallet();
    let before = nonces(&rig).await;
    rig.start();
    let journal_path = rig.dir().join("journal.sqlite");
    let decisions = until("several decisions", PATIENCE, || async {
        let journal = Journal::open_read_only(&journal_path).await.ok()?;
        let decisions = journal.decisions(10).await.ok();
        journal.close().await;
        decisions.filter(|decisions| decisions.len() >= 3)
    })
    .await;
    for decision in &decisions {
        assert!(matches!(decision.record.outcome, Outcome::Previewed { .. }), "{decision:#?}");
        assert!(!decision.record.deviations.is_empty(), "{decision:#?}");
    }
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    assert_eq!(sent(&rig), 0);
    assert!(rig.operations().is_empty());
    assert_eq!(nonces(&rig).await, before);
    let held = rig.devnet.chain("ethereum").balance_of(devnet::Asset::Usdc, wallet).await.unwrap();
    assert_eq!(held, U256::from(1_000_000_000_u64));
    assert!(rig.log().contains("dry-run"), "{}", rig.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_watches_what_a_live_run_left_open_and_sends_nothing() {
    let mut rig = rig(Setup::bridge()).await;
    rig.devnet.iris.handle().set(|settings| settings.message_mode = devnet::iris::MessageMode::Pending);
    rig.start();
    rig.reaches("attesting", "").await;
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    let before = sent(&rig);
    rig.devnet.iris.handle().set(|settings| settings.message_mode = devnet::iris::MessageMode::Normal);
    edit(&rig, "mode = \"live\"", "mode = \"dry-run\"");
    rig.start();
    // The mint would be the next thing to send.
    rig.reaches("attested", "").await;
    let url = super::served(&rig).await;
    until("three looks", PATIENCE, || async {
        let (_, metrics) = super::get(&format!("{url}/metrics")).await?;
        let line = metrics.lines().find(|line| line.starts_with("purser_tick_duration_seconds_count"))?;
        let count: u64 = line.rsplit_once(' ')?.1.parse().ok()?;
        (count >= 3).then_some(())
    })
    .await;
    assert_eq!(sent(&rig), before, "{}", rig.log());
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    edit(&rig, "mode = \"dry-run\"", "mode = \"live\"");
    rig.start();
    let done = rig.all_ended().await;
    assert!(done.iter().all(|one| one["state"] == "settled"), "{done:#?}");
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    rig.assert_conserved();
    assert_eq!(ended(&rig, &["doctor", "--offline"]).code, 0);
}
