//! What keeps money on Solana: nothing is burnt, the reason is named, and it goes once the reason is gone.

use devnet::solana::Command;

use super::scene::{NOTHING, ONE_TRANSFER, Scene};
use super::{departing, freeze, solana, wallet};
use crate::support::Rig;

/// Nothing is decided while `wrong` holds, because of `words`; then the transfer settles.
async fn stays(wrong: Command<String>, words: &str, right: Command<String>, rig: Rig) {
    rig.devnet.solana().change(&wrong).await.unwrap();
    let scene = Scene::on(rig).await;
    scene.not_taken(words).await;
    scene.decisions(2).await;
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    solana(&scene).change(&right).await.unwrap();
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_paused_transmitter() {
    let [paused, resumed] = [true, false].map(|on| Command::PauseTransmitter { on });
    stays(paused, "paused", resumed, Rig::new(departing()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_denylisted_wallet() {
    let rig = Rig::new(departing()).await;
    let account = wallet(&rig);
    let [listed, free] = [true, false].map(|on| Command::Denylist { account: account.clone(), on });
    stays(listed, "denylist", free, rig).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_frozen_account() {
    let rig = Rig::new(departing()).await;
    freeze(&rig, true).await;
    let scene = Scene::on(rig).await;
    scene.refused("is frozen by the issuer").await;
    scene.decisions(2).await;
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    freeze(&scene.rig, false).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}
