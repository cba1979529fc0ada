//! A journal put back from a copy of its files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use alloy::primitives::B256;
use purser::domain::{Leg, OperationState};

use super::files::{FILES, copy, put_back};
use super::hold::Hold::{self, Blocks, Simulations};
use super::scene::{Flow, Scene, Target};

async fn killed_in(state: OperationState, leg: Leg, holds: &'static [Hold], later: &'static [Hold]) -> Scene {
    let mut scene = Scene::new(Flow::Bridge).await;
    scene.hold(&Target { state, leg, holds, later }).await;
    scene.rig.kill();
    scene
}

fn dir(scene: &Scene) -> PathBuf {
    scene.rig.dir().to_owned()
}

/// Lets the daemon finish, then starts it on the journal as it is now. What had reached a node.
async fn settled_then_put_back(scene: &mut Scene) -> BTreeSet<B256> {
    let aside = tempfile::tempdir().unwrap();
    copy(&dir(scene), aside.path());
    scene.restart().await;
    scene.settles_the_one().await;
    scene.rig.kill();
    let sent = scene.forwarded();
    put_back(aside.path(), &dir(scene));
    scene.rig.start();
    sent
}

/// What a kill leaves behind is complete: the database and its log, nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_its_log_are_enough() {
    let mut scene = killed_in(OperationState::Minting, Leg::Mint, &[Blocks("base")], &[]).await;
    let aside = tempfile::tempdir().unwrap();
    copy(&dir(&scene), aside.path());
    let log = std::fs::metadata(aside.path().join(FILES[1])).unwrap().len();
    assert!(log > 0, "the write-ahead log holds nothing, so it proves nothing");
    put_back(aside.path(), &dir(&scene));
    scene.restart().await;
    scene.settles_the_one().await;
}

/// A copy from before the first signature knows of no transaction at all. The nonce it began at says
/// that there were some, and the operation it holds is not carried out again.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_from_before_the_first_signature_signs_nothing() {
    let mut scene = killed_in(OperationState::Reserved, Leg::Approve, &[Simulations("ethereum")], &[]).await;
    assert!(scene.attempts().await.is_empty(), "the copy knows of a transaction");
    let sent = settled_then_put_back(&mut scene).await;
    scene.says("recovery is finished").await;
    assert_eq!(scene.forwarded(), sent, "{}", scene.rig.log());
    scene.says("the key was used outside this daemon on ethereum").await;
    assert!(scene.attempts().await.is_empty(), "{}", scene.rig.log());
    assert_eq!(scene.rig.devnet.chain("ethereum").burns().await.unwrap().len(), 1);
}

/// A copy from before the burn knows nothing of it. The chain does, and nothing is burnt again.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_burns_nothing_again() {
    let (holds, later) = (&[Blocks("ethereum")], &[Simulations("ethereum")]);
    let mut scene = killed_in(OperationState::Included, Leg::Approve, holds, later).await;
    let sent = settled_then_put_back(&mut scene).await;
    scene.rig.all_ended().await;
    scene.says("recovery is finished").await;
    scene.says("\"outcome\":\"nothing\"").await;
    assert_eq!(scene.forwarded(), sent, "{}", scene.rig.log());
    assert_eq!(scene.rig.devnet.chain("ethereum").burns().await.unwrap().len(), 1);
    assert_eq!(scene.rig.devnet.chain("base").mints().await.unwrap().len(), 1);
}
