//! Arbitrage between chains: one look whenever one of them has a new block.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::api::Health;
use crate::chains::evm::ChainError;
use crate::chains::evm::announce::Announcements;
use crate::cycle::{Cycle, News};
use crate::domain::snapshot::Reading;
use crate::journal::Journal;
use crate::run::House;
use crate::run::goal::cross_chain;
use crate::strategies::cross_chain::Goal;
use crate::telemetry::clock;

/// Between two looks where no block is announced.
const POLL: Duration = Duration::from_secs(2);
/// Without a snapshot for so long it counts as stuck.
const LIVENESS: Duration = Duration::from_secs(300);
/// Its name on the health page and in the metrics.
const CHECK: &str = "cross-chain";

/// What arbitrage between chains works with.
pub struct Between {
    goal: Goal,
    /// What announces the blocks of its chains.
    announcements: Vec<Announcements>,
    /// Least time between two looks: each reads all chains.
    pause: Duration,
}

impl Between {
    /// Of the house, where it is configured.
    ///
    /// # Errors
    /// [`ChainError::Secret`] when a URL cannot be read.
    pub fn of(house: &House) -> Result<Option<Self>, ChainError> {
        let (Some(goal), Some(settings)) = (cross_chain(&house.config), &house.config.cross_chain) else {
            return Ok(None);
        };
        let of = |(name, settings)| Announcements::new(name, settings, POLL);
        let chains = house.settings.iter().filter(|(name, _)| goal.chains.contains(*name));
        let announcements = chains.map(of).collect::<Result<_, _>>()?;
        Ok(Some(Self { goal, announcements, pause: Duration::from_millis(settings.pause_ms) }))
    }
}

/// Trades until asked to stop; `wake` tells the engine that there is something to carry out.
pub(super) async fn run(
    cycle: &Cycle,
    Between { goal, announcements, pause }: Between,
    journal: &Journal,
    health_page: Health,
    wake: Arc<Notify>,
    stop: CancellationToken,
) {
    let (mut news, mut said) = (News::default(), None);
    let block = Arc::new(Notify::new());
    let mut listening = JoinSet::new();
    for mut one in announcements {
        let block = Arc::clone(&block);
        listening.spawn(async move {
            loop {
                one.next().await;
                block.notify_one();
            }
        });
    }
    loop {
        let began = Instant::now();
        let traded = tokio::select! {
            traded = cycle.trade(&goal, journal, &mut news) => traded,
            () = stop.cancelled() => return,
        };
        let reading: Reading<()> = traded.as_ref().map(|_| ()).map_err(ToString::to_string);
        if said.as_ref() != Some(&reading) {
            match &reading {
                Ok(()) => info!("arbitrage between chains follows them"),
                Err(reason) => warn!("arbitrage between chains decides nothing: {reason}"),
            }
            said = Some(reading);
        }
        if let Ok(tick) = &traded {
            health_page.beat(CHECK.to_owned(), clock::now(), LIVENESS);
            cycle.metrics.succeeded(CHECK, clock::now());
            if tick.accepted > 0 {
                wake.notify_one();
            }
        }
        let next = async {
            block.notified().await;
            sleep_until(began.checked_add(pause).unwrap_or(began)).await;
        };
        tokio::select! {
            () = next => {}
            () = stop.cancelled() => return,
        }
    }
}
