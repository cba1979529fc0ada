//! What every strategy comes to: a record, and a plan if anything should move.

use crate::domain::snapshot::{ChainView, Height, Reading};
use crate::domain::{ChainName, DecisionRecord, Outcome, Plan, Snapshot, Timestamp};

/// What was decided and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The record, kept also when nothing is done. A plan's outcome is `Previewed` until the caller
    /// accepts it.
    pub record: DecisionRecord,
    /// The plan, if anything should move.
    pub plan: Option<Plan>,
}

/// What considering came to, where it is no refusal.
pub(super) enum Considered {
    Nothing(String),
    Plan(Plan),
}

impl Decision {
    /// The record of `considered`, of which `Err` is a refusal.
    pub(super) fn of(mut record: DecisionRecord, considered: Result<Considered, String>) -> Self {
        let (outcome, plan) = match considered {
            Ok(Considered::Nothing(reason)) => (Outcome::Nothing { reason }, None),
            Ok(Considered::Plan(plan)) => match plan.hash() {
                Ok(hash) => (Outcome::Previewed { plan: hash }, Some(plan)),
                Err(error) => {
                    (Outcome::Refused { reason: format!("the plan cannot be written: {error}") }, None)
                }
            },
            Err(reason) => (Outcome::Refused { reason }, None),
        };
        record.outcome = outcome;
        Self { record, plan }
    }
}

/// A record of `snapshot` in which nothing is decided yet.
pub(super) fn blank(snapshot: &Snapshot) -> DecisionRecord {
    let read =
        |(chain, view): (&ChainName, &Reading<ChainView>)| Some((chain.clone(), view.as_ref().ok()?.block));
    blank_of(snapshot.taken_at, snapshot.chains.iter().filter_map(read).collect())
}

/// A record of these blocks in which nothing is decided yet.
pub(super) fn blank_of(at: Timestamp, blocks: Vec<(ChainName, Height)>) -> DecisionRecord {
    DecisionRecord {
        at,
        asked: None,
        blocks,
        deviations: Vec::new(),
        outcome: Outcome::Nothing { reason: String::new() },
        certificate: None,
        shadow_prices: Vec::new(),
        quotes: Vec::new(),
        alternatives: Vec::new(),
        policy: Vec::new(),
    }
}
