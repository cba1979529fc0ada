//! The ledger's sums: what each position should hold and what is on its way.

use std::collections::BTreeMap;

use alloy::primitives::I256;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::domain::{AssetId, ChainName, Position, Timestamp};
use crate::journal::check::sound;
use crate::journal::rows::{corrupt, parsed};
use crate::journal::{AttemptId, Cause, Entry, EntrySource, Journal, JournalError};

/// One position of the ledger, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionLedger {
    /// Which.
    pub position: Position,
    /// What it held when it was opened.
    pub opening: I256,
    /// Sum of its entries since.
    pub moved: I256,
}

impl PositionLedger {
    /// What the chain should show: opening plus entries.
    pub fn expected(&self) -> I256 {
        self.opening.saturating_add(self.moved)
    }
}

/// What of one asset is between two chains, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transit {
    /// Which asset.
    pub asset: AssetId,
    /// Burnt in all.
    pub burnt: I256,
    /// Minted in all, net of fees.
    pub minted: I256,
    /// Kept by the bridge in all.
    pub fees: I256,
}

impl Transit {
    /// What is on its way: burnt − minted − fees.
    pub fn in_transit(&self) -> I256 {
        self.burnt.saturating_sub(self.minted).saturating_sub(self.fees)
    }
}

/// The ledger at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Every open position.
    pub positions: Vec<PositionLedger>,
    /// Every asset that was ever bridged.
    pub transit: Vec<Transit>,
}

impl Journal {
    /// Opens a position with what the chain shows at that moment. Returns whether it was opened
    /// now; a position that is open keeps its opening.
    pub async fn open_position(
        &self,
        position: &Position,
        units: u128,
        at: Timestamp,
    ) -> Result<bool, JournalError> {
        let mut tx = self.begin().await?;
        let opened = sqlx::query(
            "INSERT INTO positions (chain, asset, opening, moved, opened_at) VALUES ($1, $2, $3, '0', $4) \
             ON CONFLICT (chain, asset) DO NOTHING",
        )
        .bind(position.chain.as_str())
        .bind(position.asset.as_str())
        .bind(units.to_string())
        .bind(at.millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(opened.rows_affected() == 1)
    }

    /// Records entries, all or none. An entry that stands already is not recorded again.
    ///
    /// # Errors
    /// [`JournalError::EntryConflict`] when one stands with other content,
    /// [`JournalError::UnknownPosition`] when its position is not open.
    pub async fn add_entries(&self, entries: &[Entry], at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.begin().await?;
        book(&mut tx, entries, at).await?;
        Ok(tx.commit().await?)
    }

    /// What every position should hold and what is in transit.
    pub async fn ledger(&self) -> Result<Ledger, JournalError> {
        let mut tx = self.readers().begin().await?;
        let positions =
            sqlx::query("SELECT chain, asset, opening, moved FROM positions ORDER BY chain, asset")
                .fetch_all(&mut *tx)
                .await?;
        let transit = sqlx::query("SELECT asset, burnt, minted, fees FROM transit ORDER BY asset")
            .fetch_all(&mut *tx)
            .await?;
        Ok(Ledger {
            positions: positions.iter().map(decode_position).collect::<Result<_, _>>()?,
            transit: transit.iter().map(decode_transit).collect::<Result<_, _>>()?,
        })
    }

    /// Checks the whole file, every reference, and the ledger's sums against its entries.
    /// Takes time in proportion to the journal.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] with what was found.
    pub async fn integrity_check(&self) -> Result<(), JournalError> {
        let mut tx = self.readers().begin().await?;
        let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(&mut *tx).await?;
        sound(&lines)?;
        if sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *tx).await?.is_some() {
            return Err(corrupt("foreign keys", "a row refers to one that is not there"));
        }
        let mut positions: BTreeMap<Position, I256> = BTreeMap::new();
        let mut transit: BTreeMap<AssetId, [I256; 3]> = BTreeMap::new();
        let rows = sqlx::query("SELECT chain, asset, cause, units FROM entries WHERE withdrawn_at IS NULL")
            .fetch_all(&mut *tx)
            .await?;
        for row in rows {
            let effect = effect(parsed(&row, "cause")?, parsed(&row, "units")?)?;
            let position = position_of(&row)?;
            if let Some(sums) = effect.transit {
                let total = transit.entry(position.asset.clone()).or_default();
                for (sum, delta) in total.iter_mut().zip(sums) {
                    *sum = add(*sum, delta)?;
                }
            }
            let total = positions.entry(position).or_default();
            *total = add(*total, effect.position)?;
        }
        let recorded =
            sqlx::query("SELECT chain, asset, opening, moved FROM positions").fetch_all(&mut *tx).await?;
        for row in &recorded {
            let stored = decode_position(row)?;
            if positions.get(&stored.position).copied().unwrap_or_default() != stored.moved {
                return Err(corrupt(
                    "ledger",
                    format!("the sum of {} is not that of its entries", stored.position),
                ));
            }
        }
        let recorded =
            sqlx::query("SELECT asset, burnt, minted, fees FROM transit").fetch_all(&mut *tx).await?;
        for row in &recorded {
            let stored = decode_transit(row)?;
            let sums = transit.remove(&stored.asset).unwrap_or_default();
            if sums != [stored.burnt, stored.minted, stored.fees] {
                let detail = format!("the transit of {} is not that of its entries", stored.asset);
                return Err(corrupt("ledger", detail));
            }
        }
        match transit.keys().next() {
            Some(asset) => Err(corrupt("ledger", format!("the transit of {asset} is missing"))),
            None => Ok(()),
        }
    }
}

/// What an entry does to its position and to [burnt, minted, fees] of its asset.
struct Effect {
    position: I256,
    transit: Option<[I256; 3]>,
}

fn effect(cause: Cause, units: u128) -> Result<Effect, JournalError> {
    let plus = I256::try_from(units)
        .map_err(|error| JournalError::Unstorable { what: "the entry", detail: error.to_string() })?;
    let minus = I256::ZERO.saturating_sub(plus);
    let zero = I256::ZERO;
    Ok(match cause {
        Cause::Burn => Effect { position: minus, transit: Some([plus, zero, zero]) },
        Cause::Mint => Effect { position: plus, transit: Some([zero, plus, zero]) },
        Cause::BridgeFee => Effect { position: zero, transit: Some([zero, zero, plus]) },
        Cause::SwapOut | Cause::RouteOut | Cause::Deposit | Cause::RentBack => {
            Effect { position: plus, transit: None }
        }
        Cause::SwapIn | Cause::RouteIn | Cause::Gas | Cause::Rent | Cause::Withdrawal => {
            Effect { position: minus, transit: None }
        }
    })
}

/// Records entries and moves the sums with them.
pub(super) async fn book(
    tx: &mut SqliteConnection,
    entries: &[Entry],
    at: Timestamp,
) -> Result<(), JournalError> {
    for entry in entries {
        if !stands(&mut *tx, entry).await? {
            apply(&mut *tx, &entry.position, &effect(entry.cause, entry.units)?).await?;
            insert(&mut *tx, entry, at).await?;
        }
    }
    Ok(())
}

/// Whether the entry is recorded and stands.
async fn stands(tx: &mut SqliteConnection, entry: &Entry) -> Result<bool, JournalError> {
    let key = entry.key();
    let row = sqlx::query("SELECT chain, asset, units FROM entries WHERE key = $1 AND withdrawn_at IS NULL")
        .bind(&key)
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(false) };
    let position = position_of(&row)?;
    let units: u128 = parsed(&row, "units")?;
    if position == entry.position && units == entry.units {
        return Ok(true);
    }
    let recorded = format!("{units} units of {position}");
    let offered = format!("{} units of {}", entry.units, entry.position);
    Err(JournalError::EntryConflict { key, recorded, offered })
}

async fn insert(tx: &mut SqliteConnection, entry: &Entry, at: Timestamp) -> Result<(), JournalError> {
    let (operation, attempt) = match &entry.source {
        EntrySource::Operation { operation, attempt } => (Some(operation.as_str()), attempt.map(|id| id.0)),
        EntrySource::External { .. } => (None, None),
    };
    sqlx::query(
        "INSERT INTO entries (key, operation, attempt, cause, chain, asset, units, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.key())
    .bind(operation)
    .bind(attempt)
    .bind(entry.cause.as_str())
    .bind(entry.position.chain.as_str())
    .bind(entry.position.asset.as_str())
    .bind(entry.units.to_string())
    .bind(at.millis())
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Takes back what an attempt's entries did; the entries stay, marked as withdrawn.
pub(super) async fn withdraw(
    tx: &mut SqliteConnection,
    attempt: AttemptId,
    at: Timestamp,
) -> Result<(), JournalError> {
    let rows = sqlx::query(
        "SELECT chain, asset, cause, units FROM entries WHERE attempt = $1 AND withdrawn_at IS NULL",
    )
    .bind(attempt.0)
    .fetch_all(&mut *tx)
    .await?;
    for row in rows {
        let effect = effect(parsed(&row, "cause")?, parsed(&row, "units")?)?;
        let undone = Effect {
            position: I256::ZERO.saturating_sub(effect.position),
            transit: effect.transit.map(|sums| sums.map(|sum| I256::ZERO.saturating_sub(sum))),
        };
        apply(&mut *tx, &position_of(&row)?, &undone).await?;
    }
    sqlx::query("UPDATE entries SET withdrawn_at = $1 WHERE attempt = $2 AND withdrawn_at IS NULL")
        .bind(at.millis())
        .bind(attempt.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

async fn apply(tx: &mut SqliteConnection, position: &Position, effect: &Effect) -> Result<(), JournalError> {
    let row =
        sqlx::query("SELECT chain, asset, opening, moved FROM positions WHERE chain = $1 AND asset = $2")
            .bind(position.chain.as_str())
            .bind(position.asset.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or_else(|| JournalError::UnknownPosition(position.clone()))?;
    let moved = add(decode_position(&row)?.moved, effect.position)?;
    sqlx::query("UPDATE positions SET moved = $1 WHERE chain = $2 AND asset = $3")
        .bind(moved.to_string())
        .bind(position.chain.as_str())
        .bind(position.asset.as_str())
        .execute(&mut *tx)
        .await?;
    let Some([burnt, minted, fees]) = effect.transit else { return Ok(()) };
    let row = sqlx::query("SELECT asset, burnt, minted, fees FROM transit WHERE asset = $1")
        .bind(position.asset.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let none =
        Transit { asset: position.asset.clone(), burnt: I256::ZERO, minted: I256::ZERO, fees: I256::ZERO };
    let before = row.as_ref().map(decode_transit).transpose()?.unwrap_or(none);
    sqlx::query(
        "INSERT INTO transit (asset, burnt, minted, fees) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (asset) DO UPDATE SET burnt = excluded.burnt, minted = excluded.minted, \
         fees = excluded.fees",
    )
    .bind(position.asset.as_str())
    .bind(add(before.burnt, burnt)?.to_string())
    .bind(add(before.minted, minted)?.to_string())
    .bind(add(before.fees, fees)?.to_string())
    .execute(&mut *tx)
    .await?;
    Ok(())
}

fn add(sum: I256, delta: I256) -> Result<I256, JournalError> {
    sum.checked_add(delta).ok_or(JournalError::Unstorable {
        what: "the ledger's sum",
        detail: "it leaves the range of 256 bits".to_owned(),
    })
}

fn position_of(row: &SqliteRow) -> Result<Position, JournalError> {
    Ok(Position::new(ChainName::new(row.try_get("chain")?), AssetId::new(row.try_get("asset")?)))
}

fn decode_position(row: &SqliteRow) -> Result<PositionLedger, JournalError> {
    Ok(PositionLedger {
        position: position_of(row)?,
        opening: parsed(row, "opening")?,
        moved: parsed(row, "moved")?,
    })
}

fn decode_transit(row: &SqliteRow) -> Result<Transit, JournalError> {
    Ok(Transit {
        asset: AssetId::new(row.try_get("asset")?),
        burnt: parsed(row, "burnt")?,
        minted: parsed(row, "minted")?,
        fees: parsed(row, "fees")?,
    })
}
