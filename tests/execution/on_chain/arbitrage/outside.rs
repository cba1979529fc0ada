//! The dollar itself refuses: paused or blacklisted before a route is signed, or while it waits for its block.

use devnet::{Devnet, Mining};
use purser::domain::{Leg, OperationState};

use super::{BASE, HOLDING, Scene, V4};
use super::{
    assert_only_gas, balance, blocks_come, booked, dollars, failed, mined, open, push, ready, route,
};
use crate::support::Rig;

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Paused,
    BlacklistedWallet,
    BlacklistedManager,
}

impl Refusal {
    async fn set(self, devnet: &Devnet, on: bool) {
        let chain = devnet.chain(BASE);
        let done = match self {
            Self::Paused => chain.set_paused(on).await,
            Self::BlacklistedWallet => chain.set_blacklisted(devnet.wallet(), on).await,
            Self::BlacklistedManager => {
                chain.set_blacklisted(chain.arbitrage().unwrap().pool_manager, on).await
            }
        };
        done.unwrap();
    }
}

/// After the signature: it reverts, costs gas, and the gap is closed when the dollar moves again.
async fn while_it_waits(refusal: Refusal) {
    let rig = Rig::new(open(20)).await;
    super::super::scene::hold(&rig, BASE);
    let scene = Scene::on(rig).await;
    ready(&scene).await;
    let chain = scene.chain(BASE);
    chain.set_mining(Mining::Manual).await.unwrap();
    push(chain, V4, 100_000).await;
    let ours = scene.held(Leg::Swap).await;
    refusal.set(&scene.rig.devnet, true).await;
    scene.deliver(&ours).await;
    chain.mine(1).await.unwrap();
    refusal.set(&scene.rig.devnet, false).await;
    scene.let_go(BASE);
    blocks_come(&scene).await;
    let first = failed(&scene).await;
    assert_only_gas(&scene, &first).await;
    let operations = scene.ended(2).await;
    let last = operations.last().unwrap();
    assert_eq!(last.state, OperationState::Settled, "{operations:#?}");
    let profit = booked(&scene, last).await;
    assert_eq!(profit, route(last).profit.units());
    assert_eq!(balance(&scene).await, dollars(HOLDING) + alloy::primitives::U256::from(profit));
    scene.rig.assert_conserved();
}

super::super::cases! { while_it_waits;
    paused_while_it_waits: Refusal::Paused,
    the_wallet_is_blacklisted_while_it_waits: Refusal::BlacklistedWallet,
    the_manager_is_blacklisted_while_it_waits: Refusal::BlacklistedManager,
}

/// Before the signature: the simulation shows it, nothing is signed.
async fn before_it_is_signed(refusal: Refusal) {
    let scene = Scene::start(open(20)).await;
    ready(&scene).await;
    let start = scene.chain(BASE).latest().await.unwrap();
    // The third party trades first: it moves the same dollars.
    scene.chain(BASE).set_mining(Mining::Manual).await.unwrap();
    scene.providers(BASE, |settings| settings.fault = devnet::misbehave::Fault::Refuse);
    push(scene.chain(BASE), V4, 100_000).await;
    refusal.set(&scene.rig.devnet, true).await;
    scene.providers(BASE, |settings| settings.fault = devnet::misbehave::Fault::Healthy);
    blocks_come(&scene).await;
    let refused = failed(&scene).await;
    assert!(refused.reason.clone().unwrap_or_default().contains("the swap would fail"), "{refused:#?}");
    assert_eq!((scene.signed().await, mined(&scene, start).await), (0, vec![]));
    assert_eq!(balance(&scene).await, dollars(HOLDING));
    refusal.set(&scene.rig.devnet, false).await;
    let settled = scene.reaches(OperationState::Settled).await;
    assert_eq!(booked(&scene, &settled).await, route(&settled).profit.units());
    scene.rig.assert_conserved();
}

super::super::cases! { before_it_is_signed;
    paused_before_it_is_signed: Refusal::Paused,
    the_wallet_is_blacklisted_before_it_is_signed: Refusal::BlacklistedWallet,
}
