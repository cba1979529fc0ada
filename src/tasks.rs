//! Supervised tasks: whatever ends unasked ends the process in order, and a shutdown is bounded.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// How a task ended when it should not have.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It returned an error or returned at all.
    #[error("task {name} ended: {reason}; operations are journalled and resume after a restart")]
    Ended {
        /// Task.
        name: &'static str,
        /// Why.
        reason: String,
    },
    /// It panicked.
    #[error(
        "task {name} panicked: {reason}; this is a defect. Operations are journalled and resume after a restart"
    )]
    Panicked {
        /// Task.
        name: &'static str,
        /// What it said.
        reason: String,
    },
    /// They did not stop in time.
    #[error(
        "{tasks} did not stop within {waited:?} and were cut off; operations are journalled and resume after a restart"
    )]
    Drain {
        /// How long they had.
        waited: Duration,
        /// Their names.
        tasks: String,
    },
}

/// The daemon's long-lived tasks. Dropping it ends them.
pub struct Supervisor {
    stop: CancellationToken,
    tasks: JoinSet<Result<(), String>>,
    names: HashMap<Id, &'static str>,
}

impl Supervisor {
    /// No tasks yet; cancelling `stop` asks all of them to end.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop, tasks: JoinSet::new(), names: HashMap::new() }
    }

    /// Starts a task. It must end when the token is cancelled and not before.
    pub fn spawn<E: std::fmt::Display + Send + 'static>(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let task = self.tasks.spawn(async move { task.await.map_err(|error| error.to_string()) });
        self.names.insert(task.id(), name);
    }

    /// Waits until `stop` is cancelled or a task ends, then gives the others `drain` to finish.
    /// The first thing that went wrong is the result; whatever follows it is logged.
    pub async fn run(mut self, drain: Duration) -> Result<(), TaskError> {
        let stop = self.stop.clone();
        let mut outcome = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.next() => match ended {
                Some((name, Ok(()))) if !stop.is_cancelled() => {
                    Err(TaskError::Ended { name, reason: "without being asked".to_owned() })
                }
                Some((_, ended)) => ended,
                None => Ok(()),
            },
        };
        stop.cancel();
        let drained = tokio::time::timeout(drain, async {
            while let Some((_, ended)) = self.next().await {
                add(&mut outcome, ended);
            }
        })
        .await;
        if drained.is_err() {
            let mut late: Vec<&str> = self.names.values().copied().collect();
            late.sort_unstable();
            add(&mut outcome, Err(TaskError::Drain { waited: drain, tasks: late.join(", ") }));
        }
        outcome
    }

    /// The next task that ends.
    async fn next(&mut self) -> Option<(&'static str, Result<(), TaskError>)> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let name = self.names.remove(&id).unwrap_or("without a name");
        let ended = match ended {
            Ok((_, Ok(()))) => Ok(()),
            Ok((_, Err(reason))) => Err(TaskError::Ended { name, reason }),
            Err(error) => Err(TaskError::Panicked { name, reason: said(error) }),
        };
        Some((name, ended))
    }
}

/// Keeps the first error and logs every later one.
fn add(outcome: &mut Result<(), TaskError>, ended: Result<(), TaskError>) {
    match (&outcome, ended) {
        (Ok(()), ended) => *outcome = ended,
        (Err(_), Err(error)) => tracing::error!("{error}"),
        (Err(_), Ok(())) => {}
    }
}

/// What a panic said.
fn said(error: JoinError) -> String {
    let text = error.to_string();
    let Ok(payload) = error.try_into_panic() else { return text };
    match payload.downcast::<String>() {
        Ok(words) => *words,
        Err(payload) => payload.downcast::<&'static str>().map_or(text, |words| (*words).to_owned()),
    }
}
