//! The check of the whole file, which a large journal finishes after the daemon is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::watch;

use crate::journal::JournalError;

/// Steps of SQLite's virtual machine between two looks at whether the check should stop.
const STEPS: i32 = 10_000;

/// A running or finished check. `None` while it runs, then what it found.
type Outcome = Option<Result<(), String>>;

/// SQLite's `quick_check` on a connection of its own. Reading a gigabyte takes longer than a
/// restart may, so only the first moments are waited for; damage found later stops all writing,
/// and with it all signing.
#[derive(Debug)]
pub(super) struct FileCheck {
    stop: Arc<AtomicBool>,
    outcome: watch::Receiver<Outcome>,
}

impl FileCheck {
    /// Starts the check and waits for it up to `patience`.
    pub(super) async fn start(
        options: SqliteConnectOptions,
        patience: Duration,
    ) -> Result<Self, JournalError> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = options.connect().await?;
        let stopped = Arc::clone(&stop);
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !stopped.load(Ordering::Relaxed));
        let (sender, outcome) = watch::channel(None);
        tokio::spawn(async move {
            let found = run(&mut connection).await.map_err(|error| match error {
                JournalError::Corrupt { detail } => detail,
                other => format!("the check did not finish: {other}"),
            });
            // Nobody listens any more when the journal was closed meanwhile.
            let _ = sender.send(Some(found));
        });
        let check = Self { stop, outcome };
        match tokio::time::timeout(patience, check.finished()).await {
            Ok(found) => found.map(|()| check),
            Err(_) => Ok(check),
        }
    }

    /// The damage found so far.
    pub(super) fn verdict(&self) -> Result<(), JournalError> {
        match &*self.outcome.borrow() {
            Some(Err(detail)) => Err(JournalError::Corrupt { detail: detail.clone() }),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Waits until the whole file was read.
    pub(super) async fn finished(&self) -> Result<(), JournalError> {
        let mut outcome = self.outcome.clone();
        match outcome.wait_for(Option::is_some).await {
            Ok(_) => self.verdict(),
            Err(_) => Err(JournalError::Corrupt { detail: "the check of the file was cut off".to_owned() }),
        }
    }

    /// Ends the check where it is.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for FileCheck {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn run(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(5)").fetch_all(connection).await?;
    sound(&lines)
}

/// Whether a `PRAGMA …_check` found nothing.
pub(super) fn sound(lines: &[String]) -> Result<(), JournalError> {
    match lines {
        [only] if only == "ok" => Ok(()),
        found => Err(JournalError::Corrupt { detail: found.join("; ") }),
    }
}
