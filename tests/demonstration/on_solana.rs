//! On every chain of the local network.

use devnet::demo::Demo;

use crate::support::rig::devnet_solana;

#[tokio::test(flavor = "multi_thread")]
async fn it_reaches_its_targets_by_every_route_and_accounts_for_every_unit() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo {
        purser: env!("CARGO_BIN_EXE_purser").into(),
        devnet_solana: devnet_solana().program,
        listen: "127.0.0.1:0".to_owned(),
        dir: dir.path().to_owned(),
        once: true,
        json: false,
    };
    assert!(demo.run().await.unwrap(), "what it printed says what was not reached");
}
