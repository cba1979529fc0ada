//! The daemon as a process against three EVM chains and a Solana chain that misbehave.

mod arrival;
mod departure;
mod happy;
mod jupiter;
mod jupiter_lands;
mod lifetime;
mod providers;
mod rent;
mod sending;
mod tokens;

use devnet::solana::provider::ProxySettings;
use devnet::solana::{Command, Mint};
use devnet::{Asset, SolanaChain};
use purser::domain::{Leg, OperationState};
use purser::journal::Attempt;

use super::cases;
use super::scene::{self, NOTHING, Scene};
use crate::support::{Rig, Setup};

/// One transfer to Solana.
fn arriving() -> Setup {
    Setup::solana(
        vec![("ethereum", Asset::Usdc, 1000)],
        vec![("ethereum", "USDC", 50), ("solana", "USDC", 50)],
    )
}

/// One transfer from Solana.
fn departing() -> Setup {
    Setup::solana(vec![("solana", Asset::Usdc, 1000)], vec![("solana", "USDC", 50), ("base", "USDC", 50)])
}

/// One swap on Solana.
fn swapping() -> Setup {
    Setup::solana(vec![("solana", Asset::Usdt, 1000)], vec![("solana", "USDC", 100)])
        .choose(|choices| choices.jupiter = Some(String::new()))
}

/// The wallet on Solana.
fn wallet(rig: &Rig) -> String {
    rig.devnet.solana().wallet().to_owned()
}

/// Freezes the wallet's USDC on Solana, or thaws it.
async fn freeze(rig: &Rig, on: bool) {
    let freeze = Command::Freeze { asset: Mint::Usdc, account: wallet(rig), on };
    rig.devnet.solana().change(&freeze).await.unwrap();
}

/// Changes the settings of every provider of Solana.
async fn providers(rig: &Rig, change: impl Fn(&mut ProxySettings)) {
    rig.devnet.solana().providers(change).await.unwrap();
}

/// The Solana chain of a scene.
fn solana(scene: &Scene) -> &SolanaChain {
    scene.rig.devnet.solana()
}

/// Every burn that was signed, the first one first.
async fn burns(scene: &Scene) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for operation in scene.operations().await {
        attempts.extend(scene.attempts(&operation).await.into_iter().filter(|one| one.leg == Leg::Burn));
    }
    attempts
}

/// Nothing of any operation was signed or handed to a node.
async fn assert_nothing_signed(scene: &Scene) {
    assert_eq!((scene.signed().await, scene.moves().await), (0, NOTHING), "{:#?}", scene.operations().await);
    for provider in 0..2 {
        assert_eq!(solana(scene).sent(provider).await.unwrap(), [], "something was sent");
    }
}

/// The operation fails, with `words` in its reason.
async fn fails_with(scene: &Scene, words: &str) {
    let failed = scene.reaches(OperationState::Failed).await;
    let reason = failed.reason.clone().unwrap_or_default();
    assert!(reason.contains(words), "`{words}` is not in `{reason}`");
}
