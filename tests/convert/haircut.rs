//! What every venue's swaps gave less than quoted, from the journal.

use purser::domain::{Leg, OperationState, Step, Venue};
use purser::journal::{AttemptState, Cause, Entry, Journal};
use purser::observe::haircuts::{Haircuts, haircuts};
use purser::telemetry::Metrics;

use crate::journal::support::{Bench, at, base, finalise, position, reserved, sign, swap, usd};

/// A swap of a million units on `venue` that brought `got`, settled.
async fn settled(journal: &Journal, salt: i64, venue: Venue, got: u128) {
    let Step::Swap(mut step) = swap(1_000_000) else { panic!("not a swap") };
    step.venue = venue;
    let id = reserved(journal, salt, Step::Swap(step)).await;
    let attempt = sign(journal, &id, Leg::Swap, &base()).await;
    journal.set_attempt(attempt, AttemptState::Broadcast, None, at(salt)).await.unwrap();
    finalise(journal, attempt, true).await;
    use OperationState::{Broadcast, Final, Included, Signed};
    for (from, to) in [(Signed, Broadcast), (Broadcast, Included), (Included, Final)] {
        journal.advance(&id, from, to, Leg::Swap, None, at(salt)).await.unwrap();
    }
    let entry = |cause, asset, units| Entry::of(&id, Some(attempt), cause, position(&base(), asset), units);
    let entries = [entry(Cause::SwapIn, "USDC", 1_000_000), entry(Cause::SwapOut, "USDT", got)];
    journal.settle(&id, Final, usd(1), &entries, at(salt)).await.unwrap();
}

/// They are read again when a swap was booked, and shown as a metric.
#[tokio::test]
async fn another_swap_changes_them() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    for asset in ["USDC", "USDT"] {
        journal.open_position(&position(&base(), asset), 100_000_000, at(0)).await.unwrap();
    }
    let metrics = Metrics::new().unwrap();
    let known = Haircuts::new(metrics.clone());
    assert!(known.now(None).await.unwrap().is_empty());
    assert!(known.now(Some(&journal)).await.unwrap().is_empty());
    settled(&journal, 1, Venue::UniswapV3, 999_000).await;
    assert_eq!(known.now(Some(&journal)).await.unwrap(), [(Venue::UniswapV3, 1_000)].into());
    settled(&journal, 2, Venue::UniswapV3, 998_000).await;
    for _ in 0..2 {
        assert_eq!(known.now(Some(&journal)).await.unwrap(), [(Venue::UniswapV3, 1_500)].into());
    }
    let shown = metrics.quote_haircut.with_label_values(&["uniswap-v3"]).get();
    assert!((shown - 0.0015).abs() < 1e-9, "{shown}");
}

#[tokio::test]
async fn every_venue_has_its_own() {
    let Bench { journal, folder: _folder } = Bench::new().await;
    assert!(haircuts(&journal).await.unwrap().is_empty(), "nothing is known of anybody");
    for asset in ["USDC", "USDT"] {
        journal.open_position(&position(&base(), asset), 100_000_000, at(0)).await.unwrap();
    }
    settled(&journal, 1, Venue::OneInch, 999_000).await;
    settled(&journal, 2, Venue::OneInch, 999_400).await;
    settled(&journal, 3, Venue::UniswapV3, 999_900).await;
    settled(&journal, 4, Venue::UniswapV2, 1_000_300).await;
    let found: Vec<(Venue, u32)> = haircuts(&journal).await.unwrap().into_iter().collect();
    assert_eq!(found, [(Venue::UniswapV2, 0), (Venue::UniswapV3, 100), (Venue::OneInch, 800)]);
}
