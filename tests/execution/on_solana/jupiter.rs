//! Everything Jupiter may answer that must never be signed.

use devnet::solana::jupiter::Tamper;
use purser::domain::{Leg, OperationState};

use super::scene::{NOTHING, ONE_SWAP, Scene};
use super::{solana, swapping};
use crate::support::Rig;

/// A swap that Jupiter tampers with from the start.
async fn tampered(tamper: Tamper) -> Scene {
    let rig = Rig::new(swapping()).await;
    rig.devnet.solana().jupiter(|settings| settings.tamper = Some(tamper)).await.unwrap();
    Scene::on(rig).await
}

async fn assert_nothing_signed(scene: &Scene) {
    assert_eq!((scene.signed().await, scene.moves().await), (0, NOTHING), "{:#?}", scene.operations().await);
    for provider in 0..2 {
        assert_eq!(solana(scene).sent(provider).await.unwrap(), [], "something was sent");
    }
}

/// The step fails with its reason before anything of it is signed, and Jupiter is left alone.
async fn nothing_is_signed((tamper, words): (Tamper, &str)) {
    let scene = tampered(tamper).await;
    let failed = scene.reaches(OperationState::Failed).await;
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains(words), "`{words}` is not in `{reason}`");
    scene.refused("left alone").await;
    scene.ended(1).await;
    assert_nothing_signed(&scene).await;
    scene.rig.assert_conserved();
}

macro_rules! cases {
    ($run:path; $($name:ident: $case:expr,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            $run($case).await;
        }
    )+};
}

cases! { nothing_is_signed;
    a_foreign_program: (Tamper::ForeignProgram, "would have program"),
    an_authority_given_away: (Tamper::SetAuthority, "gives a right away"),
    an_approval: (Tamper::Approve, "lets somebody else spend"),
    another_recipient: (Tamper::OtherRecipient, "creates another account"),
}

/// What a swap pays for its place is not Jupiter's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_price_out_of_bounds_is_not_paid() {
    let scene = tampered(Tamper::SpikedPrice(7_000_000_000)).await;
    let settled = scene.settled(1).await.remove(0);
    let attempts = scene.attempts(&settled).await;
    assert_eq!(attempts.iter().map(|attempt| attempt.leg).collect::<Vec<_>>(), [Leg::Swap]);
    assert!(attempts[0].fee_units.unwrap() < 1_000_000, "{attempts:#?}");
    scene.assert_sound(ONE_SWAP).await;
}

/// Promised is more than the pool pays: the simulation shows it, nothing is signed; honest again, it is swapped.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_output_worse_than_promised_is_waited_out() {
    let scene = tampered(Tamper::WorseOutput(100)).await;
    scene.logged("the step needs at least").await;
    assert_nothing_signed(&scene).await;
    solana(&scene).jupiter(|settings| settings.tamper = None).await.unwrap();
    scene
        .until("a settled swap", || async {
            scene.operations().await.into_iter().find(|one| one.state == OperationState::Settled)
        })
        .await;
    scene.assert_sound(ONE_SWAP).await;
}
