//! V2 against the rule the pair enforces.

use alloy::primitives::U256;
use proptest::prelude::*;
use purser::network::pool::{QuoteError, capacity, quote_exact_in, sample, spot_rate};

use super::model::v2;

const MAX_RESERVE: u128 = (1 << 112) - 1;

/// Log-uniform amounts.
fn amount(bits: u32) -> impl Strategy<Value = u128> {
    (1..bits, any::<u128>()).prop_map(|(bits, noise)| (noise >> (128 - bits)).max(1))
}

/// The pair's own check: three thousandths of the input do not count, the product must not shrink.
fn is_allowed(reserve_in: u128, reserve_out: u128, amount_in: u128, amount_out: u128) -> bool {
    let after = (U256::from(reserve_in) + U256::from(amount_in)) * U256::from(1000)
        - U256::from(amount_in) * U256::from(3);
    let left = U256::from(reserve_out) - U256::from(amount_out);
    after.widening_mul::<256, 4, 512, 8>(left)
        >= (U256::from(reserve_in) * U256::from(1000)).widening_mul::<256, 4, 512, 8>(U256::from(reserve_out))
}

proptest! {
    /// The quote is the greatest amount that the pair lets go.
    #[test]
    fn the_quote_is_the_most_the_pair_allows(
        reserve0 in amount(112), reserve1 in amount(112), size in amount(110), zero_for_one: bool,
    ) {
        let (reserve_in, reserve_out) = if zero_for_one { (reserve0, reserve1) } else { (reserve1, reserve0) };
        prop_assume!(reserve_in + size <= MAX_RESERVE);
        match quote_exact_in(&v2(reserve0, reserve1), zero_for_one, size) {
            Ok(quote) => {
                prop_assert!(quote.amount_out > 0 && quote.amount_out < reserve_out);
                prop_assert!(is_allowed(reserve_in, reserve_out, size, quote.amount_out));
                prop_assert!(!is_allowed(reserve_in, reserve_out, size, quote.amount_out + 1));
            }
            Err(error) => {
                prop_assert_eq!(error, QuoteError::NothingOut);
                prop_assert!(!is_allowed(reserve_in, reserve_out, size, 1));
            }
        }
    }

    /// Nothing is gained by swapping there and back, nor by swapping in two parts.
    #[test]
    fn no_free_lunch(reserve0 in 1_000_000..1_u128 << 90, reserve1 in 1_000_000..1_u128 << 90, size in amount(90)) {
        let out = |pool: &_, zero_for_one, size| quote_exact_in(pool, zero_for_one, size).map_or(0, |quote| quote.amount_out);
        let bought = out(&v2(reserve0, reserve1), true, size);
        prop_assert!(out(&v2(reserve0 + size, reserve1 - bought), false, bought) <= size);
        let half = out(&v2(reserve0, reserve1), true, size / 2);
        let rest = out(&v2(reserve0 + size / 2, reserve1 - half), true, size - size / 2);
        prop_assert!(half + rest <= bought + 1);
    }

    /// Output grows with the input, by less and less, and never at a better rate than at size zero.
    #[test]
    fn monotone_and_concave(reserve0 in 1_000_000..1_u128 << 100, reserve1 in 1_000_000..1_u128 << 100, size in amount(98)) {
        let pool = v2(reserve0, reserve1);
        let out = |size| quote_exact_in(&pool, true, size).map_or(0, |quote| quote.amount_out);
        let (once, twice, thrice) = (out(size), out(2 * size), out(3 * size));
        prop_assert!(once <= twice && twice <= thrice);
        prop_assert!(twice - once + 1 >= thrice - twice);
        let (numerator, denominator) = spot_rate(&pool, true).unwrap();
        let paid = U256::from(size).widening_mul::<256, 4, 512, 8>(numerator);
        prop_assert!(U256::from(once).widening_mul::<256, 4, 512, 8>(denominator) <= paid);
    }
}

#[test]
fn a_hand_computed_swap() {
    // 1000·997·2 000 000 / (1 000 000·1000 + 1000·997) = 1992.01…
    let quote = quote_exact_in(&v2(1_000_000, 2_000_000), true, 1_000).unwrap();
    assert_eq!(quote.amount_out, 1_992);
    assert_eq!(quote.sqrt_price_after, None);
    assert_eq!(quote.ticks_crossed, 0);
}

#[test]
fn refusals() {
    let quote = |pool, size| quote_exact_in(&pool, true, size).unwrap_err();
    assert_eq!(quote(v2(1_000, 1_000), 0), QuoteError::ZeroInput);
    assert_eq!(quote(v2(0, 1_000), 5), QuoteError::NoLiquidity);
    assert_eq!(quote(v2(1_000, 0), 5), QuoteError::NoLiquidity);
    assert_eq!(quote(v2(1_000, 1_000), 1), QuoteError::NothingOut);
    assert_eq!(quote(v2(MAX_RESERVE - 9, 1_000), 10), QuoteError::PartialFill { absorbed: 9 });
    assert_eq!(quote(v2(MAX_RESERVE + 1, 1_000), 10), QuoteError::Inconsistent);
    assert_eq!(spot_rate(&v2(0, 0), true), Err(QuoteError::NoLiquidity));
}

#[test]
fn samples_end_at_what_the_pair_can_hold() {
    let pool = v2(MAX_RESERVE - 1_000_000, MAX_RESERVE);
    assert_eq!(capacity(&pool, true, 900_000), 900_000);
    assert_eq!(capacity(&pool, true, 2_000_000), 1_000_000);
    let pool = v2(1_000_000_000_000, 1_000_000_000_000);
    let samples = sample(&pool, true, 500_000_000_000, 9);
    assert_eq!(samples.len(), 9);
    assert_eq!(samples[8].0, 500_000_000_000);
    assert!(samples.windows(2).all(|pair| pair[0] < pair[1]));
    for (size, out) in samples {
        assert_eq!(quote_exact_in(&pool, true, size).unwrap().amount_out, out);
    }
}
