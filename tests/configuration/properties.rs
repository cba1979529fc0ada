//! Whatever the file holds, reading it ends with a configuration or an error.

use proptest::prelude::*;

use super::{VALID, load, load_in};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = load(bytes);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[ -~\n\"'\\[\\]{}=.#éß☃]{0,400}") {
        let _ = load(text);
    }

    /// Damage to a valid file reaches the later stages.
    #[test]
    fn a_damaged_file_never_panics(at in 0..VALID.len(), length in 0_usize..20, insert in "[ -~\n]{0,12}") {
        let mut bytes = VALID.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, insert.bytes());
        let _ = load(bytes);
    }

    #[test]
    fn arbitrary_values_of_any_setting_never_panic(
        line in 0..VALID.lines().count(),
        value in prop_oneof![
            "\"[ -~&&[^\"\\\\]]{0,30}\"",
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| format!("{number:?}")),
            Just("[]".to_owned()), Just("{}".to_owned()), Just("true".to_owned()), Just("1979-05-27".to_owned()),
        ],
    ) {
        let changed: Vec<String> = VALID.lines().enumerate().map(|(index, text)| match text.split_once(" = ") {
            Some((key, _)) if index == line => format!("{key} = {value}"),
            _ => text.to_owned(),
        }).collect();
        let _ = load(changed.join("\n"));
    }

    #[test]
    fn arbitrary_schedules_never_panic(schedule in "[0-9*/,\\-LW#A-Z@? ]{0,40}") {
        let _ = load_in(VALID, &[("PURSER_REBALANCE__SCHEDULE", schedule.as_str())]);
    }

    #[test]
    fn arbitrary_variables_never_panic(name in "PURSER_[A-Z_]{0,30}", value in ".{0,20}") {
        let _ = load_in(VALID, &[(name.as_str(), value.as_str())]);
    }

    #[test]
    fn a_percentage_keeps_every_digit(ppm in 1_u32..100_000) {
        let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
        let config = load(super::with("max_fee = 0.1", &format!("max_fee = {text}"))).unwrap().config;
        prop_assert_eq!(config.policy.max_fee.ppm(), ppm);
    }
}
