//! Reorganisations before finality: the operation goes back to where the chain says, and still
//! moves its value exactly once.

use std::time::Duration;

use devnet::Mining;
use devnet::iris::MessageMode;
use purser::domain::Leg;
use purser::journal::{Attempt, AttemptState};

use super::scene::{Moves, ONE_SWAP, ONE_TRANSFER, Scene, hold};
use crate::support::{Rig, Setup};

/// Blocks under a final block are 24 here, more than any reorganisation below.
const SLOTS: u64 = 12;
const BLOCK: Duration = Duration::from_millis(150);

struct Reorg {
    setup: Setup,
    leg: Leg,
    depth: u64,
    kept: bool,
    effect: Moves,
}

fn transfer(leg: Leg, depth: u64, kept: bool) -> Reorg {
    Reorg { setup: Setup::bridge(), leg, depth, kept, effect: ONE_TRANSFER }
}

fn swap(leg: Leg, depth: u64, kept: bool) -> Reorg {
    Reorg { setup: Setup::swap(), leg, depth, kept, effect: ONE_SWAP }
}

fn slow(setup: Setup) -> Setup {
    Setup { slots_in_an_epoch: SLOTS, block_time: Some(BLOCK.as_secs_f64()), ..setup }
}

/// Replaces the block of `oldest` and all above it: `depth` blocks, and one that the clock had begun.
async fn unmake(scene: &Scene, oldest: &Attempt, depth: u64, kept: bool) {
    let chain = scene.chain(oldest.chain.as_str());
    let above = chain.latest().await.unwrap() + 1 - oldest.block_number.unwrap();
    assert!(above >= depth && above < 2 * SLOTS, "{above} blocks, none of them final");
    chain.reorg(above, kept).await.unwrap();
}

/// The leg's block is the oldest of those that are replaced.
async fn unmade(case: Reorg) {
    let rig = Rig::new(slow(case.setup)).await;
    for chain in rig.devnet.chains().keys() {
        hold(&rig, chain);
    }
    let scene = Scene::on(rig).await;
    let before = match case.leg {
        Leg::Open | Leg::Approve | Leg::Revoke | Leg::Reclaim => vec![],
        Leg::Burn | Leg::Swap => vec![Leg::Approve],
        Leg::Mint => vec![Leg::Approve, Leg::Burn],
    };
    for leg in before {
        scene.deliver(&scene.held(leg).await).await;
    }
    let attempt = scene.held(case.leg).await;
    let chain = scene.chain(attempt.chain.as_str());
    chain.set_mining(Mining::Manual).await.unwrap();
    scene.deliver(&attempt).await;
    chain.mine(case.depth).await.unwrap();
    let seen = scene.attempt(case.leg, &[AttemptState::Included]).await;
    for name in scene.rig.devnet.chains().keys() {
        scene.let_go(name);
    }
    unmake(&scene, &seen, case.depth, case.kept).await;
    if !case.kept {
        scene.logged("a reorg removed").await;
    }
    chain.set_mining(Mining::Every(BLOCK)).await.unwrap();
    scene.settled(1).await;
    scene.all_final().await;
    scene.assert_sound(case.effect).await;
    let last = scene.attempt(case.leg, &[AttemptState::Included, AttemptState::Final]).await;
    assert_eq!(last.nonce, attempt.nonce, "the leg kept its nonce");
}

super::cases! { unmade;
    an_approval_is_dropped_at_depth_1: transfer(Leg::Approve, 1, false),
    an_approval_is_kept_at_depth_20: transfer(Leg::Approve, 20, true),
    a_burn_is_dropped_at_depth_1: transfer(Leg::Burn, 1, false),
    a_burn_is_dropped_at_depth_7: transfer(Leg::Burn, 7, false),
    a_burn_is_dropped_at_depth_20: transfer(Leg::Burn, 20, false),
    a_burn_is_kept_at_depth_3: transfer(Leg::Burn, 3, true),
    a_burn_is_kept_at_depth_20: transfer(Leg::Burn, 20, true),
    a_mint_is_dropped_at_depth_1: transfer(Leg::Mint, 1, false),
    a_mint_is_dropped_at_depth_20: transfer(Leg::Mint, 20, false),
    a_mint_is_kept_at_depth_9: transfer(Leg::Mint, 9, true),
    a_swap_is_dropped_at_depth_2: swap(Leg::Swap, 2, false),
    a_swap_is_dropped_at_depth_20: swap(Leg::Swap, 20, false),
    a_swap_is_kept_at_depth_5: swap(Leg::Swap, 5, true),
}

/// Approval and burn disappear together: the burn alone could never be mined again.
async fn approval_and_burn_unmade(depth: u64) {
    let rig = Rig::new(slow(Setup::bridge())).await;
    rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Pending);
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let chain = scene.chain("ethereum");
    let approval = scene.held(Leg::Approve).await;
    chain.set_mining(Mining::Manual).await.unwrap();
    scene.deliver(&approval).await;
    chain.mine(1).await.unwrap();
    scene.deliver(&scene.held(Leg::Burn).await).await;
    chain.mine(depth - 1).await.unwrap();
    scene.attempt(Leg::Burn, &[AttemptState::Included]).await;
    let approved = scene.attempt(Leg::Approve, &[AttemptState::Included]).await;
    scene.let_go("ethereum");
    unmake(&scene, &approved, depth, false).await;
    scene.logged("a reorg removed").await;
    chain.set_mining(Mining::Every(BLOCK)).await.unwrap();
    scene.attempt(Leg::Burn, &[AttemptState::Included, AttemptState::Final]).await;
    scene.rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Normal);
    scene.settled(1).await;
    scene.all_final().await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { approval_and_burn_unmade;
    approval_and_burn_are_dropped_at_depth_2: 2,
    approval_and_burn_are_dropped_at_depth_20: 20,
}

/// A fast transfer arrives before its burn is final: it is not settled before, and the burn is watched
/// all the same, its nonce would be missing to everything after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burn_is_dropped_after_its_transfer_arrived() {
    let rig = Rig::new(slow(Setup::bridge())).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let chain = scene.chain("ethereum");
    scene.deliver(&scene.held(Leg::Approve).await).await;
    let burn = scene.held(Leg::Burn).await;
    chain.set_mining(Mining::Manual).await.unwrap();
    scene.deliver(&burn).await;
    chain.mine(1).await.unwrap();
    scene.attempt(Leg::Mint, &[AttemptState::Final]).await;
    let burnt = scene.attempt(Leg::Burn, &[AttemptState::Included]).await;
    assert_eq!(burnt.hash, burn.hash);
    scene.let_go("ethereum");
    unmake(&scene, &burnt, 1, false).await;
    scene.logged("a reorg removed").await;
    chain.set_mining(Mining::Every(BLOCK)).await.unwrap();
    scene.settled(1).await;
    scene.all_final().await;
    scene.assert_sound(ONE_TRANSFER).await;
}
