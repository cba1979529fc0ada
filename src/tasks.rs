//! Supervised tasks: whatever ends unasked ends the process in order, and a shutdown is bounded.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinSet;
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
    /// It did not stop in time.
    #[error(
        "tasks did not stop within {0:?} and were cut off; operations are journalled and resume after a restart"
    )]
    Drain(Duration),
}

/// The daemon's long-lived tasks.
pub struct Supervisor {
    stop: CancellationToken,
    tasks: JoinSet<(&'static str, Result<(), TaskError>)>,
}

impl Supervisor {
    /// No tasks yet; cancelling `stop` asks all of them to end.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop, tasks: JoinSet::new() }
    }

    /// Starts a task. It must end when the token is cancelled and not before.
    pub fn spawn<E: std::fmt::Display + Send + 'static>(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let running = tokio::spawn(task);
        self.tasks.spawn(async move {
            let ended = match running.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(TaskError::Ended { name, reason: error.to_string() }),
                Err(error) => Err(TaskError::Panicked { name, reason: error.to_string() }),
            };
            (name, ended)
        });
    }

    /// Waits until `stop` is cancelled or a task ends, then gives the others `drain` to finish.
    pub async fn run(mut self, drain: Duration) -> Result<(), TaskError> {
        let first = tokio::select! {
            () = self.stop.cancelled() => Ok(()),
            ended = self.tasks.join_next() => match ended {
                Some(Ok((_, Err(error)))) => Err(error),
                Some(Ok((name, Ok(())))) if !self.stop.is_cancelled() => {
                    Err(TaskError::Ended { name, reason: "without being asked".to_owned() })
                }
                Some(Ok((_, Ok(())))) | None => Ok(()),
                Some(Err(error)) => Err(TaskError::Panicked { name: "supervisor", reason: error.to_string() }),
            },
        };
        self.stop.cancel();
        let drained = tokio::time::timeout(drain, async {
            let mut outcome = Ok(());
            while let Some(ended) = self.tasks.join_next().await {
                if let Ok((_, Err(error))) = ended {
                    outcome = Err(error);
                }
            }
            outcome
        })
        .await;
        match drained {
            Ok(rest) => first.and(rest),
            Err(_) => first.and(Err(TaskError::Drain(drain))),
        }
    }
}
