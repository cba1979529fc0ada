//! What every pool costs that is used.

use purser::solve::arbitrage::{Market, Pool, Solver, Status};

use super::networks::network;
use super::{instance, product, solved};

fn net(
    values: &[f64],
    pools: &[Pool],
    costs: &[f64],
) -> (Market, Solver, purser::solve::arbitrage::NetAnswer) {
    let market = Market::new(values, pools).unwrap();
    let mut solver = Solver::new(&market);
    let answer = solver.solve_net(&market, costs);
    (market, solver, answer)
}

/// The value net of costs is what the flows are worth less the costs of the pools they use, and no more than
/// the bound; both fall as gas rises, and closing pools is worth more than paying for all of them.
#[test]
fn what_costs_rise_by_is_never_won() {
    for name in ["product_100", "mixed_100", "neareq_100", "product_1000", "neareq_1000"] {
        let instance = instance(name);
        let (values, pools) = (&instance.values, &instance.pools);
        let (market, solver, free) = solved(values, pools);
        let used = solver.flows(&market).iter().filter(|flow| flow[0].abs() > 0.0).count();
        let mut before = (free.objective, free.bound);
        for step in 0..6 {
            let gas = free.objective / used as f64 * 0.25 * f64::from(step);
            let costs = vec![gas; pools.len()];
            let (market, solver, answer) = net(values, pools, &costs);
            assert!(answer.net <= answer.bound * (1.0 + 1e-9), "{name}: {answer:?}");
            let most = 1.0 + 1e-9;
            assert!(answer.net <= before.0 * most && answer.bound <= before.1 * most, "{name}: {answer:?}");
            assert!(
                answer.net >= free.objective - gas * used as f64 - 1e-9 * free.bound,
                "{name}: {answer:?}"
            );
            before = (answer.net, answer.bound);

            let flows = solver.flows(&market);
            let paying = flows.iter().filter(|flow| flow[0].abs() > 0.0).count();
            assert_eq!(paying, answer.used, "{name}");
            let mut left = vec![0.0; values.len()];
            for (pool, flow) in pools.iter().zip(&flows) {
                left[pool.tokens[0]] += flow[0];
                left[pool.tokens[1]] += flow[1];
            }
            let worth: f64 = left.iter().zip(values).map(|(left, value)| left * value).sum();
            let apart = (worth - gas * paying as f64 - answer.net).abs();
            assert!(apart <= 1e-7 * free.bound, "{name}: {worth} {answer:?}");
        }
    }
}

#[test]
fn without_costs_nothing_changes() {
    let instance = instance("mixed_100");
    let (_, _, free) = solved(&instance.values, &instance.pools);
    let (_, _, answer) = net(&instance.values, &instance.pools, &[]);
    assert_eq!((answer.answer.objective, answer.costs), (free.objective, 0.0));
    assert_eq!((answer.net, answer.bound), (free.objective, free.bound));
}

/// Where every set of pools can be tried, none beats the bound, and what is found is close to the best.
#[test]
fn no_set_of_pools_beats_the_bound() {
    let (mut found, mut possible, mut tried) = (0.0, 0.0, 0);
    for seed in 0..3_000 {
        let (values, pools) = network(seed);
        let (_, _, free) = solved(&values, &pools);
        if pools.len() > 7 || free.objective <= 0.0 {
            continue;
        }
        let gas = 0.2 * free.objective;
        let mut best = 0.0_f64;
        for set in 1_u32..1 << pools.len() {
            let chosen: Vec<Pool> = pools
                .iter()
                .enumerate()
                .filter(|(index, _)| set >> index & 1 == 1)
                .map(|(_, pool)| *pool)
                .collect();
            let (_, _, answer) = solved(&values, &chosen);
            best = best.max(answer.objective - gas * chosen.len() as f64);
        }
        let (_, _, answer) = net(&values, &pools, &vec![gas; pools.len()]);
        let slack = 1e-7 * free.objective;
        assert!(best <= answer.bound + slack, "{seed}: {best} {answer:?}");
        assert!(answer.net <= best + slack, "{seed}: {best} {answer:?}");
        (found, possible, tried) =
            (found + answer.net / free.objective, possible + best / free.objective, tried + 1);
    }
    assert!(tried > 50, "{tried}");
    assert!(found >= 0.9 * possible, "{found} of {possible}");
}

/// More than anything earns: nothing is done.
#[test]
fn nothing_is_done_for_less_than_it_costs() {
    let pools = [product([0, 1], [100.0, 120.0], 0.997), product([0, 1], [120.0, 100.0], 0.997)];
    let (market, solver, answer) = net(&[1.0, 1.0], &pools, &[1e3, 1e3]);
    assert_eq!((answer.net, answer.costs, answer.used), (0.0, 0.0, 0));
    assert!(solver.flows(&market).iter().flatten().all(|flow| *flow == 0.0));
    assert!(answer.bound >= 0.0);
    // The next solve without costs is not held back by it.
    let mut solver = solver;
    let again = solver.solve(&market);
    assert_eq!(again.status, Status::Solved);
    assert!(again.objective > 0.0 && solver.flows(&market)[0][0].abs() > 0.0, "{again:?}");
}
