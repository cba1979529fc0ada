//! `purser keys adopt`.

use alloy::primitives::U256;
use devnet::Asset;

use super::{ended, rig};
use crate::support::Setup;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_elsewhere_is_adopted_when_that_is_final() {
    let rig = rig(Setup::with(
        vec![("ethereum", Asset::Usdc, 500), ("base", Asset::Usdc, 500)],
        vec![("ethereum", "USDC", 50), ("base", "USDC", 50)],
    ))
    .await;
    let adopt =
        |chain: &str| ended(&rig, &["--json", "keys", "adopt", chain, "--reason", "a payment by hand"]);
    let early = adopt("ethereum");
    assert_eq!(early.code, 1, "{}", early.all());
    assert!(early.all().contains("nothing to adopt"), "{}", early.all());
    assert_eq!(adopt("etherium").code, 2);

    assert_eq!(ended(&rig, &["run", "--once"]).code, 0);
    let needless = adopt("ethereum");
    assert_eq!(needless.code, 1, "{}", needless.all());
    assert!(needless.all().contains("nothing is foreign on ethereum"), "{}", needless.all());

    let (chain, wallet) = (rig.devnet.chain("ethereum"), rig.devnet.wallet());
    chain.transact(wallet, chain.admin(), Default::default(), U256::from(1_u64)).await.unwrap();
    chain.mint(Asset::Usdc, wallet, U256::from(1_000_000_000_u64)).await.unwrap();
    chain.finalize().await.unwrap();
    let adopted = adopt("ethereum");
    assert_eq!(adopted.code, 0, "{}", adopted.all());
    let document = adopted.json();
    assert_eq!(document["wallet"], wallet.to_string());
    let nonces = ["journal_nonce", "chain_nonce"].map(|name| document[name].as_u64().unwrap());
    assert_eq!(nonces[1], nonces[0] + 1, "{document:#}");
    assert_eq!(document["dead_attempts"].as_array().unwrap().len(), 0);

    // Signing goes on from there.
    let once = ended(&rig, &["run", "--once"]);
    assert_eq!(once.code, 0, "{}", once.all());
    let done = rig.operations();
    assert!(!done.is_empty() && done.iter().all(|one| one["state"] == "settled"), "{done:#?}\n{}", once.err);
}
