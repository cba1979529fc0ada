//! How long the best circulation through a set of pools takes, from nothing and block by block, how far from
//! optimal it may be, and how long a conic solver takes for the same. On one thread.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use purser::solve::arbitrage::{Answer, Instance, Market, Pool, Solver, Status};
use serde_json::json;

use crate::networks_of_pools::{Random, network};
use crate::report::{Report, millis, quantile};
use crate::{baseline, direct, integers, quotes};

/// Optima to twelve digits, of 10, 100, 1,000, 3,000 and 10,000 pools.
const KNOWN: [(&str, [f64; 5]); 3] = [
    ("product", [213.5561123334, 7727.4174605184, 73343.8917645948, 220869.471861354, 758503.415471328]),
    ("mixed", [140.4387340493, 1762.8907528380, 21605.5993973446, 59573.9763995810, 201726.997543486]),
    ("neareq", [0.0070242612, 8.2525463558, 283.7731646939, 1032.1892838227, 3752.9125058648]),
];
const SIZES: [usize; 5] = [10, 100, 1_000, 3_000, 10_000];
/// Most milliseconds from nothing, by number of pools.
const COLD_MS: [(usize, f64); 3] = [(1_000, 0.3), (10_000, 4.0), (100_000, 60.0)];
/// Of the real snapshot: from nothing, and in a block.
const SNAPSHOT_COLD_P99_MS: f64 = 5.0;
const SNAPSHOT_WARM_P50_MS: f64 = 0.3;
const SNAPSHOT_WARM_P99_MS: f64 = 5.0;
/// Most that value and bound may differ by, and that the value may differ from the known optimum or from the
/// conic solver's, all relative.
const GAP: f64 = 1e-8;
const KNOWN_ERROR: f64 = 1e-9;
const CONIC_ERROR: f64 = 1e-6;
/// Networks from seeds.
const NETWORKS: u64 = 10_000;
/// Most pools the conic solver is asked about, most that its optimum is compared at, and its time limit.
const CONIC_POOLS: usize = 2_000;
const CONIC_COMPARED: usize = 300;
const CONIC_LIMIT: Duration = Duration::from_secs(20);
/// The part of all pools that a block moves, and by how much a price moves at most.
const MOVED: f64 = 0.01;

/// What the command line says.
#[derive(Default)]
pub struct Choices {
    /// One object per instance on standard output.
    pub json: bool,
    /// A file with real pools.
    pub snapshot: Option<PathBuf>,
    /// The interpreter that has CVXPY.
    pub python: Option<PathBuf>,
}

/// What was measured of one instance.
struct Row {
    name: String,
    pools: usize,
    market: Vec<f64>,
    cold: Vec<f64>,
    warm: Vec<f64>,
    answer: Answer,
    /// Blocks that ended without a proof.
    unproven: usize,
    warm_steps: [f64; 2],
    conic: Option<f64>,
    /// What whole units cost, relative to the value.
    integers: Option<f64>,
}

pub fn measure(choices: &Choices, report: &mut Report) {
    eprintln!("Circulations through pools, on one thread");
    head(choices);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arbitrage/instances");
    let (mut gap, mut error, mut conic_error, mut unproven) = (0.0_f64, 0.0_f64, 0.0_f64, 0);
    for (family, optima) in KNOWN {
        for (size, optimum) in SIZES.into_iter().zip(optima) {
            let name = format!("{family}_{size}");
            let instance = read(&folder.join(format!("{name}.json.gz")));
            let (row, apart) = row(&name, &instance, choices);
            // Ten decimals of it are written down.
            error = error.max(((row.answer.objective - optimum).abs() - 5e-11).max(0.0) / optimum);
            gap = gap.max(row.answer.gap);
            conic_error = conic_error.max(apart);
            unproven += row.unproven;
            promise(&row, report);
        }
    }
    for seed in 1..=3 {
        let (row, _) = row(&format!("random_1000_{seed}"), &drawn(1_000, seed), choices);
        gap = gap.max(row.answer.gap);
        unproven += row.unproven;
    }
    let (large, _) = row("random_100000", &drawn(100_000, 1), choices);
    gap = gap.max(large.answer.gap);
    unproven += large.unproven;
    promise(&large, report);
    unproven += networks(choices, report);
    quotes::measure("1,000 random pools", &drawn(1_000, 1), report);
    if let Some(path) = &choices.snapshot {
        let real = read(path);
        quotes::measure("the snapshot", &real, report);
        let (row, _) = row("snapshot", &real, choices);
        gap = gap.max(row.answer.gap);
        unproven += row.unproven;
        report.promise(
            "solver, snapshot, from nothing, p99",
            quantile(&row.cold, 0.99),
            "ms",
            SNAPSHOT_COLD_P99_MS,
        );
        report.promise(
            "solver, snapshot, a block, p50",
            quantile(&row.warm, 0.5),
            "ms",
            SNAPSHOT_WARM_P50_MS,
        );
        report.promise(
            "solver, snapshot, a block, p99",
            quantile(&row.warm, 0.99),
            "ms",
            SNAPSHOT_WARM_P99_MS,
        );
    }
    report.promise("solver: largest gap", gap, "", GAP);
    report.promise("solver: largest error against known optima", error, "", KNOWN_ERROR);
    report.promise("solver: largest difference to the conic form", conic_error, "", CONIC_ERROR);
    report.promise("solver: answers without a proof", unproven as f64, "", 0.0);
}

fn promise(row: &Row, report: &mut Report) {
    let name = format!("solver, {}, from nothing, p50", row.name);
    if let Some((_, most)) = COLD_MS.iter().find(|(pools, _)| *pools == row.pools) {
        report.promise(name, quantile(&row.cold, 0.5), "ms", *most);
    }
}

fn read(path: &Path) -> Instance {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Instance::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Measures one instance; answers also how far the conic solver's optimum is, where that is compared.
fn row(name: &str, instance: &Instance, choices: &Choices) -> (Row, f64) {
    let (values, pools) = (&instance.values, &instance.pools);
    let samples = (200_000 / pools.len().max(1)).clamp(5, 100);
    let (mut markets, mut cold) = (Vec::new(), Vec::new());
    let mut answer = Answer::default();
    for _ in 0..samples {
        // The best of five: what else the machine does is not the solver's time.
        let (mut of_market, mut of_solve) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..5 {
            let start = Instant::now();
            let market = Market::new(values, pools).unwrap();
            of_market = of_market.min(millis(start.elapsed()));
            let start = Instant::now();
            answer = Solver::new(&market).solve(&market);
            of_solve = of_solve.min(millis(start.elapsed()));
        }
        markets.push(of_market);
        cold.push(of_solve);
    }
    let (warm, warm_steps, unproven) = blocks(instance, 2 * samples);
    let (mut conic, mut apart) = (None, 0.0);
    if pools.len() <= CONIC_POOLS {
        let start = Instant::now();
        if let Some(objective) = direct::solve(values, pools, CONIC_LIMIT) {
            conic = Some(millis(start.elapsed()));
            if pools.len() <= CONIC_COMPARED {
                apart = (objective - answer.objective).abs() / answer.objective;
            }
        }
    }
    let unproven = unproven + usize::from(answer.status != Status::Solved);
    let row = Row {
        integers: integers::loss(instance),
        name: name.to_owned(),
        pools: pools.len(),
        market: markets,
        cold,
        warm,
        answer,
        unproven,
        warm_steps,
        conic,
    };
    row.print(choices);
    if let Some(python) = &choices.python {
        baseline::print(python, name, instance, answer.objective);
    }
    (row, apart)
}

/// Blocks that each move some pools' prices: milliseconds of taking them over and solving, the steps of either
/// method per block, and how many blocks ended without a proof. The last block is compared with a solve from
/// nothing.
fn blocks(instance: &Instance, count: usize) -> (Vec<f64>, [f64; 2], usize) {
    let mut pools = instance.pools.clone();
    if pools.is_empty() {
        return (Vec::new(), [0.0; 2], 0);
    }
    // Five that see the same: the best of them is taken.
    let mut replicas: Vec<(Market, Solver)> = (0..5)
        .map(|_| {
            let market = Market::new(&instance.values, &pools).unwrap();
            let mut solver = Solver::new(&market);
            solver.solve(&market);
            (market, solver)
        })
        .collect();
    let (mut times, mut steps, mut unproven) = (Vec::new(), [0.0; 2], 0);
    let mut random = Random(7);
    let mut last = Answer::default();
    for _ in 0..count {
        let moved: Vec<usize> = (0..(MOVED * pools.len() as f64).ceil() as usize)
            .map(|_| {
                let index = random.below(pools.len());
                let factor = (1.0 + random.between(-MOVED, MOVED)).sqrt();
                let reserves = &mut pools[index].reserves;
                *reserves = [reserves[0] * factor, reserves[1] / factor];
                index
            })
            .collect();
        let of_replica = |(market, solver): &mut (Market, Solver)| {
            let start = Instant::now();
            for index in &moved {
                market.update(*index, &pools[*index]).unwrap();
            }
            last = solver.solve(market);
            millis(start.elapsed())
        };
        times.push(replicas.iter_mut().map(of_replica).fold(f64::INFINITY, f64::min));
        steps[0] += f64::from(last.newton_steps) / count as f64;
        steps[1] += f64::from(last.interior_steps) / count as f64;
        unproven += usize::from(last.status != Status::Solved);
    }
    let market = Market::new(&instance.values, &pools).unwrap();
    let cold = Solver::new(&market).solve(&market);
    assert!(
        (cold.objective - last.objective).abs() <= KNOWN_ERROR * cold.bound,
        "block by block {last:?} is found, from nothing {cold:?}"
    );
    (times, steps, unproven)
}

fn head(choices: &Choices) {
    let line = format!(
        "{:<16} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>9} {:>22} {:>8} {:>8} {:>8} {:>9}",
        "instance",
        "pools",
        "market",
        "cold p50",
        "cold p99",
        "warm p50",
        "warm p99",
        "steps",
        "warm",
        "value",
        "gap",
        "missing",
        "integers",
        "conic ms"
    );
    say(choices, &line);
}

/// A line of the table: on standard output unless that is for objects.
fn say(choices: &Choices, line: &str) {
    if choices.json {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
}

impl Row {
    fn print(&self, choices: &Choices) {
        let q = |times: &[f64], share| if times.is_empty() { 0.0 } else { quantile(times, share) };
        let answer = &self.answer;
        let conic = self.conic.map_or_else(|| "–".to_owned(), |time| format!("{time:.1}"));
        let line = format!(
            "{:<16} {:>7} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>6} {:>9} {:>22.10} {:>8.1e} {:>8.1e} {:>8} {:>9}",
            self.name,
            self.pools,
            q(&self.market, 0.5),
            q(&self.cold, 0.5),
            q(&self.cold, 0.99),
            q(&self.warm, 0.5),
            q(&self.warm, 0.99),
            format!("{}+{}", answer.newton_steps, answer.interior_steps),
            format!("{:.1}+{:.1}", self.warm_steps[0], self.warm_steps[1]),
            answer.objective,
            answer.gap,
            answer.infeasibility,
            self.integers.map_or_else(|| "–".to_owned(), |loss| format!("{loss:.1e}")),
            conic,
        );
        say(choices, &line);
        if choices.json {
            let object = json!({
                "instance": self.name,
                "pools": self.pools,
                "cold_ms_p50": q(&self.cold, 0.5),
                "cold_ms_p99": q(&self.cold, 0.99),
                "warm_ms_p50": q(&self.warm, 0.5),
                "warm_ms_p99": q(&self.warm, 0.99),
                "objective": answer.objective,
                "bound": answer.bound,
                "gap": answer.gap,
                "infeasibility": answer.infeasibility,
                "integer_loss": self.integers,
                "clarabel_ms": self.conic,
            });
            println!("{object}");
        }
    }
}

/// Small random networks of every kind, each solved once, in one row: sums of values, largest gaps. Answers how many ended without a proof. The gap is
/// relative to the value, or to what the last digit of a price moves where that is more.
fn networks(choices: &Choices, report: &mut Report) -> usize {
    let (mut cold, mut unproven, mut pools_in_all) = (Vec::new(), 0, 0);
    let mut sum = Answer { status: Status::Solved, ..Answer::default() };
    for seed in 0..NETWORKS {
        let (values, pools) = network(seed);
        let market = Market::new(&values, &pools).unwrap();
        let start = Instant::now();
        let mut solver = Solver::new(&market);
        let answer = solver.solve(&market);
        cold.push(millis(start.elapsed()));
        pools_in_all += pools.len();
        unproven += usize::from(answer.status != Status::Solved || !answer.objective.is_finite());
        let prices = solver.prices(&market);
        let depth: f64 = pools.iter().map(|pool| pool.reserves[0] * prices[pool.tokens[0]]).sum();
        let scale = answer.bound.max(GAP.recip() * 1e-16 * depth).max(f64::MIN_POSITIVE);
        sum.objective += answer.objective;
        sum.bound += answer.bound;
        sum.gap = sum.gap.max(answer.gap * answer.bound / scale);
        sum.infeasibility = sum.infeasibility.max(answer.infeasibility * answer.bound / scale);
    }
    report.promise("solver: largest gap of 10,000 random networks", sum.gap, "", GAP);
    let row = Row {
        name: format!("networks_{NETWORKS}"),
        pools: pools_in_all,
        market: Vec::new(),
        cold,
        warm: Vec::new(),
        answer: sum,
        unproven,
        warm_steps: [0.0; 2],
        conic: None,
        integers: None,
    };
    row.print(choices);
    unproven
}

/// A market as it is at a block: prices over six decades, depths over several, half a per cent of mispricing,
/// three fees and three weights, 2·√m tokens.
fn drawn(count: usize, seed: u64) -> Instance {
    let mut random = Random(seed);
    let tokens = (2.0 * (count as f64).sqrt()).round() as usize;
    let values: Vec<f64> = (0..tokens).map(|_| 10_f64.powf(random.between(-3.0, 3.0))).collect();
    let mut pools = Vec::new();
    for _ in 0..count {
        let first = random.below(tokens);
        let second = (first + 1 + random.below(tokens - 1)) % tokens;
        let ends = [first, second];
        let depth = 10_f64.powf(random.between(4.0, 7.0));
        let weight = [0.5, 0.5, 0.5, 0.8, 0.2][random.below(5)];
        let off = random.between(-0.01, 0.01).exp();
        let reserves = [depth * weight / values[ends[0]], depth * (1.0 - weight) / values[ends[1]] * off];
        let keeps = [0.9995, 0.997, 0.99][random.below(3)];
        pools.push(Pool { tokens: ends, reserves, available: [f64::INFINITY; 2], keeps, weight });
    }
    Instance { values, pools }
}
