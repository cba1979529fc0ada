//! Iris silent, slow, limiting, lying or forgetful: the burn is never repeated, nothing false is
//! signed, and the transfer settles once Iris is well again.

use std::collections::BTreeMap;

use alloy::primitives::{B256, U256};
use devnet::Asset;
use devnet::iris::{IrisSettings, MessageMode, Reattest, Tamper};
use devnet::misbehave::{Fault, RateLimit};
use purser::domain::{Leg, OperationState};
use purser::journal::AttemptState;

use super::scene::{Moves, ONE_TRANSFER, Scene};
use crate::support::{Rig, Setup};

const MESSAGES: &str = "/v2/messages";

/// The transfer waits with its burn made, whatever Iris is asked; healed, it settles.
async fn waits_then_settles(change: fn(&mut IrisSettings)) {
    let rig =
        Rig::new(Setup::bridge().choose(|choices| choices.cctp = "timeout_seconds = 2".to_owned())).await;
    rig.devnet.iris.handle().set(change);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    let iris = scene.rig.devnet.iris.handle();
    let asked = || iris.counts().get(MESSAGES).copied().unwrap_or(0);
    let before = asked();
    scene.until("Iris asked again", || async { (asked() > before + 1).then_some(()) }).await;
    scene.decisions(2).await;
    assert_eq!(scene.moves().await, Moves { burns: 1, mints: 0, swaps: 0 });
    assert_eq!(scene.operations().await.len(), 1, "the same money is not sent twice");
    iris.set(|settings| *settings = IrisSettings::default());
    iris.reset_counts();
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The fault of one path alone: fees and allowance are still answered.
fn messages(settings: &mut IrisSettings, fault: Fault) {
    settings.path_faults = BTreeMap::from([(MESSAGES.to_owned(), fault)]);
}

super::cases! { waits_then_settles;
    not_found: |iris| iris.message_mode = MessageMode::NotFound,
    empty: |iris| iris.message_mode = MessageMode::Empty,
    pending: |iris| iris.message_mode = MessageMode::Pending,
    complete_without_attestation: |iris| iris.message_mode = MessageMode::CompleteWithoutAttestation,
    hanging: |iris| messages(iris, Fault::Hang),
    garbage: |iris| messages(iris, Fault::Garbage),
    oversized: |iris| messages(iris, Fault::Oversized { bytes: 50_000_000 }),
    failing: |iris| messages(iris, Fault::Status { code: 500, retry_after: None }),
}

/// Every lie at the same waiting transfer, one after the other: none is signed, none is minted.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_lie_is_signed() {
    let rig = Rig::new(Setup::bridge()).await;
    rig.devnet.iris.handle().set(|iris| iris.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    let iris = scene.rig.devnet.iris.handle();
    scene.attested().await;
    let signed = scene.signed().await;
    let word = B256::repeat_byte(0x77);
    let lies = [
        Tamper::Amount(U256::from(500_000_001_u64)),
        Tamper::MintRecipient(word),
        Tamper::DestinationDomain(3),
        Tamper::DestinationCaller(word),
        Tamper::BurnToken(word),
        Tamper::MessageSender(word),
        Tamper::Sender(word),
        Tamper::Recipient(word),
        Tamper::MaxFee(U256::from(499_000_000_u64)),
        Tamper::MinFinalityThreshold(2_000),
        Tamper::FeeAboveMax,
        Tamper::OtherMessage,
        Tamper::WrongKeys,
        Tamper::SwappedSignatures,
        Tamper::OneSignature,
        Tamper::DoubledSignature,
        Tamper::StaleAttestation,
        Tamper::TruncatedAttestation,
        Tamper::TruncatedMessage,
        Tamper::OversizedMessage(50_000_000),
    ];
    for lie in lies {
        iris.set(|settings| {
            settings.tamper = Some(lie.clone());
            settings.message_mode = MessageMode::Normal;
        });
        let asked = || iris.counts().get(MESSAGES).copied().unwrap_or(0);
        let before = asked();
        scene.until(&format!("{lie:?} heard twice"), || async { (asked() > before + 1).then_some(()) }).await;
        let operation = scene.operations().await.remove(0);
        assert_eq!(operation.state, OperationState::Attesting, "{lie:?}: {operation:#?}");
        assert_eq!(scene.signed().await, signed, "{lie:?} was signed");
    }
    for proxy in &scene.rig.devnet.proxies["base"] {
        assert!(proxy.handle().sent().is_empty(), "nothing was sent to the destination");
    }
    iris.set(|settings| *settings = IrisSettings::default());
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The attestation expires before it is used; a new one of the same message is asked for, and
/// again when that one expires too.
async fn expires(first_again: Reattest) {
    let rig = Rig::new(Setup::bridge()).await;
    rig.devnet.iris.handle().set(|iris| {
        iris.expires_in = 1;
        iris.reattest = first_again;
    });
    let scene = Scene::on(rig).await;
    let iris = scene.rig.devnet.iris.handle();
    scene.logged("a new one was asked for").await;
    iris.set(|settings| settings.reattest = Reattest::Finalized);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
    let nonces: Vec<B256> = iris.burns().into_iter().map(|burn| burn.nonce).collect();
    assert_eq!(nonces.len(), 1, "one message, however often it is attested");
}

super::cases! { expires;
    an_attestation_expires: Reattest::Finalized,
    an_attestation_expires_twice: Reattest::ExpiresIn { blocks: 0 },
}

/// 429: Iris is left alone for the time it blocks, and then asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rate_limit_is_obeyed() {
    let rig =
        Rig::new(Setup::bridge().choose(|choices| choices.cctp = "stand_down_seconds = 5".to_owned())).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| {
        settings.path_faults =
            BTreeMap::from([(MESSAGES.to_owned(), Fault::Status { code: 429, retry_after: Some(4) })]);
    });
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    scene.until("Iris asked", || async { iris.counts().contains_key(MESSAGES).then_some(()) }).await;
    scene.decisions(1).await;
    let asked = iris.counts()[MESSAGES];
    assert!(asked <= 2, "a 429 is obeyed, but Iris was asked {asked} times");
    scene.logged("429").await;
    iris.set(|settings| *settings = IrisSettings::default());
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
    assert!(iris.peak_per_second() <= 35);
}

/// The real service blocks everybody for a while after too many requests. The daemon stays below.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_published_rate_is_never_exceeded() {
    let setup = Setup::with(
        vec![("ethereum", Asset::Usdc, 3_000)],
        vec![("ethereum", "USDC", 20), ("base", "USDC", 40), ("arbitrum", "USDC", 40)],
    );
    let rig = Rig::new(setup.choose(|choices| choices.poll_ms = 20)).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| {
        settings.delay_ms = 3_000;
        settings.rate_limit = Some(RateLimit { per_second: 35, block_ms: 300_000 });
    });
    let scene = Scene::on(rig).await;
    scene.settled(2).await;
    scene.assert_sound(Moves { burns: 2, mints: 2, swaps: 0 }).await;
    assert!(iris.peak_per_second() <= 35, "{} requests in a second", iris.peak_per_second());
}

/// One silent route stops nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn other_routes_go_on() {
    let setup = Setup::with(
        vec![("ethereum", Asset::Usdc, 1_000), ("arbitrum", Asset::Usdc, 1_000)],
        vec![("base", "USDC", 100)],
    )
    .choose(|choices| choices.time_usd_per_hour = 1);
    let rig = Rig::new(setup).await;
    rig.devnet.iris.handle().set(|iris| {
        iris.only_domains = Some(vec![0]);
        iris.message_mode = MessageMode::NotFound;
    });
    let scene = Scene::on(rig).await;
    let settled = scene.reaches(OperationState::Settled).await;
    assert_eq!(settled.step.source_chain().as_str(), "arbitrum");
    scene.attempt(Leg::Burn, &[AttemptState::Included, AttemptState::Final]).await;
    scene.rig.devnet.iris.handle().set(|iris| iris.message_mode = MessageMode::Normal);
    scene.settled(2).await;
    scene.assert_sound(Moves { burns: 2, mints: 2, swaps: 0 }).await;
}
