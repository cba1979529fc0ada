//! Which transaction a leg is on Solana, built from what a quorum shows now.

use alloy::primitives::B256;

use crate::act::sign::Signing;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::solana::{Burn, SolanaBurnError, SolanaEnd, SolanaMintError};
use crate::bridges::cctp::{AnyEnd, FarEnd, Message};
use crate::chains::solana::associated::create_associated_account;
use crate::chains::solana::keys::Wallet;
use crate::chains::solana::table::Table;
use crate::chains::solana::transaction::Draft;
use crate::chains::solana::{Address, Commitment};
use crate::domain::{BridgeStep, Leg, Operation, Step};
use crate::venues::jupiter::{Accepted, Intent};

/// A transaction before its simulation.
pub(super) struct Prepared {
    pub(super) draft: Draft,
    /// The key of the account a burn writes its message to.
    pub(super) event: Option<Wallet>,
    pub(super) expects: Expects,
}

/// What its simulation has to show.
pub(super) enum Expects {
    /// What one token account of the wallet gains, exactly; lost when negative.
    Move(Address, i128),
    /// These lamports of this account, all it has, go to the wallet.
    Rent { event: Address, lamports: u64 },
    /// A swap.
    Swap { intent: Box<Intent>, accepted: Box<Accepted>, watched: Vec<Address> },
}

impl Engine {
    /// The transaction of a leg; `Err` says why there is none now.
    pub(super) async fn draft(
        &self,
        operation: &Operation,
        leg: Leg,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        match (leg, &operation.step) {
            (Leg::Open, Step::Bridge(step)) => self.draft_opening(operation, step),
            (Leg::Burn, Step::Bridge(step)) => self.draft_burn(operation, step).await,
            (Leg::Mint, Step::Bridge(step)) => self.draft_mint(operation, step).await,
            (Leg::Swap, Step::Swap(step)) => self.draft_swap(operation, step).await,
            (Leg::Reclaim, Step::Bridge(step)) => self.draft_reclaim(operation, step).await,
            (
                Leg::Open | Leg::Burn | Leg::Mint | Leg::Swap | Leg::Approve | Leg::Revoke | Leg::Reclaim,
                _,
            ) => Err(self.inconsistent(operation, "leg")),
        }
    }

    fn draft_opening(
        &self,
        operation: &Operation,
        step: &BridgeStep,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        let end = self.solana_end(operation, step.amount.asset())?;
        let payer = self.solana(operation)?.wallet.address();
        let create = create_associated_account(&payer, &payer, &end.token.mint, &end.token.program);
        let draft = Draft { payer, instructions: vec![create], tables: Vec::new() };
        Ok(Ok(Prepared { draft, event: None, expects: Expects::Move(end.account_of(&payer), 0) }))
    }

    /// The arguments of our burn with the account `event` for its message.
    pub(in crate::act) fn burn_of(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        from: &SolanaEnd,
        to: &AnyEnd,
        event: Address,
    ) -> Result<Burn, ActError> {
        let owner = self.solana(operation)?.wallet.address();
        let units = |units: u128| u64::try_from(units).map_err(|_| self.inconsistent(operation, "amount"));
        if from.domain() == to.domain() {
            return Err(self.inconsistent(operation, "destination"));
        }
        Ok(Burn {
            owner,
            rent_payer: owner,
            event,
            amount: units(step.amount.units())?,
            destination: to.domain(),
            mint_recipient: self.recipient_of(operation, to, step.recipient)?,
            max_fee: units(step.max_fee.units())?,
            min_finality_threshold: step.speed.finality_threshold(),
        })
    }

    async fn draft_burn(
        &self,
        operation: &Operation,
        step: &BridgeStep,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        let solana = self.solana(operation)?;
        let from = self.solana_end(operation, step.amount.asset())?;
        let to = self.any_end(operation, &step.to, step.amount.asset())?;
        let payer = solana.wallet.address();
        let event = Wallet::fresh();
        let burn = self.burn_of(operation, step, &from, &to, event.address())?;
        let addresses = from.burn_accounts(&payer, to.domain());
        let read =
            solana.chain.accounts_alike(&addresses, &[from.token.mint], Commitment::Confirmed, 0).await?;
        let checked = from
            .burn_state(&payer, to.domain(), &read)
            .and_then(|state| state.check(&from, &burn, to.messenger_word()));
        match checked {
            Ok(()) => {}
            Err(error @ SolanaBurnError::Paused(_)) => return Ok(Err(Signing::Waiting(error.to_string()))),
            Err(error) => return Ok(Err(Signing::Reverted(error.to_string()))),
        }
        let draft = Draft { payer, instructions: vec![from.burn(&burn)], tables: Vec::new() };
        let expects = Expects::Move(from.account_of(&payer), i128::from(burn.amount).saturating_neg());
        Ok(Ok(Prepared { draft, event: Some(event), expects }))
    }

    async fn draft_mint(
        &self,
        operation: &Operation,
        step: &BridgeStep,
    ) -> Result<Result<Prepared, Signing>, ActError> {
        let solana = self.solana(operation)?;
        let to = self.solana_end(operation, step.amount.asset())?;
        let stored = self.message(operation).await?;
        let (Some(bytes), Some(attestation)) = (stored.attested_message, stored.attestation) else {
            return Err(self.inconsistent(operation, "attestation"));
        };
        let message = Message::decode(&bytes)?;
        let owner = step.recipient.solana().ok_or_else(|| self.inconsistent(operation, "recipient"))?;
        let mut addresses = to.mint_accounts(&message);
        addresses.push(to.lookup_table);
        let busy = [to.token.mint, to.programs.custody(&to.token.mint), to.account_of(&owner)];
        let read = solana.chain.accounts_alike(&addresses, &busy, Commitment::Confirmed, 0).await?;
        let state = match to.check_mint(&owner, &bytes, &attestation, &read) {
            Ok(state) => state,
            Err(SolanaMintError::Expired { .. }) => return Ok(Err(Signing::Expired)),
            Err(
                error @ (SolanaMintError::AlreadyReceived
                | SolanaMintError::Paused(_)
                | SolanaMintError::CustodyShort { .. }),
            ) => return Ok(Err(Signing::Waiting(error.to_string()))),
            Err(error) => return Ok(Err(Signing::Reverted(error.to_string()))),
        };
        let table = read.accounts.last().and_then(Option::as_ref);
        let table = match Table::decode(to.lookup_table, table, read.slot) {
            Ok(table) => table,
            Err(error) => return Ok(Err(Signing::Waiting(error.to_string()))),
        };
        let payer = solana.wallet.address();
        let mint = to.mint(&state.mint(payer, bytes, attestation), &message);
        let create = create_associated_account(&payer, &owner, &to.token.mint, &to.token.program);
        let instructions = if state.recipient.is_none() { vec![create, mint] } else { vec![mint] };
        let arrives = message.arrives().and_then(|units| i128::try_from(units).ok());
        let arrives = arrives.ok_or_else(|| self.inconsistent(operation, "amount"))?;
        let own = to.account_of(&payer);
        let is_own = message.mint_recipient == B256::from(own.to_bytes());
        let expects = Expects::Move(own, if is_own { arrives } else { 0 });
        let draft = Draft { payer, instructions, tables: vec![table] };
        Ok(Ok(Prepared { draft, event: None, expects }))
    }
}
