//! `purser ledger show | book`.

use alloy::primitives::U256;
use devnet::Asset;
use serde_json::Value;

use super::{ended, rig};
use crate::support::{Rig, Setup};

/// The row of USDC on Base.
fn base_usdc(rig: &Rig) -> Value {
    let ledger = rig.json(&["ledger", "show"]);
    assert_eq!(ledger["quiet"], true, "{ledger:#}");
    let rows = ledger["positions"].as_array().unwrap();
    rows.iter().find(|row| row["chain"] == "base" && row["asset"] == "USDC").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_explains_every_unit_and_books_what_came_from_outside() {
    let rig = rig(Setup::bridge()).await;
    let early = ended(&rig, &["ledger", "show"]);
    assert_eq!(early.code, 1, "{}", early.all());
    let once = ended(&rig, &["run", "--once"]);
    assert_eq!(once.code, 0, "{}", once.all());

    let ledger = rig.json(&["ledger", "show"]);
    for row in ledger["positions"].as_array().unwrap() {
        assert_eq!(row["unexplained"], "0", "{ledger:#}");
    }
    assert_eq!(
        (&ledger["transit"][0]["asset"], &ledger["transit"][0]["in_transit"]),
        (&"USDC".into(), &"0".into())
    );
    let arrived = base_usdc(&rig);
    assert_ne!(arrived["moved"], "0", "{arrived:#}");

    let (chain, wallet) = (rig.devnet.chain("base"), rig.devnet.wallet());
    chain.mint(Asset::Usdc, wallet, U256::from(7_000_000_u64)).await.unwrap();
    assert_eq!(base_usdc(&rig)["unexplained"], "7000000");
    let text = ended(&rig, &["ledger", "show"]);
    assert!(text.out.contains("7000000") && text.out.contains("USDC between chains: 0"), "{}", text.out);

    let book = |chain: &str| {
        ended(
            &rig,
            &["--json", "ledger", "book", "--chain", chain, "--asset", "USDC", "--reason", "a top-up"],
        )
    };
    assert_eq!(book("bsae").code, 1);
    let booked = book("base");
    assert_eq!(booked.code, 0, "{}", booked.all());
    let document = booked.json();
    assert_eq!(
        (&document["cause"], &document["units"]),
        (&"deposit".into(), &"7000000".into()),
        "{document:#}"
    );
    assert_eq!(base_usdc(&rig)["unexplained"], "0");
    let again = book("base");
    assert_eq!(again.code, 1, "{}", again.all());
    assert!(again.all().contains("there is nothing to book"), "{}", again.all());
    rig.assert_conserved();
}
