//! How long the optimiser takes, and a whole decision: network, solution, certificate, whole units and the
//! record of it. On one thread.

use std::time::Instant;

use purser::network;
use purser::solve::rebalance::solve;
use purser::strategies::rebalance::{bands, decide};

use crate::networks;
use crate::report::{Report, millis, quantile};

/// Most milliseconds a solution over 8 chains and 5 assets may take.
const TARGET_MS: f64 = 5.0;

pub fn measure(report: &mut Report) {
    eprintln!("Deciding");
    // Chains, assets, instances.
    for (chains, assets, instances) in [(3, 3, 200), (8, 5, 200), (20, 10, 12)] {
        let (mut solutions, mut decisions) = (Vec::new(), Vec::new());
        for seed in 0..instances {
            let (snapshot, goal) = networks::instance(chains, assets, seed);
            let network = network::build(&snapshot, &goal.assets, &goal.terms, &goal.open);
            let bands = bands(&network, &goal).expect("an instance has inventory");
            solutions.push(best_of(|| {
                solve(&network, &bands, &goal.terms, &goal.effort).expect("an instance has a solution")
            }));
            decisions.push(best_of(|| decide(&snapshot, &goal)));
        }
        for (what, times) in [("solve", solutions), ("decision", decisions)] {
            let name = |share: &str| format!("rebalance {what}, {chains} chains × {assets} assets, {share}");
            for (share, value) in [("p50", quantile(&times, 0.5)), ("p99", quantile(&times, 0.99))] {
                if (what, chains, assets) == ("solve", 8, 5) {
                    report.promise(name(share), value, "ms", TARGET_MS);
                } else {
                    report.add(name(share), value, "ms");
                }
            }
        }
    }
}

/// Milliseconds of the best of five runs: what else the machine does is not the solver's time.
fn best_of<T>(run: impl Fn() -> T) -> f64 {
    let times = [(); 5].map(|()| {
        let start = Instant::now();
        std::hint::black_box(run());
        millis(start.elapsed())
    });
    times.into_iter().fold(f64::INFINITY, f64::min)
}
