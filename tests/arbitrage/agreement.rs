//! The dual's optimum against a conic solver's, which shares nothing with it.

use std::time::Duration;

use purser::solve::arbitrage::Status;

use super::{direct, instance, networks, solved};

/// What the conic solver's own tolerance leaves.
const TOLERANCE: f64 = 1e-6;
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn known_instances_agree_with_the_conic_form() {
    for name in ["product_10", "product_100", "mixed_10", "mixed_100", "neareq_10", "neareq_100"] {
        let instance = instance(name);
        let (_, _, answer) = solved(&instance.values, &instance.pools);
        let conic = direct::solve(&instance.values, &instance.pools, LIMIT);
        // Near equilibrium it sometimes stops before its end.
        let Some(objective) = conic else {
            assert!(name.starts_with("neareq"), "{name} is not solved");
            continue;
        };
        let apart = (objective - answer.objective).abs();
        assert!(apart <= TOLERANCE * answer.objective, "{name}: {objective} is not {answer:?}");
    }
}

/// Curves that end, any weight, any fee: wherever the conic solver gets to an end, it is the same one.
#[test]
fn random_networks_agree_with_the_conic_form() {
    let (mut compared, mut ended) = (0, 0);
    for seed in 0..120 {
        let (values, pools) = networks::network(seed);
        let (_, _, answer) = solved(&values, &pools);
        assert_eq!(answer.status, Status::Solved, "{seed}: {answer:?}");
        let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * values[pool.tokens[0]]).sum();
        // Of less than this the conic solver sees nothing.
        if answer.objective <= 1e-4 * depth {
            continue;
        }
        compared += 1;
        if let Some(objective) = direct::solve(&values, &pools, LIMIT) {
            ended += 1;
            let apart = (objective - answer.objective).abs();
            assert!(apart <= TOLERANCE * answer.objective, "{seed}: {objective} is not {answer:?}");
        }
    }
    assert!(2 * ended > compared && ended > 20, "only {ended} of {compared} ended");
}
