//! A halt holds in every state, across a kill, and until it is lifted.

use purser::domain::{Leg, OperationState};

use super::hold::Hold::{self, Blocks, Journal, LosesTransactions};
use super::hold::{heal, thaw};
use super::scene::{Flow, Scene, Target};

/// Halts in the target's state, takes away what held the operation, and sees that nothing is signed
/// or sent until the halt is lifted: not by the running daemon, and not by the next.
async fn halted(flow: Flow, state: OperationState, leg: Leg, holds: &'static [Hold]) {
    let mut scene = Scene::new(flow).await;
    scene.hold(&Target { state, leg, holds, later: &[] }).await;
    let halt = scene.rig.cli(&["halt", "--reason", "look at this"]);
    assert!(halt.status.success(), "{halt:?}");
    let signed = scene.attempts().await.len();
    let (sent, burns) = (scene.forwarded(), scene.rig.devnet.chain("ethereum").burns().await.unwrap());
    thaw(&scene.journal()).await;
    heal(&scene.rig.devnet).await;
    scene.says("look at this").await;
    scene.rig.kill();
    scene.rig.start();
    scene.says("recovery is finished").await;
    scene.says("look at this").await;
    assert_eq!(scene.attempts().await.len(), signed);
    assert_eq!(scene.forwarded(), sent);
    assert_eq!(scene.rig.devnet.chain("ethereum").burns().await.unwrap(), burns);
    let resume = scene.rig.cli(&["resume"]);
    assert!(resume.status.success(), "{resume:?}");
    scene.settles_the_one().await;
}

macro_rules! halted {
    ($($name:ident: $flow:ident $state:ident $leg:ident [$($hold:expr),*];)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            halted(Flow::$flow, OperationState::$state, Leg::$leg, &[$($hold),*]).await;
        }
    )*};
}

halted! {
    halted_while_planned: Bridge Planned Approve [Journal];
    halted_while_reserved: Swap Reserved Approve [Journal];
    halted_while_signed_and_lost: Bridge Signed Approve [LosesTransactions("ethereum")];
    halted_while_broadcast: Bridge Broadcast Approve [Blocks("ethereum")];
    halted_while_attested: Bridge Attested Mint [Journal];
}
