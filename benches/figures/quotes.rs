//! How long it takes to say what an amount brings through all pools of a network at once, one quote after another.

use std::time::Instant;

use purser::solve::arbitrage::{Instance, Market, Quoter, Solver, Status};

use crate::networks_of_pools::Random;
use crate::report::{Report, millis, quantile};

/// Most milliseconds of a quote, p50.
const QUOTE_MS: f64 = 0.5;
/// Pairs of tokens, and quotes of each.
const PAIRS: usize = 20;
const QUOTES: usize = 50;
/// Tokens that pairs are made of: those that most is held of.
const DEEPEST: usize = 40;

/// Quotes over `instance`: sizes of a millionth to a hundredth of what is held of the token that is sold.
pub fn measure(name: &str, instance: &Instance, report: &mut Report) {
    let (values, pools) = (&instance.values, &instance.pools);
    let market = Market::new(values, pools).unwrap();
    let mut solver = Solver::new(&market);
    solver.solve(&market);
    let prices = solver.prices(&market);
    let mut held = vec![0.0; prices.len()];
    for pool in pools {
        for (token, reserve) in pool.tokens.into_iter().zip(pool.reserves) {
            held[token] += reserve;
        }
    }
    let mut deepest: Vec<usize> = (0..prices.len()).collect();
    deepest.sort_by(|a, b| (held[*b] * prices[*b]).total_cmp(&(held[*a] * prices[*a])));
    deepest.truncate(DEEPEST);
    let mut random = Random(11);
    let (mut times, mut gap, mut unproven) = (Vec::new(), 0.0_f64, 0_usize);
    for _ in 0..PAIRS {
        let sold = random.below(deepest.len());
        let bought = (sold + 1 + random.below(deepest.len() - 1)) % deepest.len();
        let (sold, bought) = (deepest[sold], deepest[bought]);
        let mut quoter = Quoter::new(&prices, pools, sold, bought).unwrap();
        // Its first one begins without prices.
        quoter.quote(held[sold] * 1e-4).unwrap();
        for _ in 0..QUOTES {
            let amount = held[sold] * 10_f64.powf(random.between(-6.0, -2.0));
            let start = Instant::now();
            let quote = quoter.quote(amount).unwrap();
            times.push(millis(start.elapsed()));
            unproven += usize::from(quote.answer.status != Status::Solved);
            gap = gap.max(quote.answer.gap);
        }
    }
    eprintln!(
        "quotes over {name}: {} of {PAIRS} pairs, largest gap {gap:.1e}, {unproven} unproven",
        times.len()
    );
    report.promise(format!("quote over {name}, p50"), quantile(&times, 0.5), "ms", QUOTE_MS);
    report.add(format!("quote over {name}, p99"), quantile(&times, 0.99), "ms");
    report.add(format!("quote over {name}, without a proof"), unproven as f64, "");
}
