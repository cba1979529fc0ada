//! One tick: observe, decide, judge, record; in live mode accept the plan for execution.
//!
//! Recovery comes before the first tick: see `run`.

use std::sync::Arc;
use std::time::Instant;

use alloy::primitives::I256;

use crate::domain::price::Rounding;
use crate::domain::snapshot::Reading;
use crate::domain::{DecisionRecord, Outcome, Plan, Position, Snapshot, Spent, Usd};
use crate::journal::{Journal, JournalError};
use crate::observe::commitments::Commitments;
use crate::observe::{ObserveError, Observer, accounting};
use crate::policy::{Rules, Verdict, judge_step};
use crate::strategies::rebalance::{Decision, Goal, decide};
use crate::telemetry::{Metrics, clock, events, gauges};

/// Why a tick came to no decision. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no snapshot.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// Deciding was cut off.
    #[error("deciding was cut off: {0}; nothing was sent. This is a defect")]
    CutOff(String),
}

/// What a tick came to.
#[derive(Debug, Clone)]
pub struct Tick {
    /// What was observed.
    pub snapshot: Arc<Snapshot>,
    /// The decision.
    pub record: DecisionRecord,
    /// The plan, if there is one.
    pub plan: Option<Plan>,
    /// Operations recorded for execution.
    pub accepted: usize,
}

/// What ticks work with.
pub struct Cycle {
    /// Reads snapshots.
    pub observer: Observer,
    /// What should be reached.
    pub goal: Goal,
    /// What may be signed.
    pub rules: Rules,
    /// Metrics.
    pub metrics: Metrics,
    /// Whether plans are accepted for execution.
    pub live: bool,
}

impl Cycle {
    /// Observes, decides and judges; writes nothing and sends nothing.
    pub async fn preview(&self, journal: Option<&Journal>) -> Result<Tick, CycleError> {
        let snapshot = Arc::new(self.observer.snapshot(journal).await?);
        let mut goal = self.goal.clone();
        if let Some(journal) = journal {
            goal.open = Commitments::read(journal).await?.routes();
        }
        let started = Instant::now();
        let input = Arc::clone(&snapshot);
        let deciding = tokio::task::spawn_blocking(move || decide(&input, &goal));
        let Decision { mut record, mut plan } =
            deciding.await.map_err(|error| CycleError::CutOff(error.to_string()))?;
        self.metrics.solver_duration.observe(started.elapsed().as_secs_f64());
        let spent = match journal {
            Some(journal) => journal.spent_since(clock::now().minus(Spent::WINDOW)).await?,
            None => Spent::default(),
        };
        if let Some(denied) = plan.as_ref().and_then(|plan| self.judge(plan, &snapshot, spent, &mut record)) {
            record.outcome = Outcome::Refused { reason: denied };
            plan = None;
        }
        Ok(Tick { snapshot, record, plan, accepted: 0 })
    }

    /// One tick with its record. In live mode, and unless halted, its plan is accepted.
    pub async fn tick(&self, journal: &Journal) -> Result<Tick, CycleError> {
        let started = Instant::now();
        let ledger_before = journal.ledger().await?;
        let mut tick = self.preview(Some(journal)).await?;
        let confirmed = self.confirm(journal, &tick).await?;
        if confirmed.is_ok() {
            accounting::open_positions(journal, &tick.snapshot, clock::now()).await?;
        }
        self.show(journal, &tick, &ledger_before).await?;
        let halt = journal.halted().await?;
        let now = clock::now();
        match (&tick.plan, halt) {
            (Some(plan), None) if self.live => match confirmed.and_then(|()| values(plan, &tick.snapshot)) {
                Ok(values) => {
                    let hash = plan.hash().map_err(|error| CycleError::CutOff(error.to_string()))?;
                    tick.record.outcome = Outcome::Accepted { plan: hash };
                    journal.record_decision(&tick.record).await?;
                    tick.accepted = journal.accept_plan(plan, &values, now).await?.len();
                }
                Err(reason) => {
                    tick.record.outcome = Outcome::Refused { reason };
                    journal.record_decision(&tick.record).await?;
                }
            },
            (Some(_), Some(halt)) if self.live => {
                tick.record.outcome =
                    Outcome::Refused { reason: format!("halted: {}; `purser resume` lifts it", halt.reason) };
                journal.record_decision(&tick.record).await?;
            }
            (Some(_) | None, _) => {
                journal.record_decision(&tick.record).await?;
            }
        }
        events::decided(&self.metrics, &tick.record);
        self.metrics.tick_duration.observe(started.elapsed().as_secs_f64());
        Ok(tick)
    }

    /// What one endpoint said about the wallet is confirmed by a quorum before it becomes an opening
    /// balance, and before money moves on it.
    async fn confirm(&self, journal: &Journal, tick: &Tick) -> Result<Reading<()>, CycleError> {
        let moves = self.live && tick.plan.is_some();
        if moves || accounting::has_new_positions(journal, &tick.snapshot).await? {
            let confirmed = self.observer.confirm(&tick.snapshot).await;
            if let Err(reason) = &confirmed {
                tracing::warn!("no books are opened and no plan is accepted: {reason}");
            }
            return Ok(confirmed);
        }
        Ok(Ok(()))
    }

    /// Judges every step as if the steps before it were done; the reason of the first denial.
    fn judge(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        mut spent: Spent,
        record: &mut DecisionRecord,
    ) -> Option<String> {
        let values = match values(plan, snapshot) {
            Ok(values) => values,
            Err(reason) => return Some(reason),
        };
        let mut denied = None;
        for (step, value) in plan.steps.iter().zip(values) {
            let verdict = judge_step(&self.rules, step, value, spent);
            events::judged(&self.metrics, &step.route(), &verdict);
            record.policy.push(format!("{}: {verdict}", step.route()));
            spent.moved = spent.moved.saturating_add(value);
            if let (Verdict::Deny(denial), None) = (&verdict, &denied) {
                denied = Some(format!("policy denied {} by {denial}", step.route()));
            }
        }
        denied
    }

    async fn show(
        &self,
        journal: &Journal,
        tick: &Tick,
        ledger_before: &crate::journal::Ledger,
    ) -> Result<(), CycleError> {
        gauges::show_snapshot(&self.metrics, &tick.snapshot);
        gauges::show_deviations(&self.metrics, &tick.record);
        // The ledger must equal the chain only when nothing happened while the chain was read.
        let ledger = journal.ledger().await?;
        if ledger == *ledger_before && accounting::is_quiet(journal, &tick.snapshot).await? {
            let found: Vec<(Position, I256)> =
                accounting::imbalance(&ledger, &tick.snapshot).into_iter().collect();
            for (position, units) in &found {
                gauges::show_imbalance(&self.metrics, position, *units);
            }
        }
        Ok(())
    }
}

/// What each step moves, rounded up; or why that is unknown.
pub fn values(plan: &Plan, snapshot: &Snapshot) -> Reading<Vec<Usd>> {
    plan.steps.iter().map(|step| snapshot.worth(step.spends(), Rounding::Up)).collect()
}
