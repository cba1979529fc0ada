//! Random networks of every kind.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use purser::solve::arbitrage::{Pool, Status};

use super::certificate::check;
use super::solved;

/// Two tokens, the logarithm of the depth, the mispricing, what is kept, and weight and ends of the curve.
type Drawn = ((usize, usize), f64, f64, f64, (f64, f64, f64));

/// Networks with prices over many orders of magnitude, pools of every depth, and mispricings from next to
/// nothing to absurd.
fn networks() -> impl Strategy<Value = (Vec<f64>, Vec<Pool>)> {
    let tokens = prop::collection::vec(-6.0..6.0_f64, 2..12);
    (tokens, 0.0..1.0_f64, 0..4_u8).prop_flat_map(|(logs, noise, kind)| {
        let values: Vec<f64> = logs.iter().map(|log| 10_f64.powf(*log)).collect();
        let count = values.len();
        let weight = prop_oneof![3 => Just(0.5), 1 => Just(0.8), 1 => 0.05..0.95_f64];
        let keeps = prop_oneof![Just(1.0), Just(0.9999), Just(0.997), Just(0.99), 0.5..1.0_f64];
        let part = prop_oneof![3 => Just(f64::INFINITY), 1 => 0.0..1.0_f64];
        let pool = ((0..count, 1..count), 2.0..8.0_f64, -1.0..1.0_f64, keeps, (weight, part.clone(), part));
        let spread = match kind {
            0 => 1e-9,
            1 => 1e-3,
            2 => noise,
            _ => 3.0 * noise,
        };
        let known = values.clone();
        let of = move |(ends, depth, off, keeps, form): Drawn| {
            let ((first, step), (weight, end0, end1)) = (ends, form);
            let tokens = [first, (first + step) % count];
            let depth = 10_f64.powf(depth);
            let weight = if end0.is_finite() || end1.is_finite() { 0.5 } else { weight };
            let reserves = [
                depth * weight / known[tokens[0]],
                depth * (1.0 - weight) / known[tokens[1]] * (spread * off).exp(),
            ];
            let available = [end0 * reserves[0], end1 * reserves[1]];
            Pool { tokens, reserves, available, keeps, weight }
        };
        (Just(values), prop::collection::vec(pool.prop_map(of), 0..60))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_proven((values, pools) in networks()) {
        let (market, solver, answer) = solved(&values, &pools);
        prop_assert!(answer.bound.is_finite() && answer.objective.is_finite(), "{answer:?}");
        prop_assert_eq!(answer.status, Status::Solved, "{:?}", answer);
        let prices = solver.prices(&market);
        let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * prices[pool.tokens[0]]).sum();
        // A price has a last digit, which moves that part of what the pools hold.
        let noise = 1e-16 * depth;
        prop_assert!((answer.bound - answer.objective).abs() <= 1e-8 * answer.bound + noise, "{answer:?}");
        prop_assert!(answer.infeasibility * answer.bound <= 1e-8 * answer.bound + noise, "{answer:?}");
        check(&values, &pools, &market, &solver, &answer);
    }
}
