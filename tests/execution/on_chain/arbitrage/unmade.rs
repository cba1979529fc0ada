//! Reorganisations that take a route out of its block: the operation follows, its books are withdrawn, and booked
//! again when it is in a block once more.

use alloy::primitives::{I256, U256};
use devnet::Mining;
use purser::domain::{AssetId, ChainName, Leg, OperationState, Position};
use purser::journal::AttemptState;

use super::{BASE, HOLDING, Scene, V4};
use super::{balance, blocks_come, booked, dollars, failed, mined, open, push, ready, route};
use crate::support::{Rig, Setup};

/// Blocks under a final block are 24.
const SLOTS: u64 = 12;

/// A route in a block, held there: the chain makes no blocks by itself. The block of the push is the one before.
async fn included() -> Scene {
    let rig = Rig::new(Setup { slots_in_an_epoch: SLOTS, ..open(20) }).await;
    super::super::scene::hold(&rig, BASE);
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    let chain = scene.chain(BASE);
    chain.set_mining(Mining::Manual).await.unwrap();
    push(chain, V4, 100_000).await;
    let ours = scene.held(Leg::Swap).await;
    scene.deliver(&ours).await;
    chain.mine(1).await.unwrap();
    let seen = scene.reaches(OperationState::Included).await;
    assert_eq!(booked(&scene, &seen).await, route(&seen).profit.units(), "booked when it is in a block");
    scene
}

/// What the wallet should hold by the books, in base units.
async fn expected(scene: &Scene) -> I256 {
    let position = Position::new(ChainName::new(BASE), AssetId::new("USDC"));
    let ledger = scene.journal().ledger().await.unwrap();
    ledger.positions.into_iter().find(|one| one.position == position).unwrap().expected()
}

/// Its block is dropped: the books are withdrawn at once, the same bytes are sent again, and it is booked once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_is_dropped_and_comes_back() {
    let scene = included().await;
    let held = dollars(HOLDING);
    let profit = U256::from(route(&scene.operations().await[0]).profit.units());
    assert_eq!(expected(&scene).await, I256::from_raw(held + profit));
    let chain = scene.chain(BASE);
    // It is sent again as soon as it is seen to be in no block: what is swallowed then would be replaced.
    scene.let_go(BASE);
    chain.reorg(1, false).await.unwrap();
    scene.logged("a reorg removed").await;
    scene
        .until("books without what did not happen", || async {
            (expected(&scene).await == I256::from_raw(held)).then_some(())
        })
        .await;
    super::waiting(&scene).await;
    blocks_come(&scene).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(scene.attempts(&settled).await.len(), 1, "the same bytes");
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    assert_eq!(balance(&scene).await, held + profit);
    assert_eq!(mined(&scene, route(&settled).block).await.len(), 1);
    scene.rig.assert_conserved();
}

/// Mined again in another block: nothing is done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_is_kept_in_another_block() {
    let scene = included().await;
    let before = scene.attempt(Leg::Swap, &[AttemptState::Included]).await;
    scene.let_go(BASE);
    scene.chain(BASE).reorg(2, true).await.unwrap();
    scene
        .until("another block", || async {
            let now = scene.attempt(Leg::Swap, &[AttemptState::Included]).await;
            (now.block_hash != before.block_hash).then_some(())
        })
        .await;
    blocks_come(&scene).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(scene.attempts(&settled).await.len(), 1);
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    scene.rig.assert_conserved();
}

/// The third party's trade is unmade with it: there is no gap any more, and the route costs gas at most.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_and_the_gap_it_closed_are_dropped() {
    let scene = included().await;
    let chain = scene.chain(BASE);
    scene.let_go(BASE);
    chain.reorg(2, false).await.unwrap();
    scene.logged("a reorg removed").await;
    super::waiting(&scene).await;
    blocks_come(&scene).await;
    let first = failed(&scene).await;
    super::assert_only_gas(&scene, &first).await;
    assert_eq!(scene.operations().await.len(), 1, "no gap, no route");
    assert_eq!(balance(&scene).await, dollars(HOLDING));
    assert_eq!(expected(&scene).await, I256::from_raw(dollars(HOLDING)));
    scene.rig.assert_conserved();
}
