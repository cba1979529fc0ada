//! What policy says of the decoded bytes of a transaction on Solana.

use crate::act::solana_decode::solana_effects;
use crate::act::{ActError, Engine};
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::table::Table;
use crate::domain::{Leg, Operation, Step, Usd};
use crate::policy::{Denial, Rule, SolanaProposal, Verdict, judge_solana};
use crate::telemetry::events;

impl Engine {
    /// Judges the decoded bytes, with the lookup tables as the cluster has them. The inner error is policy's denial.
    /// `cosigners` says whether others may have to sign as well.
    pub(super) async fn judge_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        (bytes, tables): (&[u8], &[Table]),
        gas: Usd,
        cosigners: bool,
    ) -> Result<Result<(), Denial>, ActError> {
        let resolved = match Resolved::decode(bytes, tables) {
            Ok(resolved) => resolved,
            Err(error) => return Ok(Err(Denial { rule: Rule::Function, reason: error.to_string() })),
        };
        let end = match &operation.step {
            Step::Bridge(step) => Some(self.solana_end(operation, step.amount.asset())?),
            Step::Swap(_) | Step::Route(_) => None,
        };
        let aggregator = self.parts.rules.solana.as_ref().and_then(|rules| rules.aggregator);
        let proposal = SolanaProposal {
            payer: resolved.payer,
            signers: resolved.signers.clone(),
            effects: solana_effects(end.as_ref(), aggregator, &resolved),
            step: &operation.step,
            leg,
            gas,
            cosigners,
        };
        let verdict = judge_solana(&self.parts.rules, &proposal, self.spent(self.now()).await?);
        events::judged(&self.parts.metrics, &format!("{leg} of {}", operation.step.route()), &verdict);
        Ok(match verdict {
            Verdict::Allow => Ok(()),
            Verdict::Deny(denial) => Err(denial),
        })
    }
}
