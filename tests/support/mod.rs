//! What the tests share: the daemon as a process on a local network of its own.

pub mod rig;
pub mod solana;

use std::time::{Duration, Instant};

pub use rig::{Rig, Setup};

/// Polls `condition` until it gives something, for `limit` at most; fails with `what` afterwards.
pub async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
