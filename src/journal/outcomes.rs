//! What became of an attempt.

use sqlx::SqliteConnection;

use crate::domain::Timestamp;
use crate::journal::attempts::{at_nonce, load};
use crate::journal::nonces::{floor, raise_floor};
use crate::journal::positions::{book, withdraw};
use crate::journal::rows::stored;
use crate::journal::{Attempt, AttemptId, AttemptState, Entry, Inclusion, Journal, JournalError};

impl Journal {
    /// Records what is known of an attempt. Repeating what is recorded changes nothing.
    ///
    /// * `Included` needs its inclusion; `Final` needs it unless it is recorded.
    /// * `Final` proves every other attempt of that nonce dead and every lower nonce spent.
    /// * `Dead` is a proof, not a guess: the nonce must be spent in a final block (by another
    ///   attempt that is `Final`, or by [`Journal::record_finalised_nonce`]); or the bytes never
    ///   reached a node (`Signed`) and no later nonce of the key is in use.
    /// * A transaction that leaves its block, or moves to another, moved nothing there: its ledger
    ///   entries are withdrawn in the same transaction.
    pub async fn set_attempt(
        &self,
        id: AttemptId,
        to: AttemptState,
        inclusion: Option<&Inclusion>,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.set_fate(id, to, inclusion, &[], at).await
    }

    /// Records that an attempt is in a block together with what it moved there: one transaction, so
    /// that no interruption leaves a block without its ledger entries. The rules of
    /// [`Journal::set_attempt`] apply.
    ///
    /// # Errors
    /// As [`Journal::set_attempt`] and [`Journal::add_entries`]; nothing is recorded then.
    pub async fn set_included(
        &self,
        id: AttemptId,
        to: AttemptState,
        inclusion: &Inclusion,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        self.set_fate(id, to, Some(inclusion), entries, at).await
    }

    /// Records that a transaction of Solana can never land: the final block height is `block_height`,
    /// past its last valid one, and no history knows it. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`JournalError::IllegalAttemptMove`] when that height proves nothing, or it is in a block.
    pub async fn record_expired(
        &self,
        id: AttemptId,
        block_height: u64,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let attempt = load(&mut tx, id).await?;
        let to = AttemptState::Dead;
        let refuse =
            |rule| Err(JournalError::IllegalAttemptMove { attempt: id, from: attempt.state, to, rule });
        match attempt.state {
            AttemptState::Dead => return Ok(()),
            AttemptState::Included => return refuse("it is in a block; record that it left it first"),
            AttemptState::Final => return refuse("its fate is decided"),
            AttemptState::Signed | AttemptState::Broadcast | AttemptState::Unknown => {}
        }
        match attempt.lifetime {
            Some(life) if block_height > life.last_valid_height => {
                write(&mut tx, id, to, at).await?;
                Ok(tx.commit().await?)
            }
            Some(_) => refuse("its last valid block height is not past"),
            None => refuse("only a transaction of Solana dies with its blockhash"),
        }
    }

    async fn set_fate(
        &self,
        id: AttemptId,
        to: AttemptState,
        inclusion: Option<&Inclusion>,
        entries: &[Entry],
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        let attempt = load(&mut tx, id).await?;
        let refuse =
            |rule| Err(JournalError::IllegalAttemptMove { attempt: id, from: attempt.state, to, rule });
        if !attempt.state.can_become(to) {
            return refuse("the table of moves has no such move");
        }
        match to {
            AttemptState::Included if inclusion.is_none() => return refuse("its block must be given"),
            AttemptState::Final if inclusion.is_none() && attempt.block_number.is_none() => {
                return refuse("its block must be given");
            }
            AttemptState::Dead if attempt.state != AttemptState::Dead => {
                if let Some(rule) = not_dead(&mut tx, &attempt).await? {
                    return refuse(rule);
                }
            }
            AttemptState::Signed
            | AttemptState::Broadcast
            | AttemptState::Included
            | AttemptState::Final
            | AttemptState::Dead
            | AttemptState::Unknown => {}
        }
        if attempt.state == AttemptState::Final {
            book(&mut tx, entries, at).await?;
            return Ok(tx.commit().await?);
        }
        let stays = inclusion
            .map_or(to == AttemptState::Final, |new| attempt.is_in(new.block_number, new.block_hash));
        if attempt.block_number.is_some() && !stays {
            withdraw(&mut tx, id, at).await?;
            forget_block(&mut tx, id).await?;
        }
        write(&mut tx, id, to, at).await?;
        if let (AttemptState::Included | AttemptState::Final, Some(inclusion)) = (to, inclusion) {
            write_inclusion(&mut tx, id, inclusion).await?;
        }
        match to {
            AttemptState::Included => {
                displace_siblings(&mut tx, &attempt, AttemptState::Broadcast, at).await?
            }
            AttemptState::Final => {
                displace_siblings(&mut tx, &attempt, AttemptState::Dead, at).await?;
                // On Solana nothing follows for other transactions: they land in any order.
                if attempt.lifetime.is_none() {
                    let spent = attempt.nonce.saturating_add(1);
                    raise_floor(&mut tx, &attempt.chain, attempt.wallet, spent, at).await?;
                }
            }
            AttemptState::Signed | AttemptState::Broadcast | AttemptState::Dead | AttemptState::Unknown => {}
        }
        book(&mut tx, entries, at).await?;
        Ok(tx.commit().await?)
    }
}

/// The rule against calling the attempt dead, if there is one.
async fn not_dead(
    tx: &mut SqliteConnection,
    attempt: &Attempt,
) -> Result<Option<&'static str>, JournalError> {
    if attempt.state == AttemptState::Included {
        return Ok(Some("it is in a block; record that it left it first"));
    }
    if attempt.lifetime.is_some() {
        return Ok(Some("its blockhash has not been shown to be past"));
    }
    if attempt.nonce < floor(&mut *tx, &attempt.chain, attempt.wallet).await? {
        return Ok(None);
    }
    if attempt.state != AttemptState::Signed {
        return Ok(Some("its nonce is not spent in a final block, so it may still be mined"));
    }
    let later: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM attempts WHERE chain = $1 AND wallet = $2 AND nonce >= $3 AND id <> $4 \
         AND state <> 'dead' LIMIT 1",
    )
    .bind(attempt.chain.as_str())
    .bind(attempt.wallet.to_string())
    .bind(stored(attempt.nonce, "the nonce")?)
    .bind(attempt.id.0)
    .fetch_optional(&mut *tx)
    .await?;
    Ok(later.map(|_| "later transactions of its key depend on its nonce; sign it anew or replace it"))
}

/// One nonce is mined once: what is true of `attempt` is not true of the others.
async fn displace_siblings(
    tx: &mut SqliteConnection,
    attempt: &Attempt,
    fate: AttemptState,
    at: Timestamp,
) -> Result<(), JournalError> {
    let nonce = stored(attempt.nonce, "the nonce")?;
    for sibling in at_nonce(&mut *tx, &attempt.chain, attempt.wallet, nonce).await? {
        if sibling.id == attempt.id || !sibling.state.is_live() {
            continue;
        }
        let was_included = sibling.state == AttemptState::Included;
        if was_included {
            withdraw(&mut *tx, sibling.id, at).await?;
            forget_block(&mut *tx, sibling.id).await?;
        }
        if fate == AttemptState::Dead || was_included {
            write(&mut *tx, sibling.id, fate, at).await?;
        }
    }
    Ok(())
}

async fn write(
    tx: &mut SqliteConnection,
    id: AttemptId,
    state: AttemptState,
    at: Timestamp,
) -> Result<(), JournalError> {
    sqlx::query("UPDATE attempts SET state = $1, updated_at = $2 WHERE id = $3")
        .bind(state.as_str())
        .bind(at.millis())
        .bind(id.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

async fn write_inclusion(
    tx: &mut SqliteConnection,
    id: AttemptId,
    inclusion: &Inclusion,
) -> Result<(), JournalError> {
    sqlx::query(
        "UPDATE attempts SET block_number = $1, block_hash = $2, gas_used = $3, fee_units = $4, \
         fee_usd = $5, success = $6 WHERE id = $7",
    )
    .bind(stored(inclusion.block_number, "the block number")?)
    .bind(inclusion.block_hash.map(|hash| hash.to_string()))
    .bind(stored(inclusion.gas_used, "the gas used")?)
    .bind(inclusion.fee_units.to_string())
    .bind(inclusion.fee_usd.map(|usd| usd.micros().to_string()))
    .bind(i64::from(inclusion.success))
    .bind(id.0)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

async fn forget_block(tx: &mut SqliteConnection, id: AttemptId) -> Result<(), JournalError> {
    sqlx::query(
        "UPDATE attempts SET block_number = NULL, block_hash = NULL, gas_used = NULL, fee_units = NULL, \
         fee_usd = NULL, success = NULL WHERE id = $1",
    )
    .bind(id.0)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
