//! The daemon: lock, preflight, recovery, tasks, shutdown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::act::{ActError, Engine, Parts};
use crate::api::{Health, ServeError, serve};
use crate::chains::evm::ChainStats;
use crate::chains::evm::announce::Announcements;
use crate::config::{Config, Mode};
use crate::cycle::arbitrage::Desk;
use crate::cycle::{Cycle, CycleError};
use crate::domain::ChainName;
use crate::journal::{Journal, JournalError};
use crate::run::cross_chain::Between;
use crate::run::preflight::{Preflight, PreflightError, preflight};
use crate::run::rules::rules;
use crate::run::{House, HouseError, arbitrage, cross_chain, goal};
use crate::strategies::rebalance::GoalError;
use crate::tasks::{Supervisor, TaskError};
use crate::telemetry::metrics::count_up_to;
use crate::telemetry::{Metrics, clock, gauges};

/// Between two attempts of a preflight that met unreachable chains.
const PREFLIGHT_RETRY: Duration = Duration::from_secs(5);
/// A work loop that made no progress for so long counts as stuck.
const LIVENESS: Duration = Duration::from_secs(300);

/// Why the daemon did not start or did not end in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration cannot be put to work.
    #[error(transparent)]
    House(#[from] HouseError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The targets make no goal.
    #[error(transparent)]
    Goal(#[from] GoalError),
    /// The server cannot listen.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A chain is not what the configuration says.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// The one tick came to no decision.
    #[error(transparent)]
    Tick(#[from] CycleError),
    /// The one tick could not begin.
    #[error("{0}; nothing was sent. Start again when the chains can be reached")]
    Unreachable(String),
    /// Open operations cannot be read.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The schedule cannot be kept.
    #[error("the schedule `{schedule}` cannot be kept: {error}; nothing was sent")]
    Schedule {
        /// The cron expression.
        schedule: String,
        /// What is wrong.
        error: JobSchedulerError,
    },
    /// A task ended that should not have.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// Signals cannot be received.
    #[error("signals cannot be received: {0}; nothing was sent")]
    Signals(std::io::Error),
}

/// Runs until a signal, or with `once` until the operations of one tick have ended.
///
/// # Errors
/// [`RunError`]; whatever was under way is in the journal and resumes at the next start.
pub async fn run(config: Config, once: bool) -> Result<(), RunError> {
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone()).map_err(RunError::Signals)?;
    let house = Arc::new(House::build(config)?);
    house.make_data_dir()?;
    let journal = Journal::open(&house.journal_path()).await?;
    let key = house.key()?;
    let wallet = key.address();
    let owner = house.solana_owner()?.unwrap_or_default();
    let metrics = house.metrics.clone();
    let health = Health::default();
    let live = house.config.mode == Mode::Live;
    metrics.mode.with_label_values(&[if live { "live" } else { "dry-run" }]).set(1);
    let (listen, serving) =
        serve(house.config.server.listen, metrics.clone(), health.clone(), stop.clone()).await?;
    info!(%wallet, %listen, mode = if live { "live" } else { "dry-run" }, "purser starts");

    let engine = Engine::new(Parts {
        chains: house.chains.clone(),
        settings: house.settings.clone(),
        solana: house.solana_parts()?,
        solana_recipients: house.config.policy.solana_recipients.clone(),
        journal: journal.clone(),
        iris: house.iris.clone(),
        oneinch: house.oneinch.clone(),
        prices: Arc::clone(&house.prices),
        rules: rules(&house.config, wallet, owner),
        signer: key.signer().clone(),
        execution: house.config.execution.clone(),
        cctp: house.config.cctp.clone(),
        metrics: metrics.clone(),
        live,
    });
    let desks = arbitrage::desks(&house, wallet, &rules(&house.config, wallet, owner), live)?;
    let between = Between::of(&house).map_err(HouseError::from)?;
    let cycle = Cycle {
        observer: house.observer_of(wallet, owner)?,
        goal: goal::goal(&house.config)?,
        rules: rules(&house.config, wallet, owner),
        metrics: metrics.clone(),
        live,
    };
    let work =
        Work { house, journal, engine, cycle, wake: Arc::default(), metrics, health, stop: stop.clone() };
    let drain = Duration::from_secs(work.house.config.execution.drain_seconds);
    let mut supervisor = Supervisor::new(stop.clone());
    supervisor.spawn("server", serving);
    supervisor.spawn("work", async move {
        let ended = work.run(once, desks, between).await;
        work.journal.close().await;
        if once {
            work.stop.cancel();
        }
        ended
    });
    let ended = supervisor.run(drain).await;
    info!("purser ends; open operations are in the journal");
    Ok(ended?)
}

struct Work {
    house: Arc<House>,
    journal: Journal,
    engine: Engine,
    cycle: Cycle,
    /// Wakes the engine before its poll: a route has one block or a few.
    wake: Arc<Notify>,
    metrics: Metrics,
    health: Health,
    stop: CancellationToken,
}

impl Work {
    async fn run(
        &self,
        once: bool,
        desks: Vec<(Announcements, Desk)>,
        between: Option<Between>,
    ) -> Result<(), RunError> {
        for check in ["preflight", "recovery", "scan"] {
            self.health.set(check, Err("not finished".to_owned()));
        }
        self.health.beat("work", clock::now(), LIVENESS);
        if !self.pass_preflight(once).await? {
            return Ok(());
        }
        let recovery = tokio::select! {
            recovery = self.engine.recover() => recovery?,
            () = self.stop.cancelled() => return Ok(()),
        };
        info!(
            open = recovery.open,
            undecided = recovery.undecided,
            moved = recovery.moved,
            "recovery is finished; ticks begin"
        );
        self.health.set("recovery", Ok(()));
        let (due, mut ticks) = mpsc::channel::<()>(1);
        let mut scheduler = if once { None } else { Some(self.schedule(due.clone()).await?) };
        // The first look does not wait for the schedule.
        let _ = due.try_send(());
        let ticked = AtomicBool::new(false);
        let (ticking, acting) = (self.tick_when_due(&mut ticks, &ticked, once), self.act(&ticked, once));
        let dealing = self.deal(once, desks);
        let ended = tokio::try_join!(ticking, acting, dealing, self.trade(once, between)).map(|_| ());
        if let Some(scheduler) = &mut scheduler
            && let Err(error) = scheduler.shutdown().await
        {
            warn!("the scheduler did not stop: {error}");
        }
        ended
    }

    /// Waits until every chain is reachable and is what the configuration says; `false` when asked
    /// to stop meanwhile. Once does not wait.
    async fn pass_preflight(&self, once: bool) -> Result<bool, RunError> {
        loop {
            let outcome = tokio::select! {
                outcome = self.preflight() => outcome?,
                () = self.stop.cancelled() => return Ok(false),
            };
            self.health.beat("work", clock::now(), LIVENESS);
            match outcome {
                Preflight::Passed => {
                    self.health.set("preflight", Ok(()));
                    return Ok(true);
                }
                Preflight::Unreachable(reasons) => {
                    let reason = reasons.join("; ");
                    if once {
                        return Err(RunError::Unreachable(reason));
                    }
                    warn!("preflight: {reason}; nothing is decided or signed until it passes");
                    self.health.set("preflight", Err(reason));
                }
            }
            tokio::select! {
                () = sleep(PREFLIGHT_RETRY) => {}
                () = self.stop.cancelled() => return Ok(false),
            }
        }
    }

    /// The house's preflight, and then the nonces the key begins at.
    async fn preflight(&self) -> Result<Preflight, RunError> {
        match preflight(&self.house).await? {
            Preflight::Passed => {
                let unread = self.engine.begin_nonces().await?;
                Ok(if unread.is_empty() { Preflight::Passed } else { Preflight::Unreachable(unread) })
            }
            unreachable @ Preflight::Unreachable(_) => Ok(unreachable),
        }
    }

    /// The schedule only enqueues: a tick that is due while one runs is that one tick.
    async fn schedule(&self, due: mpsc::Sender<()>) -> Result<JobScheduler, RunError> {
        let schedule = self.house.config.schedule().unwrap_or_default().to_owned();
        let failed = |error| RunError::Schedule { schedule: schedule.clone(), error };
        let scheduler = JobScheduler::new().await.map_err(failed)?;
        let metrics = self.metrics.clone();
        let job = Job::new(schedule.as_str(), move |_, _| {
            metrics.succeeded("schedule", clock::now());
            let _ = due.try_send(());
        })
        .map_err(failed)?;
        scheduler.add(job).await.map_err(failed)?;
        scheduler.start().await.map_err(failed)?;
        Ok(scheduler)
    }

    async fn tick_when_due(
        &self,
        ticks: &mut mpsc::Receiver<()>,
        ticked: &AtomicBool,
        once: bool,
    ) -> Result<(), RunError> {
        loop {
            tokio::select! {
                due = ticks.recv() => if due.is_none() { return Ok(()) },
                () = self.stop.cancelled() => return Ok(()),
            }
            let outcome = tokio::select! {
                outcome = self.cycle.tick(&self.journal) => outcome,
                () = self.stop.cancelled() => return Ok(()),
            };
            match outcome {
                Ok(_) => {
                    self.health.set("scan", Ok(()));
                    self.metrics.succeeded("tick", clock::now());
                }
                Err(error) if once => return Err(error.into()),
                Err(error) => {
                    error!("the tick came to no decision: {error}");
                    self.health.set("scan", Err(error.to_string()));
                }
            }
            ticked.store(true, Ordering::Release);
            if once {
                return Ok(());
            }
        }
    }

    /// Arbitrage on every chain that has it, until asked to stop. Once does none: it is about one tick.
    async fn deal(&self, once: bool, desks: Vec<(Announcements, Desk)>) -> Result<(), RunError> {
        let mut dealing = JoinSet::new();
        for desk in desks.into_iter().filter(|_| !once) {
            let (journal, house) = (self.journal.clone(), Arc::clone(&self.house));
            let (health, wake, stop) = (self.health.clone(), Arc::clone(&self.wake), self.stop.clone());
            dealing.spawn(arbitrage::run(desk, journal, house, health, wake, stop));
        }
        while let Some(ended) = dealing.join_next().await {
            if let Err(error) = ended {
                // The others go on; the health page shows the one that does not.
                error!("arbitrage on a chain was cut off: {error}. This is a defect");
            }
        }
        Ok(())
    }

    /// Arbitrage between chains, where it is configured, until asked to stop. Once does none.
    async fn trade(&self, once: bool, between: Option<Between>) -> Result<(), RunError> {
        if let Some(between) = between.filter(|_| !once) {
            let (health, wake, stop) = (self.health.clone(), Arc::clone(&self.wake), self.stop.clone());
            cross_chain::run(&self.cycle, between, &self.journal, health, wake, stop).await;
        }
        Ok(())
    }

    /// Carries open operations on; with `once` until the tick was made and none can be carried on.
    async fn act(&self, ticked: &AtomicBool, once: bool) -> Result<(), RunError> {
        let poll = Duration::from_millis(self.house.config.execution.poll_ms.max(10));
        loop {
            // Asked before the pass: what the tick accepted is then among the open operations.
            let last = once && ticked.load(Ordering::Acquire);
            let pass = tokio::select! {
                pass = self.engine.pass() => pass,
                () = self.no_longer_waiting() => return Ok(()),
            };
            let now = clock::now();
            self.health.beat("work", now, LIVENESS);
            let moved = match pass {
                Ok(pass) => {
                    self.metrics.succeeded("pass", now);
                    if last && pass.open == pass.stuck {
                        return Ok(());
                    }
                    if last
                        && pass.moved == 0
                        && let Some(reason) = self.engine.closed().await?
                    {
                        warn!(open = pass.open, "operations stay open: {reason}");
                        return Ok(());
                    }
                    pass.moved > 0
                }
                Err(error) => {
                    error!("open operations could not be worked on: {error}");
                    false
                }
            };
            self.show().await;
            if self.stop.is_cancelled() {
                return Ok(());
            }
            if !moved {
                tokio::select! {
                    () = sleep(poll) => {}
                    () = self.wake.notified() => {}
                    () = self.stop.cancelled() => return Ok(()),
                }
            }
        }
    }

    /// Ends when half of the drain has passed since the daemon was asked to stop. What still waits for
    /// the outside then is dropped where it waits: the journal has everything it needs to resume.
    async fn no_longer_waiting(&self) {
        self.stop.cancelled().await;
        let drain = Duration::from_secs(self.house.config.execution.drain_seconds);
        sleep(drain.checked_div(2).unwrap_or_default()).await;
    }

    async fn show(&self) {
        for (name, chain) in &self.house.chains {
            show_requests(&self.metrics, name, &chain.stats());
        }
        if let Some(solana) = &self.house.solana {
            show_requests(&self.metrics, solana.name(), &solana.stats());
        }
        if let Ok(open) = self.journal.open_operations().await {
            gauges::show_operations(&self.metrics, &open, clock::now());
        }
        match self.journal.halted().await {
            Ok(halt) => {
                self.metrics.halted.set(i64::from(halt.is_some()));
                let reason = |halt: crate::journal::Halt| format!("halted: {}", halt.reason);
                self.health.set("journal", Ok(()));
                self.health.set("halt", halt.map_or(Ok(()), |halt| Err(reason(halt))));
            }
            Err(error) => self.health.set("journal", Err(error.to_string())),
        }
    }
}

/// Brings the request counters up to what the chain counted.
fn show_requests(metrics: &Metrics, chain: &ChainName, stats: &ChainStats) {
    for endpoint in &stats.endpoints {
        for call in &endpoint.calls {
            let labels = [chain.as_str(), &endpoint.endpoint, call.method.as_str(), call.outcome.as_str()];
            count_up_to(&metrics.rpc_requests, &labels, call.count);
        }
    }
}

/// SIGTERM and SIGINT ask for an end in order.
fn stop_on_signals(stop: CancellationToken) -> Result<(), std::io::Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}
