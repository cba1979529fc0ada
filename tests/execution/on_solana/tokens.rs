//! Tokens that are not what the configuration says.

use super::scene::{NOTHING, Scene};
use super::{solana, swapping};
use crate::support::Rig;

/// A mint that keeps a fee of every transfer, configured as if it kept none.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transfer_fee_that_nobody_named() {
    let rig = Rig::new(swapping()).await;
    let mints = &rig.devnet.solana().manifest().mints;
    let (usdt, fee) = (&mints["usdt"], &mints["fee"]);
    let path = rig.dir().join("purser.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let of = |mint: &devnet::solana::manifest::MintInfo| {
        format!("mint = \"{}\"\nprogram = \"{}\"", mint.address, mint.program)
    };
    assert_eq!(text.matches(&of(usdt)).count(), 1);
    std::fs::write(&path, text.replace(&of(usdt), &of(fee))).unwrap();
    let mut scene = Scene::on(rig).await;
    scene.logged("has the extensions [1] where [] are allowed").await;
    assert_ne!(scene.rig.ended().await, Some(0), "it ends, and says what to correct");
    assert_eq!((scene.operations().await, scene.moves().await), (vec![], NOTHING));
    assert_eq!(solana(&scene).sent(0).await.unwrap(), []);
}
