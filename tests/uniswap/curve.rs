//! What pools give in floats, against what they give exactly.

use proptest::prelude::*;
use purser::domain::pool::Pool;
use purser::network::pool::curve::{ERROR, absorbs, amount_out};
use purser::network::pool::{QuoteError, capacity, quote_exact_in};

use super::model::v2;
use super::ranges::{case, size};

/// Base units by which the rounding of every stop may lower an exact quote.
const ROUNDING: f64 = 64.0;

fn agrees(pool: &Pool, zero_for_one: bool, size: u128) -> Result<(), TestCaseError> {
    let about = amount_out(pool, zero_for_one, size as f64);
    match quote_exact_in(pool, zero_for_one, size) {
        Ok(quote) => {
            let (about, exact) = (about.expect("what is quoted is known"), quote.amount_out as f64);
            let off = about - exact;
            prop_assert!(off <= ROUNDING + ERROR * exact, "{about} above {exact}");
            prop_assert!(off >= -1.0 - ERROR * exact, "{about} below {exact}");
        }
        Err(QuoteError::NothingOut) => prop_assert!(about.is_none_or(|about| about < 1.0 + ROUNDING)),
        // At the very end of what is known, rounding decides.
        Err(_) => prop_assert!(
            amount_out(pool, zero_for_one, size as f64 * (1.0 + 1e-6) + ROUNDING).is_none(),
            "{about:?} is said of {size}"
        ),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_pair_gives_what_is_said(
        reserve0 in 1_000_000..1_u128 << 110, reserve1 in 1_000_000..1_u128 << 110, size in size(), zero_for_one: bool,
    ) {
        agrees(&v2(reserve0, reserve1), zero_for_one, size)?;
    }

    #[test]
    fn a_concentrated_pool_gives_what_is_said(case in case(), size in size(), zero_for_one: bool) {
        agrees(&case.pool(), zero_for_one, size)?;
    }

    /// What the known state absorbs is what exact arithmetic finds by bisection.
    #[test]
    fn a_pool_absorbs_what_is_said(case in case(), zero_for_one: bool) {
        let pool = case.pool();
        if let Some(absorbed) = absorbs(&pool, zero_for_one) {
            let exact = capacity(&pool, zero_for_one, u128::MAX >> 2);
            prop_assert!(exact.abs_diff(absorbed) as f64 <= ROUNDING * ROUNDING + 1e-9 * exact as f64, "{exact} {absorbed}");
        }
    }
}

/// Liquidity that would fall below zero is no pool's: only exact arithmetic says what is wrong with it.
#[test]
fn a_contradictory_pool_absorbs_nothing_that_is_said() {
    let mut pool = super::model::v3(500, 10, super::model::price_at(0, 0), &[(-1_000, 1_000, 1 << 60)]);
    assert!(absorbs(&pool, true).is_some() && absorbs(&pool, false).is_some());
    for (_, net) in &mut super::model::state_mut(&mut pool).ticks {
        *net *= 2;
    }
    assert_eq!((absorbs(&pool, true), absorbs(&pool, false)), (None, None));
}

#[test]
fn an_empty_pair_gives_and_absorbs_nothing() {
    assert_eq!(amount_out(&v2(0, 5), true, 100.0), None);
    assert_eq!(absorbs(&v2(0, 5), true), None);
    assert_eq!(absorbs(&v2(5, 0), true), None);
}
