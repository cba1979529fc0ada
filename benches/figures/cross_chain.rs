//! How long a decision about the gaps between chains takes: network, circulation, whole units and the record. On one
//! thread.

use std::sync::Arc;
use std::time::Instant;

use purser::domain::pool::{Pool, PoolState, V2State};
use purser::domain::{Snapshot, Usd};
use purser::network::{OpenRoutes, Terms};
use purser::strategies::cross_chain::{Goal, decide};

use crate::networks::{self, Random};
use crate::report::{Report, millis, quantile};

/// Prices of pairs are up to so many millionths apart.
const TILT: u64 = 60_000;

pub fn measure(report: &mut Report) {
    eprintln!("Deciding about gaps between chains");
    for (chains, assets, instances) in [(3, 3, 200), (8, 5, 200)] {
        let (mut times, mut plans) = (Vec::new(), 0);
        for seed in 0..instances {
            let (snapshot, goal) = instance(chains, assets, seed);
            let mut best = f64::INFINITY;
            for _ in 0..5 {
                let start = Instant::now();
                let decision = decide(&snapshot, &goal);
                best = best.min(millis(start.elapsed()));
                plans += usize::from(decision.plan.is_some());
            }
            times.push(best);
        }
        assert!(plans > 0, "gaps that are never closed measure nothing");
        let name =
            |share: &str| format!("decision between chains, {chains} chains × {assets} assets, {share}");
        report.add(name("p50"), quantile(&times, 0.5), "ms");
        report.add(name("p99"), quantile(&times, 0.99), "ms");
    }
}

fn instance(chains: usize, assets: usize, seed: u64) -> (Snapshot, Goal) {
    let mut random = Random(seed);
    let (mut snapshot, _) = networks::instance(chains, assets, seed);
    for view in snapshot.chains.values_mut().flatten() {
        for pool in &mut view.pools {
            if let PoolState::V2(state) = pool.state {
                let tilt = state.reserves[0] / 1_000_000 * u128::from(random.below(TILT));
                let state = V2State { reserves: [state.reserves[0] + tilt, state.reserves[1]], ..state };
                *pool = Arc::new(Pool { state: PoolState::V2(state), ..Pool::clone(pool) });
            }
        }
    }
    let dollars = |whole: i128| Usd::from_micros(whole * 1_000_000);
    let goal = Goal {
        base: networks::asset(0),
        assets: (1..assets).map(networks::asset).collect(),
        chains: (0..chains).map(networks::chain).collect(),
        max_exposure: dollars(50_000),
        min_profit: dollars(1),
        max_profit: dollars(50_000),
        risk_ppm: 500,
        unwind_ppm: 20_000,
        pegs: Default::default(),
        terms: Terms { pool_share_ppm: 1_000_000, ..networks::terms() },
        open: OpenRoutes::default(),
        trades: Vec::new(),
    };
    (snapshot, goal)
}
