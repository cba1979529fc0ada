//! Requests per sliding window, as the API's portal counts them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// The requests of the last window, by whom they count for.
#[derive(Debug, Default)]
pub struct Windows(BTreeMap<String, VecDeque<Instant>>);

/// What a request may do, and what its answer's headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether it is one too many.
    pub refused: bool,
    /// What is left; below zero once requests were refused.
    pub remaining: i64,
    /// What was used.
    pub current: u64,
    /// Until the oldest request no longer counts.
    pub reset: Duration,
}

impl Windows {
    /// Counts a request at `now` for `bucket`. One too many counts as well,
    /// and locks nobody out.
    pub fn count(&mut self, bucket: &str, limit: u32, window: Duration, now: Instant) -> Allowance {
        let recent = self.0.entry(bucket.to_owned()).or_default();
        while recent.front().is_some_and(|at| now.duration_since(*at) >= window) {
            recent.pop_front();
        }
        let refused = recent.len() >= limit as usize;
        if !refused {
            recent.push_back(now);
        }
        let current = recent.len() as u64 + u64::from(refused);
        let oldest = recent.front().copied().unwrap_or(now);
        Allowance {
            refused,
            remaining: i64::from(limit) - current as i64,
            current,
            reset: window.saturating_sub(now.duration_since(oldest)),
        }
    }
}
