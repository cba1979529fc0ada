//! Ticks and prices against their definition.

use alloy::primitives::{U256, Uint, uint};
use proptest::prelude::*;
use purser::network::pool::tick::{
    FACTORS, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK, sqrt_ratio_at_tick, tick_at_sqrt_ratio,
};

type Wide = Uint<2560, 40>;

/// Every factor is the integer nearest to 2¹²⁸·1.0001^(−2ⁱ/2): (2f−1)² < 4·2²⁵⁶·1.0001^(−2ⁱ) < (2f+1)².
#[test]
fn factors_are_the_nearest_integers() {
    const BITS: usize = 1000;
    // 1.0001^(−2ⁱ) as a fixed-point number; squaring doubles the relative error of about 2⁻¹⁰⁰⁰.
    let mut power = (Wide::ONE << BITS) * Wide::from(10_000) / Wide::from(10_001);
    for factor in FACTORS {
        let square = |value: Wide| (value * value) << BITS;
        let twice = Wide::from(factor) << 1;
        let exact = power << 258;
        assert!(square(twice - Wide::ONE) < exact && exact < square(twice + Wide::ONE), "{factor:x}");
        power = (power * power) >> BITS;
    }
}

#[test]
fn prices_at_known_ticks() {
    let known = [
        (MIN_TICK, MIN_SQRT_RATIO),
        (MIN_TICK, uint!(4295128739_U256)),
        (MIN_TICK + 1, uint!(4295343490_U256)),
        (-50, uint!(79030349367926598376800521322_U256)),
        (0, U256::ONE << 96),
        (50, uint!(79426470787362580746886972461_U256)),
        (100, uint!(79625275426524748796330556128_U256)),
        (250, uint!(80224679980005306637834519095_U256)),
        (MAX_TICK - 1, uint!(1461373636630004318706518188784493106690254656249_U256)),
        (MAX_TICK, uint!(1461446703485210103287273052203988822378723970342_U256)),
        (MAX_TICK, MAX_SQRT_RATIO),
    ];
    for (tick, price) in known {
        assert_eq!(sqrt_ratio_at_tick(tick), Some(price), "{tick}");
    }
}

#[test]
fn nothing_beyond_the_ends() {
    assert_eq!(sqrt_ratio_at_tick(MIN_TICK - 1), None);
    assert_eq!(sqrt_ratio_at_tick(MAX_TICK + 1), None);
    assert_eq!(sqrt_ratio_at_tick(i32::MIN), None);
    assert_eq!(tick_at_sqrt_ratio(MIN_SQRT_RATIO - U256::ONE), None);
    assert_eq!(tick_at_sqrt_ratio(MAX_SQRT_RATIO), None);
    assert_eq!(tick_at_sqrt_ratio(MIN_SQRT_RATIO), Some(MIN_TICK));
    assert_eq!(tick_at_sqrt_ratio(MAX_SQRT_RATIO - U256::ONE), Some(MAX_TICK - 1));
}

proptest! {
    /// The price of a tick belongs to it and one less belongs to the tick below.
    #[test]
    fn the_tick_of_a_price_is_the_greatest_not_above(tick in MIN_TICK + 1..MAX_TICK) {
        let price = sqrt_ratio_at_tick(tick).unwrap();
        prop_assert_eq!(tick_at_sqrt_ratio(price), Some(tick));
        prop_assert_eq!(tick_at_sqrt_ratio(price - U256::ONE), Some(tick - 1));
    }

    /// price(t)² is 1.0001^t·2¹⁹² up to the precision the contract works with.
    #[test]
    fn prices_are_powers(tick in MIN_TICK..=MAX_TICK) {
        let price: f64 = sqrt_ratio_at_tick(tick).unwrap().into();
        let exact = (f64::from(tick) / 2.0 * 1.0001_f64.ln()).exp() * 2_f64.powi(96);
        prop_assert!((price / exact - 1.0).abs() < 1e-9);
    }
}
