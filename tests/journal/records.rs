//! Decisions, plans, operations and messages: what goes in comes out.

use std::collections::BTreeSet;

use alloy::primitives::{B256, Bytes};
use purser::domain::plan::Certificate;
use purser::domain::snapshot::BlockRef;
use purser::domain::{
    Alternative, DecisionRecord, Leg, OperationId, OperationState, Outcome, Quoted, Usd, decision::Deviation,
};
use purser::journal::{BridgeMessage, JournalError, OperationFilter};

use super::support::{Bench, at, base, bridge, plan, planned, raw, reserved, swap, usd, usdc};

pub(super) fn decision(millis: i64, reason: &str) -> DecisionRecord {
    let block = BlockRef { number: 7, hash: B256::repeat_byte(7), timestamp: 1_700_000_000 };
    DecisionRecord {
        at: at(millis),
        asked: Some("1 USDT for USDC".to_owned()),
        blocks: vec![(base(), block.into())],
        deviations: vec![Deviation {
            chain: base(),
            asset: "USDC".to_owned(),
            value: Usd::MAX,
            weight_ppm: 400_000,
            target_ppm: 500_000,
        }],
        outcome: Outcome::Nothing { reason: reason.to_owned() },
        certificate: Some(Certificate { value: usd(-3), bound: usd(4) }),
        shadow_prices: vec![("USDC on base".to_owned(), -12)],
        quotes: vec![Quoted {
            route: "1inch".to_owned(),
            sold: usdc(5),
            bought: None,
            verdict: "no answer".to_owned(),
        }],
        alternatives: vec![Alternative { route: "cctp-fast".to_owned(), reason: "dear".to_owned() }],
        policy: vec!["allowed".to_owned()],
    }
}

#[tokio::test]
async fn decisions_are_kept_whole_and_listed_newest_first() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    assert_eq!(journal.last_decision().await.unwrap(), None);
    for millis in 0..3 {
        journal.record_decision(&decision(millis, "calm")).await.unwrap();
    }
    let last = journal.last_decision().await.unwrap().unwrap();
    assert_eq!(last.record, decision(2, "calm"));
    let listed: Vec<i64> = journal.decisions(2).await.unwrap().iter().map(|stored| stored.id).collect();
    assert_eq!(listed, [3, 2]);
    assert_eq!(journal.decision(1).await.unwrap().unwrap().record, decision(0, "calm"));
    assert_eq!(journal.decision(9).await.unwrap(), None);
}

#[tokio::test]
async fn a_plan_becomes_one_planned_operation_per_step() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let accepted_plan = plan(5, vec![bridge(10), swap(20), bridge(30)]);
    let operations = journal.accept_plan(&accepted_plan, &[usd(1), usd(2), usd(3)], at(5)).await.unwrap();
    let steps: Vec<_> = operations.iter().map(|operation| operation.step.clone()).collect();
    assert_eq!(steps, accepted_plan.steps);
    assert!(operations.windows(2).all(|pair| pair[0].id < pair[1].id), "ids sort by creation");
    for operation in &operations {
        assert_eq!((operation.state, operation.leg), (OperationState::Planned, Leg::Approve));
        assert_eq!(operation.expires_at, accepted_plan.expires_at);
        assert_eq!(journal.operation(&operation.id).await.unwrap().as_ref(), Some(operation));
        let timeline = journal.timeline(&operation.id).await.unwrap();
        assert_eq!(timeline.len(), 1);
        assert_eq!((timeline[0].from, timeline[0].to), (None, OperationState::Planned));
    }
    let hash = accepted_plan.hash().unwrap();
    assert_eq!(journal.plan(&hash).await.unwrap(), Some(accepted_plan));
    assert_eq!(journal.operations_of(&hash).await.unwrap(), operations);
    assert_eq!(journal.open_operations().await.unwrap(), operations);
}

#[tokio::test]
async fn the_same_plan_is_accepted_once() {
    let bench = Bench::new().await;
    let twice = plan(5, vec![bridge(10)]);
    bench.journal.accept_plan(&twice, &[usd(1)], at(5)).await.unwrap();
    let bench = bench.reopen().await;
    let refusal = bench.journal.accept_plan(&twice, &[usd(1)], at(6)).await.unwrap_err();
    assert!(matches!(&refusal, JournalError::PlanKnown(hash) if *hash == twice.hash().unwrap()), "{refusal}");
    assert_eq!(bench.journal.open_operations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_with_the_wrong_number_of_values_leaves_no_trace() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let offered = plan(5, vec![bridge(10), bridge(20)]);
    let refusal = journal.accept_plan(&offered, &[usd(1)], at(5)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::ValueCount { steps: 2, values: 1 }), "{refusal}");
    assert_eq!(journal.plan(&offered.hash().unwrap()).await.unwrap(), None);
    journal.accept_plan(&offered, &[usd(1), usd(1)], at(5)).await.unwrap();
}

#[tokio::test]
async fn operations_are_listed_by_state_and_page() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let mut ids = Vec::new();
    for salt in 0..7 {
        ids.push(planned(&journal, salt, bridge(10)).await.id);
    }
    let waiting = reserved(&journal, 90, swap(5)).await;
    ids.push(waiting.clone());
    ids.reverse();
    let mut filter = OperationFilter { limit: 3, ..OperationFilter::default() };
    let mut seen = Vec::new();
    loop {
        let page = journal.operations(&filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some(last.id.clone());
        seen.extend(page.into_iter().map(|operation| operation.id));
    }
    assert_eq!(seen, ids);
    let state = Some(OperationState::Reserved);
    let only = journal.operations(&OperationFilter { state, ..OperationFilter::default() }).await.unwrap();
    assert_eq!(only.iter().map(|operation| &operation.id).collect::<Vec<_>>(), [&waiting]);
    let before = Some(OperationId::new("nobody"));
    let refusal = journal.operations(&OperationFilter { before, ..OperationFilter::default() }).await;
    assert!(matches!(refusal, Err(JournalError::UnknownOperation(_))));
    let counts = journal.counts_by_state().await.unwrap();
    assert_eq!(counts.len(), OperationState::ALL.len());
    assert_eq!((counts[&OperationState::Planned], counts[&OperationState::Reserved]), (7, 1));
    assert_eq!(counts[&OperationState::Settled], 0);
}

#[tokio::test]
async fn a_bridge_message_grows_and_its_attestation_is_renewed() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    let id = reserved(&journal, 1, bridge(10)).await;
    assert_eq!(journal.message(&id).await.unwrap(), None);
    let mut message = BridgeMessage {
        source_message: Bytes::from(vec![1; 376]),
        source_tx: B256::repeat_byte(3).into(),
        nonce: None,
        attested_message: None,
        attestation: None,
        expiration_block: None,
    };
    journal.save_message(&id, &message).await.unwrap();
    assert_eq!(journal.message(&id).await.unwrap().as_ref(), Some(&message));
    for expiry in [0, 20_000_000] {
        message.nonce = Some(B256::repeat_byte(4));
        message.attested_message = Some(Bytes::from(vec![2; 376]));
        message.attestation = Some(Bytes::from(vec![u8::try_from(expiry % 251).unwrap(); 130]));
        message.expiration_block = Some(expiry);
        journal.save_message(&id, &message).await.unwrap();
        assert_eq!(journal.message(&id).await.unwrap().as_ref(), Some(&message));
    }
    let refusal = journal.save_message(&OperationId::new("nobody"), &message).await;
    assert!(matches!(refusal, Err(JournalError::UnknownOperation(_))));
}

#[tokio::test]
async fn nothing_is_deleted_and_signed_bytes_never_change() {
    let bench = Bench::new().await;
    let id = reserved(&bench.journal, 1, swap(10)).await;
    super::support::sign(&bench.journal, &id, Leg::Swap, &base()).await;
    bench.journal.record_decision(&decision(1, "calm")).await.unwrap();
    bench.journal.halt("stop", at(1)).await.unwrap();
    let pool = raw(&bench.path()).await;
    let mut refused = BTreeSet::new();
    for statement in [
        "DELETE FROM operations",
        "DELETE FROM plans",
        "DELETE FROM timeline",
        "DELETE FROM attempts",
        "DELETE FROM decisions",
        "DELETE FROM halts",
        "DELETE FROM signing_keys",
        "DELETE FROM openings",
        "UPDATE attempts SET raw = x'00'",
        "UPDATE attempts SET nonce = 5",
    ] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err().to_string();
        assert!(error.contains("deletes nothing") || error.contains("never change"), "{statement}: {error}");
        refused.insert(statement);
    }
    assert_eq!(refused.len(), 10);
}
