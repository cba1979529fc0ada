//! Amounts: integers tagged with their asset.

use proptest::prelude::*;
use purser::domain::amount::{format_fixed, parse_fixed};
use purser::domain::{Amount, AmountError, AssetId};

fn usdc(units: u128) -> Amount {
    Amount::new(AssetId::new("USDC"), 6, units)
}

/// Texts that look a little like numbers and are none.
const JUNK: [&str; 22] = [
    "", " ", ".", ".5", "1.", "-1", "+1", "1e6", "1E6", "1,5", "1_000", "0x10", "1.2.3", "1 ", " 1", "1\n",
    "NaN", "inf", "١", "1.٥", "--1", "1.-5",
];

#[test]
fn text_that_is_no_plain_decimal_number_is_refused() {
    for text in JUNK {
        assert_eq!(parse_fixed(text, 6), None, "{text:?}");
        let refused = Amount::parse(AssetId::new("USDC"), 6, text);
        assert!(matches!(refused, Err(AmountError::Parse { decimals: 6, .. })), "{text:?}");
    }
}

#[test]
fn more_decimals_than_the_asset_has_are_refused_unless_they_are_zeros() {
    assert_eq!(parse_fixed("1.000001", 6), Some(1_000_001));
    assert_eq!(parse_fixed("1.0000001", 6), None);
    assert_eq!(parse_fixed("1.0000010000", 6), Some(1_000_001));
    assert_eq!(parse_fixed("0.5", 0), None);
    assert_eq!(parse_fixed("7.0", 0), Some(7));
}

#[test]
fn the_ends_of_the_range_are_exact_and_one_more_is_refused() {
    let most = "340282366920938463463374607431768211455";
    assert_eq!(parse_fixed(most, 0), Some(u128::MAX));
    assert_eq!(parse_fixed("340282366920938463463374607431768211456", 0), None);
    assert_eq!(parse_fixed("340282366920938463463374607431768.211455", 6), Some(u128::MAX));
    assert_eq!(parse_fixed("340282366920938463463374607431768.211456", 6), None);
    assert_eq!(parse_fixed("1", 38), Some(10_u128.pow(38)));
    assert_eq!(parse_fixed("1", 39), None);
}

#[test]
fn amounts_of_different_assets_or_decimals_never_meet() {
    let ether = Amount::new(AssetId::new("ETH"), 18, 1);
    let wide = Amount::new(AssetId::new("USDC"), 18, 1);
    for other in [ether, wide] {
        assert!(matches!(usdc(1).checked_add(&other), Err(AmountError::Mismatch { .. })));
        assert!(matches!(usdc(1).checked_sub(&other), Err(AmountError::Mismatch { .. })));
    }
}

#[test]
fn sums_beyond_the_range_are_errors() {
    assert!(matches!(usdc(u128::MAX).checked_add(&usdc(1)), Err(AmountError::Overflow { .. })));
    assert!(matches!(usdc(0).checked_sub(&usdc(1)), Err(AmountError::Overflow { .. })));
}

#[test]
fn json_of_an_amount_is_strict_and_keeps_every_unit() {
    let text = serde_json::to_string(&usdc(u128::MAX)).unwrap();
    assert_eq!(text, r#"{"asset":"USDC","decimals":6,"units":"340282366920938463463374607431768211455"}"#);
    assert_eq!(serde_json::from_str::<Amount>(&text).unwrap(), usdc(u128::MAX));
    for wrong in [
        r#"{"asset":"USDC","decimals":6,"units":5}"#,
        r#"{"asset":"USDC","decimals":6,"units":"-5"}"#,
        r#"{"asset":"USDC","decimals":6,"units":"5.0"}"#,
        r#"{"asset":"USDC","decimals":6,"units":"5","memo":""}"#,
    ] {
        assert!(serde_json::from_str::<Amount>(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(units in any::<u128>(), decimals in 0_u32..=38) {
        prop_assert_eq!(parse_fixed(&format_fixed(units, decimals), decimals), Some(units));
    }

    #[test]
    fn reading_and_writing_never_panic(text in any::<String>(), units in any::<u128>(), decimals in 0_u32..=255) {
        let _ = parse_fixed(&text, decimals);
        let _ = format_fixed(units, decimals);
    }

    #[test]
    fn reading_agrees_with_counting_digits(whole in 0_u64.., fraction in "[0-9]{0,6}") {
        let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
        let padded = format!("{whole}{fraction:0<6}");
        prop_assert_eq!(parse_fixed(&text, 6), padded.parse().ok());
    }

    #[test]
    fn sums_are_those_of_integers_or_errors(left in any::<u128>(), right in any::<u128>()) {
        let sum = usdc(left).checked_add(&usdc(right)).ok().map(|sum| sum.units());
        prop_assert_eq!(sum, left.checked_add(right));
        let difference = usdc(left).checked_sub(&usdc(right)).ok().map(|difference| difference.units());
        prop_assert_eq!(difference, left.checked_sub(right));
    }
}
