//! Every kind of operation, from the decision to the books.

use devnet::Asset;
use purser::domain::{Operation, Usd};

use super::scene::{Moves, ONE_SWAP, ONE_TRANSFER, Scene};
use crate::support::{Rig, Setup};

/// Settled, sound, and back inside the bands: the next decisions move nothing.
async fn done(scene: &Scene, moves: Moves, count: usize) -> Vec<Operation> {
    let settled = scene.settled(count).await;
    scene.decisions(2).await;
    assert_eq!(scene.operations().await.len(), settled.len(), "the inventory is where it belongs");
    scene.refused("within the trigger").await;
    scene.assert_sound(moves).await;
    for operation in &settled {
        let realised = operation.realised_cost.unwrap();
        assert!(realised > Usd::ZERO, "gas and fees cost something: {operation:#?}");
        assert!(realised < Usd::from_micros(60_000_000), "{operation:#?}");
    }
    settled
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fast_transfer() {
    let scene = Scene::start(Setup::bridge()).await;
    done(&scene, ONE_TRANSFER, 1).await;
    let burn = scene.chain("ethereum").burns().await.unwrap().remove(0);
    assert_eq!((burn.min_finality_threshold, burn.depositor), (1_000, scene.rig.devnet.wallet()));
    let mint = scene.chain("base").mints().await.unwrap().remove(0);
    assert_eq!(mint.amount + mint.fee, burn.amount);
    assert!(mint.fee <= burn.max_fee);
}

/// Arbitrum has no fast tier.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_standard_transfer() {
    let setup = Setup::with(
        vec![("arbitrum", Asset::Usdc, 1_000)],
        vec![("arbitrum", "USDC", 50), ("base", "USDC", 50)],
    )
    .choose(|choices| choices.time_usd_per_hour = 1);
    let scene = Scene::start(setup).await;
    done(&scene, ONE_TRANSFER, 1).await;
    let burn = scene.chain("arbitrum").burns().await.unwrap().remove(0);
    assert_eq!(burn.min_finality_threshold, 2_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_swap() {
    let scene = Scene::start(Setup::swap()).await;
    done(&scene, ONE_SWAP, 1).await;
}

/// Too little is off its target to be worth a transfer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn less_than_the_minimum_stays() {
    let setup = Setup::bridge().choose(|choices| choices.rebalance = "minimum_transfer_usd = 600".to_owned());
    let scene = Scene::start(setup).await;
    scene.decisions(3).await;
    assert_eq!(scene.operations().await, []);
    scene.refused("no move pays").await;
}

/// What one message may burn bounds every transfer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burn_limit_splits_a_transfer() {
    const LIMIT: u64 = 300_000_000;
    let rig = Rig::new(Setup::bridge()).await;
    rig.devnet.chain("ethereum").set_burn_limit(u128::from(LIMIT)).await.unwrap();
    let scene = Scene::on(rig).await;
    done(&scene, Moves { burns: 2, mints: 2, swaps: 0 }, 2).await;
    for burn in scene.chain("ethereum").burns().await.unwrap() {
        assert!(burn.amount <= alloy::primitives::U256::from(LIMIT));
    }
}
