//! Down until the blockhash of what was signed is past: it is found, or proven dead before another is signed.

use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::hold::Hold::{self, HidesTransactions, LosesTransactions};
use super::scene::{Flow, PATIENCE, Scene, Target};
use crate::support::solana::height;
use crate::support::until;

/// Heights until what is new is final, and a few more.
const FINAL: u64 = 40;

/// Kills the daemon while `hold` keeps its transaction, and starts it when that can land no more; what
/// became of the transactions of the leg.
async fn down_past_its_blockhash(
    flow: Flow,
    state: OperationState,
    leg: Leg,
    hold: &'static [Hold],
) -> Vec<AttemptState> {
    let mut scene = Scene::of(flow, Scene::setup(flow).hurried()).await;
    scene.hold(&Target { state, leg, holds: hold, later: &[] }).await;
    scene.rig.kill();
    let signed = scene.attempts().await.pop().unwrap();
    assert_eq!(signed.leg, leg);
    let last = signed.lifetime.unwrap().last_valid_height + FINAL;
    let solana = scene.rig.devnet.solana();
    until("its blockhash to be past", PATIENCE, || async { (height(solana).await > last).then_some(()) })
        .await;
    scene.restart().await;
    scene.settles_the_one().await;
    let attempts = scene.attempts().await;
    attempts.iter().filter(|attempt| attempt.leg == leg).map(|attempt| attempt.state).collect()
}

macro_rules! past {
    ($($name:ident: $flow:ident $state:ident $leg:ident $hold:ident => $states:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let (state, leg) = (OperationState::$state, Leg::$leg);
            let states = down_past_its_blockhash(Flow::$flow, state, leg, &[$hold("solana")]).await;
            assert_eq!(states, $states);
        }
    )*};
}

past! {
    a_lost_burn: FromSolana Signed Burn LosesTransactions => [AttemptState::Dead, AttemptState::Final];
    a_burn_that_landed: FromSolana Signed Burn HidesTransactions => [AttemptState::Final];
    a_lost_mint: ToSolana Minting Mint LosesTransactions => [AttemptState::Dead, AttemptState::Final];
    a_mint_that_landed: ToSolana Minting Mint HidesTransactions => [AttemptState::Final];
    a_lost_swap: SwapOnSolana Signed Swap LosesTransactions => [AttemptState::Dead, AttemptState::Final];
    a_swap_that_landed: SwapOnSolana Signed Swap HidesTransactions => [AttemptState::Final];
}
