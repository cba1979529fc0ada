//! Arbitrage between chains: one look at all of them.

use std::sync::Arc;

use crate::cycle::{Cycle, CycleError, News, Tick, decided, halted, outcome};
use crate::domain::{Outcome, Spent};
use crate::journal::Journal;
use crate::observe::{Observation, accounting};
use crate::strategies::cross_chain::{Goal, decide};
use crate::telemetry::{clock, events, gauges};

impl Cycle {
    /// Looks at all chains, decides, judges and records. In live mode, and unless halted, the plan is accepted.
    ///
    /// # Errors
    /// [`CycleError`] when there is no snapshot to decide from; nothing was written.
    pub async fn trade(&self, goal: &Goal, journal: &Journal, news: &mut News) -> Result<Tick, CycleError> {
        let Observation { snapshot, open } = self.observer.observe(Some(journal)).await?;
        // After what the chains showed: a leg that ended meanwhile is in its trade.
        let trades = journal.trades(clock::now().minus(Spent::WINDOW)).await?;
        let goal = Goal { open, trades, ..goal.clone() };
        gauges::show_exposure(&self.metrics, &goal.assets, &goal.trades, &snapshot);
        let snapshot = Arc::new(snapshot);
        let input = Arc::clone(&snapshot);
        let decision = decided(move || decide(&input, &goal)).await?;
        let mut tick = self.judged(decision, snapshot, Some(journal)).await?;
        let to_accept = tick.plan.as_ref().filter(|_| self.live);
        if let Some(plan) = to_accept {
            tick.record.outcome = outcome(plan, self.stands_against(&tick, journal).await?)?;
        }
        let is_news = news.is_news(&tick.record);
        events::traded(&self.metrics, &tick.record, is_news);
        if is_news {
            journal.record_decision(&tick.record).await?;
        }
        if let (Some(plan), Outcome::Accepted { .. }) = (to_accept, &tick.record.outcome) {
            tick.accepted = journal.accept_plan(plan, &tick.values, clock::now()).await?.len();
        }
        Ok(tick)
    }

    /// Why its plan is not accepted, if so.
    async fn stands_against(&self, tick: &Tick, journal: &Journal) -> Result<Option<String>, CycleError> {
        if let Some(reason) = halted(journal).await? {
            return Ok(Some(reason));
        }
        // Opened later, with a leg's effect in them, the books would count that twice.
        let unopened = accounting::new_positions(&journal.ledger().await?, &tick.snapshot);
        if let Some((position, _)) = unopened.first() {
            return Ok(Some(format!("the books of {position} are not open; the first scan opens them")));
        }
        Ok(self.observer.confirm(&tick.snapshot).await.err())
    }
}
