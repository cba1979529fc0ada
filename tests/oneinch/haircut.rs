//! What swaps gave less than quoted is taken off later quotes, within bounds.

use proptest::prelude::*;
use purser::observe::haircuts::mean_haircut;

#[test]
fn it_is_the_mean_rounded_up() {
    assert_eq!(mean_haircut(&[]), 0);
    assert_eq!(mean_haircut(&[0, 0, 1]), 1);
    assert_eq!(mean_haircut(&[100, 300]), 200);
    assert_eq!(mean_haircut(&[-100, 300]), 100, "what was given more counts against it");
}

#[test]
fn it_is_never_a_bonus_and_never_above_its_bound() {
    assert_eq!(mean_haircut(&[-500, 100]), 0);
    assert_eq!(mean_haircut(&[i64::MIN, i64::MIN]), 0);
    assert_eq!(mean_haircut(&[900_000, 900_000]), 5_000);
    assert_eq!(mean_haircut(&[i64::MAX, i64::MAX]), 5_000);
}

proptest! {
    #[test]
    fn it_lies_between_the_extremes(all in proptest::collection::vec(-10_000_i64..10_000, 1..30)) {
        let haircut = i64::from(mean_haircut(&all));
        let (least, most) = (*all.iter().min().unwrap(), *all.iter().max().unwrap());
        prop_assert!(haircut >= least.clamp(0, 5_000) && haircut <= most.clamp(0, 5_000), "{haircut} of {all:?}");
    }
}
