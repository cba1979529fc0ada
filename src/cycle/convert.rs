//! A conversion an operator asks for: previewed like a tick, and accepted only by their word.

use std::sync::Arc;
use std::time::Instant;

use crate::cycle::{Cycle, CycleError, Tick, decided, halted};
use crate::domain::{Operation, Outcome, Plan};
use crate::journal::{Journal, JournalError};
use crate::observe::{Observation, accounting};
use crate::strategies::convert::{Goal, Request, decide, wanted};
use crate::telemetry::{clock, events};

impl Cycle {
    /// Asks every venue, decides and judges; writes nothing and sends nothing.
    ///
    /// # Errors
    /// [`CycleError`] when there is no snapshot to decide from.
    pub async fn preview_convert(
        &self,
        request: &Request,
        journal: Option<&Journal>,
    ) -> Result<Tick, CycleError> {
        let Observation { mut snapshot, open } = self.observer.observe(journal).await?;
        let (pegs, terms) = (self.goal.pegs.clone(), self.goal.terms.clone());
        let goal = Goal::new(request.clone(), pegs, terms, self.rules.max_fee_ppm, open);
        snapshot.quotes = self.observer.quotes(&wanted(&snapshot, &goal), journal).await?;
        let snapshot = Arc::new(snapshot);
        let started = Instant::now();
        let input = Arc::clone(&snapshot);
        let decision = decided(move || decide(&input, &goal)).await?;
        self.metrics.solver_duration.observe(started.elapsed().as_secs_f64());
        self.judged(decision, snapshot, journal).await
    }

    /// Records a preview's decision and, in live mode and unless halted, its plan for execution: the
    /// running daemon carries it out. What was previewed is what runs, or nothing runs.
    ///
    /// # Errors
    /// [`JournalError::PlanKnown`] when this very plan was accepted before; nothing is written then.
    pub async fn accept_convert(
        &self,
        preview: &mut Tick,
        journal: &Journal,
    ) -> Result<Vec<Operation>, CycleError> {
        let plan = preview.plan.clone();
        if let Some(plan) = &plan {
            let hash = plan.hash().map_err(|error| CycleError::CutOff(error.to_string()))?;
            if journal.plan(&hash).await?.is_some() {
                return Err(JournalError::PlanKnown(hash).into());
            }
            preview.record.outcome = match self.against(plan, preview, journal).await? {
                Some(reason) => Outcome::Refused { reason },
                None => Outcome::Accepted { plan: hash },
            };
        }
        journal.record_decision(&preview.record).await?;
        events::decided(&self.metrics, &preview.record);
        let (Some(plan), Outcome::Accepted { .. }) = (plan, &preview.record.outcome) else {
            return Ok(Vec::new());
        };
        // Where no tick was made yet, nobody has opened the books of what is about to move.
        for (position, units) in accounting::new_positions(&journal.ledger().await?, &preview.snapshot) {
            journal.open_position(&position, units, clock::now()).await?;
        }
        let operations = journal.accept_plan(&plan, &preview.values, clock::now()).await?;
        preview.accepted = operations.len();
        Ok(operations)
    }

    /// What stands against accepting, if anything.
    async fn against(
        &self,
        plan: &Plan,
        preview: &Tick,
        journal: &Journal,
    ) -> Result<Option<String>, CycleError> {
        if !self.live {
            let reason = "dry run: nothing is accepted until `mode = \"live\"`";
            return Ok(Some(reason.to_owned()));
        }
        if let Some(halt) = halted(journal).await? {
            return Ok(Some(halt));
        }
        if clock::now() > plan.expires_at {
            return Ok(Some("the plan expired before it was accepted; ask again for new quotes".to_owned()));
        }
        Ok(self.observer.confirm(&preview.snapshot).await.err())
    }
}
