//! RPC providers of Solana that lag, lie or fail. One of three changes nothing; of two that contradict each
//! other neither is believed.

use devnet::iris::MessageMode;
use devnet::misbehave::Fault;
use devnet::proxy::RpcFailure;
use devnet::solana::provider::{ProxySettings, Sending, Statuses};
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{NOTHING, ONE_TRANSFER, Scene};
use super::{departing, solana};
use crate::support::{Rig, Setup};

/// What is wrong with a provider.
type Wrong = fn(&mut ProxySettings);

async fn first(rig: &Rig, wrong: Wrong) {
    rig.devnet.solana().provider(0, wrong).await.unwrap();
}

fn failure() -> RpcFailure {
    RpcFailure { code: -32_005, message: "the node is behind".to_owned(), data: None }
}

/// Two honest providers of three are a quorum; one burn is signed, and it settles.
async fn one_of_three(wrong: Wrong) {
    let rig = Rig::new(Setup { providers: 3, ..departing() }).await;
    first(&rig, wrong).await;
    let scene = Scene::on(rig).await;
    let settled = scene.settled(1).await.remove(0);
    first(&scene.rig, |proxy| *proxy = ProxySettings::default()).await;
    scene.assert_sound(ONE_TRANSFER).await;
    let attempts = scene.attempts(&settled).await;
    let burns = attempts.iter().filter(|attempt| attempt.lifetime.is_some()).count();
    assert_eq!(burns, 1, "{attempts:#?}");
}

super::cases! { one_of_three;
    one_refuses: |proxy| proxy.fault = Fault::Refuse,
    one_hangs: |proxy| proxy.fault = Fault::Hang,
    one_answers_garbage: |proxy| proxy.fault = Fault::Garbage,
    one_limits: |proxy| proxy.fault = Fault::Status { code: 429, retry_after: Some(3) },
    one_lags: |proxy| proxy.lag = 10,
    one_is_far_ahead: |proxy| { proxy.slot_shift = 10_000; proxy.height_shift = 10_000; },
    one_knows_no_signature: |proxy| proxy.statuses = Statuses::Missing,
    one_says_failed: |proxy| proxy.statuses = Statuses::Failed,
    one_says_all_is_final: |proxy| proxy.statuses = Statuses::Invented,
    one_swallows: |proxy| proxy.send = Sending::Swallow,
    one_rejects: |proxy| proxy.send = Sending::Reject(failure()),
    one_answers_another_signature: |proxy| proxy.send = Sending::ForwardThenWrongSignature,
    one_misdates_blockhashes: |proxy| proxy.last_valid_shift = -100,
}

/// One of two contradicts the other about what became of a burn: nothing is minted or signed again until they
/// agree.
async fn no_quorum(wrong: Wrong) {
    let rig = Rig::new(departing()).await;
    first(&rig, wrong).await;
    let scene = Scene::on(rig).await;
    scene
        .until("a burn that waits", || async {
            let burnt = !solana(&scene).departures(0).await.unwrap().messages.is_empty();
            burnt.then_some(())
        })
        .await;
    scene.decisions(3).await;
    let waiting = scene.operations().await.remove(0);
    assert!(!waiting.state.is_end() && waiting.state != OperationState::Attested, "{waiting:#?}");
    assert_eq!((scene.moves().await.mints, scene.signed().await), (NOTHING.mints, 1), "{waiting:#?}");
    first(&scene.rig, |proxy| *proxy = ProxySettings::default()).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { no_quorum;
    one_of_two_knows_no_signature: |proxy| proxy.statuses = Statuses::Missing,
    one_of_two_says_failed: |proxy| proxy.statuses = Statuses::Failed,
}

/// A state from before a burn that is known to have landed would still hold what was burnt: none is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_state_is_never_older_than_our_burn() {
    let rig = Rig::new(departing()).await;
    rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    let burn = scene.attempt(Leg::Burn, &[AttemptState::Included, AttemptState::Final]).await;
    let slot = burn.block_number.unwrap();
    scene
        .until("a scan after the burn", || async {
            let state = solana(&scene).state().await.unwrap();
            (state["proxies"]["a"]["min_context_slot"].as_u64().unwrap() >= slot).then_some(())
        })
        .await;
    scene.rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Normal);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}
