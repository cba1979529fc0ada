//! Prices that are too good: at a pool no listed factory made, and at one of the configured pools.

use alloy::primitives::{Address, U256};
use devnet::PoolRef;
use devnet::abi::IToken;
use purser::domain::pool::PoolKey;
use purser::domain::{OperationState, Outcome};

use super::{BASE, FORK, HOLDING, Scene, V4};
use super::{balance, booked, decided, dollars, mined, open, push, ready, route};
use crate::support::Rig;

/// A contract that looks like a pool at a wonderful price is not even looked at: pools are derived from the
/// listed factories. The real gap beside it is closed without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_bait_of_no_factory_is_never_touched() {
    let rig = Rig::new(open(20)).await;
    let baits = [Address::repeat_byte(0xba), Address::repeat_byte(0xbb)];
    for (at, like) in baits.into_iter().zip([FORK, 3]) {
        rig.devnet.chain(BASE).bait(at, PoolRef::Index(like), 1_300_000).await.unwrap();
    }
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    // Blocks go by, and there is nothing to do.
    let seen = scene.chain(BASE).latest().await.unwrap();
    scene
        .until("further blocks", || async {
            (scene.chain(BASE).latest().await.unwrap() > seen + 8).then_some(())
        })
        .await;
    assert_eq!(scene.operations().await, vec![]);
    push(scene.chain(BASE), V4, 100_000).await;
    let settled = scene.settled(1).await.remove(0);
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    for at in baits {
        assert!(!route(&settled).pools().any(|pool| pool == PoolKey::Contract(at)), "{settled:#?}");
        for token in [scene.chain(BASE).info().usdc, scene.chain(BASE).info().usdt] {
            let call = IToken::balanceOfCall { account: at };
            assert_eq!(scene.chain(BASE).read(token, &call).await.unwrap(), U256::ZERO, "nobody paid it");
        }
    }
    scene.rig.assert_conserved();
}

/// More profit than is believed: refused by name, every block again, and nothing is accepted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_absurd_price_at_a_configured_pool_is_refused_by_name() {
    let rig = Rig::new(open(20)).await;
    let chain = rig.devnet.chain(BASE);
    let pool = chain.arbitrage().unwrap().pools[FORK].address;
    chain.bait(pool, PoolRef::Index(FORK), 1_300_000).await.unwrap();
    let scene = Scene::on(rig).await;
    let start = scene.chain(BASE).latest().await.unwrap();
    let trap = |outcome: &Outcome| {
        matches!(outcome, Outcome::Refused { reason } if reason.contains("more than the $20000")
            && reason.contains("trap") && reason.contains(&pool.to_string()))
    };
    decided(&scene, "a refusal that names the pool", trap).await;
    assert_eq!((scene.operations().await, mined(&scene, start).await), (vec![], vec![]));
    assert_eq!(balance(&scene).await, dollars(HOLDING));
}

/// A configured pool turned into one that takes and gives nothing, at a price that could be: the simulation
/// shows it, nothing is signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pool_that_gives_nothing_is_found_out_before_signing() {
    let rig = Rig::new(open(20)).await;
    let chain = rig.devnet.chain(BASE);
    let pool = chain.arbitrage().unwrap().pools[FORK].address;
    chain.bait(pool, PoolRef::Index(FORK), 1_030_000).await.unwrap();
    let scene = Scene::on(rig).await;
    let start = scene.chain(BASE).latest().await.unwrap();
    let failed = scene.reaches(OperationState::Failed).await;
    assert!(route(&failed).pools().any(|one| one == PoolKey::Contract(pool)), "{failed:#?}");
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains("the swap would fail"), "{failed:#?}");
    assert_eq!((scene.signed().await, mined(&scene, start).await), (0, vec![]));
    assert_eq!(balance(&scene).await, dollars(HOLDING));
    scene.rig.assert_conserved();
}
