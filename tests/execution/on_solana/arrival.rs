//! What can happen on Solana to a transfer that is on its way there.

use alloy::primitives::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use devnet::Asset;
use devnet::iris::MessageMode;
use devnet::misbehave::Fault;
use devnet::solana::provider::ProxySettings;
use devnet::solana::{Command, Mint};
use purser::bridges::cctp::Message;
use purser::bridges::cctp::solana::{self as cctp, SolanaEnd};
use purser::chains::solana::effects::{Effect, effects};
use purser::chains::solana::fees::ComputeBudget;
use purser::chains::solana::keys::Wallet;
use purser::chains::solana::resolved::Resolved;
use purser::chains::solana::table::Table;
use purser::chains::solana::transaction::{Draft, MAX_TRANSACTION_BYTES};
use purser::chains::solana::{Address, Blockhash};
use purser::config::{SolanaCctpConfig, SolanaTokenConfig};
use purser::domain::{AssetId, ChainName, Leg, OperationState};
use purser::journal::AttemptState;
use serde_json::json;

use super::scene::{Moves, NOTHING, ONE_TRANSFER, Scene};
use super::{arriving, freeze, providers, solana, wallet};
use crate::support::{Rig, Setup};

/// Custody at the start.
const CUSTODY: u64 = 50_000_000_000_000;
/// A burn without its mint.
const BURNT: Moves = Moves { burns: 1, mints: 0, swaps: 0 };

/// A transfer whose burn is not attested yet.
async fn burnt() -> Scene {
    let rig = Rig::new(arriving()).await;
    rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Pending);
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attesting).await;
    scene
}

fn attest(scene: &Scene) {
    scene.rig.devnet.iris.handle().set(|settings| settings.message_mode = MessageMode::Normal);
}

async fn change(scene: &Scene, command: Command<String>) {
    solana(scene).change(&command).await.unwrap();
}

/// While `wrong` holds the burn stands and the mint waits with `words`; then it settles.
async fn waits(wrong: Command<String>, words: &str, right: Command<String>) {
    let scene = burnt().await;
    change(&scene, wrong).await;
    attest(&scene);
    scene.logged(words).await;
    assert_eq!(scene.moves().await, BURNT);
    let waiting = scene.operations().await.remove(0);
    assert_eq!(waiting.state, OperationState::Attested);
    assert!(scene.attempts(&waiting).await.iter().all(|attempt| attempt.leg != Leg::Mint), "{waiting:#?}");
    change(&scene, right).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn short_custody() {
    let short = Command::Custody { amount: 0 };
    waits(short, "Circle's custody holds 0 base units", Command::Custody { amount: CUSTODY }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_paused_transmitter() {
    let [paused, resumed] = [true, false].map(|on| Command::PauseTransmitter { on });
    waits(paused, "is paused by Circle; the burn stands and the mint waits", resumed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_frozen_after_the_burn() {
    let scene = burnt().await;
    freeze(&scene.rig, true).await;
    attest(&scene);
    scene.logged("is frozen by the issuer").await;
    assert_eq!(scene.moves().await, BURNT);
    freeze(&scene.rig, false).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// Nothing is sent to an account that could not receive it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_frozen_before_the_burn() {
    let rig = Rig::new(arriving()).await;
    freeze(&rig, true).await;
    let scene = Scene::on(rig).await;
    scene.refused("is frozen by the issuer").await;
    scene.decisions(2).await;
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    freeze(&scene.rig, false).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// Without a token account to arrive in, one is opened, and only then is anything burnt.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_missing_token_account() {
    let rig = Rig::new(arriving()).await;
    let account = wallet(&rig);
    rig.devnet.solana().change(&Command::Close { asset: Mint::Usdc, account }).await.unwrap();
    let scene = Scene::on(rig).await;
    let settled = scene.settled(1).await.remove(0);
    let attempts = scene.attempts(&settled).await;
    let legs: Vec<Leg> = attempts.iter().map(|attempt| attempt.leg).collect();
    assert_eq!(legs, [Leg::Open, Leg::Approve, Leg::Burn, Leg::Mint]);
    assert!(attempts.iter().all(|attempt| attempt.state == AttemptState::Final), "{attempts:#?}");
    scene.assert_sound(ONE_TRANSFER).await;
}

/// Circle's fees go to another account by the time of the mint.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_fees_recipient_changes_after_the_burn() {
    let scene = burnt().await;
    let recipient = Wallet::fresh().address().to_string();
    // Its token account has to be there.
    change(&scene, Command::Mint { asset: Mint::Usdc, to: recipient.clone(), amount: 1 }).await;
    change(&scene, Command::FeeRecipient { account: recipient }).await;
    attest(&scene);
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The token account is closed while the money is on its way: the mint creates it again, in one transaction
/// with two signatures of the attesters that still fits.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_closed_after_the_burn() {
    let scene = burnt().await;
    let account = wallet(&scene.rig);
    change(&scene, Command::Close { asset: Mint::Usdc, account }).await;
    attest(&scene);
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let mint = scene.attempt(Leg::Mint, &[AttemptState::Final]).await;
    assert_eq!(scene.attempts(&settled).await.last(), Some(&mint));
    let resolved = Resolved::decode(&mint.raw, &[table(&scene, end(&scene).lookup_table).await]).unwrap();
    let created = |effect: &Effect| matches!(effect, Effect::CreateAssociatedAccount { .. });
    assert_eq!(effects(&resolved).iter().filter(|effect| created(effect)).count(), 1, "{resolved:#?}");
    assert_eq!(scene.attested().await.1.len(), 130, "two signatures");
    assert!(mint.raw.len() < MAX_TRANSACTION_BYTES, "{} bytes", mint.raw.len());
}

/// A provider that invents a receipt would have the amount on its way forgotten, and sent for again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lie_about_a_receipt_moves_nothing() {
    let scene = Scene::start(Setup { providers: 3, ..arriving() }).await;
    change(&scene, Command::Custody { amount: 0 }).await;
    scene.reaches(OperationState::Attested).await;
    let (message, _) = scene.attested().await;
    let nonce = Message::decode(&message).unwrap().nonce;
    let programs = end(&scene).programs;
    let data = [&cctp::accounts::discriminators::USED_NONCE[..], &[1]].concat();
    let received = json!({
        "lamports": 897_840,
        "owner": programs.message_transmitter.to_string(),
        "data": [STANDARD.encode(&data), "base64"],
        "executable": false,
        "rentEpoch": 0,
        "space": data.len(),
    });
    let address = programs.used_nonce(nonce).to_string();
    let lies = |settings: &mut ProxySettings| drop(settings.invented.insert(address, received));
    solana(&scene).provider(0, lies).await.unwrap();
    scene.refused("arrived on solana by one RPC endpoint").await;
    scene.decisions(2).await;
    assert_eq!((scene.moves().await, scene.operations().await.len()), (BURNT, 1));
    solana(&scene).provider(0, |settings| settings.invented.clear()).await.unwrap();
    change(&scene, Command::Custody { amount: CUSTODY }).await;
    scene.settled(1).await;
    scene.assert_sound(ONE_TRANSFER).await;
}

/// The end that the daemon has from its configuration.
fn end(scene: &Scene) -> SolanaEnd {
    let manifest = solana(scene).manifest();
    let token = SolanaTokenConfig {
        mint: manifest.mints["usdc"].address.parse().unwrap(),
        program: manifest.mints["usdc"].program.parse().unwrap(),
        decimals: 6,
        extensions: Vec::new(),
    };
    let programs = SolanaCctpConfig {
        lookup_table: manifest.cctp.lookup_table.parse().unwrap(),
        ..SolanaCctpConfig::default()
    };
    SolanaEnd::new(ChainName::new("solana"), AssetId::new("USDC"), &programs, token)
}

/// The addresses of the lookup table, past its header.
async fn table(scene: &Scene, address: Address) -> Table {
    const HEADER: usize = 56;
    let params = json!([address.to_string(), { "encoding": "base64" }]);
    let reply = solana(scene).rpc().call("getAccountInfo", params).await.unwrap();
    let data = STANDARD.decode(reply["value"]["data"][0].as_str().unwrap()).unwrap();
    let addresses = data[HEADER..].chunks_exact(32).map(|key| Address::try_from(key).unwrap());
    Table { address, addresses: addresses.collect() }
}

/// Somebody with a key of his own receives the message, and pays for it.
async fn receive(scene: &Scene, message: Bytes, attestation: Bytes) {
    let (chain, other) = (solana(scene), Wallet::fresh());
    let native = Command::Native { account: other.address().to_string(), lamports: 1_000_000_000 };
    chain.change(&native).await.unwrap();
    let end = end(scene);
    let decoded = Message::decode(&message).unwrap();
    let fee_account = chain.manifest().cctp.fee_account.parse().unwrap();
    let mint = cctp::Mint { payer: other.address(), message, attestation, fee_account };
    let draft = Draft {
        payer: other.address(),
        instructions: vec![end.mint(&mint, &decoded)],
        tables: vec![table(scene, end.lookup_table).await],
    };
    let newest = chain.rpc().call("getLatestBlockhash", json!([])).await.unwrap();
    let hash = newest["value"]["blockhash"].as_str().unwrap().parse().unwrap();
    let blockhash = Blockhash { hash, slot: 0, last_valid_block_height: u64::MAX };
    let unsigned = draft.compile(ComputeBudget::WIDEST, &blockhash).unwrap();
    let signed = unsigned.sign(&[other.signer()]).unwrap();
    let params = json!([STANDARD.encode(&signed.bytes), { "encoding": "base64" }]);
    chain.rpc().call("sendTransaction", params).await.unwrap();
    let account = &chain.manifest().mints["usdc"].wallet_account;
    scene
        .until("the receipt by somebody else", || async {
            let options = json!([account, { "commitment": "confirmed" }]);
            let history = chain.rpc().call("getSignaturesForAddress", options).await.unwrap();
            let landed = |entry: &serde_json::Value| entry["signature"] == signed.signature.to_string();
            history.as_array().unwrap().iter().find(|entry| landed(entry)).map(|entry| {
                assert!(entry["err"].is_null(), "{entry}");
            })
        })
        .await;
}

/// Somebody receives the message while the daemon has signed nothing: the money is there, and ours is not
/// needed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn received_by_somebody_else_before_our_mint() {
    let rig = Rig::new(arriving()).await;
    providers(&rig, |settings| {
        drop(settings.method_faults.insert("simulateTransaction".into(), Fault::Hang))
    })
    .await;
    let scene = Scene::on(rig).await;
    scene.reaches(OperationState::Attested).await;
    let (message, attestation) = scene.attested().await;
    receive(&scene, message, attestation).await;
    providers(&scene.rig, |settings| settings.method_faults.clear()).await;
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let minted = scene.attempts(&settled).await.into_iter().filter(|one| one.leg == Leg::Mint).count();
    assert_eq!(minted, 0, "nothing of ours was needed");
    assert_ne!(solana(&scene).balance(Asset::Usdc).await.unwrap(), 0);
}

/// Somebody receives the message while our mint is on its way: ours fails or expires, the transfer is settled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn received_by_somebody_else_while_our_mint_is_on_its_way() {
    let rig = Rig::new(arriving().hurried()).await;
    providers(&rig, |settings| settings.send = devnet::solana::provider::Sending::Swallow).await;
    let scene = Scene::on(rig).await;
    scene.held(Leg::Mint).await;
    let (message, attestation) = scene.attested().await;
    receive(&scene, message, attestation).await;
    let settled = scene.settled(1).await.remove(0);
    scene.assert_sound(ONE_TRANSFER).await;
    let ours: Vec<_> =
        scene.attempts(&settled).await.into_iter().filter(|one| one.leg == Leg::Mint).collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0].state, AttemptState::Dead);
}
