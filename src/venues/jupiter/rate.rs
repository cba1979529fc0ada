//! How often Jupiter may be asked: a sliding window, and the stand-down it asks for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep_until};

use super::error::JupiterError;
use crate::domain::Timestamp;
use crate::telemetry::clock;

/// Jupiter counts the requests of the last 60 seconds. The second more is for requests that take
/// longer to arrive than those before them.
pub const WINDOW: Duration = Duration::from_secs(61);
/// Nobody asks for so long after a 429 that does not say until when.
const STAND_DOWN: Duration = Duration::from_secs(10);
/// No stand-down is longer, whatever a reply says.
pub const LONGEST_STAND_DOWN: Duration = Duration::from_secs(120);

/// The requests of the last window, those that wait for their turn included.
#[derive(Debug)]
pub struct Window {
    limit: usize,
    span: Duration,
    turns: VecDeque<Instant>,
}

impl Window {
    /// At most `limit` requests within any `span`.
    pub fn new(limit: u32, span: Duration) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX).max(1), span, turns: VecDeque::new() }
    }

    /// Takes the next turn and answers when it is; `None`, and no turn taken, when that is later than
    /// `patience` from `now`.
    pub fn take(&mut self, now: Instant, patience: Duration) -> Option<Instant> {
        while self.turns.front().is_some_and(|turn| now.saturating_duration_since(*turn) >= self.span) {
            self.turns.pop_front();
        }
        let blocking = self.turns.len().checked_sub(self.limit).and_then(|index| self.turns.get(index));
        let turn = match blocking {
            Some(turn) => turn.checked_add(self.span)?.max(now),
            None => now,
        };
        if turn.saturating_duration_since(now) > patience {
            return None;
        }
        self.turns.push_back(turn);
        Some(turn)
    }
}

/// One bucket of requests that Jupiter counts together.
#[derive(Debug)]
pub(super) struct Bucket {
    window: Mutex<Window>,
    standing_down: Mutex<Option<(Instant, Timestamp)>>,
}

impl Bucket {
    pub(super) fn new(limit: u32) -> Self {
        Self { window: Mutex::new(Window::new(limit, WINDOW)), standing_down: Mutex::new(None) }
    }

    /// Waits for its turn, at most `patience` long.
    pub(super) async fn turn(&self, patience: Duration) -> Result<(), JupiterError> {
        self.stands_down()?;
        let turn = {
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            window.take(Instant::now(), patience)
        };
        let turn = turn.ok_or_else(|| JupiterError::Unavailable {
            reason: "too many requests of ours are waiting for their turn".to_owned(),
            sent: false,
        })?;
        sleep_until(turn).await;
        // Jupiter may have asked for a stand-down while this request waited.
        self.stands_down()
    }

    fn stands_down(&self) -> Result<(), JupiterError> {
        let standing_down = self.standing_down.lock().unwrap_or_else(PoisonError::into_inner);
        match *standing_down {
            Some((ends, until)) if Instant::now() < ends => Err(JupiterError::RateLimited { until }),
            Some(_) | None => Ok(()),
        }
    }

    /// After a 429.
    pub(super) fn refused(&self, headers: &HeaderMap) -> JupiterError {
        let now = clock::now();
        let stand_down = reset(headers, now).unwrap_or(STAND_DOWN);
        JupiterError::RateLimited { until: self.stand_down(now, stand_down) }
    }

    /// After any other reply: when nothing is left, the next request would be refused.
    pub(super) fn heed(&self, headers: &HeaderMap) {
        let remaining = number(headers, "x-ratelimit-remaining");
        let now = clock::now();
        if let Some(reset) = reset(headers, now)
            && remaining.is_some_and(|remaining| remaining <= 0)
        {
            self.stand_down(now, reset);
        }
    }

    fn stand_down(&self, now: Timestamp, length: Duration) -> Timestamp {
        let (until, begun) = (now.plus(length), Instant::now());
        let ends = begun.checked_add(length).unwrap_or(begun);
        let mut standing_down = self.standing_down.lock().unwrap_or_else(PoisonError::into_inner);
        if standing_down.is_none_or(|(other, _)| other < ends) {
            *standing_down = Some((ends, until));
        }
        until
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// How long until the reset that `headers` name, as an absolute time in seconds. It is rounded up and
/// bounded.
pub fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let seconds = number(headers, "x-ratelimit-reset").filter(|seconds| *seconds > 0)?;
    let at = Timestamp::from_millis(seconds.checked_add(1)?.checked_mul(1_000)?);
    Some(at.since(now).clamp(Duration::from_secs(1), LONGEST_STAND_DOWN))
}
