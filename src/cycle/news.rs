//! What was last recorded, so that a decision per block is no record per block.

use std::time::Duration;

use crate::domain::{DecisionRecord, Outcome, Timestamp};

/// A decision like the last one is recorded again only after so long.
const RECORD_AGAIN: Duration = Duration::from_secs(60);

/// What was last recorded, and when.
#[derive(Debug, Clone, Default)]
pub struct News {
    last: Option<(String, Timestamp)>,
}

impl News {
    /// Whether this says something that the last record did not.
    pub(super) fn is_news(&mut self, record: &DecisionRecord) -> bool {
        let text = match &record.outcome {
            // One per block; metrics count them.
            Outcome::Nothing { .. } => return false,
            Outcome::Refused { reason } => outline(reason),
            Outcome::Previewed { .. } => "previewed".to_owned(),
            Outcome::Accepted { .. } => return true,
        };
        let known = self.last.as_ref();
        let is_known = known.is_some_and(|(last, at)| *last == text && record.at.since(*at) < RECORD_AGAIN);
        if !is_known {
            self.last = Some((text, record.at));
        }
        !is_known
    }
}

/// A reason without its numbers, which change with every block.
fn outline(reason: &str) -> String {
    reason.chars().filter(|char| !char.is_ascii_digit()).collect()
}
