//! Fees: the EIP-1559 formula, bumps, caps.

use proptest::prelude::*;
use purser::chains::evm::fees::next_base_fee;
use purser::chains::evm::{FeeError, FeeQuote, Fees};

const GWEI: u128 = 1_000_000_000;

#[test]
fn the_next_base_fee_follows_eip_1559() {
    // From the EIP's definition: a full block raises by 1/8, an empty one lowers by 1/8.
    assert_eq!(next_base_fee(8 * GWEI, 30_000_000, 30_000_000), Some(9 * GWEI));
    assert_eq!(next_base_fee(8 * GWEI, 0, 30_000_000), Some(7 * GWEI));
    assert_eq!(next_base_fee(8 * GWEI, 15_000_000, 30_000_000), Some(8 * GWEI));
    assert_eq!(next_base_fee(7, 15_000_001, 30_000_000), Some(8), "it rises by one wei at least");
    assert_eq!(next_base_fee(u128::MAX, 30_000_000, 30_000_000), None);
}

#[test]
fn an_offer_survives_doubled_base_fees() {
    let fees = Fees::from_quote(&FeeQuote { base_fee: 10 * GWEI, priority_fee: GWEI }).unwrap();
    assert_eq!(fees, Fees { max_fee_per_gas: 21 * GWEI, max_priority_fee_per_gas: GWEI });
    assert_eq!(Fees::from_quote(&FeeQuote { base_fee: u128::MAX, priority_fee: 1 }), Err(FeeError::Absurd));
}

#[test]
fn an_absurd_gas_price_is_refused_by_the_cap() {
    // One million gwei, as a broken oracle once told a bridge that then paid it.
    let quote = FeeQuote { base_fee: 1_000_000 * GWEI, priority_fee: GWEI };
    let fees = Fees::from_quote(&quote).unwrap();
    let cap = 10_000_000_000_000_000; // 0.01 ether
    assert!(matches!(fees.within(200_000, 0, cap), Err(FeeError::TooExpensive { .. })));
    assert!(matches!(fees.trimmed(&quote, 200_000, 0, cap), Err(FeeError::TooExpensive { .. })));
}

#[test]
fn trimming_gives_up_headroom_and_nothing_else() {
    let quote = FeeQuote { base_fee: 10 * GWEI, priority_fee: GWEI };
    let fees = Fees::from_quote(&quote).unwrap();
    // 100,000 gas: 2,100,000 gwei offered, 1,100,000 needed; the layer 1 part counts.
    let trimmed = fees.trimmed(&quote, 100_000, 100_000 * GWEI, 1_600_000 * GWEI).unwrap();
    assert_eq!(trimmed, Fees { max_fee_per_gas: 15 * GWEI, max_priority_fee_per_gas: GWEI });
    assert_eq!(fees.trimmed(&quote, 100_000, 0, 2_100_000 * GWEI).unwrap(), fees);
    assert_eq!(
        fees.trimmed(&quote, 100_000, 100_000 * GWEI, 1_199_999 * GWEI),
        Err(FeeError::TooExpensive { cost: 1_200_000 * GWEI, cap: 1_199_999 * GWEI })
    );
}

proptest! {
    #[test]
    fn a_bump_is_enough_for_every_pool(
        max in 0_u128..1 << 100, tip in 0_u128..1 << 100, base in 0_u128..1 << 90, suggested in 0_u128..1 << 90,
    ) {
        let old = Fees { max_fee_per_gas: max.max(tip), max_priority_fee_per_gas: tip };
        let quote = FeeQuote { base_fee: base, priority_fee: suggested };
        let new = old.bumped(&quote).unwrap();
        let fresh = Fees::from_quote(&quote).unwrap();
        for (new, old, fresh) in [
            (new.max_fee_per_gas, old.max_fee_per_gas, fresh.max_fee_per_gas),
            (new.max_priority_fee_per_gas, old.max_priority_fee_per_gas, fresh.max_priority_fee_per_gas),
        ] {
            prop_assert!(new * 8 >= old * 9, "12.5 % at least");
            prop_assert!(new > old);
            prop_assert!(new >= fresh);
            prop_assert!(new == fresh || new <= old * 9 / 8 + 1 || new == old + 1 || old < fresh, "no more than needed");
        }
        prop_assert!(new.max_priority_fee_per_gas <= new.max_fee_per_gas);
    }

    #[test]
    fn whatever_passes_the_cap_costs_no_more_than_the_cap(
        base in 0_u128..1 << 60, tip in 0_u128..1 << 60, gas in 1_u64..30_000_000,
        l1 in 0_u128..1 << 70, cap in 0_u128..1 << 90,
    ) {
        let quote = FeeQuote { base_fee: base, priority_fee: tip };
        let fees = Fees::from_quote(&quote).unwrap();
        if let Ok(kept) = fees.within(gas, l1, cap) {
            prop_assert_eq!(kept, fees);
            prop_assert!(kept.max_fee_per_gas * u128::from(gas) + l1 <= cap);
        }
        match fees.trimmed(&quote, gas, l1, cap) {
            Ok(kept) => {
                prop_assert!(kept.max_fee_per_gas * u128::from(gas) + l1 <= cap);
                prop_assert!(kept.max_fee_per_gas >= base + tip);
                prop_assert_eq!(kept.max_priority_fee_per_gas, tip);
            }
            Err(error) => {
                prop_assert!((base + tip) * u128::from(gas) + l1 > cap, "{error}");
            }
        }
    }
}
