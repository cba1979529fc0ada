//! Gas too dear: nothing is sent above the cap; what is under way is raised within it, at its nonce.

use std::time::Duration;

use devnet::Mining;
use devnet::iris::MessageMode;
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{Moves, NOTHING, ONE_TRANSFER, Scene, hold};
use crate::support::{Rig, Setup};

/// With ETH at $3000 a mint costs thousands of dollars at this base fee; the cap is $50.
const DEAR: u128 = 20_000_000_000_000;
/// Dearer than usual, far below the cap.
const RAISED: u128 = 20_000_000_000;
const USUAL: u128 = 1_000_000_000;

/// A plan is not made, or at least not begun, at such a price.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_spike_before_the_plan() {
    let rig = Rig::new(Setup::bridge()).await;
    rig.devnet.chain("ethereum").set_base_fee(DEAR).await.unwrap();
    rig.devnet.chain("ethereum").mine(1).await.unwrap();
    let scene = Scene::on(rig).await;
    scene.decisions(2).await;
    assert_eq!((scene.signed().await, scene.moves().await), (0, NOTHING));
    scene.chain("ethereum").set_base_fee(USUAL).await.unwrap();
    scene.reaches(OperationState::Settled).await;
    scene.ended(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// Between the approval and the burn.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_spike_before_the_burn() {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let approval = scene.held(Leg::Approve).await;
    let chain = scene.chain("ethereum");
    chain.set_mining(Mining::Manual).await.unwrap();
    scene.deliver(&approval).await;
    chain.mine(1).await.unwrap();
    chain.set_base_fee(DEAR).await.unwrap();
    chain.mine(1).await.unwrap();
    scene.let_go("ethereum");
    waits_out_the_spike(&scene, "ethereum", NOTHING, 1).await;
}

/// Between the burn and the mint.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_spike_before_the_mint() {
    let rig = Rig::new(Setup::bridge()).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    scene.chain("base").set_base_fee(DEAR).await.unwrap();
    scene.chain("base").mine(1).await.unwrap();
    iris.set(|settings| settings.message_mode = MessageMode::Normal);
    waits_out_the_spike(&scene, "base", Moves { burns: 1, mints: 0, swaps: 0 }, 2).await;
}

async fn waits_out_the_spike(scene: &Scene, chain: &str, so_far: Moves, signed: usize) {
    scene.logged("above the limit").await;
    scene.decisions(1).await;
    assert_eq!((scene.signed().await, scene.moves().await), (signed, so_far));
    let chain = scene.chain(chain);
    chain.set_base_fee(USUAL).await.unwrap();
    chain.set_mining(Mining::Every(Duration::from_millis(250))).await.unwrap();
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The fee rises while a transaction waits: it is replaced at its nonce, with both fees higher, and
/// has its effect once.
async fn raised(leg: Leg) {
    let rig = Rig::new(Setup::bridge()).await;
    for chain in rig.devnet.chains().keys() {
        hold(&rig, chain);
    }
    let scene = Scene::on(rig).await;
    for before in [Leg::Approve, Leg::Burn] {
        if before == leg {
            break;
        }
        scene.deliver(&scene.held(before).await).await;
    }
    let first = scene.held(leg).await;
    let chain = scene.chain(first.chain.as_str());
    chain.set_mining(Mining::Manual).await.unwrap();
    scene.deliver(&first).await;
    chain.set_base_fee(RAISED).await.unwrap();
    chain.set_mining(Mining::Every(Duration::from_millis(250))).await.unwrap();
    for name in scene.rig.devnet.chains().keys() {
        scene.let_go(name);
    }
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let tries: Vec<_> =
        scene.attempts(&settled).await.into_iter().filter(|attempt| attempt.leg == leg).collect();
    assert!(tries.len() > 1, "the fee was raised");
    for pair in tries.windows(2) {
        assert_eq!(pair[0].nonce, pair[1].nonce, "a replacement keeps its nonce");
        assert!(pair[1].max_fee_per_gas * 8 >= pair[0].max_fee_per_gas * 9, "by 12.5 % at least");
        assert!(pair[1].max_priority_fee_per_gas * 8 >= pair[0].max_priority_fee_per_gas * 9);
        // $50 at $3000.
        assert!(pair[1].max_fee_per_gas * u128::from(pair[1].gas_limit) <= 16_700_000_000_000_000);
    }
    let mined = tries.iter().filter(|one| one.success == Some(true)).count();
    assert_eq!(mined, 1, "one of them was mined");
    assert!(tries.iter().all(|one| matches!(
        one.state,
        AttemptState::Final | AttemptState::Dead | AttemptState::Included | AttemptState::Broadcast
    )));
}

super::cases! { raised;
    a_waiting_burn_is_raised: Leg::Burn,
    a_waiting_mint_is_raised: Leg::Mint,
}
