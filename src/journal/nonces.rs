//! Which nonce comes next. A function of what is recorded here, never a counter in memory.

use sqlx::{Executor, Row, Sqlite, SqliteConnection};

use crate::domain::{AnyAddress, ChainName, Timestamp};
use crate::journal::rows::{corrupt, stored, unsigned};
use crate::journal::{Journal, JournalError};

impl Journal {
    /// One past the highest nonce of any attempt not proven dead, and never below the nonces known
    /// to be spent. `None` when the key has not begun here: then the chain's own nonce is next.
    pub async fn next_nonce(
        &self,
        chain: &ChainName,
        wallet: impl Into<AnyAddress>,
    ) -> Result<Option<u64>, JournalError> {
        expected(self.readers(), chain, wallet.into()).await
    }

    /// Records that the key begins here at nonce `first`. A key that has a history here keeps it. From
    /// then on a higher nonce on the chain says that something signed which this journal does not
    /// know: also when this file is an old copy that was put back.
    pub async fn begin_nonces(
        &self,
        chain: &ChainName,
        wallet: impl Into<AnyAddress>,
        first: u64,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let wallet = wallet.into();
        let mut tx = self.begin().await?;
        if expected(&mut *tx, chain, wallet).await?.is_none() {
            raise_floor(&mut tx, chain, wallet, first, at).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Records that every nonce below `finalised` is spent in a final block of the chain: the proof
    /// that an attempt at such a nonce which is in no block is dead. A lower number than before
    /// changes nothing.
    ///
    /// # Errors
    /// [`JournalError::ForeignNonce`] when the chain is ahead of the journal: somebody else signs
    /// with this key. Nothing is recorded; see [`Journal::adopt_nonce`].
    pub async fn record_finalised_nonce(
        &self,
        chain: &ChainName,
        wallet: impl Into<AnyAddress>,
        finalised: u64,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let wallet = wallet.into();
        let mut tx = self.begin().await?;
        match expected(&mut *tx, chain, wallet).await? {
            Some(expected) if finalised > expected => {
                return Err(JournalError::ForeignNonce { chain: chain.clone(), finalised, expected });
            }
            Some(_) | None => {}
        }
        raise_floor(&mut tx, chain, wallet, finalised, at).await?;
        Ok(tx.commit().await?)
    }

    /// The operator accepts that the key was used elsewhere: signing goes on from `nonce`, the
    /// chain's final nonce. A lower number than before changes nothing. The `reason` is kept.
    pub async fn adopt_nonce(
        &self,
        chain: &ChainName,
        wallet: impl Into<AnyAddress>,
        nonce: u64,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), JournalError> {
        let wallet = wallet.into();
        let mut tx = self.begin().await?;
        let before = expected(&mut *tx, chain, wallet).await?;
        raise_floor(&mut tx, chain, wallet, nonce, at).await?;
        sqlx::query(
            "INSERT INTO adoptions (chain, wallet, from_nonce, to_nonce, reason, at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(chain.as_str())
        .bind(wallet.to_string())
        .bind(before.map(|nonce| stored(nonce, "the nonce")).transpose()?)
        .bind(stored(nonce, "the nonce")?)
        .bind(reason)
        .bind(at.millis())
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}

/// The only nonce a new transaction of the key may take.
pub(super) async fn expected<'e, E>(
    executor: E,
    chain: &ChainName,
    wallet: AnyAddress,
) -> Result<Option<u64>, JournalError>
where
    E: Executor<'e, Database = Sqlite>,
{
    // The two subqueries walk the index from its high end and stop at the first row that counts.
    let row = sqlx::query(
        "SELECT k.floor AS floor, (SELECT a.nonce FROM attempts a WHERE a.chain = k.chain \
         AND a.wallet = k.wallet AND a.state <> 'dead' ORDER BY a.nonce DESC LIMIT 1) AS highest \
         FROM signing_keys k WHERE k.chain = $1 AND k.wallet = $2",
    )
    .bind(chain.as_str())
    .bind(wallet.to_string())
    .fetch_optional(executor)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let floor = unsigned(&row, "floor")?;
    let highest: Option<i64> = row.try_get("highest")?;
    let after = match highest {
        Some(nonce) => {
            u64::try_from(nonce).map_err(|error| corrupt("attempts.nonce", error))?.saturating_add(1)
        }
        None => 0,
    };
    Ok(Some(floor.max(after)))
}

/// Every nonce below `floor` is spent. Never lowers.
pub(super) async fn raise_floor(
    tx: &mut SqliteConnection,
    chain: &ChainName,
    wallet: AnyAddress,
    floor: u64,
    at: Timestamp,
) -> Result<(), JournalError> {
    sqlx::query(
        "INSERT INTO signing_keys (chain, wallet, floor, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (chain, wallet) DO UPDATE SET floor = excluded.floor, updated_at = excluded.updated_at \
         WHERE excluded.floor > signing_keys.floor",
    )
    .bind(chain.as_str())
    .bind(wallet.to_string())
    .bind(stored(floor, "the nonce")?)
    .bind(at.millis())
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// The key's floor, once it has one.
pub(super) async fn floor(
    tx: &mut SqliteConnection,
    chain: &ChainName,
    wallet: AnyAddress,
) -> Result<u64, JournalError> {
    let row = sqlx::query("SELECT floor FROM signing_keys WHERE chain = $1 AND wallet = $2")
        .bind(chain.as_str())
        .bind(wallet.to_string())
        .fetch_one(&mut *tx)
        .await?;
    unsigned(&row, "floor")
}
