//! What an answer claims is checked from its prices and flows alone, with formulas that are not the solver's.

use purser::solve::arbitrage::{Answer, Market, Pool, Solver};

use super::{instance, solved};

/// The best profit with one pool at prices, by golden section over what goes in: no closed form.
fn best(pool: &Pool, prices: &[f64]) -> f64 {
    let of = |side: usize| {
        let (input, output) = (1 - side, side);
        let weights =
            if side == 0 { [pool.weight, 1.0 - pool.weight] } else { [1.0 - pool.weight, pool.weight] };
        let (here, there) = (pool.reserves[input], pool.reserves[output]);
        let given = |amount: f64| {
            let part = (here / (here + pool.keeps * amount)).powf(weights[1] / weights[0]);
            (there * (1.0 - part)).min(pool.available[output])
        };
        let profit =
            |amount: f64| prices[pool.tokens[output]] * given(amount) - prices[pool.tokens[input]] * amount;
        let (mut low, mut high) = (0.0, 1e3 * here);
        for _ in 0..200 {
            let (left, right) = (low + (high - low) * 0.382, low + (high - low) * 0.618);
            if profit(left) < profit(right) { low = left } else { high = right }
        }
        profit(0.5 * (low + high)).max(0.0)
    };
    of(0).max(of(1))
}

/// Checks an answer; everything is relative to the bound.
pub(super) fn check(values: &[f64], pools: &[Pool], market: &Market, solver: &Solver, answer: &Answer) {
    let prices = solver.prices(market);
    for (price, value) in prices.iter().zip(values) {
        assert!(*price >= value * (1.0 - 1e-12), "a price below its token's value bounds nothing");
    }
    let bound: f64 = pools.iter().map(|pool| best(pool, &prices)).sum();
    // Differences of deep pools' values are no better than their last digits.
    let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * prices[pool.tokens[0]]).sum();
    let scale = answer.bound.max(1e-8 * depth);
    assert!((bound - answer.bound).abs() <= 1e-6 * scale, "{bound} is not {answer:?}");

    let flows = solver.flows(market);
    let mut left = vec![0.0; values.len()];
    for (pool, flow) in pools.iter().zip(&flows) {
        // In goes at most one token, and the invariant holds.
        assert!(flow[0] <= 0.0 || flow[1] <= 0.0, "{flow:?}");
        let after = [0, 1].map(|side: usize| {
            let (reserve, flow) = (pool.reserves[side], flow[side]);
            assert!(flow <= pool.available[side] * (1.0 + 1e-12));
            if flow > 0.0 { reserve - flow } else { reserve - pool.keeps * flow }
        });
        let invariant =
            |[first, second]: [f64; 2]| pool.weight * f64::ln(first) + (1.0 - pool.weight) * f64::ln(second);
        assert!(invariant(after) >= invariant(pool.reserves) - 1e-12, "{pool:?} {flow:?}");
        left[pool.tokens[0]] += flow[0];
        left[pool.tokens[1]] += flow[1];
    }
    let worth: f64 = left.iter().zip(values).map(|(left, value)| left * value).sum();
    assert!((worth - answer.objective).abs() <= 1e-7 * scale, "{worth} is not {answer:?}");
    let missing: f64 = left.iter().zip(values).map(|(left, value)| (-left).max(0.0) * value).sum();
    assert!(missing <= 1e-7 * scale, "{missing} is missing: {answer:?}");
}

#[test]
fn known_instances_hold() {
    for name in ["product_100", "mixed_100", "neareq_100", "neareq_10", "product_1000"] {
        let instance = instance(name);
        let (market, solver, answer) = solved(&instance.values, &instance.pools);
        check(&instance.values, &instance.pools, &market, &solver, &answer);
    }
}
