//! Random networks of every kind, each made from a seed.

use purser::solve::arbitrage::Pool;

/// A generator after Steele, Lea and Flood (`SplitMix64`): the same numbers everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` up to `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Values and pools: prices over many orders of magnitude, pools of every depth, mispricings from next to
/// nothing to absurd, curves that end, any weight, any fee. Every eighth network is larger, with few pools per
/// token and most of them against one.
pub(crate) fn network(seed: u64) -> (Vec<f64>, Vec<Pool>) {
    let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let is_large = seed % 8 == 7;
    let count = if is_large { 41 + random.below(60) } else { 2 + random.below(10) };
    let orders = random.of(&[0.0, 1.0, 6.0]);
    let values: Vec<f64> = (0..count).map(|_| 10_f64.powf(random.between(-orders, orders))).collect();
    let spread = match random.below(4) {
        0 => 1e-9,
        1 => 1e-3,
        2 => random.between(0.0, 1.0),
        _ => random.between(0.0, 3.0),
    };
    let pools = if is_large { count + random.below(3 * count) } else { random.below(60) };
    let pools = (0..pools).map(|_| pool(&mut random, &values, spread, is_large)).collect();
    // Sometimes only one token counts.
    let counts = random.below(4) > 0;
    let values = values.iter().enumerate().map(
        |(token, value)| {
            if counts || token == 0 { *value } else { 1e-3 * value }
        },
    );
    (values.collect(), pools)
}

fn pool(random: &mut Random, values: &[f64], spread: f64, is_large: bool) -> Pool {
    let first = if is_large && random.below(2) == 0 { 0 } else { random.below(values.len()) };
    let second = (first + 1 + random.below(values.len() - 1)) % values.len();
    let tokens = if random.below(2) == 0 { [first, second] } else { [second, first] };
    let depth = 10_f64.powf(random.between(2.0, 8.0));
    let ends = [0, 1].map(|_| if random.below(4) == 0 { random.between(0.0, 1.0) } else { f64::INFINITY });
    let weight = match random.below(5) {
        0..=2 => 0.5,
        3 => 0.8,
        _ => random.between(0.05, 0.95),
    };
    let weight = if ends.iter().any(|end| end.is_finite()) { 0.5 } else { weight };
    let off = (spread * random.between(-1.0, 1.0)).exp();
    let reserves = [depth * weight / values[tokens[0]], depth * (1.0 - weight) / values[tokens[1]] * off];
    let low = random.between(0.5, 1.0);
    let keeps = random.of(&[1.0, 0.9999, 0.997, 0.99, low]);
    Pool { tokens, reserves, available: [ends[0] * reserves[0], ends[1] * reserves[1]], keeps, weight }
}
