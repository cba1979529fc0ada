//! Swaps whose transactions Jupiter writes and lands.

use devnet::Asset;
use devnet::misbehave::Fault;
use devnet::solana::jupiter::{Execution, JupiterSettings, Tamper};
use purser::chains::solana::Signed;
use purser::chains::solana::resolved::Resolved;
use purser::domain::{Leg, Step};
use purser::journal::AttemptState;

use super::scene::{ONE_SWAP, Scene};
use super::{assert_nothing_signed, fails_with, solana, swapping};
use crate::support::{Rig, Setup};

/// One swap that Jupiter lands.
fn landed() -> Setup {
    let lines = "landing = \"jupiter\"\ntimeout_seconds = 3".to_owned();
    swapping().choose(|choices| choices.jupiter = Some(lines))
}

/// With a Jupiter that is as `change` says from the start.
async fn served(change: impl FnOnce(&mut JupiterSettings)) -> Scene {
    let rig = Rig::new(landed()).await;
    rig.devnet.solana().jupiter(change).await.unwrap();
    Scene::on(rig).await
}

/// Exactly one swap, by the one transaction of an order that was ever signed.
async fn swapped_once(scene: &Scene) {
    let settled = scene.settled(1).await.remove(0);
    let attempts = scene.attempts(&settled).await;
    let [attempt] = attempts.as_slice() else { panic!("not one: {attempts:#?}") };
    assert_eq!((attempt.leg, attempt.state), (Leg::Swap, AttemptState::Final));
    assert!(attempt.landing_request.is_some(), "it was no order: {attempt:#?}");
    // What the lookup table holds is not in the bytes.
    assert!(Resolved::decode(&attempt.raw, &[]).is_err(), "no table is used");
    let Step::Swap(step) = &settled.step else { panic!("not a swap: {settled:#?}") };
    let left = solana(scene).balance(Asset::Usdt).await.unwrap();
    assert_eq!(u128::from(1_000_000_000 - left), step.amount_in.units());
    let got = solana(scene).balance(Asset::Usdc).await.unwrap();
    assert!(u128::from(got) >= step.min_out.units(), "{got} of {step:#?}");
    scene.assert_sound(ONE_SWAP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_swap_lands() {
    swapped_once(&Scene::start(landed()).await).await;
}

async fn nothing_is_signed((tamper, words): (Tamper, &str)) {
    let scene = served(|settings| settings.tamper = Some(tamper)).await;
    fails_with(&scene, words).await;
    assert_nothing_signed(&scene).await;
    scene.rig.assert_conserved();
}

super::cases! { nothing_is_signed;
    no_transaction: (Tamper::NullTransaction, "there is no transaction"),
    a_foreign_program: (Tamper::ForeignProgram, "would have program"),
    an_authority_given_away: (Tamper::SetAuthority, "gives a right away"),
    an_approval: (Tamper::Approve, "lets somebody else spend"),
    another_recipient: (Tamper::OtherRecipient, "creates another account"),
    an_approval_that_only_shows_when_it_is_run: (Tamper::HiddenApproval, "somebody else gets a right over it"),
    a_missing_lookup_table: (Tamper::MissingTable, "does not exist"),
    a_price_out_of_bounds: (Tamper::SpikedPrice(7_000_000_000), "lamports paid for being included"),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_empty_transaction() {
    let scene = served(|settings| settings.tamper = Some(Tamper::EmptyTransaction)).await;
    scene.logged("Jupiter misses what the wallet needs").await;
    assert_nothing_signed(&scene).await;
    scene.rig.assert_conserved();
}

async fn executed_by(execution: Execution) {
    swapped_once(&served(|settings| settings.execution = execution).await).await;
}

super::cases! { executed_by;
    it_says_failed_and_sends_nothing: Execution::Failed(-1000),
    it_says_success_and_sends_nothing: Execution::Invented,
    it_says_failed_of_what_landed: Execution::LandedButFailed(-1000),
}

/// An order that a market maker has to sign as well is signed by us in part: Jupiter alone can complete it, and is
/// asked until it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_market_maker_signs_as_well() {
    let scene = served(|settings| {
        settings.cosigned = true;
        settings.execution = Execution::Failed(-1000);
    })
    .await;
    scene
        .until("a second execution", || async {
            let state = solana(&scene).state().await.unwrap();
            (state["jupiter"]["counts"]["/swap/v2/execute"].as_u64()? > 1).then_some(())
        })
        .await;
    let attempt = scene.attempt(Leg::Swap, &[AttemptState::Broadcast, AttemptState::Unknown]).await;
    let life = attempt.lifetime.unwrap();
    let signed = Signed::decode_partly(&attempt.raw, life.from_slot, life.last_valid_height).unwrap();
    assert!(!signed.complete, "ours is the only signature");
    for provider in 0..2 {
        assert_eq!(solana(&scene).sent(provider).await.unwrap(), [], "no node could take it");
    }
    solana(&scene).jupiter(|settings| settings.execution = Execution::Honest).await.unwrap();
    swapped_once(&scene).await;
}

async fn execution_is(fault: Fault) {
    let path = "/swap/v2/execute".to_owned();
    swapped_once(&served(|settings| drop(settings.path_faults.insert(path, fault))).await).await;
}

super::cases! { execution_is;
    silent: Fault::Hang,
    unavailable: Fault::Status { code: 503, retry_after: None },
    nonsense: Fault::Garbage,
}
