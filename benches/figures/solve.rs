//! How long a decision takes: network, solution, certificate and whole units, on one thread.

use std::time::Instant;

use purser::strategies::rebalance::decide;

use crate::networks;
use crate::report::{Report, millis, quantile};

/// Most milliseconds a decision over 8 chains and 5 assets may take.
const TARGET_MS: f64 = 5.0;

pub fn measure(report: &mut Report) {
    eprintln!("Deciding");
    // Chains, assets, instances.
    for (chains, assets, instances) in [(3, 3, 200), (8, 5, 200), (20, 10, 12)] {
        let mut times = Vec::new();
        for seed in 0..instances {
            let (snapshot, goal) = networks::instance(chains, assets, seed);
            // The best of three: what else the machine does is not the solver's time.
            let runs = [(); 3].map(|()| {
                let start = Instant::now();
                std::hint::black_box(decide(&snapshot, &goal));
                millis(start.elapsed())
            });
            times.push(runs.into_iter().fold(f64::INFINITY, f64::min));
        }
        let name = |share: &str| format!("rebalance decision, {chains} chains × {assets} assets, {share}");
        let (p50, p99) = (quantile(&times, 0.5), quantile(&times, 0.99));
        if (chains, assets) == (8, 5) {
            report.promise(name("p50"), p50, "ms", TARGET_MS);
            report.promise(name("p99"), p99, "ms", TARGET_MS);
        } else {
            report.add(name("p50"), p50, "ms");
            report.add(name("p99"), p99, "ms");
        }
    }
}
