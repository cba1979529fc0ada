//! A swap by Jupiter that we put together and send ourselves.

use crate::act::engine::missing;
use crate::act::sign::Signing;
use crate::act::solana::draft::{Expects, Prepared};
use crate::act::solana_decode::rule_of;
use crate::act::{ActError, Engine};
use crate::chains::solana::fees::ComputeBudget;
use crate::chains::solana::resolved::Resolved;
use crate::chains::solana::table::Table;
use crate::chains::solana::{Address, Blockhash, Commitment, Hash};
use crate::domain::{Operation, SwapStep};
use crate::policy::{Denial, Verdict};
use crate::telemetry::events;
use crate::venues::jupiter::{Built, Intent, Jupiter, JupiterError, Quoted, Refusal, Terms};

/// Basis points of the whole.
const WHOLE_BPS: u128 = 10_000;

impl Engine {
    pub(super) async fn draft_swap(
        &self,
        operation: &Operation,
        step: &SwapStep,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        let jupiter = self.jupiter(operation)?;
        let intent = self.intent(operation, step)?;
        let planned = planned_bps(step);
        let mut slippage = planned;
        loop {
            let built = match jupiter.build(&intent.exchange(), &intent.wallet, slippage).await {
                Ok(built) => built,
                Err(error) => return Ok(Err(unanswered(&error))),
            };
            match self.accept(operation, &intent, &built).await? {
                Ok(prepared) => return Ok(Ok(prepared)),
                Err(refused) => {
                    match self.tighter(operation, &intent, refused, &built.quoted, (slippage, planned)) {
                        Ok(tighter) => slippage = tighter,
                        Err(signing) => return Ok(Err(signing)),
                    }
                }
            }
        }
    }

    /// With which slippage to ask once more when what was asked with `asked` basis points is `refused`: the quote
    /// sank a little, and with what is left of the `planned` ones its least is the step's again. The least accepted
    /// is never lowered. `Err` says why it is not asked again.
    pub(super) fn tighter(
        &self,
        operation: &Operation,
        intent: &Intent,
        refused: Refused,
        quoted: &Quoted,
        (asked, planned): (u16, u16),
    ) -> Result<u16, Signing> {
        // It is less than planned, so this comes once.
        if asked != planned || !matches!(refused, Refused::Reply(Refusal::MinimumOut { .. })) {
            return Err(self.refused(operation, refused));
        }
        let tighter = intent.slippage_bps(quoted.amount_out, planned).filter(|tighter| *tighter < planned);
        tighter.ok_or_else(|| {
            let least = Refusal::MinimumOut { found: i128::from(quoted.amount_out), wanted: intent.min_out };
            self.refused_build(operation, &least)
        })
    }

    /// Decodes what the instructions would be as a transaction, with the lookup tables as the cluster has
    /// them, and takes it only if it is exactly the swap.
    async fn accept(
        &self,
        operation: &Operation,
        intent: &Intent,
        built: &Built,
    ) -> Result<Result<Prepared, Refused>, ActError> {
        let solana = self.solana(operation)?;
        let tables = match self.tables(operation, &built.tables).await? {
            Ok(tables) => tables,
            Err(refused) => return Ok(Err(refused)),
        };
        let draft = built.draft(intent.wallet, tables);
        // Nothing depends on the blockhash yet.
        let anytime = Blockhash { hash: Hash::default(), slot: 0, last_valid_block_height: 0 };
        let bytes = draft.compile(ComputeBudget::WIDEST, &anytime).and_then(|unsigned| unsigned.bytes());
        let resolved = match bytes {
            Ok(bytes) => Resolved::decode(&bytes, &draft.tables).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let resolved = match resolved {
            Ok(resolved) => resolved,
            Err(reason) => return Ok(Err(Refused::Words(reason))),
        };
        let terms =
            Terms { cosigners: false, max_priority_lamports: solana.config.fees.max_priority_lamports };
        Ok(match intent.judge(&resolved, &terms) {
            Ok(accepted) => {
                let watched = intent.watched(&resolved);
                Ok(Prepared {
                    draft,
                    event: None,
                    expects: Expects::Swap {
                        intent: Box::new(*intent),
                        accepted: Box::new(accepted),
                        watched,
                    },
                })
            }
            Err(refusal) => Err(Refused::Reply(refusal)),
        })
    }

    /// Lookup tables as the cluster has them.
    pub(super) async fn tables(
        &self,
        operation: &Operation,
        addresses: &[Address],
    ) -> Result<Result<Vec<Table>, Refused>, ActError> {
        let chain = &self.solana(operation)?.chain;
        let read = chain.accounts_agreed(addresses, Commitment::Confirmed, 0).await?;
        let mut tables = Vec::new();
        for (address, account) in addresses.iter().zip(&read.accounts) {
            match Table::decode(*address, account.as_ref(), read.slot) {
                Ok(table) => tables.push(table),
                Err(error) => return Ok(Err(Refused::Words(error.to_string()))),
            }
        }
        Ok(Ok(tables))
    }

    pub(super) fn jupiter(&self, operation: &Operation) -> Result<&Jupiter, ActError> {
        let solana = self.solana(operation)?;
        solana.jupiter.as_ref().ok_or_else(|| missing(operation, "Jupiter", solana.chain.name()))
    }

    pub(super) fn intent(&self, operation: &Operation, step: &SwapStep) -> Result<Intent, ActError> {
        let (sold, bought) = (
            self.solana_token(operation, step.amount_in.asset())?,
            self.solana_token(operation, step.min_out.asset())?,
        );
        let units = |units: u128| u64::try_from(units).map_err(|_| self.inconsistent(operation, "amount"));
        Ok(Intent {
            wallet: self.solana(operation)?.wallet.address(),
            mint_in: sold.mint,
            token_program_in: sold.program,
            mint_out: bought.mint,
            token_program_out: bought.program,
            amount_in: units(step.amount_in.units())?,
            min_out: units(step.min_out.units())?,
            program: self.jupiter(operation)?.program(),
        })
    }

    /// What Jupiter wrote is not what was planned: policy's words for it, counted like its denials. A quote that sank
    /// may rise again until the plan expires.
    pub(super) fn refused_build(&self, operation: &Operation, refusal: &Refusal) -> Signing {
        if let Refusal::MinimumOut { .. } = refusal {
            return Signing::Waiting(refusal.to_string());
        }
        let denial = Denial { rule: rule_of(refusal), reason: refusal.to_string() };
        let verdict = Verdict::Deny(denial.clone());
        events::judged(&self.parts.metrics, &format!("swap of {}", operation.step.route()), &verdict);
        Signing::Denied(denial)
    }

    fn refused(&self, operation: &Operation, refused: Refused) -> Signing {
        match refused {
            Refused::Reply(refusal) => self.refused_build(operation, &refusal),
            Refused::Words(reason) => Signing::Reverted(reason),
        }
    }
}

/// Why what Jupiter wrote is not taken.
pub(super) enum Refused {
    Reply(Refusal),
    Words(String),
}

/// What the plan allows below its quote, in whole basis points.
pub(super) fn planned_bps(step: &SwapStep) -> u16 {
    let (quoted, least) = (step.quoted_out.units(), step.min_out.units());
    let spare = quoted.saturating_sub(least).saturating_mul(WHOLE_BPS);
    u16::try_from(spare.checked_div(quoted).unwrap_or(0)).unwrap_or(0)
}

pub(super) fn unanswered(error: &JupiterError) -> Signing {
    if error.passes() { Signing::Waiting(error.to_string()) } else { Signing::Reverted(error.to_string()) }
}
