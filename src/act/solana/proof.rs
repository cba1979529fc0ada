//! What a landed transaction proves: a burn, a mint, a swap, and every lamport of it.

use alloy::primitives::{B256, Bytes};

use crate::act::proof::Proof;
use crate::act::{ActError, Engine};
use crate::bridges::cctp::contracts::events::Minted;
use crate::bridges::cctp::solana::{SolanaEnd, key};
use crate::bridges::cctp::{AnyEnd, Attesters, FarEnd, Message};
use crate::chains::solana::{Address, Commitment, Landed};
use crate::domain::{AnyAddress, BridgeStep, Leg, Operation, Position, Step};
use crate::journal::{Attempt, Cause, Entry};

/// Whether `landed` minted the burn with this nonce; the transaction is one that received it.
pub(in crate::act) fn minted_on_solana(
    to: &SolanaEnd,
    burn: &Message,
    nonce: B256,
    landed: &Landed,
) -> Minted {
    let used = to.programs.used_nonce(nonce);
    if landed.failure.is_some() || !landed.lamports.iter().any(|(account, ..)| *account == used) {
        return Minted::Absent;
    }
    let recipient = key(burn.mint_recipient);
    let mut paid = landed.inner.iter().filter_map(|call| to.paid(call));
    // Several messages may be received at once; ours is the one that pays our recipient its amount.
    let ours = paid.find(|paid| {
        let whole = u128::from(paid.amount).checked_add(u128::from(paid.fee));
        paid.recipient == recipient && paid.mint == to.token.mint && whole == Some(burn.amount)
    });
    match ours {
        Some(paid) if u128::from(paid.fee) <= burn.max_fee => {
            Minted::Ours { amount: u128::from(paid.amount), fee: u128::from(paid.fee), caller: payer(landed) }
        }
        Some(paid) => Minted::Wrong {
            reason: format!("a fee of {} was kept where at most {} may be", paid.fee, burn.max_fee),
        },
        None => Minted::Wrong { reason: format!("{recipient} did not receive the amount") },
    }
}

/// Who paid for a transaction.
fn payer(landed: &Landed) -> AnyAddress {
    landed.lamports.first().map_or_else(|| Address::default().into(), |(account, ..)| (*account).into())
}

impl Engine {
    /// The message that our burn on Solana wrote. It follows from the burn's own arguments; what landed
    /// must announce exactly them.
    pub(in crate::act) fn burnt_on_solana(
        &self,
        operation: &Operation,
        step: &BridgeStep,
        to: &AnyEnd,
        attempt: &Attempt,
        landed: &Landed,
    ) -> Result<Bytes, ActError> {
        let from = self.solana_end(operation, step.amount.asset())?;
        let burn = self.burn_of(operation, step, &from, to, self.event_of(operation, attempt)?)?;
        let announced = landed.inner.iter().filter_map(|call| from.burnt(call)).any(|burnt| {
            burnt.mint == from.token.mint
                && burnt.amount == burn.amount
                && burnt.owner == burn.owner
                && burnt.mint_recipient == burn.mint_recipient
                && burnt.destination == burn.destination
                && burnt.max_fee == burn.max_fee
        });
        if !announced || landed.failure.is_some() {
            return Err(self.inconsistent(operation, "burn's event"));
        }
        Ok(from.message_of(&burn, to.messenger_word()).encode())
    }

    /// The account our burn wrote its message to: its second signer.
    pub(in crate::act) fn event_of(
        &self,
        operation: &Operation,
        attempt: &Attempt,
    ) -> Result<Address, ActError> {
        let signed = self.signed_of(attempt)?;
        signed.static_keys.get(1).copied().ok_or_else(|| self.inconsistent(operation, "event account"))
    }

    /// The ledger entries of a transaction on Solana: fee, rent, and what it moved if it succeeded.
    pub(in crate::act) async fn entries_on_solana(
        &self,
        operation: &Operation,
        leg: Leg,
        attempt: &Attempt,
        landed: &Landed,
        native: Position,
    ) -> Result<Vec<Entry>, ActError> {
        let id = &operation.id;
        let entry = |cause, position, units| Entry::of(id, Some(attempt.id), cause, position, units);
        let mut entries = vec![entry(Cause::Gas, native.clone(), u128::from(landed.fee))];
        match self.rent_of(operation, landed)? {
            0 => {}
            paid if paid > 0 => entries.push(entry(Cause::Rent, native, paid.unsigned_abs())),
            back => entries.push(entry(Cause::RentBack, native, back.unsigned_abs())),
        }
        if landed.failure.is_some() {
            return Ok(entries);
        }
        match (&operation.step, leg) {
            (_, Leg::Open | Leg::Reclaim) => {}
            (Step::Bridge(step), Leg::Burn) => {
                let to = self.any_end(operation, &step.to, step.amount.asset())?;
                self.burnt_on_solana(operation, step, &to, attempt, landed)?;
                let position = Position::new(step.from.clone(), step.amount.asset().clone());
                entries.push(entry(Cause::Burn, position, step.amount.units()));
            }
            (Step::Bridge(step), Leg::Mint) => {
                let proof = Proof::Solana { landed: landed.clone(), is_final: false };
                if let Minted::Ours { amount, fee, .. } = self.minted(operation, step, &proof).await? {
                    entries.extend(crate::act::settle::arrival(
                        operation,
                        step,
                        Some(attempt.id),
                        amount,
                        fee,
                    ));
                }
            }
            (Step::Swap(step), Leg::Swap) => {
                for (amount, cause) in [(&step.amount_in, Cause::SwapIn), (&step.min_out, Cause::SwapOut)] {
                    let account = self.own_account(operation, amount.asset())?;
                    let moved = landed.units(&account);
                    let moved = if cause == Cause::SwapIn { moved.saturating_neg() } else { moved };
                    let units = u128::try_from(moved);
                    let units = units.map_err(|_| self.inconsistent(operation, "swap's effect"))?;
                    entries.push(entry(
                        cause,
                        Position::new(step.chain.clone(), amount.asset().clone()),
                        units,
                    ));
                }
            }
            (Step::Bridge(_), Leg::Swap | Leg::Approve | Leg::Revoke)
            | (Step::Swap(_), Leg::Burn | Leg::Mint | Leg::Approve | Leg::Revoke)
            | (Step::Route(_), _) => {
                return Err(self.inconsistent(operation, "leg"));
            }
        }
        Ok(entries)
    }

    /// Lamports that the wallet put into accounts; what came back is negative.
    pub(in crate::act) fn rent_of(&self, operation: &Operation, landed: &Landed) -> Result<i128, ActError> {
        let wallet = self.solana(operation)?.wallet.address();
        let own = landed.lamports.iter().find(|(account, ..)| *account == wallet);
        let (_, before, after) =
            own.ok_or_else(|| self.inconsistent(operation, "wallet in its transaction"))?;
        let spent = i128::from(*before).saturating_sub(i128::from(*after));
        Ok(spent.saturating_sub(i128::from(landed.fee)))
    }

    /// The wallet's token account of `asset`.
    pub(in crate::act) fn own_account(
        &self,
        operation: &Operation,
        asset: &crate::domain::AssetId,
    ) -> Result<Address, ActError> {
        let token = self.solana_token(operation, asset)?;
        let owner = self.solana(operation)?.wallet.address();
        Ok(crate::chains::solana::associated::associated_account(&owner, &token.mint, &token.program))
    }

    /// The attesters that Solana's program believes, by quorum.
    pub(in crate::act) async fn attesters_on_solana(
        &self,
        operation: &Operation,
        to: &SolanaEnd,
    ) -> Result<Attesters, ActError> {
        let state = to.programs.message_transmitter_state();
        let read = self.solana(operation)?.chain.accounts_agreed(&[state], Commitment::Confirmed, 0).await?;
        let account = read.accounts.first().and_then(Option::as_ref);
        Ok(to.attesters(account)?)
    }

    /// Whether Solana has received the message with `nonce`, by quorum.
    pub(in crate::act) async fn is_received_on_solana(
        &self,
        operation: &Operation,
        to: &SolanaEnd,
        nonce: B256,
    ) -> Result<bool, ActError> {
        let used = to.programs.used_nonce(nonce);
        let read = self.solana(operation)?.chain.accounts_agreed(&[used], Commitment::Confirmed, 0).await?;
        Ok(to.is_received(nonce, read.accounts.first().and_then(Option::as_ref))?)
    }

    /// The transaction that received the message with `nonce`; the inner error says what is waited for.
    pub(in crate::act) async fn receipt_on_solana(
        &self,
        operation: &Operation,
        to: &SolanaEnd,
        nonce: B256,
    ) -> Result<Result<Proof, String>, ActError> {
        let chain = &self.solana(operation)?.chain;
        // Nothing writes to this account after it was created: its oldest transaction received the message.
        let history = chain.history(to.programs.used_nonce(nonce)).await?;
        let wait = |what: &str| Ok(Err(format!("the message was received; {what}")));
        let Some(signature) = history.into_iter().next_back() else {
            return wait("looking for the transaction");
        };
        for (commitment, is_final) in [(Commitment::Finalised, true), (Commitment::Confirmed, false)] {
            if let Some(landed) = chain.landed(signature, commitment).await? {
                return Ok(Ok(Proof::Solana { landed, is_final }));
            }
        }
        wait("its transaction is not shown yet")
    }

    /// The recipient of `step` as Solana's burn names it.
    pub(in crate::act) fn recipient_of(
        &self,
        operation: &Operation,
        to: &AnyEnd,
        recipient: AnyAddress,
    ) -> Result<B256, ActError> {
        to.recipient_word(recipient).ok_or_else(|| self.inconsistent(operation, "recipient"))
    }
}
