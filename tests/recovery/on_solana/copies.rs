//! A journal put back from a copy of its files, where no nonce tells that more was signed.

use purser::domain::{Leg, OperationState};

use super::copied::{copy, put_back};
use super::hold::Hold::Simulations;
use super::scene::{Flow, Scene, Target};

/// A copy from before the first signature knows of no transaction at all. What it expects is not there any
/// more, and the operation it holds is not carried out again.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_from_before_the_first_signature_signs_nothing() {
    let mut scene = Scene::new(Flow::FromSolana).await;
    let (state, leg) = (OperationState::Reserved, Leg::Approve);
    scene.hold(&Target { state, leg, holds: &[Simulations("solana")], later: &[] }).await;
    scene.rig.kill();
    assert!(scene.attempts().await.is_empty(), "the copy knows of a transaction");
    let aside = tempfile::tempdir().unwrap();
    copy(scene.rig.dir(), aside.path());
    scene.restart().await;
    scene.settles_the_one().await;
    scene.rig.kill();
    let sent = scene.handed_on_solana().await;
    let dir = scene.rig.dir().to_owned();
    put_back(aside.path(), &dir);
    scene.rig.start();
    scene.says("recovery is finished").await;
    scene.says("something left that this journal does not know").await;
    assert_eq!(scene.handed_on_solana().await, sent, "{}", scene.rig.log());
    assert!(scene.attempts().await.is_empty(), "{}", scene.rig.log());
    assert_eq!(scene.rig.devnet.solana().departures(0).await.unwrap().messages.len(), 1);
}
