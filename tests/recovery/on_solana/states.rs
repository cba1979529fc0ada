//! `kill -9` in every state of a burn, a mint and a swap on Solana.

use purser::domain::{Leg, OperationState};

use super::hold::Hold::{
    Attestations, Executions, HidesTransactions, Journal, LosesTransactions, MisnamesTransactions,
    Simulations, SwallowsTransactions,
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
    // What Jupiter was handed and landed, our nodes need not have been handed.
    let own = newest.filter(|attempt| attempt.landing_request.is_none());
    if let (OperationState::Signed, Some(attempt)) = (held.state, own) {
        let forwarded = scene.handed_on_solana().await.get(&attempt.hash.to_string()).copied();
        assert_eq!(forwarded, Some(true), "{} was signed and never sent", attempt.hash);
    }
    let attempts = scene.attempts().await;
    let mut legs: Vec<Leg> =
        attempts.iter().filter(|one| one.lifetime.is_some()).map(|one| one.leg).collect();
    let signed = legs.len();
    legs.dedup();
    assert_eq!(legs.len(), signed, "one transaction is enough: {attempts:#?}");
}

macro_rules! killed {
    ($($name:ident: $flow:ident $state:ident $leg:ident [$($hold:expr),*];)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let target = Target {
                state: OperationState::$state,
                leg: Leg::$leg,
                holds: &[$($hold),*],
                later: &[],
            };
            killed(Flow::$flow, target).await;
        }
    )*};
}

mod burn {
    use super::*;

    killed! {
        planned: FromSolana Planned Approve [Journal];
        approved: FromSolana Approved Approve [Journal];
        reserved: FromSolana Reserved Approve [Journal];
        signed: FromSolana Signed Burn [Journal];
        broadcast: FromSolana Broadcast Burn [Journal];
        unknown: FromSolana Unknown Burn [Journal, MisnamesTransactions("solana")];
        included: FromSolana Included Burn [Journal];
        attesting: FromSolana Attesting Burn [Journal];
        attested: FromSolana Attested Mint [Journal];
        minting: FromSolana Minting Mint [Journal];
        reserved_without_an_answer: FromSolana Reserved Approve [Simulations("solana")];
        signed_and_lost: FromSolana Signed Burn [LosesTransactions("solana")];
        signed_and_there: FromSolana Signed Burn [HidesTransactions("solana")];
        broadcast_and_swallowed: FromSolana Broadcast Burn [SwallowsTransactions("solana")];
        without_an_attestation: FromSolana Attesting Burn [Attestations];
    }
}

mod opening {
    //! The wallet has no token account to receive in.
    use super::*;

    killed! {
        signed: ToSolana Signed Open [Journal];
        broadcast: ToSolana Broadcast Open [Journal];
        included: ToSolana Included Open [Journal];
        signed_and_lost: ToSolana Signed Open [LosesTransactions("solana")];
    }
}

mod mint {
    use super::*;

    killed! {
        attested: ToSolana Attested Mint [Journal];
        minting: ToSolana Minting Mint [Journal];
        attested_without_an_answer: ToSolana Attested Mint [Simulations("solana")];
        minting_and_lost: ToSolana Minting Mint [LosesTransactions("solana")];
        minting_and_there: ToSolana Minting Mint [HidesTransactions("solana")];
        minting_and_swallowed: ToSolana Minting Mint [SwallowsTransactions("solana")];
    }
}

mod swap {
    use super::*;

    killed! {
        reserved: SwapOnSolana Reserved Approve [Journal];
        signed: SwapOnSolana Signed Swap [Journal];
        broadcast: SwapOnSolana Broadcast Swap [Journal];
        unknown: SwapOnSolana Unknown Swap [Journal, MisnamesTransactions("solana")];
        included: SwapOnSolana Included Swap [Journal];
        finality: SwapOnSolana Final Swap [Journal];
        signed_and_lost: SwapOnSolana Signed Swap [LosesTransactions("solana")];
        signed_and_there: SwapOnSolana Signed Swap [HidesTransactions("solana")];
        broadcast_and_swallowed: SwapOnSolana Broadcast Swap [SwallowsTransactions("solana")];
    }
}

mod order_at_jupiter {
    use super::*;

    killed! {
        signed: OrderOnSolana Signed Swap [Journal];
        signed_and_not_executed: OrderOnSolana Signed Swap [Executions];
        broadcast: OrderOnSolana Broadcast Swap [Journal];
        included: OrderOnSolana Included Swap [Journal];
    }
}
