//! Every kind of operation that touches Solana, from the decision to the books.

use alloy::primitives::U256;
use devnet::Asset;
use purser::domain::{Leg, Step, Usd, Venue};

use super::scene::{Moves, ONE_SWAP, ONE_TRANSFER, Scene};
use super::{arriving, departing, swapping};
use crate::support::Setup;

/// Settled, sound, back inside the bands; the legs that were signed, in order.
async fn done(setup: Setup, moves: Moves, legs: &[Leg]) -> Scene {
    let scene = Scene::start(setup).await;
    let settled = scene.settled(1).await;
    scene.decisions(2).await;
    assert_eq!(scene.operations().await.len(), settled.len(), "the inventory is where it belongs");
    scene.refused("within the trigger").await;
    scene.assert_sound(moves).await;
    for operation in &settled {
        let realised = operation.realised_cost.unwrap();
        assert!(realised > Usd::ZERO && realised < Usd::from_micros(60_000_000), "{operation:#?}");
        let signed: Vec<Leg> = scene.attempts(operation).await.iter().map(|attempt| attempt.leg).collect();
        assert_eq!(signed, legs, "one transaction for every leg");
    }
    scene
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transfer_to_solana() {
    let scene = done(arriving(), ONE_TRANSFER, &[Leg::Approve, Leg::Burn, Leg::Mint]).await;
    let burn = scene.chain("ethereum").burns().await.unwrap().remove(0);
    let arrived = super::solana(&scene).balance(Asset::Usdc).await.unwrap();
    let least = burn.amount - burn.max_fee;
    assert!(least <= U256::from(arrived) && U256::from(arrived) <= burn.amount);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transfer_from_solana() {
    let scene = done(departing(), ONE_TRANSFER, &[Leg::Burn, Leg::Mint]).await;
    let mint = scene.chain("base").mints().await.unwrap().remove(0);
    let left = super::solana(&scene).balance(Asset::Usdc).await.unwrap();
    assert_eq!(mint.amount + mint.fee, U256::from(1_000_000_000 - left));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_swap_at_jupiter() {
    let scene = done(swapping(), ONE_SWAP, &[Leg::Swap]).await;
    let settled = scene.operations().await.remove(0);
    let Step::Swap(step) = &settled.step else { panic!("not a swap: {settled:#?}") };
    assert_eq!(step.venue, Venue::Jupiter);
    let left = super::solana(&scene).balance(Asset::Usdt).await.unwrap();
    assert_eq!(u128::from(1_000_000_000 - left), step.amount_in.units());
    let got = super::solana(&scene).balance(Asset::Usdc).await.unwrap();
    assert!(u128::from(got) >= step.min_out.units(), "{got} of {step:#?}");
}
