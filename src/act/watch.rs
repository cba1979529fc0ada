//! Transactions that no operation looks at any more, watched until they are final.
//!
//! A reorg may take out an approval whose burn is under way, or the burn of a transfer that has
//! arrived. Their nonces would be missing to every later transaction of the key, so the same bytes
//! are sent again. And a reclaim of rent is of a transfer that has settled.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::act::{ActError, Engine};
use crate::domain::{Leg, OperationId};
use crate::telemetry::events;

/// Between two looks. The legs that operations wait for are looked at in every pass.
const PERIOD: Duration = Duration::from_secs(5);

impl Engine {
    /// Looks at every live transaction that is not of its operation's present leg.
    pub(super) async fn watch(&self) -> Result<(), ActError> {
        if !is_time(&self.locks.watched, PERIOD).await {
            return Ok(());
        }
        let mut seen: BTreeSet<(OperationId, Leg)> = BTreeSet::new();
        let solana = self.parts.solana.iter().map(|solana| solana.chain.name());
        for chain in self.parts.chains.keys().chain(solana) {
            for attempt in self.parts.journal.live_attempts(chain).await? {
                if !seen.insert((attempt.operation.clone(), attempt.leg)) {
                    continue;
                }
                let Some(operation) = self.parts.journal.operation(&attempt.operation).await? else {
                    continue;
                };
                if operation.leg == attempt.leg && !operation.state.is_end() {
                    continue;
                }
                if let Err(error) = self.pursue(&operation, attempt.leg).await {
                    events::troubled(&operation, &error);
                }
            }
        }
        Ok(())
    }
}

/// Whether `period` is over since this last said so; the first time always.
pub(super) async fn is_time(last: &Mutex<Option<Instant>>, period: Duration) -> bool {
    let mut last = last.lock().await;
    let now = Instant::now();
    let due = last.is_none_or(|at: Instant| now.saturating_duration_since(at) >= period);
    if due {
        *last = Some(now);
    }
    due
}
