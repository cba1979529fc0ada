//! Compute budgets and last valid heights: rounding and caps, always against ourselves.

use proptest::prelude::*;
use purser::chains::solana::blockhash::{BLOCKHASH_AGE, HEIGHT_SLACK, last_valid_height};
use purser::chains::solana::fees::{
    ComputeBudget, MAX_COMPUTE_UNITS, budget, compute_limit, fee_lamports, percentile,
};
use purser::config::SolanaFeeConfig;

#[test]
fn percentiles_are_by_nearest_rank() {
    let fees: Vec<u64> = (1..=100).rev().collect();
    assert_eq!([0, 1, 50, 75, 100, 255].map(|rank| percentile(&fees, rank)), [1, 1, 50, 75, 100, 100]);
    assert_eq!((percentile(&[], 75), percentile(&[7], 0), percentile(&[7], 100)), (0, 7, 7));
}

#[test]
fn limits_have_their_margin_and_end_at_what_there_is() {
    assert_eq!(compute_limit(220_000, 20), 264_000);
    assert_eq!(compute_limit(1, 20), 2);
    assert_eq!(compute_limit(0, 0), 1);
    assert_eq!(compute_limit(u64::MAX, 255), MAX_COMPUTE_UNITS);
}

#[test]
fn fees_are_rounded_up() {
    assert_eq!(ComputeBudget { limit: 1, price: 1 }.priority_lamports(), 1);
    assert_eq!(ComputeBudget { limit: 350_000, price: 1_000_000 }.priority_lamports(), 350_000);
    assert_eq!(fee_lamports(2, ComputeBudget { limit: 200_000, price: 1000 }), Some(10_200));
    assert_eq!(fee_lamports(255, ComputeBudget { limit: u32::MAX, price: u64::MAX }), None);
}

proptest! {
    #[test]
    fn no_budget_costs_more_than_its_cap(used in any::<u64>(), price in any::<u64>(), cap in any::<u32>(), margin in any::<u8>()) {
        let config = SolanaFeeConfig {
            percentile: 75, max_priority_lamports: cap.into(), compute_margin_percent: margin,
        };
        let budget = budget(used, price, &config);
        prop_assert!(budget.priority_lamports() <= u64::from(cap));
        prop_assert!(budget.price <= price);
        prop_assert!(u64::from(budget.limit) >= used.min(MAX_COMPUTE_UNITS.into()));
    }

    #[test]
    fn no_node_can_shorten_a_blockhash(claimed in 0..5000_u64, reached in 0..5000_u64) {
        match last_valid_height(claimed, reached) {
            Some(height) => prop_assert!(height >= reached + BLOCKHASH_AGE && height >= claimed),
            None => prop_assert!(claimed > reached + BLOCKHASH_AGE + HEIGHT_SLACK),
        }
    }
}
