//! Transactions on Solana that reach the chain around the end of their blockhash's life.

use devnet::solana::Command;
use devnet::solana::provider::Sending;
use purser::domain::Leg;
use purser::journal::AttemptState;

use super::scene::{ONE_TRANSFER, Scene};
use super::{burns, departing, providers, solana};
use crate::support::Rig;
use crate::support::solana::height;

/// The chain stands this far below the burn's last valid height when its bytes get through; what comes then
/// belongs to the next block.
async fn gets_through(below: u64) -> Vec<AttemptState> {
    let rig = Rig::new(departing()).await;
    providers(&rig, |settings| settings.send = Sending::Hold).await;
    let scene = Scene::on(rig).await;
    let burn = scene.attempt(Leg::Burn, &[AttemptState::Broadcast]).await;
    let stands_at = burn.lifetime.unwrap().last_valid_height - below;
    solana(&scene).change(&Command::StopAt { height: stands_at }).await.unwrap();
    assert_eq!(height(solana(&scene)).await, stands_at);
    // What is sent from now on is lost: the held bytes alone can land.
    providers(&scene.rig, |settings| settings.send = Sending::Swallow).await;
    for provider in 0..2 {
        solana(&scene).release(provider).await.unwrap();
    }
    solana(&scene).change(&Command::Resume {}).await.unwrap();
    scene
        .until("the end of the first burn", || async {
            let first = burns(&scene).await.swap_remove(0);
            assert_eq!(first.hash, burn.hash);
            matches!(first.state, AttemptState::Final | AttemptState::Dead).then_some(())
        })
        .await;
    providers(&scene.rig, |settings| settings.send = Sending::Forward).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
    burns(&scene).await.into_iter().map(|burn| burn.state).collect()
}

/// In the block before its last valid one: it counts, and nothing else was signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lands_one_before_its_last_valid_height() {
    assert_eq!(gets_through(2).await, [AttemptState::Final]);
}

/// In its very last valid block.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lands_at_its_last_valid_height() {
    assert_eq!(gets_through(1).await, [AttemptState::Final]);
}

/// One block late: the node does not take it, and only then is another signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn comes_one_after_its_last_valid_height() {
    assert_eq!(gets_through(0).await, [AttemptState::Dead, AttemptState::Final]);
}
