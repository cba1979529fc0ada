//! Transactions on Solana that are lost, late, or said to be dead before they are.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use devnet::solana::provider::Sending;
use purser::chains::solana::broadcast::REBROADCAST;
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{Moves, ONE_SWAP, ONE_TRANSFER, Scene};
use super::{arriving, burns, departing, providers, solana, swapping};
use crate::support::rig::PATIENCE;
use crate::support::solana::height;
use crate::support::{Rig, Setup, until};

/// Waits until the chain is at a height.
async fn reaches(scene: &Scene, wanted: u64) {
    let there = || async { (height(solana(scene)).await >= wanted).then_some(()) };
    until(&format!("height {wanted}"), PATIENCE, there).await;
}

async fn burns_signed(scene: &Scene) -> Vec<AttemptState> {
    burns(scene).await.into_iter().map(|burn| burn.state).collect()
}

/// Most sends are lost; what arrives has its effect once.
async fn most_are_dropped((setup, moves, of): (Setup, Moves, u64)) {
    let rig = Rig::new(setup).await;
    providers(&rig, |settings| settings.send = Sending::Drop { dropped: of - 1, of }).await;
    let scene = Scene::on(rig).await;
    scene.settled(1).await;
    scene.assert_sound(moves).await;
}

super::cases! { most_are_dropped;
    nine_of_ten_burns_are_dropped: (departing(), ONE_TRANSFER, 10),
    four_of_five_mints_are_dropped: (arriving(), ONE_TRANSFER, 5),
    four_of_five_swaps_are_dropped: (swapping(), ONE_SWAP, 5),
}

/// Nobody passes the first burn on until its blockhash is past: it is proven dead, and another is signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn swallowed_until_its_blockhash_is_past() {
    let rig = Rig::new(departing().hurried()).await;
    providers(&rig, |settings| settings.send = Sending::Swallow).await;
    let scene = Scene::on(rig).await;
    let first = scene.attempt(Leg::Burn, &[AttemptState::Broadcast]).await;
    scene
        .until("the first burn is dead", || async {
            burns_signed(&scene).await.first().filter(|state| **state == AttemptState::Dead).map(|_| ())
        })
        .await;
    assert!(
        height(solana(&scene)).await > first.lifetime.unwrap().last_valid_height,
        "called dead too early"
    );
    providers(&scene.rig, |settings| settings.send = Sending::Forward).await;
    scene.settled(1).await;
    let burns = burns_signed(&scene).await;
    assert_eq!(burns, [AttemptState::Dead, AttemptState::Final]);
    scene.assert_sound(ONE_TRANSFER).await;
}

/// One of three says that the chain is far ahead: what is on its way is not signed again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lie_about_the_height_kills_nothing() {
    let rig = Rig::new(Setup { providers: 3, ..departing().hurried() }).await;
    providers(&rig, |settings| settings.send = Sending::Hold).await;
    rig.devnet.solana().provider(0, |settings| settings.height_shift = 100_000).await.unwrap();
    let scene = Scene::on(rig).await;
    let burn = scene.attempt(Leg::Burn, &[AttemptState::Broadcast]).await;
    // Long enough for many looks, and well before its blockhash is past.
    reaches(&scene, burn.lifetime.unwrap().last_valid_height - 30).await;
    assert_eq!(burns_signed(&scene).await.len(), 1);
    let operation = scene.operations().await.remove(0);
    assert!(
        matches!(operation.state, OperationState::Broadcast | OperationState::Unknown),
        "nothing was called dead: {operation:#?}"
    );
    for provider in 0..3 {
        solana(&scene).release(provider).await.unwrap();
    }
    providers(&scene.rig, |settings| settings.send = Sending::Forward).await;
    scene.settled(1).await;
    assert_eq!(burns_signed(&scene).await, [AttemptState::Final]);
    scene.assert_sound(ONE_TRANSFER).await;
}

/// While nobody passes it on, the same bytes go to every provider about every two seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_bytes_go_out_again_and_again() {
    let rig = Rig::new(departing()).await;
    providers(&rig, |settings| settings.send = Sending::Hold).await;
    let scene = Scene::on(rig).await;
    let burn = scene.attempt(Leg::Burn, &[AttemptState::Broadcast]).await;
    for provider in 0..2 {
        let sends = scene
            .until("three repetitions", || async {
                Some(solana(&scene).sent(provider).await.unwrap()).filter(|sent| sent.len() > 3)
            })
            .await;
        let bytes = STANDARD.encode(&burn.raw);
        assert!(sends.iter().all(|sent| sent.raw == bytes), "{sends:#?}");
        // Two clocks of one machine: the attempt's is read after the send before.
        let soonest = REBROADCAST - Duration::from_millis(250);
        for pair in sends.windows(2) {
            let pause = Duration::from_millis(pair[1].at_ms - pair[0].at_ms);
            assert!(pause >= soonest, "{pause:?}");
        }
    }
    assert_eq!(burns_signed(&scene).await.len(), 1);
    for provider in 0..2 {
        solana(&scene).release(provider).await.unwrap();
    }
    providers(&scene.rig, |settings| settings.send = Sending::Forward).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The nodes take it and do not say so: it is not signed again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_answer_is_lost() {
    let rig = Rig::new(departing()).await;
    let silence = devnet::misbehave::Fault::Hang;
    providers(&rig, |settings| settings.send = Sending::ForwardThenFault(silence.clone())).await;
    let scene = Scene::on(rig).await;
    scene.settled(1).await;
    assert_eq!(burns_signed(&scene).await, [AttemptState::Final]);
    scene.assert_sound(ONE_TRANSFER).await;
}
