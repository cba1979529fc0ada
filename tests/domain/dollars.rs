//! Dollars, and the value of an amount at a price.

use alloy::primitives::U256;
use proptest::prelude::*;
use purser::domain::price::Rounding;
use purser::domain::{Amount, AssetId, Price, Usd};

fn amount(decimals: u8, units: u128) -> Amount {
    Amount::new(AssetId::new("X"), decimals, units)
}

#[test]
fn dollars_are_read_with_a_sign_and_at_most_six_decimals() {
    for (text, micros) in [
        ("0", 0),
        ("-0", 0),
        ("12.5", 12_500_000),
        ("-0.25", -250_000),
        ("0.000001", 1),
        ("-1.5000000", -1_500_000),
    ] {
        assert_eq!(Usd::parse(text), Some(Usd::from_micros(micros)), "{text}");
    }
    for junk in ["", "-", "--1", "+1", "$1", "1e3", "0.0000001", "1.", ".5", "1 000", "- 1"] {
        assert_eq!(Usd::parse(junk), None, "{junk}");
    }
    assert_eq!(Usd::parse("170141183460469231731687303715884.105727"), Some(Usd::MAX));
    assert_eq!(Usd::parse("170141183460469231731687303715884.105728"), None);
}

#[test]
fn a_price_is_positive_plain_and_cut_at_the_twelfth_decimal() {
    for (text, pico) in [
        ("1", 1_000_000_000_000),
        ("0.9998", 999_800_000_000),
        ("3000.0", 3_000_000_000_000_000),
        ("0.9998123456789999", 999_812_345_678),
        ("0.000000000001", 1),
    ] {
        assert_eq!(Price::parse(text).map(Price::pico), Some(pico), "{text}");
    }
    for refused in [
        "",
        "0",
        "0.0",
        "0.0000000000009",
        "-1",
        "1e-3",
        "NaN",
        "inf",
        "null",
        "\"1\"",
        "1.",
        ".9",
        "1.0.0",
        "1.000000000000junk",
        "1.0000000000000.5",
        "1.00000000000é",
    ] {
        assert_eq!(Price::parse(refused), None, "{refused}");
    }
    assert_eq!(Price::from_pico(0), None);
}

#[test]
fn what_we_pay_is_rounded_up_and_what_we_get_down() {
    let price = Price::parse("0.3333333").unwrap();
    assert_eq!(price.value(&amount(6, 1), Rounding::Down), Some(Usd::ZERO));
    assert_eq!(price.value(&amount(6, 1), Rounding::Up), Some(Usd::from_micros(1)));
    let even = Price::parse("2").unwrap();
    for rounding in [Rounding::Down, Rounding::Up] {
        assert_eq!(even.value(&amount(6, 3), rounding), Some(Usd::from_micros(6)));
        assert_eq!(
            even.value(&amount(18, 1_500_000_000_000_000_000), rounding),
            Some(Usd::from_micros(3_000_000))
        );
    }
}

#[test]
fn a_value_that_does_not_fit_is_none() {
    let price = Price::from_pico(u128::MAX).unwrap();
    assert_eq!(price.value(&amount(0, u128::MAX), Rounding::Up), None);
    assert_eq!(price.value(&amount(255, 1), Rounding::Up), None);
    assert_eq!(price.units_for(Usd::from_micros(-1), 6), None);
    assert_eq!(Price::from_pico(1).unwrap().units_for(Usd::MAX, 18), None);
}

#[test]
fn sums_of_dollars_hold_at_the_ends_or_say_so() {
    let one = Usd::from_micros(1);
    assert_eq!(Usd::MAX.checked_add(one), None);
    assert_eq!(Usd::MAX.saturating_add(one), Usd::MAX);
    let least = Usd::from_micros(i128::MIN);
    assert_eq!(least.checked_sub(one), None);
    assert_eq!(least.saturating_sub(one), least);
    assert_eq!(least.to_string(), "-$170141183460469231731687303715884.105728");
}

proptest! {
    #[test]
    fn dollars_survive_text_and_json(micros in any::<i128>()) {
        let usd = Usd::from_micros(micros);
        let json = serde_json::to_string(&usd).unwrap();
        prop_assert_eq!(serde_json::from_str::<Usd>(&json).unwrap(), usd);
        if micros != i128::MIN {
            prop_assert_eq!(Usd::parse(&usd.to_string().replace('$', "")), Some(usd));
        }
    }

    #[test]
    fn a_price_survives_text_and_json(pico in 1..=u128::MAX) {
        let price = Price::from_pico(pico).unwrap();
        prop_assert_eq!(Price::parse(price.to_string().trim_start_matches('$')), Some(price));
        let json = serde_json::to_string(&price).unwrap();
        prop_assert_eq!(serde_json::from_str::<Price>(&json).unwrap(), price);
    }

    #[test]
    fn valuing_never_panics(pico in 1..=u128::MAX, units in any::<u128>(), decimals in any::<u8>(), micros in any::<i128>()) {
        let price = Price::from_pico(pico).unwrap();
        let _ = price.value(&amount(decimals, units), Rounding::Up);
        let _ = price.units_for(Usd::from_micros(micros), decimals);
    }

    #[test]
    fn the_two_roundings_enclose_the_exact_value(pico in 1_u128..1 << 60, units in 0_u128..1 << 80, decimals in 0_u8..=24) {
        let price = Price::from_pico(pico).unwrap();
        let of = amount(decimals, units);
        let down = price.value(&of, Rounding::Down).unwrap().micros();
        let up = price.value(&of, Rounding::Up).unwrap().micros();
        let scale = U256::from(10).pow(U256::from(u64::from(decimals) + 6));
        let exact = U256::from(units) * U256::from(pico);
        let scaled = |micros: i128| U256::from(u128::try_from(micros).unwrap()) * scale;
        prop_assert!(scaled(down) <= exact && exact <= scaled(up));
        prop_assert_eq!(up - down, i128::from(scaled(down) != exact));
    }

    #[test]
    fn units_bought_never_cost_more_than_was_given(pico in 1_u128..1 << 60, micros in 0_i128..1 << 60, decimals in 0_u8..=18) {
        let price = Price::from_pico(pico).unwrap();
        let given = Usd::from_micros(micros);
        let units = price.units_for(given, decimals).unwrap();
        prop_assert!(price.value(&amount(decimals, units), Rounding::Up).unwrap() <= given);
        let one_more = amount(decimals, units + 1);
        prop_assert!(price.value(&one_more, Rounding::Up).unwrap() > given);
    }
}
