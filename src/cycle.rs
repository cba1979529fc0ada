//! One tick: observe, decide, judge, record; in live mode accept the plan for execution.
//!
//! Recovery comes before the first tick: see `run`.

pub mod arbitrage;
mod convert;
mod cross_chain;
mod news;

pub use news::News;

use std::sync::Arc;
use std::time::Instant;

use crate::domain::price::Rounding;
use crate::domain::snapshot::Reading;
use crate::domain::{DecisionRecord, Outcome, Plan, Snapshot, Spent, Step, Usd};
use crate::journal::{Journal, JournalError, Ledger};
use crate::observe::{Observation, ObserveError, Observer, accounting};
use crate::policy::{Rules, Verdict, judge_step};
use crate::strategies::Decision;
use crate::strategies::rebalance::{Goal, decide, wanted};
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
    /// What each of its steps moves.
    pub values: Vec<Usd>,
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
        let Observation { mut snapshot, open } = self.observer.observe(journal).await?;
        let mut goal = self.goal.clone();
        goal.open = open;
        snapshot.quotes = self.observer.quotes(&wanted(&snapshot, &goal), journal).await?;
        let snapshot = Arc::new(snapshot);
        let started = Instant::now();
        let input = Arc::clone(&snapshot);
        let decision = decided(move || decide(&input, &goal)).await?;
        self.metrics.solver_duration.observe(started.elapsed().as_secs_f64());
        self.judged(decision, snapshot, journal).await
    }

    /// A decision with what policy says of its plan; a plan that is denied is none.
    async fn judged(
        &self,
        decision: Decision,
        snapshot: Arc<Snapshot>,
        journal: Option<&Journal>,
    ) -> Result<Tick, CycleError> {
        let Decision { mut record, mut plan } = decision;
        let spent = match journal {
            Some(journal) => journal.spent_since(clock::now().minus(Spent::WINDOW)).await?,
            None => Spent::default(),
        };
        let judged = plan.as_ref().map(|plan| {
            let worth = |step: &Step| snapshot.worth(step.spends(), Rounding::Up);
            let values: Vec<Usd> = plan.steps.iter().map(worth).collect::<Reading<_>>()?;
            judge(&self.rules, &self.metrics, plan, &values, spent, &mut record).map(|()| values)
        });
        let values = match judged.transpose() {
            Ok(values) => values.unwrap_or_default(),
            Err(reason) => {
                record.outcome = Outcome::Refused { reason };
                plan = None;
                Vec::new()
            }
        };
        Ok(Tick { snapshot, record, plan, values, accepted: 0 })
    }

    /// One tick with its record. In live mode, and unless halted, its plan is accepted.
    pub async fn tick(&self, journal: &Journal) -> Result<Tick, CycleError> {
        let started = Instant::now();
        let before = journal.ledger().await?;
        let mut tick = self.preview(Some(journal)).await?;
        let ledger = journal.ledger().await?;
        let missing = self.show(journal, &tick, &before, &ledger).await?;
        let new = accounting::new_positions(&ledger, &tick.snapshot);
        let confirmed = self.confirm(&tick, !new.is_empty()).await;
        if confirmed.is_ok() {
            for (position, units) in new {
                journal.open_position(&position, units, clock::now()).await?;
            }
        }
        let to_accept = tick.plan.as_ref().filter(|_| self.live);
        if let Some(plan) = to_accept {
            let against = halted(journal).await?.or(missing).or(confirmed.err());
            tick.record.outcome = outcome(plan, against)?;
        }
        journal.record_decision(&tick.record).await?;
        if let (Some(plan), Outcome::Accepted { .. }) = (to_accept, &tick.record.outcome) {
            tick.accepted = journal.accept_plan(plan, &tick.values, clock::now()).await?.len();
        }
        events::decided(&self.metrics, &tick.record);
        self.metrics.tick_duration.observe(started.elapsed().as_secs_f64());
        Ok(tick)
    }

    /// What one endpoint said about the wallet is confirmed by a quorum before it becomes an opening
    /// balance, and before money moves on it.
    async fn confirm(&self, tick: &Tick, opens: bool) -> Reading<()> {
        let moves = self.live && tick.plan.is_some();
        if !moves && !opens {
            return Ok(());
        }
        let confirmed = self.observer.confirm(&tick.snapshot).await;
        if let Err(reason) = &confirmed {
            tracing::warn!("no books are opened and no plan is accepted: {reason}");
        }
        confirmed
    }

    /// Shows what was read; `before` and `after` are the ledger around the reading. What is missing on Solana,
    /// where no nonce tells that something was signed elsewhere, is a reason to accept nothing.
    async fn show(
        &self,
        journal: &Journal,
        tick: &Tick,
        before: &Ledger,
        after: &Ledger,
    ) -> Result<Option<String>, CycleError> {
        gauges::show_snapshot(&self.metrics, &tick.snapshot);
        gauges::show_deviations(&self.metrics, &tick.record);
        // The ledger must equal the chain only when nothing happened while the chain was read.
        if after == before && accounting::is_quiet(journal, &tick.snapshot).await? {
            let imbalance = accounting::imbalance(after, &tick.snapshot);
            for (position, units) in &imbalance {
                gauges::show_imbalance(&self.metrics, position, *units);
            }
            return Ok(accounting::missing_on_solana(&imbalance, &tick.snapshot));
        }
        Ok(None)
    }
}

/// Judges every step, of which each moves its value, as if the steps before it were done; the first denial.
fn judge(
    rules: &Rules,
    metrics: &Metrics,
    plan: &Plan,
    values: &[Usd],
    mut spent: Spent,
    record: &mut DecisionRecord,
) -> Reading<()> {
    let mut denied = None;
    for (step, &value) in plan.steps.iter().zip(values) {
        let verdict = judge_step(rules, step, value, spent);
        events::judged(metrics, &step.route(), &verdict);
        record.policy.push(format!("{}: {verdict}", step.route()));
        spent.moved = spent.moved.saturating_add(value);
        if let (Verdict::Deny(denial), None) = (&verdict, &denied) {
            denied = Some(format!("policy denied {} by {denial}", step.route()));
        }
    }
    denied.map_or(Ok(()), Err)
}

/// Decides where it keeps nobody waiting.
async fn decided(decide: impl FnOnce() -> Decision + Send + 'static) -> Result<Decision, CycleError> {
    tokio::task::spawn_blocking(decide).await.map_err(|error| CycleError::CutOff(error.to_string()))
}

/// What becomes of a plan: accepted, unless something stands against it.
fn outcome(plan: &Plan, against: Option<String>) -> Result<Outcome, CycleError> {
    if let Some(reason) = against {
        return Ok(Outcome::Refused { reason });
    }
    let hash = plan.hash().map_err(|error| CycleError::CutOff(error.to_string()))?;
    Ok(Outcome::Accepted { plan: hash })
}

/// Why no plan is accepted, where a halt stands.
async fn halted(journal: &Journal) -> Result<Option<String>, JournalError> {
    let halt = journal.halted().await?;
    Ok(halt.map(|halt| format!("halted: {}; `purser resume` lifts it", halt.reason)))
}
