//! Signing on Solana: build, simulate, price, judge, journal; then, and only then, send.

use crate::act::sign::{Signing, refused};
use crate::act::solana::draft::{Expects, Prepared};
use crate::act::solana::land::{Hand, Outgoing};
use crate::act::{ActError, Engine};
use crate::chains::solana::fees::{ComputeBudget, budget, fee_lamports};
use crate::chains::solana::simulate::{Simulation, SimulationError};
use crate::chains::solana::transaction::TransactionError;
use crate::chains::solana::wire::TransactionFailure;
use crate::chains::solana::{Address, Signed};
use crate::config::Landing;
use crate::domain::price::{Price, Rounding};
use crate::domain::{Leg, Operation, Step, Usd};
use crate::journal::{Attempt, Lifetime};

/// What the runtime says when the payer lacks lamports.
const POOR: [&str; 3] = ["InsufficientFundsForFee", "InsufficientFundsForRent", "AccountNotFound"];

/// Jupiter's `SlippageToleranceExceeded`.
const SANK: u32 = 6001;

impl Engine {
    /// Signs and sends one leg on Solana from the operation's present state.
    pub(in crate::act) async fn sign_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        note: Option<&str>,
    ) -> Result<Signing, ActError> {
        let solana = self.solana(operation)?;
        let name = solana.chain.name();
        if let Some(reason) = self.unvouched(operation).await? {
            return Ok(Signing::Waiting(reason));
        }
        if let (Leg::Swap, Step::Swap(step)) = (leg, &operation.step)
            && self.jupiter(operation)?.landing() == Landing::Jupiter
        {
            return self.sign_order(operation, step, note).await;
        }
        let prepared = match self.draft(operation, leg).await? {
            Ok(prepared) => prepared,
            Err(signing) => return Ok(signing),
        };
        let price = match self.native_price(operation, name).await? {
            Ok(price) => price,
            Err(reason) => return Ok(Signing::Waiting(reason)),
        };
        let blockhash = solana.chain.blockhash().await?;
        let widest = match prepared.draft.compile(ComputeBudget::WIDEST, &blockhash) {
            Ok(widest) => widest,
            Err(error @ TransactionError::TooLarge { .. }) => {
                return Ok(Signing::Reverted(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        let payer = solana.wallet.address();
        let mut watched: Vec<Address> = vec![payer];
        match &prepared.expects {
            Expects::Move(account, _) | Expects::Rent { event: account, .. } => watched.push(*account),
            Expects::Swap { watched: all, .. } => watched.clone_from(all),
        }
        let after = self.last_block(operation, name).await?;
        let simulation = match shown(leg, solana.chain.simulate(&widest, &watched, after).await)? {
            Ok(simulation) => simulation,
            Err(signing) => return Ok(signing),
        };
        if let Err(signing) = self.as_expected(operation, &prepared, &simulation) {
            return Ok(signing);
        }
        let fees = &solana.config.fees;
        let compute_price = solana.chain.priority_price(&prepared.draft.writable(), fees.percentile).await?;
        let limits = budget(simulation.units, compute_price, fees);
        if let Expects::Rent { lamports, .. } = prepared.expects
            && fee_lamports(1, limits).is_none_or(|fee| fee >= lamports)
        {
            return Ok(Signing::Waiting("the fee is above the rent now".to_owned()));
        }
        let unsigned = prepared.draft.compile(limits, &blockhash)?;

        let one_at_a_time = match self.locks.signing.get(name) {
            Some(lock) => lock.lock().await,
            None => return Err(self.inconsistent(operation, "chain")),
        };
        let signed = {
            let mut keys = vec![solana.wallet.signer()];
            keys.extend(prepared.event.as_ref().map(|event| event.signer()));
            unsigned.sign(&keys)?
        };
        let gas = self.gas_on_solana(operation, signed.signatures, &simulation, limits, price)?;
        let judged = (signed.bytes.as_slice(), prepared.draft.tables.as_slice());
        if let Err(denial) = self.judge_on_solana(operation, leg, judged, gas, false).await? {
            return Ok(refused(denial));
        }
        let outgoing = Outgoing { leg, signed, budget: limits, hand: Hand::Nodes };
        self.journal_and_send(operation, outgoing, note, one_at_a_time).await
    }

    /// What may be gone afterwards at `price`: signatures, priority, and what the wallet puts into accounts.
    pub(super) fn gas_on_solana(
        &self,
        operation: &Operation,
        signatures: u8,
        simulation: &Simulation,
        limits: ComputeBudget,
        price: Price,
    ) -> Result<Usd, ActError> {
        let solana = self.solana(operation)?;
        let payer = solana.wallet.address();
        let own = simulation.changes.iter().find(|change| change.account == payer);
        let moved = own.map_or(0, |change| change.lamports().saturating_neg()).max(0);
        // The simulation took the fee of its own budget; counting it twice errs on the safe side.
        let rent = u128::try_from(moved).ok();
        let fee = fee_lamports(signatures, limits).map(u128::from);
        let lamports = rent.zip(fee).and_then(|(rent, fee)| rent.checked_add(fee));
        let gas = lamports
            .and_then(|lamports| self.native_amount(operation, solana.chain.name(), lamports).ok())
            .and_then(|amount| price.value(&amount, Rounding::Up));
        Ok(gas.unwrap_or(Usd::MAX))
    }

    /// Whether the simulation shows exactly what the transaction is for.
    fn as_expected(
        &self,
        operation: &Operation,
        prepared: &Prepared,
        simulation: &Simulation,
    ) -> Result<(), Signing> {
        let (account, planned) = match &prepared.expects {
            Expects::Swap { intent, accepted, .. } => {
                let shown = intent.accept_simulation(accepted, &simulation.changes);
                return shown.map(|_| ()).map_err(|refusal| self.refused_build(operation, &refusal));
            }
            Expects::Rent { event, lamports } => return returns(event, *lamports, simulation),
            Expects::Move(account, planned) => (account, planned),
        };
        let change = simulation.changes.iter().find(|change| change.account == *account);
        let shown = change.map(|change| (change.units(), change.changes_hands()));
        if shown == Some((*planned, false)) {
            return Ok(());
        }
        Err(Signing::Reverted(format!(
            "the simulation shows other effects than planned: {account} should gain {planned} base units, it shows \
             {shown:?} (units, rights changed)"
        )))
    }

    /// What was journalled, to be sent again or judged.
    pub(in crate::act) fn signed_of(&self, attempt: &Attempt) -> Result<Signed, ActError> {
        let life = attempt.lifetime.unwrap_or(Lifetime { from_slot: 0, last_valid_height: u64::MAX });
        // What Jupiter lands may lack the signatures of others.
        let decode = match attempt.landing_request {
            Some(_) => Signed::decode_partly,
            None => Signed::decode,
        };
        Ok(decode(&attempt.raw, life.from_slot, life.last_valid_height)?)
    }
}

/// Whether the rent of `event` goes to the wallet, which is watched first.
fn returns(event: &Address, lamports: u64, simulation: &Simulation) -> Result<(), Signing> {
    let gains: Vec<(Address, i128)> =
        simulation.changes.iter().map(|change| (change.account, change.lamports())).collect();
    match gains.as_slice() {
        [(_, gained), (account, lost)]
            if account == event && *lost == i128::from(lamports).saturating_neg() && *gained > 0 =>
        {
            Ok(())
        }
        _ => Err(Signing::Reverted(format!(
            "the simulation shows other effects than planned: the rent of {event}, {lamports} lamports, should go to \
             the wallet, it shows {gains:?}"
        ))),
    }
}

/// What a simulation shows; the inner error says why nothing is signed.
pub(super) fn shown(
    leg: Leg,
    simulated: Result<Simulation, SimulationError>,
) -> Result<Result<Simulation, Signing>, ActError> {
    match simulated {
        Ok(simulation) => Ok(Ok(simulation)),
        Err(SimulationError::Refused { failure: TransactionFailure::Transaction(name), .. })
            if POOR.iter().any(|poor| name.contains(poor)) =>
        {
            let reason = format!("solana: the native coin does not cover fee and rent ({name}); top it up");
            Ok(Err(Signing::Waiting(reason)))
        }
        Err(SimulationError::Refused { failure: TransactionFailure::Custom { code: SANK, .. }, .. })
            if leg == Leg::Swap =>
        {
            let reason = "what it would give sank below the least accepted after it was quoted; waiting until it \
                          rises again or the plan expires";
            Ok(Err(Signing::Waiting(reason.to_owned())))
        }
        Err(error @ SimulationError::Refused { .. }) => Ok(Err(Signing::Reverted(error.to_string()))),
        Err(SimulationError::Transaction(error)) => Err(error.into()),
        Err(SimulationError::Chain(error)) => Err(error.into()),
    }
}
