//! Quantiles of any number of values in bounded room.

use std::collections::BTreeMap;

/// Values below it are counted one by one.
const EXACT: u64 = 256;
/// Buckets per power of two above: no bucket is wider than 1/128 of its values.
const STEPS: u64 = 128;
/// The power of two that [`EXACT`] is.
const FIRST: u32 = 8;
/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// How values are distributed: number, sum, least and most exactly, quantiles to within 1/128.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    buckets: BTreeMap<u64, u64>,
    count: u64,
    total: u128,
    least: u64,
    most: u64,
}

impl Distribution {
    /// Adds a value.
    pub fn add(&mut self, value: u64) {
        self.least = if self.count == 0 { value } else { self.least.min(value) };
        self.most = self.most.max(value);
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(u128::from(value));
        let bucket = self.buckets.entry(bucket(value)).or_default();
        *bucket = bucket.saturating_add(1);
    }

    /// How many there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub const fn total(&self) -> u128 {
        self.total
    }

    /// The least; zero where there is none.
    pub const fn least(&self) -> u64 {
        self.least
    }

    /// The most; zero where there is none.
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// What `ppm` millionths of the values do not exceed, rounded up to the end of its bucket; zero where there is
    /// none.
    pub fn quantile(&self, ppm: u32) -> u64 {
        let rank = u128::from(self.count).saturating_mul(u128::from(ppm)).div_ceil(WHOLE).max(1);
        let mut below: u128 = 0;
        for (bucket, count) in &self.buckets {
            below = below.saturating_add(u128::from(*count));
            if below >= rank {
                return last(*bucket).clamp(self.least, self.most);
            }
        }
        self.most
    }

    /// How many values are about in `from..to`: each counts where the end of its bucket is.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        let inside = self.buckets.iter().filter(|(bucket, _)| {
            let value = last(**bucket).clamp(self.least, self.most);
            (from..to).contains(&value)
        });
        inside.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

/// The bucket of a value: itself, or its power of two and the seven bits after the first.
const fn bucket(value: u64) -> u64 {
    if value < EXACT {
        return value;
    }
    let power = value.ilog2();
    let above = power.saturating_sub(FIRST);
    let lead = value >> above.saturating_add(1);
    let base = EXACT.saturating_add((above as u64).saturating_mul(STEPS));
    base.saturating_add(lead.saturating_sub(STEPS))
}

/// The largest value of a bucket.
const fn last(bucket: u64) -> u64 {
    if bucket < EXACT {
        return bucket;
    }
    let above = bucket.saturating_sub(EXACT) / STEPS;
    let lead = bucket.saturating_sub(EXACT) % STEPS;
    let next = (STEPS.saturating_add(lead).saturating_add(1) as u128) << above.saturating_add(1);
    let last = next.saturating_sub(1);
    if last > u64::MAX as u128 { u64::MAX } else { last as u64 }
}
