//! A journal put back from a copy, and one that is the newest. Solana has no nonces that would tell.

use devnet::Asset;
use purser::domain::{Leg, OperationState};

use super::files::{copy, put_back};
use super::hold::Hold::Simulations;
use super::scene::{Flow, Scene, Target};

/// A copy from before the first signature knows nothing of it. The wallet holds less than it expects, and
/// nothing is signed again.
async fn an_older_copy_repeats_nothing(flow: Flow) {
    let mut scene = Scene::new(flow).await;
    let (state, leg) = (OperationState::Reserved, Leg::Approve);
    scene.hold(&Target { state, leg, holds: &[Simulations("solana")], later: &[] }).await;
    scene.rig.kill();
    assert!(scene.attempts().await.is_empty(), "the copy knows of a transaction");
    let aside = tempfile::tempdir().unwrap();
    copy(scene.rig.dir(), aside.path());
    scene.restart().await;
    scene.settles_the_one().await;
    scene.rig.kill();
    let handed = scene.handed_on_solana().await;
    put_back(aside.path(), scene.rig.dir());
    scene.rig.start();
    scene.says("something left that this journal does not know").await;
    assert_eq!(scene.handed_on_solana().await, handed, "{}", scene.rig.log());
    assert!(scene.attempts().await.is_empty(), "{}", scene.rig.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_burns_nothing_again() {
    an_older_copy_repeats_nothing(Flow::FromSolana).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_swaps_nothing_again() {
    an_older_copy_repeats_nothing(Flow::SwapOnSolana).await;
}

/// The newest journal expects exactly what is there, rents included: after a restart it goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_journal_signs_after_a_restart() {
    let mut scene = Scene::new(Flow::FromSolana).await;
    scene.rig.start();
    scene.settles_the_one().await;
    scene.rig.kill();
    scene.rig.devnet.solana().mint(Asset::Usdc, 1_000_000_000).await.unwrap();
    let booked = [
        &["halt", "--reason", "paid in"][..],
        &["ledger", "book", "--chain", "solana", "--asset", "USDC", "--reason", "paid in"],
        &["resume"],
    ];
    for arguments in booked {
        let output = scene.rig.cli(arguments);
        assert!(output.status.success(), "{output:?}");
    }
    scene.rig.start();
    crate::support::until("a second transfer", super::scene::PATIENCE, || async {
        (scene.operations().await.len() == 2).then_some(())
    })
    .await;
    scene.settles_once().await;
}
