//! `kill -9` of a daemon that carries out an atomic route, between acceptance, signature and inclusion.

use purser::domain::{Leg, OperationState};

use super::hold::Hold::{
    Blocks, HidesTransactions, Journal, LosesTransactions, Simulations, SwallowsTransactions,
};
use super::scene::{Flow, Scene, Target};

/// Killed in the target's state and started again: the gap is closed once, by this route or by a later one.
async fn killed(flow: Flow, target: Target) {
    let mut scene = Scene::new(flow).await;
    let held = scene.hold(&target).await;
    scene.rig.kill();
    scene.assert_bytes().await;
    assert_eq!(held.step.kind(), "route");
    scene.restart().await;
    scene.closes_the_gap_once().await;
}

macro_rules! killed {
    ($($name:ident: $flow:ident $state:ident $leg:ident [$($hold:expr),*] $(then [$($later:expr),*])?;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let (holds, later) = (&[$($hold),*], &[$($($later),*)?]);
            killed(Flow::$flow, Target { state: OperationState::$state, leg: Leg::$leg, holds, later }).await;
        }
    )*};
}

killed! {
    accepted: Route Planned Approve [Journal];
    reserved: Route Reserved Approve [Simulations("base")];
    signed: Route Signed Swap [Journal];
    signed_and_lost: Route Signed Swap [LosesTransactions("base")];
    signed_and_there: Route Signed Swap [HidesTransactions("base")];
    broadcast_and_swallowed: Route Broadcast Swap [SwallowsTransactions("base")];
    broadcast: Route Broadcast Swap [Blocks("base")];
    included: Route Included Swap [Blocks("base")];
    included_ahead_of_its_journal: Route Included Swap [Journal];
    finality: Route Final Swap [Journal];
    lent_signed_approval: LentRoute Signed Approve [Journal];
    lent_included_approval: LentRoute Included Approve [Blocks("base")] then [Simulations("base")];
    lent_signed_and_lost: LentRoute Signed Swap [Blocks("base")] then [LosesTransactions("base")];
}
