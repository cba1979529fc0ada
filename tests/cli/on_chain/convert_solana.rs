//! `purser convert` on Solana, where Jupiter is the one venue.

use devnet::Asset;
use purser::domain::{Step, Venue};
use purser::journal::{Journal, OperationFilter};

use super::{answers, edit, ended, served};
use crate::support::solana::calls;
use crate::support::{Rig, Setup};

/// What is there, in whole USDT.
const HELD: u64 = 1_000;

/// USDT on Solana that belongs where it is; after its first look the daemon does not look again by itself.
async fn rig() -> Rig {
    let setup = Setup::solana(vec![("solana", Asset::Usdt, HELD)], vec![("solana", "USDT", 100)]);
    Rig::new(setup.choose(|choices| {
        choices.jupiter = Some(String::new());
        choices.schedule = "0 0 0 1 1 *".to_owned();
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sale_is_quoted_accepted_and_carried_out() {
    let mut rig = rig().await;
    rig.start();
    let url = served(&rig).await;
    answers(&format!("{url}/readyz"), 200).await;
    let arguments = ["convert", "--chain", "solana", "--sell", "600 USDT", "--for", "USDC"];

    let shown = rig.json(&arguments);
    let quotes = shown["decision"]["quotes"].as_array().unwrap();
    let of_jupiter =
        |quote: &&serde_json::Value| quote["route"].as_str().unwrap().starts_with("jupiter solana");
    assert_eq!(quotes.iter().filter(of_jupiter).count(), quotes.len(), "{shown:#}");
    assert_eq!(quotes.len(), 11, "ten sizes, and what is taken: {shown:#}");
    assert!(quotes.iter().all(|quote| quote["verdict"].as_str().unwrap().starts_with("taken")), "{shown:#}");
    assert_eq!(shown["decision"]["outcome"]["outcome"], "previewed", "{shown:#}");
    assert_eq!(calls(rig.devnet.solana()).await.swaps, 0, "it is only looked at");

    let accepted = rig.json(&[&arguments[..], &["--accept"]].concat());
    assert_eq!(accepted["decision"]["outcome"]["outcome"], "accepted", "{accepted:#}");
    let settled = rig.all_ended().await;
    assert!(settled.len() == 1 && settled[0]["state"] == "settled", "{settled:#?}\n{}", rig.log());
    let journal = Journal::open_read_only(&rig.dir().join("journal.sqlite")).await.unwrap();
    let operation = journal.operations(&OperationFilter::default()).await.unwrap().remove(0);
    let Step::Swap(step) = &operation.step else { panic!("not a swap: {operation:#?}") };
    assert_eq!((step.venue, step.amount_in.units()), (Venue::Jupiter, 600_000_000));
    let bought = journal.swapped_out(&operation.id).await.unwrap().unwrap();
    assert!(bought >= step.min_out.units(), "{bought} of {step:#?}");
    journal.close().await;

    let solana = rig.devnet.solana();
    assert_eq!(calls(solana).await.swaps, 1);
    assert_eq!(solana.balance(Asset::Usdt).await.unwrap(), (HELD - 600) * 1_000_000);
    assert_eq!(u128::from(solana.balance(Asset::Usdc).await.unwrap()), bought);
    assert_eq!(rig.terminate().await, Some(0), "{}", rig.log());
    rig.assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_sold_is_refused_with_its_reason() {
    let rig = rig().await;
    let refused = |sell: &str, bought: &str, words: &str| {
        let arguments = ["convert", "--chain", "solana", "--sell", sell, "--for", bought, "--accept"];
        let shown = ended(&rig, &arguments);
        assert_ne!(shown.code, 0, "{}", shown.all());
        assert!(shown.all().contains(words), "`{words}` is missing in\n{}", shown.all());
    };
    refused("1000.000001 USDT", "USDC", "1000 USDT can be spent on solana");
    refused("1 USDT", "DAI", "DAI");
    edit(&rig, "max_operation_usd = 500000", "max_operation_usd = 100");
    edit(&rig, "max_day_usd = 5000000", "max_day_usd = 100");
    refused("250 USDT", "USDC", "refused: ");
    assert!(rig.operations().is_empty());
    assert_eq!(calls(rig.devnet.solana()).await.swaps, 0);
}
