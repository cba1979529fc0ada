//! Somebody else signs with the daemon's key: nothing is guessed, nothing more is signed on that
//! chain, and the operator is told.

use alloy::primitives::U256;
use purser::domain::{Leg, OperationState};

use super::scene::{NOTHING, Scene, hold};
use crate::support::{Rig, Setup};

async fn use_the_key(scene: &Scene) {
    let chain = scene.chain("ethereum");
    let (wallet, to) = (scene.rig.devnet.wallet(), chain.admin());
    chain.transact(wallet, to, Default::default(), U256::from(1_u64)).await.unwrap();
}

/// The foreign transaction takes the nonce of one that is on its way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_nonce_is_taken_under_way() {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let ours = scene.held(Leg::Approve).await;
    use_the_key(&scene).await;
    let stopped = scene.reaches(OperationState::NeedsOperator).await;
    let reason = stopped.reason.clone().unwrap_or_default();
    assert!(reason.contains(&format!("nonce {} on ethereum", ours.nonce)), "{reason}");
    // Nothing is foreign beyond what the journal signed: there is nothing to adopt.
    assert!(reason.contains("purser operations resolve") && !reason.contains("keys adopt"), "{reason}");
    scene.let_go("ethereum");
    let signed = scene.signed().await;
    scene.decisions(2).await;
    assert_eq!((scene.signed().await, scene.moves().await), (signed, NOTHING));
}

/// The foreign transaction comes between two of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_key_is_used_between_two_of_ours() {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let approval = scene.held(Leg::Approve).await;
    // Ours and the foreign one are in the same block, so the burn is never signed in between.
    let chain = scene.chain("ethereum");
    chain.set_mining(devnet::Mining::Manual).await.unwrap();
    scene.deliver(&approval).await;
    use_the_key(&scene).await;
    chain.set_mining(devnet::Mining::Every(std::time::Duration::from_millis(250))).await.unwrap();
    scene.let_go("ethereum");
    scene.logged("the key was used outside this daemon on ethereum").await;
    scene.decisions(2).await;
    assert_eq!((scene.signed().await, scene.moves().await), (1, NOTHING));
}
