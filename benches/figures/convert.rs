//! How long a conversion takes once its quotes are in: network, split, proof, whole units and the record, on
//! one thread.

use std::sync::Arc;
use std::time::Instant;

use alloy::primitives::Address;
use purser::domain::pool::Pool;
use purser::domain::{Amount, QuoteView, Snapshot, Venue};
use purser::network::OpenRoutes;
use purser::strategies::convert::{Goal, Request, decide};

use crate::networks::{self, Random, UNIT};
use crate::report::{Report, millis, quantile};

/// Most milliseconds over 5 venues × 10 sizes.
const TARGET_MS: f64 = 2.0;
/// Instances.
const INSTANCES: u64 = 500;

pub fn measure(report: &mut Report) {
    eprintln!("Converting");
    let (mut times, mut parts, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 0..INSTANCES {
        let (snapshot, goal) = instance(seed);
        let decision = decide(&snapshot, &goal);
        let plan = decision.plan.unwrap_or_else(|| panic!("nothing is decided: {:?}", decision.record));
        parts.push(plan.steps.len() as f64);
        gaps.push(plan.certificate.gap().micros() as f64 / 1e6);
        // The best of three: what else the machine does is not the solver's time.
        let runs = [(); 3].map(|()| {
            let start = Instant::now();
            std::hint::black_box(decide(&snapshot, &goal));
            millis(start.elapsed())
        });
        times.push(runs.into_iter().fold(f64::INFINITY, f64::min));
    }
    report.promise("convert, 5 venues × 10 sizes, p50", quantile(&times, 0.5), "ms", TARGET_MS);
    report.promise("convert, 5 venues × 10 sizes, p99", quantile(&times, 0.99), "ms", TARGET_MS);
    report.add("convert: parts of a split, p50", quantile(&parts, 0.5), "");
    report.add("convert: parts of a split, most", quantile(&parts, 1.0), "");
    report.add("convert: gap of the certificate, largest", quantile(&gaps, 1.0), "$");
}

/// A pair and a concentrated pool, and three venues that were asked about ten sizes of a sale that is large
/// enough to be split.
fn instance(seed: u64) -> (Snapshot, Goal) {
    let mut random = Random(seed);
    let (mut snapshot, _) = networks::instance(1, 2, seed);
    let amount = networks::usd((50_000 + u128::from(random.below(950_000))) * UNIT, 1);
    let view = snapshot.chains.get_mut(&networks::chain(0)).unwrap().as_mut().unwrap();
    view.balances.get_mut(&networks::asset(1)).unwrap().on_chain = amount.clone();
    view.pools.clear();
    for (place, pool) in
        [networks::v3_pool(0, 1, &mut random), networks::v2_pool(0, 1, &mut random)].into_iter().enumerate()
    {
        view.pools.push(Arc::new(Pool { address: Address::repeat_byte(0x60 + place as u8), ..pool }));
    }
    for venue in 0..3 {
        let quote = quote(&snapshot, &amount, venue, &mut random);
        snapshot.quotes.push(Ok(quote));
    }
    let request = Request { chain: networks::chain(0), amount, to: networks::asset(0), slippage_ppm: None };
    let goal = Goal::new(request, Default::default(), networks::terms(), 10_000, OpenRoutes::default());
    (snapshot, goal)
}

/// What a venue gives for each tenth: less the more is sold.
fn quote(snapshot: &Snapshot, amount: &Amount, venue: u8, random: &mut Random) -> QuoteView {
    let rate = 1_000_000 - u128::from(random.below(1_000));
    let depth = (100_000_000 + u128::from(random.below(2_000_000_000))) * UNIT;
    let out = |sold: u128| sold * rate / 1_000_000 - sold * sold / depth;
    let samples = (1..=10).map(|tenth| amount.units() * tenth / 10).map(|sold| (sold, out(sold)));
    QuoteView {
        chain: networks::chain(0),
        venue: Venue::OneInch,
        router: Address::repeat_byte(0x40 + venue).into(),
        from: networks::asset(1),
        to: networks::asset(0),
        taken_at: snapshot.taken_at,
        samples: samples.collect(),
        refused: Vec::new(),
        slippage_ppm: 1_000,
    }
}
