//! Points in time: arithmetic that holds at the ends, and RFC 3339.

use std::time::Duration;

use proptest::prelude::*;
use purser::domain::Timestamp;

/// Days since the epoch of a civil date, counted year by year and month by month.
fn days(year: i64, month: usize, day: i64) -> i64 {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + lengths[..month - 1].iter().sum::<i64>() + day - 1
}

#[test]
fn known_moments_are_written_as_the_standard_says() {
    for (millis, text) in [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(Timestamp::from_millis(millis).to_string(), text);
    }
}

#[test]
fn the_ends_of_the_range_do_not_wrap() {
    let first = Timestamp::from_millis(i64::MIN);
    let last = Timestamp::from_millis(i64::MAX);
    assert_eq!(last.plus(Duration::from_millis(1)), last);
    assert_eq!(last.plus(Duration::MAX), last);
    assert_eq!(first.minus(Duration::from_millis(1)), first);
    assert_eq!(first.since(last), Duration::ZERO);
    assert_eq!(last.since(first), Duration::from_millis(i64::MAX.unsigned_abs()));
    assert!(!first.to_string().is_empty() && !last.to_string().is_empty());
}

proptest! {
    #[test]
    fn dates_agree_with_counting_days(year in 1970_i64..2400, month in 1_usize..=12, day in 1_i64..=28, of_day in 0_i64..86_400_000) {
        let stamp = Timestamp::from_millis(days(year, month, day) * 86_400_000 + of_day);
        let (hours, minutes) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (seconds, millis) = (of_day / 1000 % 60, of_day % 1000);
        prop_assert_eq!(
            stamp.to_string(),
            format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
        );
    }

    #[test]
    fn moving_on_and_back_returns(millis in -1_i64 << 60..1 << 60, by in 0_u64..1 << 60) {
        let start = Timestamp::from_millis(millis);
        let by = Duration::from_millis(by);
        prop_assert_eq!(start.plus(by).minus(by), start);
        prop_assert_eq!(start.plus(by).since(start), by);
        prop_assert_eq!(start.since(start.plus(by)), Duration::ZERO);
    }

    #[test]
    fn nothing_panics(left in any::<i64>(), right in any::<i64>(), seconds in any::<u64>()) {
        let (left, right) = (Timestamp::from_millis(left), Timestamp::from_millis(right));
        let _ = (left.since(right), left.plus(Duration::from_secs(seconds)), left.minus(Duration::from_secs(seconds)));
        let _ = (left.to_string(), left.seconds());
    }
}
