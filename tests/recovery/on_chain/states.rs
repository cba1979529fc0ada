//! `kill -9` in every state of a transfer and of a swap.

use purser::domain::{Leg, OperationState};

use super::hold::Hold::{
    Attestations, Blocks, HidesTransactions, Journal, LosesTransactions, MisnamesTransactions, Simulations,
    SwallowsTransactions,
};
use super::scene::{Flow, Scene, Target};

/// Holds the daemon in the target's state, kills it there, starts it again.
async fn killed(flow: Flow, target: Target) {
    let mut scene = Scene::new(flow).await;
    let held = scene.hold(&target).await;
    scene.rig.kill();
    scene.assert_bytes().await;
    let newest = scene.attempts().await.pop();
    if matches!(held.state, OperationState::Reserved | OperationState::Attested) {
        assert!(newest.as_ref().is_none_or(|attempt| attempt.leg != held.leg), "{newest:#?}");
    }
    scene.restart().await;
    scene.settles_the_one().await;
    if let (OperationState::Signed, Some(attempt)) = (held.state, newest) {
        assert!(
            scene.forwarded().contains(&attempt.hash.evm().unwrap()),
            "{} was signed and never sent",
            attempt.hash
        );
    }
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

mod bridge_ahead_of_its_journal {
    //! The deed is done, the record of it is missing.
    use super::*;

    killed! {
        planned: Bridge Planned Approve [Journal];
        approved: Bridge Approved Approve [Journal];
        reserved: Bridge Reserved Approve [Journal];
        signed_revocation: Bridge Signed Revoke [Journal];
        included_revocation: Bridge Included Revoke [Journal];
        signed_approval: Bridge Signed Approve [Journal];
        broadcast_approval: Bridge Broadcast Approve [Journal];
        unknown_approval: Bridge Unknown Approve [Journal, MisnamesTransactions("ethereum")];
        included_approval: Bridge Included Approve [Journal];
        signed_burn: Bridge Signed Burn [Journal];
        broadcast_burn: Bridge Broadcast Burn [Journal];
        unknown_burn: Bridge Unknown Burn [Journal, MisnamesTransactions("ethereum")];
        included_burn: Bridge Included Burn [Journal];
        attesting: Bridge Attesting Burn [Journal];
        attested: Bridge Attested Mint [Journal];
        minting: Bridge Minting Mint [Journal];
    }
}

mod swap_ahead_of_its_journal {
    use super::*;

    killed! {
        reserved: Swap Reserved Approve [Journal];
        included_revocation: Swap Included Revoke [Journal];
        signed_approval: Swap Signed Approve [Journal];
        included_approval: Swap Included Approve [Journal];
        signed_swap: Swap Signed Swap [Journal];
        broadcast_swap: Swap Broadcast Swap [Journal];
        unknown_swap: Swap Unknown Swap [Journal, MisnamesTransactions("base")];
        included_swap: Swap Included Swap [Journal];
        finality_of_the_swap: Swap Final Swap [Journal];
    }
}

mod bridge_without_an_answer {
    //! The journal is complete, the outside does not answer.
    use super::*;

    killed! {
        reserved: Bridge Reserved Approve [Simulations("ethereum")];
        signed_and_lost: Bridge Signed Approve [LosesTransactions("ethereum")];
        signed_and_there: Bridge Signed Approve [HidesTransactions("ethereum")];
        unknown_and_lost: Bridge Unknown Approve [LosesTransactions("ethereum")];
        broadcast_and_swallowed: Bridge Broadcast Approve [SwallowsTransactions("ethereum")];
        included_approval: Bridge Included Approve [Blocks("ethereum")] then [Simulations("ethereum")];
        signed_burn_and_lost: Bridge Signed Burn [Blocks("ethereum")] then [LosesTransactions("ethereum")];
        unknown_burn_and_there: Bridge Unknown Burn [Blocks("ethereum")] then [HidesTransactions("ethereum")];
        broadcast_burn: Bridge Broadcast Burn [Blocks("ethereum")];
        attesting: Bridge Attesting Burn [Attestations];
        attested: Bridge Attested Mint [Simulations("base")];
        minting_and_lost: Bridge Minting Mint [LosesTransactions("base")];
        minting: Bridge Minting Mint [Blocks("base")];
    }
}

mod swap_without_an_answer {
    use super::*;

    killed! {
        included_approval: Swap Included Approve [Blocks("base")] then [Simulations("base")];
        signed_swap_and_lost: Swap Signed Swap [Blocks("base")] then [LosesTransactions("base")];
        unknown_swap_and_there: Swap Unknown Swap [Blocks("base")] then [HidesTransactions("base")];
        broadcast_swap: Swap Broadcast Swap [Blocks("base")];
        included_swap: Swap Included Swap [Blocks("base")];
    }
}
