//! Routes that nobody may see before they are in a block.

use alloy::primitives::B256;
use devnet::misbehave::Fault;
use devnet::proxy::{ProxySettings, Sending};
use purser::domain::OperationState;

use super::{BASE, HOLDING, Scene, V4};
use super::{balance, booked, dollars, failed, push, ready, route};
use crate::support::{Rig, Setup};

/// The last provider of Base is the private one.
const PRIVATE: usize = 2;

fn setup() -> Setup {
    let mut setup = Setup { providers: PRIVATE + 1, ..super::setup("blocks = 3") };
    setup.is_private = true;
    setup
}

fn given(scene: &Scene, provider: usize) -> Vec<B256> {
    scene.rig.devnet.proxy(BASE, provider).sent().iter().map(|sent| sent.hash).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_route_is_given_to_the_private_endpoint_alone() {
    let scene = Scene::start(setup()).await;
    ready(&scene).await;
    push(scene.chain(BASE), V4, 100_000).await;
    let settled = scene.settled(1).await.remove(0);
    let attempts = scene.attempts(&settled).await;
    let hash = attempts[0].hash.evm().unwrap();
    assert_eq!(attempts.len(), 1);
    assert!(given(&scene, PRIVATE).iter().all(|one| *one == hash) && !given(&scene, PRIVATE).is_empty());
    for public in 0..PRIVATE {
        assert_eq!(given(&scene, public), Vec::<B256>::new(), "nobody else sees it");
    }
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    scene.rig.assert_conserved();
}

/// It is not included: nobody else is given it, not even then; its cancellation is given to everybody.
async fn not_included(wrong: fn(&mut ProxySettings)) {
    let rig = Rig::new(setup()).await;
    rig.devnet.proxy(BASE, PRIVATE).set(wrong);
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    push(scene.chain(BASE), V4, 100_000).await;
    let first = failed(&scene).await;
    assert!(first.reason.clone().unwrap_or_default().contains("cancelled"), "{first:#?}");
    let (mut routes, mut cancellations) = (Vec::new(), Vec::new());
    for operation in scene.operations().await {
        for attempt in scene.attempts(&operation).await {
            let hash = attempt.hash.evm().unwrap();
            if attempt.cancels { cancellations.push(hash) } else { routes.push(hash) }
        }
    }
    assert!(!routes.is_empty() && !cancellations.is_empty());
    for public in 0..PRIVATE {
        let given = given(&scene, public);
        assert!(routes.iter().all(|hash| !given.contains(hash)), "a route was shown to {public}");
    }
    let first_attempts = scene.attempts(&first).await;
    let cancelled = first_attempts.iter().find(|one| one.cancels).unwrap().hash.evm().unwrap();
    assert!((0..PRIVATE).any(|public| given(&scene, public).contains(&cancelled)));
    assert_eq!(balance(&scene).await, dollars(HOLDING), "only gas");
    // The endpoint works again, and the gap is closed.
    scene.rig.devnet.proxy(BASE, PRIVATE).set(|settings| *settings = ProxySettings::default());
    let settled = scene.reaches(OperationState::Settled).await;
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    scene.rig.assert_conserved();
}

super::super::cases! { not_included;
    the_private_endpoint_keeps_it: |proxy| proxy.send = Sending::Swallow,
    the_private_endpoint_is_down: |proxy| proxy.fault = Fault::Refuse,
}
