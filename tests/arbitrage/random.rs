//! Random networks of every kind.

use purser::solve::arbitrage::{Market, Solver, Status};

use super::certificate::check;
use super::networks::{Random, network};
use super::solved;

/// Every answer is proven, and every twentieth is looked at from outside.
#[test]
fn every_answer_is_proven() {
    for seed in 0..10_000 {
        let (values, pools) = network(seed);
        let (market, solver, answer) = solved(&values, &pools);
        assert!(answer.bound.is_finite() && answer.objective.is_finite(), "{seed}: {answer:?}");
        assert_eq!(answer.status, Status::Solved, "{seed}: {answer:?}");
        let prices = solver.prices(&market);
        let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * prices[pool.tokens[0]]).sum();
        // A price has a last digit, which moves that part of what the pools hold.
        let noise = 1e-16 * depth;
        assert!(
            (answer.bound - answer.objective).abs() <= 1e-8 * answer.bound + noise,
            "{seed}: {answer:?} {noise}"
        );
        assert!(answer.infeasibility * answer.bound <= 1e-8 * answer.bound + noise, "{seed}: {answer:?}");
        if seed % 20 == 0 {
            check(&values, &pools, &market, &solver, &answer);
        }
    }
}

/// From the prices of before the same optimum is found as from nothing, block after block.
#[test]
fn warm_is_cold() {
    for seed in 0..400 {
        let (values, mut pools) = network(seed);
        if pools.is_empty() {
            continue;
        }
        let mut market = Market::new(&values, &pools).unwrap();
        let mut solver = Solver::new(&market);
        solver.solve(&market);
        let mut random = Random(seed);
        for block in 0..5 {
            for _ in 0..1 + pools.len() / 20 {
                let index = random.below(pools.len());
                let factor = random.between(0.99, 1.01);
                let pool = &mut pools[index];
                pool.reserves = [pool.reserves[0] * factor, pool.reserves[1] / factor];
                market.update(index, pool).unwrap();
            }
            let warm = solver.solve(&market);
            let (_, _, cold) = solved(&values, &pools);
            assert_eq!(
                (warm.status, cold.status),
                (Status::Solved, Status::Solved),
                "{seed} {block}: {warm:?} {cold:?}"
            );
            let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * values[pool.tokens[0]]).sum();
            let apart = (warm.objective - cold.objective).abs();
            assert!(apart <= 1e-9 * cold.bound + 1e-15 * depth, "{seed} {block}: {warm:?} {cold:?}");
        }
    }
}
