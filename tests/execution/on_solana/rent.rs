//! The rent of a burn's message: it comes back five days later, once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use devnet::misbehave::Fault;
use devnet::solana::Command;
use devnet::solana::provider::ProxySettings;
use purser::domain::{Leg, Operation, OperationState};
use purser::journal::{Attempt, AttemptState};
use serde_json::{Value, json};

use super::scene::{ONE_TRANSFER, Scene};
use super::{departing, providers, solana, wallet};
use crate::support::Setup;

/// Lamports of a message's rent.
const RENT: u64 = 3_869_760;
/// What a transaction with one signature pays at least.
const FEE: u64 = 5_000;
const DAY: u64 = 24 * 3_600;

/// A transfer from Solana that has settled, its daemon ended, so many days later.
async fn days_later(days: u64) -> (Scene, Operation) {
    let mut scene = Scene::start(departing()).await;
    let settled = scene.settled(1).await.remove(0);
    scene.all_final().await;
    scene.rig.kill();
    solana(&scene).change(&Command::PassTime { seconds: days * DAY }).await.unwrap();
    (scene, settled)
}

async fn account(scene: &Scene, address: &str) -> Value {
    let options = json!({ "commitment": "confirmed", "encoding": "base64" });
    let reply = solana(scene).rpc().call("getAccountInfo", json!([address, options])).await.unwrap();
    reply["value"].clone()
}

async fn lamports(scene: &Scene) -> u64 {
    account(scene, &wallet(&scene.rig)).await["lamports"].as_u64().unwrap()
}

async fn reclaims(scene: &Scene, operation: &Operation) -> Vec<Attempt> {
    let attempts = scene.attempts(operation).await;
    attempts.into_iter().filter(|attempt| attempt.leg == Leg::Reclaim).collect()
}

/// The account that the transfer's message lies in: the second signer of the burn.
fn event(burn: &Attempt) -> String {
    let raw = burn.raw.as_ref();
    // Two signatures, then the header of a versioned message, then its keys.
    let keys = 1 + 2 * 64 + 1 + 3 + 1;
    bs58::encode(&raw[keys + 32..keys + 64]).into_string()
}

/// The rent came back by one transaction, the books are right, and it is not asked for again.
async fn came_back(scene: &mut Scene, settled: &Operation, before: u64) {
    let reclaimed = scene.attempt(Leg::Reclaim, &[AttemptState::Final]).await;
    assert_eq!(reclaimed.success, Some(true));
    let burn = scene.attempts(settled).await.into_iter().find(|one| one.leg == Leg::Burn).unwrap();
    assert_eq!(account(scene, &event(&burn)).await, Value::Null, "the account is closed");
    let after = lamports(scene).await;
    let paid = u64::try_from(reclaimed.fee_units.unwrap()).unwrap();
    assert!(paid >= FEE);
    assert_eq!(after, before + RENT - paid);
    let now = scene.operations().await.remove(0);
    assert_eq!((now.state, &now.realised_cost), (OperationState::Settled, &settled.realised_cost));
    scene.assert_sound(ONE_TRANSFER).await;
    scene.rig.kill();
    scene.rig.start();
    scene.decisions(2).await;
    scene.all_final().await;
    let again = reclaims(scene, settled).await;
    assert_eq!(again.iter().filter(|one| one.success == Some(true)).count(), 1);
    assert_eq!(lamports(scene).await, after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_comes_back_after_five_days() {
    let (mut scene, settled) = days_later(5).await;
    let before = lamports(&scene).await;
    scene.rig.start();
    came_back(&mut scene, &settled, before).await;
    assert_eq!(reclaims(&scene, &settled).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_is_left_alone_before_and_while_halted() {
    let (mut scene, settled) = days_later(4).await;
    let before = lamports(&scene).await;
    scene.rig.start();
    scene.decisions(2).await;
    scene.rig.kill();
    assert_eq!(reclaims(&scene, &settled).await, []);
    solana(&scene).change(&Command::PassTime { seconds: DAY }).await.unwrap();
    assert!(scene.rig.cli(&["halt", "--reason", "an operator looks"]).status.success());
    scene.rig.start();
    scene.decisions(2).await;
    assert_eq!((reclaims(&scene, &settled).await, lamports(&scene).await), (vec![], before));
    assert!(scene.rig.cli(&["resume"]).status.success());
    came_back(&mut scene, &settled, before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_while_it_is_signed_it_comes_back_once() {
    let (mut scene, settled) = days_later(5).await;
    let before = lamports(&scene).await;
    let fault = |on: bool| {
        move |settings: &mut ProxySettings| {
            let method = "sendTransaction".to_owned();
            match on {
                true => drop(settings.method_faults.insert(method, Fault::Hang)),
                false => drop(settings.method_faults.remove(&method)),
            }
        }
    };
    providers(&scene.rig, fault(true)).await;
    scene.rig.start();
    scene.attempt(Leg::Reclaim, &[AttemptState::Signed, AttemptState::Unknown]).await;
    scene.rig.kill();
    providers(&scene.rig, fault(false)).await;
    scene.rig.start();
    came_back(&mut scene, &settled, before).await;
}

/// What the cluster would refuse is not sent, and not tried again on the same day.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refused_one_costs_nothing_and_waits_a_day() {
    let (mut scene, settled) = days_later(5).await;
    let before = lamports(&scene).await;
    solana(&scene).change(&Command::PauseTransmitter { on: true }).await.unwrap();
    scene.rig.start();
    scene.logged("the rent of its burn's message stays where it is").await;
    solana(&scene).change(&Command::PauseTransmitter { on: false }).await.unwrap();
    scene.rig.kill();
    scene.rig.start();
    scene.decisions(2).await;
    assert_eq!((reclaims(&scene, &settled).await, lamports(&scene).await), (vec![], before));
    scene.assert_sound(ONE_TRANSFER).await;
}

/// A provider whose clock is days ahead makes nothing due.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_clock_that_is_ahead_makes_nothing_due() {
    let mut scene = Scene::start(Setup { providers: 3, ..departing() }).await;
    let settled = scene.settled(1).await.remove(0);
    scene.all_final().await;
    scene.rig.kill();
    let clock = "SysvarC1ock11111111111111111111111111111111";
    let mut ahead = account(&scene, clock).await;
    let mut data = STANDARD.decode(ahead["data"][0].as_str().unwrap()).unwrap();
    let time = i64::from_le_bytes(data[32..40].try_into().unwrap()) + i64::try_from(6 * DAY).unwrap();
    data[32..40].copy_from_slice(&time.to_le_bytes());
    ahead["data"][0] = json!(STANDARD.encode(data));
    let lies = |settings: &mut ProxySettings| drop(settings.invented.insert(clock.to_owned(), ahead));
    solana(&scene).provider(0, lies).await.unwrap();
    scene.rig.start();
    scene.decisions(2).await;
    assert_eq!(reclaims(&scene, &settled).await, []);
    assert!(!scene.rig.log().contains("the rent of its burn's message"), "{}", scene.rig.log());
}
