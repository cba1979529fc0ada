//! The contracts refuse: before the burn nothing is lost and no approval is left behind; after the
//! burn the transfer waits and is minted later.

use devnet::Devnet;
use devnet::iris::MessageMode;
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{Moves, NOTHING, ONE_TRANSFER, Scene, hold};
use crate::support::{Rig, Setup};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Blacklisted,
    UsdcPaused,
    CctpPaused,
    Denylisted,
    BurnLimit,
    MinFee,
    RouteClosed,
}

impl Condition {
    async fn set(self, devnet: &Devnet, chain: &str, on: bool) {
        let (wallet, chain) = (devnet.wallet(), devnet.chain(chain));
        let done = match self {
            Self::Blacklisted => chain.set_blacklisted(wallet, on).await,
            Self::UsdcPaused => chain.set_paused(on).await,
            Self::CctpPaused => chain.set_cctp_paused(on).await,
            Self::Denylisted => chain.set_denylisted(wallet, on).await,
            Self::BurnLimit => chain.set_burn_limit(if on { 5_000_000 } else { 10_000_000_000_000 }).await,
            Self::MinFee => chain.set_min_fee(if on { 50_000 } else { 0 }).await,
            Self::RouteClosed => {
                let messenger = (!on).then_some(devnet.chain("base").info().token_messenger);
                chain.set_remote_messenger(6, messenger).await
            }
        };
        done.unwrap();
    }
}

/// Nothing is planned over a route that is known to be closed, and the decision says so.
async fn before_the_plan((condition, words): (Condition, &str)) {
    let rig = Rig::new(Setup::bridge()).await;
    condition.set(&rig.devnet, "ethereum", true).await;
    let scene = Scene::on(rig).await;
    scene.not_taken(words).await;
    scene.decisions(1).await;
    assert_eq!((scene.operations().await, scene.signed().await), (vec![], 0));
    condition.set(&scene.rig.devnet, "ethereum", false).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { before_the_plan;
    blacklisted_before_the_plan: (Condition::Blacklisted, "blacklist"),
    usdc_paused_before_the_plan: (Condition::UsdcPaused, "paused"),
    cctp_paused_before_the_plan: (Condition::CctpPaused, "paused"),
    denylisted_before_the_plan: (Condition::Denylisted, "denylist"),
    the_route_is_closed_before_the_plan: (Condition::RouteClosed, "ethereum→base"),
}

/// Between approval and burn. The approval is taken back, the operation fails with the reason, and
/// a later plan moves the money.
async fn between_approval_and_burn(condition: Condition) {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let approval = scene.held(Leg::Approve).await;
    condition.set(&scene.rig.devnet, "ethereum", true).await;
    scene.let_go("ethereum");
    scene.deliver(&approval).await;
    let failed = scene.reaches(OperationState::Failed).await;
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains("burn would fail"), "{failed:#?}");
    let legs: Vec<Leg> = scene.attempts(&failed).await.iter().map(|attempt| attempt.leg).collect();
    assert_eq!(legs, [Leg::Approve, Leg::Revoke]);
    assert_eq!(scene.moves().await, NOTHING);
    assert!(failed.realised_cost.is_some(), "gas was paid");
    condition.set(&scene.rig.devnet, "ethereum", false).await;
    scene.reaches(OperationState::Settled).await;
    scene.ended(2).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { between_approval_and_burn;
    cctp_paused_after_the_approval: Condition::CctpPaused,
    denylisted_after_the_approval: Condition::Denylisted,
    the_burn_limit_sinks_after_the_approval: Condition::BurnLimit,
    the_minimum_fee_rises_after_the_approval: Condition::MinFee,
    the_route_closes_after_the_approval: Condition::RouteClosed,
}

/// A frozen token cannot even be approved: nothing is signed until it thaws.
async fn frozen_between_approval_and_burn(condition: Condition) {
    let rig = Rig::new(Setup::bridge()).await;
    hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    let approval = scene.held(Leg::Approve).await;
    scene.let_go("ethereum");
    scene.deliver(&approval).await;
    scene.hold("ethereum");
    // The burn is held by the providers while the token freezes, so it reverts when it arrives.
    let burn = scene.held(Leg::Burn).await;
    condition.set(&scene.rig.devnet, "ethereum", true).await;
    scene.let_go("ethereum");
    scene.deliver(&burn).await;
    scene.attempt(Leg::Burn, &[AttemptState::Final]).await;
    scene.decisions(2).await;
    let signed = scene.signed().await;
    assert_eq!(scene.moves().await, NOTHING);
    assert!(!scene.operations().await[0].state.is_end(), "an allowance is left, so it has not ended");
    scene.decisions(1).await;
    assert_eq!(scene.signed().await, signed, "nothing is signed that would fail");
    condition.set(&scene.rig.devnet, "ethereum", false).await;
    scene.reaches(OperationState::Settled).await;
    scene.ended(2).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { frozen_between_approval_and_burn;
    blacklisted_under_the_burn: Condition::Blacklisted,
    usdc_paused_under_the_burn: Condition::UsdcPaused,
}

/// Between burn and mint: the amount stays mintable, and is minted once the condition is lifted.
async fn between_burn_and_mint((condition, words): (Condition, &str)) {
    let rig = Rig::new(Setup::bridge()).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    condition.set(&scene.rig.devnet, "base", true).await;
    iris.set(|settings| settings.message_mode = MessageMode::Normal);
    scene.logged("the mint would fail").await;
    scene.logged(words).await;
    scene.decisions(1).await;
    assert_eq!(scene.moves().await, Moves { burns: 1, mints: 0, swaps: 0 });
    assert_eq!(scene.operations().await.len(), 1, "the burnt money is not sent again");
    condition.set(&scene.rig.devnet, "base", false).await;
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let mints = scene.attempts(&settled).await.into_iter().filter(|one| one.leg == Leg::Mint).count();
    assert_eq!(mints, 1, "no mint was signed that would have failed");
}

super::cases! { between_burn_and_mint;
    blacklisted_before_the_mint: (Condition::Blacklisted, "blacklisted"),
    usdc_paused_before_the_mint: (Condition::UsdcPaused, "paused"),
    cctp_paused_before_the_mint: (Condition::CctpPaused, "paused"),
}
