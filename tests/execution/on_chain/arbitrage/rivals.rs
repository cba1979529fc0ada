//! A third party that trades before and after our route in its block, or takes the liquidity away before it.

use alloy::primitives::U256;
use devnet::{Mining, Place, PoolRef};
use purser::domain::{Leg, OperationState};

use super::{BASE, HOLDING, Scene, V4};
use super::{
    assert_only_gas, balance, blocks_come, booked, dollars, failed, open, push, ready, route, sale, waiting,
};
use crate::support::Rig;

/// Everything that settled or failed, in base units of the wallet's dollars.
async fn assert_books(scene: &Scene) {
    let mut expected = dollars(HOLDING);
    for operation in scene.operations().await {
        if operation.state == OperationState::Settled {
            expected += U256::from(booked(scene, &operation).await);
        }
    }
    assert_eq!(balance(scene).await, expected);
    scene.rig.assert_conserved();
}

/// Sandwiched with `ppm` of what the third party bought: it sells that right before us and buys back after us.
async fn sandwich(scene: &Scene, ppm: u64) {
    let chain = scene.chain(BASE);
    chain.set_mining(Mining::Manual).await.unwrap();
    let bought = push(chain, V4, 100_000).await.amount_out;
    let ours = waiting(scene).await;
    let front = bought * U256::from(ppm) / U256::from(1_000_000);
    let before = chain.queue_trade(sale(chain, V4, false, front), Place::Before(ours)).await.unwrap();
    // Nearly what it cost: an exact buyer would have to know our trade.
    let back = dollars(90_000) * U256::from(ppm) / U256::from(1_000_000);
    let after = chain.queue_trade(sale(chain, V4, true, back), Place::After(ours)).await.unwrap();
    chain.mine(1).await.unwrap();
    chain.traded(before).await.unwrap();
    chain.traded(after).await.unwrap();
}

/// The gap is gone when our turn comes: the floor holds, the route reverts, and the gas is all it costs. What the
/// third party leaves behind is closed by the next route.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sandwich_costs_gas_only() {
    let scene = Scene::start(open(20)).await;
    ready(&scene).await;
    sandwich(&scene, 1_000_000).await;
    blocks_come(&scene).await;
    let first = failed(&scene).await;
    assert_only_gas(&scene, &first).await;
    let operations = scene.ended(2).await;
    assert_eq!(operations[1].state, OperationState::Settled, "{operations:#?}");
    assert_books(&scene).await;
    let id = first.id.to_string();
    let shown = scene.rig.json(&["operations", "show", &id]);
    let reason = shown["operation"]["reason"].as_str().unwrap();
    assert!(reason.contains("its prices were gone"), "{shown:#}");
}

/// A little is taken: what is left is within the part of the profit that must be kept, and the books show what it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sandwich_within_the_floor_takes_a_little() {
    let scene = Scene::start(open(20)).await;
    ready(&scene).await;
    sandwich(&scene, 10_000).await;
    blocks_come(&scene).await;
    scene.reaches(OperationState::Settled).await;
    let first = scene.operations().await.remove(0);
    let step = route(&first);
    let profit = booked(&scene, &first).await;
    assert!(profit < step.profit.units() && profit >= step.min_profit.units(), "{profit} of {first:#?}");
    scene.ended(1).await;
    assert_books(&scene).await;
}

/// The liquidity the route counted on is gone when it is included.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn liquidity_removed_before_inclusion_costs_gas_only() {
    let rig = Rig::new(open(20)).await;
    super::super::scene::hold(&rig, BASE);
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    let chain = scene.chain(BASE);
    chain.set_mining(Mining::Manual).await.unwrap();
    push(chain, V4, 100_000).await;
    let ours = scene.held(Leg::Swap).await;
    chain.set_liquidity(PoolRef::Index(V4), 0).await.unwrap();
    scene.deliver(&ours).await;
    chain.mine(1).await.unwrap();
    scene.let_go(BASE);
    blocks_come(&scene).await;
    let first = failed(&scene).await;
    let attempt = assert_only_gas(&scene, &first).await;
    assert_eq!(attempt.hash, ours.hash);
    scene.ended(1).await;
    assert_books(&scene).await;
}
