//! Everything Jupiter may answer that must never be signed.

use devnet::Asset;
use devnet::misbehave::Fault;
use devnet::solana::Command;
use devnet::solana::jupiter::Tamper;
use purser::chains::solana::resolved::Resolved;
use purser::domain::{Leg, Operation, OperationState, Step};
use serde_json::Value;

use super::scene::{ONE_SWAP, Scene};
use super::{assert_nothing_signed, fails_with, providers, solana, swapping};
use crate::support::Rig;

/// A swap that Jupiter tampers with from the start.
async fn tampered(tamper: Tamper) -> Scene {
    let rig = Rig::new(swapping()).await;
    rig.devnet.solana().jupiter(|settings| settings.tamper = Some(tamper)).await.unwrap();
    Scene::on(rig).await
}

/// The step fails with its reason before anything of it is signed, and Jupiter is left alone.
async fn nothing_is_signed((tamper, words): (Tamper, &str)) {
    let scene = tampered(tamper).await;
    fails_with(&scene, words).await;
    scene.refused("left alone").await;
    scene.ended(1).await;
    assert_nothing_signed(&scene).await;
    scene.rig.assert_conserved();
}

super::cases! { nothing_is_signed;
    a_foreign_program: (Tamper::ForeignProgram, "would have program"),
    an_authority_given_away: (Tamper::SetAuthority, "gives a right away"),
    an_approval: (Tamper::Approve, "lets somebody else spend"),
    another_recipient: (Tamper::OtherRecipient, "creates another account"),
    an_approval_that_only_shows_when_it_is_run: (Tamper::HiddenApproval, "somebody else gets a right over it"),
    a_missing_lookup_table: (Tamper::MissingTable, "does not exist"),
}

/// What a swap pays for its place is not Jupiter's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_price_out_of_bounds_is_not_paid() {
    let scene = tampered(Tamper::SpikedPrice(7_000_000_000)).await;
    let settled = scene.settled(1).await.remove(0);
    let attempts = scene.attempts(&settled).await;
    assert_eq!(attempts.iter().map(|attempt| attempt.leg).collect::<Vec<_>>(), [Leg::Swap]);
    assert!(attempts[0].fee_units.unwrap() < 1_000_000, "{attempts:#?}");
    // What the lookup table holds is not in the bytes.
    assert!(Resolved::decode(&attempts[0].raw, &[]).is_err(), "no table is used");
    scene.assert_sound(ONE_SWAP).await;
}

/// More is promised than the pool pays: what the plan needs is what counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_promise_that_is_not_kept_lowers_nothing() {
    let scene = tampered(Tamper::WorseOutput(100)).await;
    let settled = scene.settled(1).await.remove(0);
    let Step::Swap(step) = &settled.step else { panic!("not a swap: {settled:#?}") };
    let got = solana(&scene).balance(Asset::Usdc).await.unwrap();
    assert!(u128::from(got) >= step.min_out.units(), "{got} of {step:#?}");
    scene.assert_sound(ONE_SWAP).await;
}

/// What the swaps gave less than quoted is taken off the next quotes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_given_less_is_taken_off_later_quotes() {
    let rig = Rig::new(swapping()).await;
    // Quoted is 0.05 % more than is given: within the slippage, so the swap is made.
    rig.devnet.solana().jupiter(|settings| settings.quote_off_ppm = 500).await.unwrap();
    let scene = Scene::on(rig).await;
    let first = scene.settled(1).await.remove(0);
    solana(&scene).mint(Asset::Usdt, 2_000_000_000).await.unwrap();
    let later = scene.settled(2).await.remove(1);
    let haircut = |operation: &Operation| match &operation.step {
        Step::Swap(step) => step.haircut_ppm,
        Step::Bridge(_) | Step::Route(_) => panic!("not a swap: {operation:#?}"),
    };
    assert_eq!(haircut(&first), 0);
    assert!((400..=600).contains(&haircut(&later)), "{later:#?}");
}

/// The price sinks below the plan's least before anything is signed: it is waited for, and then swapped.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_price_that_sank_is_waited_out() {
    let rig = Rig::new(swapping()).await;
    let unavailable = Fault::Status { code: 503, retry_after: None };
    let build = "/swap/v2/build".to_owned();
    rig.devnet
        .solana()
        .jupiter(|settings| drop(settings.path_faults.insert(build, unavailable)))
        .await
        .unwrap();
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Reserved).await;
    pools(&scene, 8).await;
    solana(&scene).jupiter(|settings| settings.path_faults.clear()).await.unwrap();
    scene.logged("the step needs at least").await;
    assert_nothing_signed(&scene).await;
    pools(&scene, 10).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_SWAP).await;
}

/// It sinks between Jupiter's answer and the simulation of it: that is no fault of Jupiter's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_price_that_sank_before_the_simulation_is_waited_out() {
    const SIMULATE: &str = "simulateTransaction";
    let rig = Rig::new(swapping()).await;
    let slow = Fault::Slow { ms: 1_500 };
    providers(&rig, |settings| drop(settings.method_faults.insert(SIMULATE.to_owned(), slow.clone()))).await;
    let scene = Scene::on(rig).await;
    let asked = |state: &Value| {
        let proxies = state["proxies"].as_object().expect("providers");
        proxies.values().any(|proxy| proxy["calls"][SIMULATE].as_u64().is_some_and(|calls| calls > 0))
    };
    scene
        .until("a simulation", || async { asked(&solana(&scene).state().await.unwrap()).then_some(()) })
        .await;
    pools(&scene, 8).await;
    providers(&scene.rig, |settings| settings.method_faults.clear()).await;
    scene.logged("sank below the least accepted after it was quoted").await;
    assert_nothing_signed(&scene).await;
    pools(&scene, 10).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_SWAP).await;
}

/// Every pool has as much USDT as at the start, and so many tenths of its USDC.
async fn pools(scene: &Scene, tenths: u64) {
    for (pool, whole) in [("Deep", 50_000_000_000_000), ("Shallow", 200_000_000_000)] {
        let reserves = Command::Reserves { pool: pool.to_owned(), a: whole / 10 * tenths, b: whole };
        solana(scene).change(&reserves).await.unwrap();
    }
}
