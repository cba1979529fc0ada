//! Fees and tiers: exact, rounded up, never the whole amount.

use alloy::primitives::U256;
use proptest::prelude::*;
use purser::bridges::cctp::FeeTier;
use purser::bridges::cctp::quote::{self, QuoteError};
use purser::config::Percent;
use purser::domain::plan::Speed;
use purser::domain::snapshot::BridgeTier;

use super::support::base;

const FAST: FeeTier = FeeTier { finality_threshold: 1000, fee_ppm: 130 };
const STANDARD: FeeTier = FeeTier { finality_threshold: 2000, fee_ppm: 0 };

fn tier(fee_ppm: u32) -> BridgeTier {
    BridgeTier { speed: Speed::Fast, fee_ppm, allowance: Some(0), expected_seconds: 8 }
}

#[test]
fn offered_speeds_become_tiers() {
    let tiers = quote::tiers(&base(), &[STANDARD, FAST], Some(7));
    assert_eq!(
        tiers,
        [
            BridgeTier { speed: Speed::Fast, fee_ppm: 130, allowance: Some(7), expected_seconds: 8 },
            BridgeTier { speed: Speed::Standard, fee_ppm: 0, allowance: None, expected_seconds: 1140 },
        ]
    );
}

#[test]
fn fast_is_not_offered_without_its_tier_or_its_allowance() {
    let speeds = |fees: &[FeeTier], allowance| {
        let tiers = quote::tiers(&base(), fees, allowance);
        tiers.iter().map(|tier| tier.speed).collect::<Vec<_>>()
    };
    assert_eq!(speeds(&[STANDARD], Some(7)), [Speed::Standard]);
    assert_eq!(speeds(&[FAST, STANDARD], None), [Speed::Standard]);
    assert_eq!(speeds(&[FAST], Some(7)), [Speed::Fast]);
    assert!(speeds(&[FeeTier { finality_threshold: 500, fee_ppm: 1 }], Some(7)).is_empty());
}

#[test]
fn known_fees() {
    // 1.3 basis points of one USDC are 130 base units; of one base unit more, 131 after rounding up.
    assert_eq!(quote::fee(1_000_000, 130), Some(130));
    assert_eq!(quote::fee(1_000_001, 130), Some(131));
    assert_eq!(quote::fee(1, 1), Some(1));
    assert_eq!(quote::fee(u128::MAX, 1_000_000), Some(u128::MAX));
    assert_eq!(quote::fee(u128::MAX, 1_000_001), None);
    // Circle's SDK: ceil of the fee, then a tenth on top.
    let buffer = Percent::from_ppm(100_000);
    assert_eq!(quote::max_fee(10_000_000_000, &tier(130), 0, buffer), Ok(1_430_000));
    assert_eq!(quote::max_fee(10_000_000_000, &tier(0), 0, buffer), Ok(0));
}

#[test]
fn the_contracts_minimum_is_rounded_as_the_contract_does() {
    assert_eq!(quote::min_fee(1_000_000, 0), Some(0));
    assert_eq!(quote::min_fee(1_000_000, 10), Some(1));
    assert_eq!(quote::min_fee(1_999_999, 10), Some(1));
    assert_eq!(quote::min_fee(2_000_000, 10), Some(2));
    assert_eq!(quote::min_fee(1, 10), Some(1));
}

#[test]
fn a_fee_of_the_whole_amount_is_refused() {
    let buffer = Percent::from_ppm(0);
    assert_eq!(quote::max_fee(1, &tier(130), 0, buffer), Err(QuoteError::NotWorthIt { amount: 1, fee: 1 }));
    assert_eq!(quote::max_fee(2, &tier(130), 0, buffer), Ok(1));
    assert_eq!(quote::max_fee(0, &tier(0), 0, buffer), Err(QuoteError::NotWorthIt { amount: 0, fee: 0 }));
    assert_eq!(quote::max_fee(1, &tier(0), 1, buffer), Err(QuoteError::NotWorthIt { amount: 1, fee: 1 }));
}

fn amounts() -> impl Strategy<Value = u128> {
    // Even over magnitudes, so that small amounts are met as often as large ones.
    (0_u32..64, any::<u64>()).prop_map(|(shift, bits)| u128::from((bits >> shift).max(1)))
}

proptest! {
    #[test]
    fn the_fee_is_the_least_integer_not_below_the_exact_one(amount in amounts(), ppm in 0_u32..1_000_000) {
        let fee = U256::from(quote::fee(amount, ppm).unwrap());
        let exact = U256::from(amount) * U256::from(ppm);
        let million = U256::from(1_000_000);
        prop_assert!(fee * million >= exact);
        prop_assert!(fee.is_zero() || (fee - U256::from(1)) * million < exact);
    }

    #[test]
    fn a_maximum_fee_is_above_every_minimum_and_below_the_amount(
        amount in amounts(),
        ppm in 0_u32..20_000,
        contract in 0_u64..200_000,
        buffer in 0_u32..1_000_000,
    ) {
        let base = quote::fee(amount, ppm).unwrap().max(quote::min_fee(amount, contract).unwrap());
        match quote::max_fee(amount, &tier(ppm), contract, Percent::from_ppm(buffer)) {
            Ok(max_fee) => {
                prop_assert!(max_fee < amount);
                prop_assert!(max_fee >= base);
                prop_assert!(max_fee <= base + quote::fee(base, buffer).unwrap());
            }
            Err(QuoteError::NotWorthIt { fee, .. }) => prop_assert!(fee >= amount),
            Err(QuoteError::Overflow { .. }) => prop_assert!(false, "2^64 always fits"),
        }
    }

    #[test]
    fn moving_more_never_costs_less(amount in amounts(), more in amounts(), ppm in 0_u32..1_000_000) {
        prop_assert!(quote::fee(amount, ppm).unwrap() <= quote::fee(amount + more, ppm).unwrap());
    }
}
