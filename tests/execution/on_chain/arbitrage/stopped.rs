//! A dry run and a halt: decisions are made and recorded, nothing is signed or sent.

use devnet::proxy::RpcFailure;
use purser::domain::{OperationState, Outcome};

use super::{BASE, HOLDING, Scene, V4};
use super::{balance, booked, decided, dollars, mined, open, push, ready, route};
use crate::support::Rig;

fn assert_nothing_sent(scene: &Scene) {
    for proxy in &scene.rig.devnet.proxies[BASE] {
        assert!(proxy.handle().sent().is_empty(), "a transaction was handed over");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dry_run_records_its_decision_and_sends_nothing() {
    let scene = Scene::start(open(20).choose(|choices| choices.mode = "dry-run".to_owned())).await;
    ready(&scene).await;
    let opened = scene.chain(BASE).latest().await.unwrap();
    push(scene.chain(BASE), V4, 100_000).await;
    let previewed =
        decided(&scene, "a preview", |outcome| matches!(outcome, Outcome::Previewed { .. })).await.record;
    let certificate = previewed.certificate.unwrap();
    assert!(certificate.value.micros() > 0 && certificate.bound >= certificate.value, "{certificate:?}");
    // Some blocks later it still is not acted upon.
    let seen = scene.chain(BASE).latest().await.unwrap();
    scene
        .until("further blocks", || async {
            (scene.chain(BASE).latest().await.unwrap() > seen + 4).then_some(())
        })
        .await;
    assert_eq!((scene.operations().await, mined(&scene, opened).await), (vec![], vec![]));
    assert_nothing_sent(&scene);
    assert_eq!(balance(&scene).await, dollars(HOLDING));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_halt_keeps_routes_from_being_accepted() {
    let scene = Scene::start(open(20)).await;
    ready(&scene).await;
    assert!(scene.rig.cli(&["halt", "--reason", "look at this"]).status.success());
    push(scene.chain(BASE), V4, 100_000).await;
    let halted = |outcome: &Outcome| matches!(outcome, Outcome::Refused { reason } if reason.contains("halted: look at this"));
    let refused = decided(&scene, "a refusal", halted).await;
    assert!(refused.record.certificate.is_some(), "a route was found: {refused:#?}");
    assert_eq!(scene.operations().await, vec![]);
    assert_nothing_sent(&scene);
    assert!(scene.rig.cli(&["resume"]).status.success());
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    scene.rig.assert_conserved();
}

/// Accepted already, and halted before it could be signed: it is not, and what waited too long has expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_halt_keeps_an_accepted_route_from_being_signed() {
    let rig = Rig::new(open(20)).await;
    let failure = RpcFailure { code: -32603, message: "internal error".to_owned(), data: None };
    super::super::scene::providers(&rig, BASE, |settings| {
        settings.errors.insert("eth_estimateGas".to_owned(), failure.clone());
    });
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    push(scene.chain(BASE), V4, 100_000).await;
    scene.reaches(OperationState::Reserved).await;
    assert!(scene.rig.cli(&["halt", "--reason", "look at this"]).status.success());
    scene.providers(BASE, |settings| settings.errors.clear());
    scene.logged("halted: look at this").await;
    assert_eq!(scene.signed().await, 0);
    assert_nothing_sent(&scene);
    assert!(scene.rig.cli(&["resume"]).status.success());
    let ended = scene.ended(1).await;
    let profits: Vec<u128> = ended
        .iter()
        .filter(|one| one.state == OperationState::Settled)
        .map(|one| route(one).profit.units())
        .collect();
    assert_eq!(profits.len(), 1, "the gap is closed once: {ended:#?}");
    assert_eq!(balance(&scene).await, dollars(HOLDING) + alloy::primitives::U256::from(profits[0]));
    scene.rig.assert_conserved();
}
