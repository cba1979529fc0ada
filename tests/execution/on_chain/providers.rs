//! RPC providers that lag, lie, fail or lose transactions. One of three changes nothing; without a
//! quorum nothing irreversible happens, and the daemon says why.

use alloy::primitives::U256;
use alloy::sol_types::{SolCall, SolValue};
use devnet::Asset;
use devnet::abi::IMessageTransmitterV2;
use devnet::iris::MessageMode;
use devnet::misbehave::Fault;
use devnet::proxy::{ProxySettings, Ratio, Receipts, RpcFailure, Sending};
use purser::domain::OperationState;

use super::scene::{Moves, NOTHING, ONE_TRANSFER, Scene};
use crate::support::{Rig, Setup};

/// What is wrong with a provider.
type Wrong = fn(&mut ProxySettings);

fn of(providers: usize) -> Setup {
    Setup { providers, ..Setup::bridge() }
}

/// The provider that is asked first, on every chain.
fn first(rig: &Rig, wrong: Wrong) {
    for proxies in rig.devnet.proxies.values() {
        proxies[0].handle().set(wrong);
    }
}

fn failure() -> RpcFailure {
    RpcFailure { code: -32_000, message: "the backend went away".to_owned(), data: None }
}

/// Two honest providers of three are a quorum.
async fn one_of_three(wrong: Wrong) {
    let rig = Rig::new(of(3)).await;
    first(&rig, wrong);
    let scene = Scene::on(rig).await;
    scene.settled(1).await;
    // What the daemon did is judged by honest answers.
    first(&scene.rig, |proxy| *proxy = ProxySettings::default());
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { one_of_three;
    one_refuses: |proxy| proxy.fault = Fault::Refuse,
    one_hangs: |proxy| proxy.fault = Fault::Hang,
    one_answers_garbage: |proxy| proxy.fault = Fault::Garbage,
    one_limits: |proxy| proxy.fault = Fault::Status { code: 429, retry_after: Some(3) },
    one_lags: |proxy| proxy.lag = 3,
    one_lags_far: |proxy| proxy.lag = 15,
    one_forges_block_hashes: |proxy| proxy.forge_block_hashes = true,
    one_hides_receipts: |proxy| proxy.receipts = Receipts::Missing,
    one_says_reverted: |proxy| proxy.receipts = Receipts::Reverted,
    one_invents_receipts: |proxy| proxy.receipts = Receipts::Invented,
    one_drops_the_logs: |proxy| proxy.receipts = Receipts::WithoutLogs,
    one_forgets_transactions: |proxy| proxy.forget_transactions = 1,
    one_swallows: |proxy| proxy.send = Sending::Swallow,
    one_rejects: |proxy| proxy.send = Sending::Reject(failure()),
    one_answers_another_hash: |proxy| proxy.send = Sending::ForwardThenWrongHash,
}

/// Every provider fails at sending in the same way; the transaction has its effect once.
async fn sending_is_troubled(wrong: Wrong) {
    let rig = Rig::new(of(2)).await;
    for chain in rig.devnet.chains().keys() {
        super::scene::providers(&rig, chain, wrong);
    }
    let scene = Scene::on(rig).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { sending_is_troubled;
    an_error_after_forwarding: |proxy| proxy.send = Sending::ForwardThenError(failure()),
    silence_after_forwarding: |proxy| proxy.send = Sending::ForwardThenFault(Fault::Hang),
    another_hash_after_forwarding: |proxy| proxy.send = Sending::ForwardThenWrongHash,
}

/// Swallowed by all: sent again until a node has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_swallow_for_a_while() {
    let rig = Rig::new(of(2)).await;
    super::scene::hold(&rig, "ethereum");
    let scene = Scene::on(rig).await;
    scene.held(purser::domain::Leg::Approve).await;
    scene.let_go("ethereum");
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// One of two contradicts the other or is gone: no quorum, nothing that moves value, a reason, and
/// on it goes once the provider is well.
async fn no_quorum((wrong, words): (Wrong, &str)) {
    let rig = Rig::new(of(2)).await;
    first(&rig, wrong);
    let scene = Scene::on(rig).await;
    scene.logged(words).await;
    scene.decisions(1).await;
    assert_eq!(scene.moves().await, NOTHING);
    first(&scene.rig, |proxy| *proxy = ProxySettings::default());
    scene.ended(1).await;
    scene.reaches(OperationState::Settled).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

super::cases! { no_quorum;
    one_of_two_says_half: (
        |proxy| proxy.scale_balances = Some(Ratio { numerator: 1, denominator: 2 }),
        "contradict",
    ),
    one_of_two_says_double: (
        |proxy| proxy.scale_balances = Some(Ratio { numerator: 2, denominator: 1 }),
        "contradict",
    ),
    one_of_two_hides_receipts: (|proxy| proxy.receipts = Receipts::Missing, "a receipt"),
    one_of_two_says_reverted: (|proxy| proxy.receipts = Receipts::Reverted, "contradict"),
    one_of_two_drops_the_logs: (|proxy| proxy.receipts = Receipts::WithoutLogs, "contradict"),
}

/// A provider that lies about the destination's balance alone would cause a transfer nobody needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lie_about_the_destination_moves_nothing() {
    let setup = Setup::with(
        vec![("ethereum", Asset::Usdc, 500), ("base", Asset::Usdc, 500)],
        vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
    );
    let rig = Rig::new(setup).await;
    rig.devnet
        .proxy("base", 0)
        .set(|proxy| proxy.scale_balances = Some(Ratio { numerator: 1, denominator: 2 }));
    let scene = Scene::on(rig).await;
    scene.refused("contradict").await;
    scene.decisions(2).await;
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    scene.rig.devnet.proxy("base", 0).set(|proxy| *proxy = ProxySettings::default());
    scene.refused("within the trigger").await;
}

/// A provider that denies what the wallet sent would have its amount subtracted twice, and a transfer back
/// planned that nobody needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lie_about_what_was_sent_moves_nothing() {
    let setup = Setup::with(
        vec![("ethereum", Asset::Usdc, 900), ("base", Asset::Usdc, 300)],
        vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
    );
    let rig = Rig::new(Setup { providers: 3, ..setup }).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    // Approval, burn: the newest one is denied.
    scene.rig.devnet.proxy("ethereum", 0).set(|proxy| proxy.forget_transactions = 1);
    scene.refused("transactions on ethereum by one RPC endpoint").await;
    scene.decisions(2).await;
    assert_eq!(scene.moves().await, Moves { burns: 1, ..NOTHING });
    assert_eq!(scene.operations().await.len(), 1);
    scene.rig.devnet.proxy("ethereum", 0).set(|proxy| *proxy = ProxySettings::default());
    iris.set(|settings| settings.message_mode = MessageMode::Normal);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// A provider that invents an arrival would have the amount on its way forgotten, and sent for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lie_about_an_arrival_moves_nothing() {
    let rig = Rig::new(of(3)).await;
    super::scene::hold(&rig, "base");
    let scene = Scene::on(rig).await;
    scene.held(purser::domain::Leg::Mint).await;
    let said = U256::from(1).abi_encode();
    let used = IMessageTransmitterV2::usedNoncesCall::SELECTOR;
    scene
        .rig
        .devnet
        .proxy("base", 0)
        .set(|proxy| drop(proxy.call_overrides.insert(used.into(), said.into())));
    scene.refused("arrived on base by one RPC endpoint").await;
    scene.decisions(2).await;
    assert_eq!(scene.moves().await, Moves { burns: 1, ..NOTHING });
    assert_eq!(scene.operations().await.len(), 1);
    scene.rig.devnet.proxy("base", 0).set(|proxy| proxy.call_overrides.clear());
    scene.let_go("base");
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// Without a quorum the daemon does not even begin, and says so.
async fn no_quorum_at_the_start(wrong: Wrong) {
    let rig = Rig::new(of(2)).await;
    first(&rig, wrong);
    let scene = Scene::on(rig).await;
    scene.logged("nothing is decided or signed until it passes").await;
    let (ready, answer) = scene.ready().await;
    assert!(!ready && answer.contains("preflight"), "{answer}");
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    first(&scene.rig, |proxy| *proxy = ProxySettings::default());
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
    assert!(scene.ready().await.0);
}

super::cases! { no_quorum_at_the_start;
    one_of_two_is_gone_at_the_start: |proxy| proxy.fault = Fault::Refuse,
    // Where the key begins is asked of a quorum before anything is planned.
    one_of_two_knows_no_nonce_at_the_start:
        |proxy| drop(proxy.method_faults.insert("eth_getTransactionCount".to_owned(), Fault::Garbage)),
}

/// A provider of another chain is a mistake that no waiting repairs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_serves_another_chain() {
    let rig = Rig::new(of(2)).await;
    rig.devnet.proxy("base", 1).set(|proxy| proxy.chain_id = Some(1));
    let mut scene = Scene::on(rig).await;
    assert_ne!(scene.rig.ended().await, Some(0));
    scene.logged("serves chain id 1").await;
    assert_eq!(scene.moves().await, NOTHING);
}

/// Everything is down while a transfer is under way; it goes on where it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_are_down_for_a_while() {
    let rig = Rig::new(of(2)).await;
    let iris = rig.devnet.iris.handle();
    iris.set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    let chains: Vec<String> = scene.rig.devnet.chains().keys().cloned().collect();
    for chain in &chains {
        scene.providers(chain, |proxy| proxy.fault = Fault::Refuse);
    }
    iris.set(|settings| settings.message_mode = MessageMode::Normal);
    scene.decisions(2).await;
    scene.refused("could not be read").await;
    assert_eq!(scene.moves().await, Moves { burns: 1, mints: 0, swaps: 0 });
    for chain in &chains {
        scene.providers(chain, |proxy| proxy.fault = Fault::Healthy);
    }
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}
