//! Anybody may mint an attested message. To the wallet it is the same money.

use devnet::proxy::RpcFailure;
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{ONE_TRANSFER, Scene, hold, providers};
use crate::support::{Rig, Setup};

/// Somebody mints while the daemon has the attestation and has signed nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn before_our_mint_is_signed() {
    let rig = Rig::new(Setup::bridge()).await;
    let failure = RpcFailure { code: -32603, message: "internal error".to_owned(), data: None };
    providers(&rig, "base", |settings| {
        settings.errors.insert("eth_estimateGas".to_owned(), failure.clone());
    });
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attested).await;
    scene.front_run("base").await;
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let ours = scene.attempts(&settled).await.into_iter().filter(|one| one.leg == Leg::Mint).count();
    assert_eq!(ours, 0, "nothing of ours was needed");
}

/// Somebody mints while ours is on its way: ours reverts, the transfer is settled all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_our_mint_is_on_its_way() {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "base");
    let scene = Scene::on(rig).await;
    let mint = scene.held(Leg::Mint).await;
    scene.front_run("base").await;
    scene.let_go("base");
    scene.deliver(&mint).await;
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let ours = scene.attempts(&settled).await.into_iter().find(|one| one.hash == mint.hash).unwrap();
    assert_eq!((ours.state, ours.success), (AttemptState::Final, Some(false)));
}
