//! Ticks on the local network: observing and deciding, without carrying out.

use std::path::Path;
use std::time::Instant;

use purser::config::Config;
use purser::cycle::Cycle;
use purser::journal::Journal;
use purser::run::House;
use purser::run::goal::goal;
use purser::run::rules::rules;

use crate::report::{Report, millis, quantile};

/// Ticks measured, after some that warm up.
const TICKS: usize = 100;
const WARM_UP: usize = 5;

/// The very first tick, recorded in a new journal: pools are explored, fees and prices are asked.
pub async fn first(config: &Path, report: &mut Report) {
    eprintln!("Ticks");
    let (cycle, journal) = open(config).await;
    let start = Instant::now();
    let tick = cycle.tick(&journal).await.unwrap();
    report.add("first tick of a process, recorded", millis(start.elapsed()), "ms");
    assert!(tick.plan.is_some(), "nothing to decide: {:?}", tick.record.outcome);
    journal.close().await;
}

/// Ticks beside a long history.
pub async fn steady(config: &Path, report: &mut Report) {
    let (cycle, journal) = open(config).await;
    journal.checked().await.unwrap();
    let mut times = Vec::new();
    for turn in 0..WARM_UP + TICKS {
        let start = Instant::now();
        let tick = cycle.preview(Some(&journal)).await.unwrap();
        let time = millis(start.elapsed());
        assert!(
            tick.plan.is_some(),
            "a tick that decides nothing measures nothing: {:?}",
            tick.record.outcome
        );
        if turn >= WARM_UP {
            times.push(time);
        }
    }
    report.add("tick, observing and deciding, p50", quantile(&times, 0.5), "ms");
    report.add("tick, observing and deciding, p99", quantile(&times, 0.99), "ms");
    journal.close().await;
}

async fn open(config: &Path) -> (Cycle, Journal) {
    let house = House::build(Config::load(config).unwrap().config).unwrap();
    let wallet = house.wallet().unwrap();
    let cycle = Cycle {
        observer: house.observer(wallet).unwrap(),
        goal: goal(&house.config).unwrap(),
        rules: rules(&house.config, wallet, house.solana_owner().unwrap().unwrap_or_default()),
        metrics: house.metrics.clone(),
        live: false,
    };
    let journal = Journal::open(&house.journal_path()).await.unwrap();
    (cycle, journal)
}
