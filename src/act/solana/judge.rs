//! What policy says of the decoded bytes of a transaction on Solana.

use crate::act::solana::draft::Prepared;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::solana::{BridgeEffect, SolanaEnd, bridge_effects, key};
use crate::chains::solana::Signed;
use crate::chains::solana::effects::{Effect, effects};
use crate::chains::solana::resolved::Resolved;
use crate::domain::{Leg, Operation, Step, Usd};
use crate::policy::{Denial, Rule, SolanaEffect, SolanaProposal, Verdict, judge_solana};
use crate::telemetry::events;

impl Engine {
    /// Judges the decoded bytes. The inner error is policy's denial.
    pub(super) async fn judge_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        prepared: &Prepared,
        signed: &Signed,
        gas: Usd,
    ) -> Result<Result<(), Denial>, ActError> {
        let resolved = match Resolved::decode(&signed.bytes, &prepared.draft.tables) {
            Ok(resolved) => resolved,
            Err(error) => return Ok(Err(Denial { rule: Rule::Function, reason: error.to_string() })),
        };
        let end = match &operation.step {
            Step::Bridge(step) => Some(self.solana_end(operation, step.amount.asset())?),
            Step::Swap(_) => None,
        };
        let proposal = SolanaProposal {
            payer: resolved.payer,
            signers: resolved.signers.clone(),
            effects: judged(end.as_ref(), &resolved),
            step: &operation.step,
            leg,
            gas,
        };
        let verdict = judge_solana(&self.parts.rules, &proposal, self.spent(self.now()).await?);
        events::judged(&self.parts.metrics, &format!("{leg} of {}", operation.step.route()), &verdict);
        Ok(match verdict {
            Verdict::Allow => Ok(()),
            Verdict::Deny(denial) => Err(denial),
        })
    }
}

/// What every instruction does, in policy's words. What is not recognised to the last byte is refused.
fn judged(end: Option<&SolanaEnd>, transaction: &Resolved) -> Vec<SolanaEffect> {
    match end {
        Some(end) => bridge_effects(end, transaction).into_iter().map(bridging).collect(),
        None => effects(transaction).into_iter().map(plain).collect(),
    }
}

fn bridging(effect: BridgeEffect) -> SolanaEffect {
    match effect {
        BridgeEffect::Burn(burn) => SolanaEffect::Burn {
            owner: burn.owner,
            rent_payer: burn.rent_payer,
            event: burn.event,
            amount: burn.amount,
            destination: burn.destination,
            mint_recipient: burn.mint_recipient,
            max_fee: burn.max_fee,
            min_finality_threshold: burn.min_finality_threshold,
        },
        BridgeEffect::Mint { payer, message, fee_account: _ } => SolanaEffect::Mint {
            payer,
            source: message.source_domain,
            recipient: key(message.mint_recipient),
            amount: message.amount,
            fee_executed: message.fee_executed,
        },
        BridgeEffect::Reclaim { payee, event: _ } => SolanaEffect::Reclaim { payee },
        BridgeEffect::Other(effect) => plain(effect),
    }
}

fn plain(effect: Effect) -> SolanaEffect {
    match effect {
        Effect::ComputeLimit { units } => SolanaEffect::ComputeLimit { units },
        Effect::ComputePrice { micro_lamports } => SolanaEffect::ComputePrice { micro_lamports },
        Effect::CreateAssociatedAccount { payer, owner, mint, account: _, program: _, idempotent: true } => {
            SolanaEffect::CreateAccount { payer, owner, mint }
        }
        Effect::Unknown(instruction) => {
            SolanaEffect::Other(format!("a call of program {}", instruction.program_id))
        }
        other => SolanaEffect::Other(format!("{other:?}")),
    }
}
