//! Stopped in order, stopped again and again, started twice.

use std::time::{Duration, Instant};

use devnet::Asset;
use purser::domain::{Leg, OperationState};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::hold::Hold::{self, Attestations, Blocks, Journal, LosesTransactions, Simulations};
use super::scene::{Flow, Scene, Target};
use crate::support::Setup;

/// The drain of the operator's file, and a moment to end in.
const DRAIN: Duration = Duration::from_secs(12);

const fn target(state: OperationState, leg: Leg, holds: &'static [Hold]) -> Target {
    Target { state, leg, holds, later: &[] }
}

/// SIGTERM ends the daemon in order, within its drain, and the next one goes on from there.
async fn terminated(flow: Flow, target: Target) {
    let mut scene = Scene::new(flow).await;
    scene.hold(&target).await;
    let asked = Instant::now();
    let code = scene.rig.terminate().await;
    assert_eq!(code, Some(0), "{}", scene.rig.log());
    assert!(asked.elapsed() < DRAIN, "it took {:?}", asked.elapsed());
    assert!(scene.rig.log().contains("purser ends"), "{}", scene.rig.log());
    scene.restart().await;
    scene.settles_the_one().await;
}

macro_rules! terminated {
    ($($name:ident: $flow:ident $state:ident $leg:ident [$($hold:expr),*];)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            terminated(Flow::$flow, target(OperationState::$state, Leg::$leg, &[$($hold),*])).await;
        }
    )*};
}

terminated! {
    terminated_while_reserved: Bridge Reserved Approve [Simulations("ethereum")];
    terminated_while_signed: Swap Signed Approve [LosesTransactions("base")];
    terminated_while_unknown: Bridge Unknown Approve [LosesTransactions("ethereum")];
    terminated_while_included: Swap Included Swap [Blocks("base")];
    terminated_while_attesting: Bridge Attesting Burn [Attestations];
    terminated_while_minting: Bridge Minting Mint [Blocks("base")];
}

/// One transfer, killed in every state it passes.
#[tokio::test(flavor = "multi_thread")]
async fn killed_in_every_state_in_turn() {
    let mut scene = Scene::new(Flow::Bridge).await;
    let turns = [
        (OperationState::Planned, Leg::Approve),
        (OperationState::Approved, Leg::Approve),
        (OperationState::Reserved, Leg::Approve),
        (OperationState::Signed, Leg::Approve),
        (OperationState::Included, Leg::Approve),
        (OperationState::Signed, Leg::Burn),
        (OperationState::Included, Leg::Burn),
        (OperationState::Attesting, Leg::Burn),
        (OperationState::Attested, Leg::Mint),
        (OperationState::Minting, Leg::Mint),
    ];
    for (state, leg) in turns {
        scene.hold(&target(state, leg, &[Journal])).await;
        scene.rig.kill();
    }
    scene.restart().await;
    scene.settles_the_one().await;
}

/// Killed at moments that nobody chose, while it transfers and swaps.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments() {
    let both = Setup::with(
        vec![("ethereum", Asset::Usdc, 1000), ("base", Asset::Usdt, 600)],
        vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
    );
    let mut scene = Scene::of(Flow::Bridge, both).await;
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..10 {
        scene.rig.start();
        // The moment is the point here: nothing is waited for.
        tokio::time::sleep(Duration::from_millis(random.random_range(200..1800))).await;
        scene.rig.kill();
    }
    scene.restart().await;
    scene.settles_once().await;
    let kinds: Vec<&str> = scene.operations().await.iter().map(|operation| operation.step.kind()).collect();
    assert!(kinds.contains(&"bridge") && kinds.contains(&"swap"), "{kinds:?}");
}

/// A second daemon on the same journal ends at once and says who has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_is_refused() {
    let mut scene = Scene::new(Flow::Bridge).await;
    scene.hold(&target(OperationState::Attesting, Leg::Burn, &[Attestations])).await;
    let second = scene.rig.cli(&["run"]);
    let words = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{words}");
    let holder = std::fs::read_to_string(scene.rig.dir().join("journal.sqlite.lock")).unwrap();
    assert!(words.contains(holder.trim()), "{words} does not name {holder}");
    assert!(scene.rig.is_running());
    scene.rig.kill();
    scene.restart().await;
    scene.settles_the_one().await;
}
