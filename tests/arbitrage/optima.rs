//! Optima that are known to twelve digits.

use purser::solve::arbitrage::Status;

use super::{instance, product, solved};

/// Of 10, 100, 1,000, 3,000 and 10,000 pools.
const KNOWN: [(&str, [f64; 5]); 3] = [
    ("product", [213.5561123334, 7727.4174605184, 73343.8917645948, 220869.471861354, 758503.415471328]),
    ("mixed", [140.4387340493, 1762.8907528380, 21605.5993973446, 59573.9763995810, 201726.997543486]),
    ("neareq", [0.0070242612, 8.2525463558, 283.7731646939, 1032.1892838227, 3752.9125058648]),
];

#[test]
fn every_known_optimum_is_found_and_proven() {
    for (family, optima) in KNOWN {
        for (pools, optimum) in [10, 100, 1_000, 3_000, 10_000].into_iter().zip(optima) {
            let instance = instance(&format!("{family}_{pools}"));
            let (_, _, answer) = solved(&instance.values, &instance.pools);
            let name = format!("{family}_{pools}: {answer:?}");
            assert_eq!(answer.status, Status::Solved, "{name}");
            // The digits that are written down.
            let tolerance = 1e-9 * optimum + 5e-11;
            assert!((answer.objective - optimum).abs() <= tolerance, "{name} is not {optimum}");
            assert!((answer.bound - optimum).abs() <= tolerance, "{name} is not bounded by {optimum}");
            assert!(answer.gap <= 1e-10 && answer.infeasibility <= 1e-10, "{name}");
        }
    }
}

/// Two pools of the same pair, by hand: buy where it is cheap until both prices are one, fees apart.
#[test]
fn two_pools_meet_in_the_middle() {
    let pools = [product([0, 1], [100.0, 400.0], 1.0), product([0, 1], [200.0, 200.0], 1.0)];
    let (market, solver, answer) = solved(&[1.0, 1e-6], &pools);
    // Without fees both pools end at one price. x comes out of the first in token 0 where it is … the liquidity
    // √(R₀·R₁) of both adds up, and so do the reserves of token 1.
    let (first, second) = (200.0, 200.0);
    let price = (600.0 / (first + second)) * (600.0 / (first + second));
    let left = 300.0 - (first + second) / f64::sqrt(price);
    assert!((answer.objective - left).abs() < 1e-4 * left, "{answer:?} is not {left}");
    let flows = solver.flows(&market);
    let second_token: f64 = flows.iter().map(|flow| flow[1]).sum();
    assert!(second_token.abs() < 1e-3, "{flows:?}");
}

#[test]
fn where_nothing_pays_nothing_is_done() {
    let even = [product([0, 1], [100.0, 100.0], 0.997), product([1, 2], [50.0, 50.0], 0.997)];
    let (market, solver, answer) = solved(&[1.0; 3], &even);
    assert_eq!((answer.status, answer.objective, answer.bound), (Status::Solved, 0.0, 0.0));
    assert_eq!(answer.gap, 0.0);
    assert!(solver.flows(&market).iter().flatten().all(|flow| *flow == 0.0));
    for values in [vec![], vec![1.0]] {
        assert_eq!(solved(&values, &[]).2.status, Status::Solved);
    }
}

/// Of a curve that ends no more can be had than is there.
#[test]
fn a_curve_that_ends_gives_what_it_has() {
    let mut ends = product([0, 1], [100.0, 1_000.0], 0.997);
    ends.available = [2.0, 1_000.0];
    let pools = [ends, product([0, 1], [1e6, 1e9], 1.0)];
    let (market, solver, answer) = solved(&[1.0, 1e-6], &pools);
    assert_eq!(answer.status, Status::Solved, "{answer:?}");
    let flows = solver.flows(&market);
    // 100·1000/98 − 1000 before the fee, bought from the other pool.
    let paid = (100_000.0 / 98.0 - 1_000.0) / 0.997;
    assert!((flows[0][0] - 2.0).abs() < 1e-9 && (flows[0][1] + paid).abs() < 1e-9, "{flows:?}");
    let cost = 1e15 / (1e9 - paid) - 1e6;
    assert!(
        (flows[1][1] - paid).abs() < 1e-9 && (answer.objective - (2.0 - cost)).abs() < 1e-9,
        "{answer:?}"
    );
}
