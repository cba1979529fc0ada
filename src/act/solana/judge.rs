//! What policy says of the decoded bytes of a transaction on Solana.

use crate::act::solana::draft::Prepared;
use crate::act::{ActError, Engine};
use crate::chains::solana::Signed;
use crate::domain::{Leg, Operation, Usd};
use crate::policy::{Denial, Rule};

impl Engine {
    /// Judges the decoded bytes. The inner error is policy's denial.
    pub(super) async fn judge_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        _prepared: &Prepared,
        _signed: &Signed,
        _gas: Usd,
    ) -> Result<Result<(), Denial>, ActError> {
        let reason = format!("no rule allows the {leg} of {} on Solana", operation.step.route());
        Ok(Err(Denial { rule: Rule::Chain, reason }))
    }
}
