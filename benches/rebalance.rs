//! Times of whole decisions on random networks, on one thread. `--json` prints one object per size.

#![allow(
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    unreachable_pub,
    missing_docs,
    reason = "a measurement, not the daemon"
)]

use std::time::Instant;

use purser::network;
use purser::strategies::rebalance::decide;

#[path = "support/networks.rs"]
mod networks;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    if !json {
        println!(
            "{:>7} {:>6} {:>6} {:>9} {:>9} {:>9} {:>6} {:>6} {:>10} {:>10}",
            "size", "nodes", "edges", "p50 ms", "p95 ms", "max ms", "plans", "steps", "gap p50", "gap max"
        );
    }
    for (chains, assets, instances) in [(3, 1, 200), (3, 3, 200), (8, 1, 100), (8, 5, 60), (20, 10, 12)] {
        measure(chains, assets, instances, json);
    }
}

fn measure(chains: usize, assets: usize, instances: u64, json: bool) {
    let (mut times, mut gaps) = (Vec::new(), Vec::new());
    let (mut plans, mut steps, mut nodes, mut edges) = (0_usize, 0_usize, 0, 0);
    for seed in 0..instances {
        let (snapshot, goal) = networks::instance(chains, assets, seed);
        let size = network::build(&snapshot, &goal.assets, &goal.terms, &goal.open);
        (nodes, edges) = (size.nodes.len(), size.edges.len());
        // The best of five: other work on the machine is not what is measured.
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            let decision = decide(&snapshot, &goal);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
            std::hint::black_box(&decision);
        }
        times.push(best);
        if let Some(plan) = decide(&snapshot, &goal).plan {
            plans += 1;
            steps += plan.steps.len();
            let certificate = plan.certificate;
            let bound = certificate.bound.micros().max(1) as f64;
            gaps.push(certificate.gap().micros() as f64 / bound);
        }
    }
    let quantile = |values: &mut Vec<f64>, share: f64| {
        values.sort_by(f64::total_cmp);
        values.get(((values.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(f64::NAN)
    };
    let (p50, p95, max) = (quantile(&mut times, 0.5), quantile(&mut times, 0.95), quantile(&mut times, 1.0));
    let (gap50, gap_max) = (quantile(&mut gaps, 0.5), quantile(&mut gaps, 1.0));
    if json {
        println!(
            "{{\"chains\":{chains},\"assets\":{assets},\"nodes\":{nodes},\"edges\":{edges},\"p50_ms\":{p50:.4},\"p95_ms\":{p95:.4},\"max_ms\":{max:.4},\"plans\":{plans},\"steps\":{steps},\"gap_p50\":{gap50:.3e},\"gap_max\":{gap_max:.3e}}}"
        );
    } else {
        println!(
            "{:>7} {nodes:>6} {edges:>6} {p50:>9.3} {p95:>9.3} {max:>9.3} {plans:>6} {steps:>6} {gap50:>10.2e} {gap_max:>10.2e}",
            format!("{chains}x{assets}")
        );
    }
}
