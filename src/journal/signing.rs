//! Recording signed bytes: the last gate before anything is sent.

use sqlx::SqliteConnection;

use crate::domain::{Leg, OperationState, Timestamp};
use crate::journal::attempts::{at_nonce, load, of_leg};
use crate::journal::halts::refuse_halted;
use crate::journal::moves::{Change, current, set};
use crate::journal::nonces::{expected, raise_floor};
use crate::journal::rows::stored;
use crate::journal::{Attempt, AttemptId, AttemptState, Journal, JournalError, NewAttempt};

impl Journal {
    /// Records signed bytes and moves their operation in one transaction, before any broadcast.
    ///
    /// `to` is `Signed`, or `Minting` for a mint. `from == to` is allowed for a replacement alone.
    /// Broadcast only what this method returned `Ok` for.
    ///
    /// # Errors
    /// Refused, with nothing written: while halted; when the operation is not in `from` or expired
    /// before its first transaction; when the nonce is not the next one of the key, or is held by
    /// another transaction; when the leg is live or has succeeded before; when a replacement does
    /// not fit what it replaces or does not raise both fees.
    pub async fn record_signed(
        &self,
        new: &NewAttempt,
        from: OperationState,
        to: OperationState,
        at: Timestamp,
    ) -> Result<AttemptId, JournalError> {
        let mut tx = self.begin().await?;
        refuse_halted(&mut tx).await?;
        check_move(&mut tx, new, from, to, at).await?;
        match new.replaces {
            Some(replaced) => check_replacement(&load(&mut tx, replaced).await?, new)?,
            None => check_new(&mut tx, new).await?,
        }
        // The first nonce of a key is the chain's: everything below it is spent.
        if expected(&mut *tx, &new.chain, new.wallet).await?.is_none() {
            raise_floor(&mut tx, &new.chain, new.wallet, new.nonce, at).await?;
        }
        let id = insert(&mut tx, new, at).await?;
        let reason = new.replaces.map(|replaced| format!("attempt {id} replaces attempt {replaced}"));
        let change = Change { from: Some(from), to, leg: new.leg, reason: reason.as_deref() };
        set(&mut tx, &new.operation, &change, at).await?;
        tx.commit().await?;
        Ok(id)
    }
}

async fn check_move(
    tx: &mut SqliteConnection,
    new: &NewAttempt,
    from: OperationState,
    to: OperationState,
    at: Timestamp,
) -> Result<(), JournalError> {
    let (actual, _, expires_at) = current(&mut *tx, &new.operation).await?;
    if actual != from {
        return Err(JournalError::Moved { operation: new.operation.clone(), expected: from, actual });
    }
    let wanted = if new.leg == Leg::Mint { OperationState::Minting } else { OperationState::Signed };
    if to != wanted {
        let rule = "a mint is signed into minting, every other leg into signed";
        return Err(JournalError::IllegalMove { from, to, rule });
    }
    let repeated = from == to && new.replaces.is_some();
    if !repeated && !from.can_become(to) {
        let rule = "the table of moves has no such move";
        return Err(JournalError::IllegalMove { from, to, rule });
    }
    if from == OperationState::Reserved && at > expires_at {
        return Err(JournalError::Expired { operation: new.operation.clone(), expires_at });
    }
    Ok(())
}

fn check_replacement(old: &Attempt, new: &NewAttempt) -> Result<(), JournalError> {
    let refuse = |rule| Err(JournalError::Replacement { replaces: old.id, rule });
    if old.operation != new.operation || old.leg != new.leg {
        return refuse("a replacement serves the same leg of the same operation");
    }
    if old.chain != new.chain || old.wallet != new.wallet || old.nonce != new.nonce {
        return refuse("a replacement has the same chain, wallet and nonce, or both could be mined");
    }
    match old.state {
        AttemptState::Signed | AttemptState::Broadcast | AttemptState::Unknown => {}
        AttemptState::Included => return refuse("it is in a block"),
        AttemptState::Final | AttemptState::Dead => return refuse("its fate is decided"),
    }
    if old.lifetime.is_some() || new.lifetime.is_some() {
        return refuse("a transaction of Solana is not displaced: both could land; wait until it expires");
    }
    if new.max_fee_per_gas <= old.max_fee_per_gas
        || new.max_priority_fee_per_gas <= old.max_priority_fee_per_gas
    {
        return refuse("nodes drop a replacement that does not raise both fees");
    }
    Ok(())
}

pub(super) async fn check_new(tx: &mut SqliteConnection, new: &NewAttempt) -> Result<(), JournalError> {
    for attempt in of_leg(&mut *tx, &new.operation, new.leg).await? {
        let (operation, leg, id) = (new.operation.clone(), new.leg, attempt.id);
        if attempt.state.is_live() {
            return Err(JournalError::LegLive { operation, leg, attempt: id });
        }
        let moves_value = matches!(leg, Leg::Burn | Leg::Mint | Leg::Swap | Leg::Reclaim);
        let succeeded = attempt.state == AttemptState::Final && attempt.success == Some(true);
        if moves_value && succeeded && !attempt.cancels {
            return Err(JournalError::LegDone { operation, leg, attempt: id });
        }
    }
    let nonce = stored(new.nonce, "the nonce")?;
    let holders = at_nonce(&mut *tx, &new.chain, new.wallet, nonce).await?;
    if let Some(holder) = holders.into_iter().find(|attempt| attempt.state != AttemptState::Dead) {
        return Err(JournalError::NonceHeld {
            chain: new.chain.clone(),
            nonce: new.nonce,
            operation: holder.operation,
            leg: holder.leg,
        });
    }
    match expected(&mut *tx, &new.chain, new.wallet).await? {
        Some(expected) if expected != new.nonce => {
            Err(JournalError::NonceNotNext { chain: new.chain.clone(), nonce: new.nonce, expected })
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) async fn insert(
    tx: &mut SqliteConnection,
    new: &NewAttempt,
    at: Timestamp,
) -> Result<AttemptId, JournalError> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO attempts (operation, leg, chain, wallet, nonce, hash, raw, state, gas_limit, \
         max_fee_per_gas, max_priority_fee_per_gas, replaces, from_slot, last_valid_height, landing_request, \
         cancels, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17) RETURNING id",
    )
    .bind(new.operation.as_str())
    .bind(new.leg.as_str())
    .bind(new.chain.as_str())
    .bind(new.wallet.to_string())
    .bind(stored(new.nonce, "the nonce")?)
    .bind(new.hash.to_string())
    .bind(new.raw.as_ref())
    .bind(AttemptState::Signed.as_str())
    .bind(stored(new.gas_limit, "the gas limit")?)
    .bind(new.max_fee_per_gas.to_string())
    .bind(new.max_priority_fee_per_gas.to_string())
    .bind(new.replaces.map(|id| id.0))
    .bind(new.lifetime.map(|life| stored(life.from_slot, "the slot")).transpose()?)
    .bind(new.lifetime.map(|life| stored(life.last_valid_height, "the block height")).transpose()?)
    .bind(new.landing_request.as_deref())
    .bind(new.cancels)
    .bind(at.millis())
    .fetch_one(&mut *tx)
    .await?;
    Ok(AttemptId(id))
}
