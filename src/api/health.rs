//! Liveness and readiness, as told by the tasks themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::domain::Timestamp;

/// Shared by the tasks that report and the server that answers.
#[derive(Debug, Clone, Default)]
pub struct Health {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    heartbeats: BTreeMap<String, Heartbeat>,
    checks: BTreeMap<String, Result<(), String>>,
}

#[derive(Debug, Clone, Copy)]
struct Heartbeat {
    last: Timestamp,
    allowed: Duration,
}

/// One answer: overall and line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthReport {
    /// Whether every check passed.
    pub ok: bool,
    /// Each check with `ok` or its reason.
    pub checks: BTreeMap<String, String>,
}

impl Health {
    /// A task made progress; it must do so again within `allowed`.
    pub fn beat(&self, task: impl Into<String>, at: Timestamp, allowed: Duration) {
        self.lock().heartbeats.insert(task.into(), Heartbeat { last: at, allowed });
    }

    /// Sets the result of a readiness check.
    pub fn set(&self, check: impl Into<String>, result: Result<(), String>) {
        self.lock().checks.insert(check.into(), result);
    }

    /// The work loops move. No outside dependency is consulted.
    pub fn live(&self, now: Timestamp) -> HealthReport {
        let checks: BTreeMap<String, String> = self
            .lock()
            .heartbeats
            .iter()
            .map(|(task, beat)| {
                let silent = now.since(beat.last);
                let word = if silent <= beat.allowed {
                    "ok".to_owned()
                } else {
                    format!(
                        "no progress for {} s, allowed are {} s",
                        silent.as_secs(),
                        beat.allowed.as_secs()
                    )
                };
                (task.clone(), word)
            })
            .collect();
        HealthReport { ok: checks.values().all(|word| word == "ok"), checks }
    }

    /// Recovery is over, the last scan worked, signing is not halted.
    pub fn ready(&self) -> HealthReport {
        let inner = self.lock();
        let checks: BTreeMap<String, String> = inner
            .checks
            .iter()
            .map(|(check, result)| {
                (check.clone(), result.as_ref().err().cloned().unwrap_or_else(|| "ok".to_owned()))
            })
            .collect();
        let ok = !checks.is_empty() && inner.checks.values().all(Result::is_ok);
        HealthReport { ok, checks }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
