//! `kill -9` at moments that nobody chose.

use std::time::Duration;

use devnet::Asset;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::scene::{Flow, Scene};
use crate::support::Setup;

/// While it transfers to Solana and swaps there.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments() {
    let both = Setup::solana(
        vec![("ethereum", Asset::Usdc, 1000), ("solana", Asset::Usdt, 600)],
        vec![("ethereum", "USDC", 40), ("solana", "USDC", 60)],
    )
    .choose(|choices| choices.jupiter = Some(String::new()));
    let mut scene = Scene::of(Flow::ToSolana, both).await;
    let mut random = StdRng::seed_from_u64(11);
    for _ in 0..10 {
        scene.rig.start();
        // The moment is the point here: nothing is waited for.
        tokio::time::sleep(Duration::from_millis(random.random_range(200..1800))).await;
        scene.rig.kill();
    }
    scene.restart().await;
    scene.settles_once().await;
    let kinds: Vec<&str> = scene.operations().await.iter().map(|operation| operation.step.kind()).collect();
    assert!(kinds.contains(&"bridge") && kinds.contains(&"swap"), "{kinds:?}");
}
