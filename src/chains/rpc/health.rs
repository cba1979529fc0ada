//! What is remembered about one endpoint: failures, its head, its chain id.
//!
//! A failing endpoint is left alone for a while (a small circuit breaker), so that a dead or
//! limiting one costs at most one request per pause.

use std::time::{Duration, Instant};

/// Pause after the first failure; it doubles with every further one in a row.
pub const COOL_DOWN_START: Duration = Duration::from_millis(500);
/// Longest pause after ordinary failures.
pub const COOL_DOWN_MAX: Duration = Duration::from_secs(15);
/// Pause after 429 without a `Retry-After`.
pub const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(5);
/// Longest `Retry-After` that is obeyed; a longer one is a mistake or an attack.
pub const RATE_LIMIT_MAX: Duration = Duration::from_secs(120);
/// Pause after an endpoint answered for another chain.
pub const WRONG_CHAIN_PAUSE: Duration = Duration::from_secs(300);
/// How long a remembered head says anything about lag.
pub const HEAD_MEMORY: Duration = Duration::from_secs(60);
/// How long an endpoint found behind is not asked before it gets another chance.
pub const BEHIND_PAUSE: Duration = Duration::from_secs(5);
/// How long a checked chain id is trusted. Endpoints behind a balancer can change.
pub const CHAIN_ID_MEMORY: Duration = Duration::from_secs(60);

/// The memory of one endpoint.
#[derive(Debug, Clone, Default)]
pub(in crate::chains) struct Health {
    failures: u32,
    paused_until: Option<Instant>,
    behind_until: Option<Instant>,
    head: Option<(u64, Instant)>,
    lag: Option<u64>,
    chain_checked: Option<Instant>,
}

impl Health {
    pub(in crate::chains) fn succeeded(&mut self) {
        self.failures = 0;
        self.paused_until = None;
    }

    /// A failure that says the endpoint is unwell; `pause` overrides the doubling.
    pub(in crate::chains) fn failed(&mut self, now: Instant, pause: Option<Duration>) {
        self.failures = self.failures.saturating_add(1);
        let pause = pause.unwrap_or_else(|| cool_down(self.failures));
        self.paused_until = now.checked_add(pause);
        self.chain_checked = None;
    }

    pub(in crate::chains) fn is_cooling_down(&self, now: Instant) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    pub(in crate::chains) fn is_behind(&self, now: Instant) -> bool {
        self.behind_until.is_some_and(|until| now < until)
    }

    pub(in crate::chains) fn note_head(&mut self, now: Instant, number: u64) {
        self.head = Some((number, now));
    }

    /// Remembers the lag; beyond `max_lag` the endpoint is not asked for [`BEHIND_PAUSE`].
    pub(in crate::chains) fn note_lag(&mut self, now: Instant, lag: u64, max_lag: u64) {
        self.lag = Some(lag);
        self.behind_until = if lag > max_lag { now.checked_add(BEHIND_PAUSE) } else { None };
    }

    pub(in crate::chains) fn lag(&self) -> Option<u64> {
        self.lag
    }

    pub(in crate::chains) fn last_head(&self) -> Option<u64> {
        self.head.map(|(number, _)| number)
    }

    pub(in crate::chains) fn recent_head(&self, now: Instant) -> Option<u64> {
        self.head
            .filter(|(_, seen)| now.saturating_duration_since(*seen) < HEAD_MEMORY)
            .map(|(number, _)| number)
    }

    pub(in crate::chains) fn needs_chain_check(&self, now: Instant) -> bool {
        self.chain_checked.is_none_or(|at| now.saturating_duration_since(at) >= CHAIN_ID_MEMORY)
    }

    pub(in crate::chains) fn chain_checked(&mut self, now: Instant) {
        self.chain_checked = Some(now);
    }
}

/// `COOL_DOWN_START · 2^(failures − 1)`, at most [`COOL_DOWN_MAX`].
fn cool_down(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    COOL_DOWN_START.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(COOL_DOWN_MAX)
}
