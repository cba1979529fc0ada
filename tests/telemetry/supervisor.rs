//! How the daemon ends: every way a task can go wrong, and the bound of a shutdown.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use purser::tasks::{Supervisor, TaskError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const DRAIN: Duration = Duration::from_secs(30);

/// Tells when it is dropped.
struct Told(Arc<AtomicBool>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn supervisor() -> (Supervisor, CancellationToken) {
    let stop = CancellationToken::new();
    (Supervisor::new(stop.clone()), stop)
}

/// Ends when asked, after `wind_down`.
async fn obedient(stop: CancellationToken, wind_down: Duration) -> Result<(), Infallible> {
    stop.cancelled().await;
    tokio::time::sleep(wind_down).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_waits_for_the_slowest_task_and_no_longer() {
    let (mut tasks, stop) = supervisor();
    for seconds in [0, 5, 12] {
        tasks.spawn("worker", obedient(stop.clone(), Duration::from_secs(seconds)));
    }
    let begun = Instant::now();
    stop.cancel();
    assert!(tasks.run(DRAIN).await.is_ok());
    assert_eq!(begun.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ends_unasked_ends_the_others_and_is_named() {
    let (mut tasks, stop) = supervisor();
    tasks.spawn("scan", async { Ok::<(), Infallible>(()) });
    tasks.spawn("act", obedient(stop.clone(), Duration::from_secs(1)));
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert!(stop.is_cancelled(), "the others were asked to end");
    let told = error.to_string();
    assert!(told.starts_with("task scan ended: without being asked; operations are journalled"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_is_told_with_its_error() {
    let (mut tasks, stop) = supervisor();
    tasks.spawn("act", obedient(stop.clone(), Duration::ZERO));
    tasks.spawn("scan", async { Err::<(), _>("the disk is full") });
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert!(matches!(&error, TaskError::Ended { name: "scan", reason } if reason == "the disk is full"));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_is_told_with_its_words() {
    let formatted = format!("index {} is out of bounds", 7);
    for words in ["boom".to_owned(), formatted] {
        let (mut tasks, stop) = supervisor();
        tasks.spawn("act", obedient(stop.clone(), Duration::ZERO));
        let said = words.clone();
        tasks.spawn("scan", async move {
            if !said.is_empty() {
                panic!("{said}");
            }
            Ok::<(), Infallible>(())
        });
        let error = tasks.run(DRAIN).await.unwrap_err();
        assert!(
            matches!(&error, TaskError::Panicked { name: "scan", reason } if *reason == words),
            "{error}"
        );
        assert!(error.to_string().contains("this is a defect"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_while_stopping_is_told() {
    let (mut tasks, stop) = supervisor();
    let asked = stop.clone();
    tasks.spawn("journal", async move {
        asked.cancelled().await;
        Err::<(), _>("the last write failed")
    });
    stop.cancel();
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert!(matches!(error, TaskError::Ended { name: "journal", .. }));
}

#[tokio::test(start_paused = true)]
async fn the_first_error_is_the_result() {
    let (mut tasks, stop) = supervisor();
    tasks.spawn("scan", async { Err::<(), _>("first") });
    tasks.spawn("act", async move {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Err::<(), _>("second")
    });
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert!(matches!(&error, TaskError::Ended { name: "scan", reason } if reason == "first"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn tasks_that_hang_are_cut_off_after_the_drain_and_named() {
    let (mut tasks, stop) = supervisor();
    let gone = Arc::new(AtomicBool::new(false));
    for name in ["scan", "act"] {
        let told = Told(Arc::clone(&gone));
        tasks.spawn(name, async move {
            let _told = told;
            std::future::pending::<Result<(), Infallible>>().await
        });
    }
    tasks.spawn("serve", obedient(stop.clone(), Duration::from_secs(1)));
    let begun = Instant::now();
    stop.cancel();
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert_eq!(begun.elapsed(), DRAIN);
    let told = error.to_string();
    assert!(told.starts_with("act, scan did not stop within 30s and were cut off"), "{told}");
    while !gone.load(Ordering::SeqCst) {
        assert!(begun.elapsed() < DRAIN * 2, "a task that was cut off still runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_followed_by_a_hang_stays_within_the_drain_and_keeps_the_failure() {
    let (mut tasks, _stop) = supervisor();
    tasks.spawn("scan", async { Err::<(), _>("first") });
    tasks.spawn("act", std::future::pending::<Result<(), Infallible>>());
    let begun = Instant::now();
    let error = tasks.run(DRAIN).await.unwrap_err();
    assert_eq!(begun.elapsed(), DRAIN);
    assert!(matches!(error, TaskError::Ended { name: "scan", .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn without_tasks_there_is_nothing_to_wait_for() {
    let (tasks, stop) = supervisor();
    assert!(tasks.run(DRAIN).await.is_ok());
    assert!(stop.is_cancelled());
}
