//! Conservation: what the chain shows against what the ledger expects, to the unit.

use std::collections::BTreeMap;

use alloy::primitives::I256;

use crate::domain::{AssetId, OperationState, Position, Snapshot, Timestamp};
use crate::journal::{Attempt, AttemptState, Cause, Entry, Journal, JournalError, Ledger};

/// What conservation cannot explain: on chain minus opening minus entries, by position. What is
/// between two chains left its source by an entry, so it needs no term of its own.
///
/// Positions that are not open in the ledger and chains that could not be read are left out.
pub fn imbalance(ledger: &Ledger, snapshot: &Snapshot) -> BTreeMap<Position, I256> {
    let mut found = BTreeMap::new();
    for entry in &ledger.positions {
        let Some(Ok(view)) = snapshot.chains.get(&entry.position.chain) else { continue };
        let is_native = snapshot.native_assets.get(&entry.position.chain) == Some(&entry.position.asset);
        let units = if is_native {
            Some(view.native.units())
        } else {
            view.balances.get(&entry.position.asset).map(|balance| balance.on_chain.units())
        };
        let Some(on_chain) = units.and_then(|units| I256::try_from(units).ok()) else { continue };
        found.insert(entry.position.clone(), on_chain.saturating_sub(entry.expected()));
    }
    found
}

/// The same by asset, over all chains.
pub fn by_asset(imbalance: &BTreeMap<Position, I256>) -> BTreeMap<AssetId, I256> {
    let mut sums: BTreeMap<AssetId, I256> = BTreeMap::new();
    for (position, units) in imbalance {
        let sum = sums.entry(position.asset.clone()).or_default();
        *sum = sum.saturating_add(*units);
    }
    sums
}

/// Why nothing should be begun, when less is on Solana than the ledger expects: there no nonce tells that
/// something was signed which this journal does not know.
pub fn missing_on_solana(imbalance: &BTreeMap<Position, I256>, snapshot: &Snapshot) -> Option<String> {
    let (name, _) = snapshot.wallets.solana.as_ref()?;
    let (position, units) = imbalance.iter().find(|(at, units)| at.chain == *name && units.is_negative())?;
    Some(format!(
        "{units} base units of {position} are missing: the ledger expects more than is there. If this journal is an \
         old copy that was put back, put the newest one back; if you moved it, `purser ledger book --chain {} \
         --asset {} --reason …` accounts for it",
        position.chain, position.asset
    ))
}

/// Positions of the snapshot that are not open in the ledger yet, with what the chain shows.
pub fn new_positions(ledger: &Ledger, snapshot: &Snapshot) -> Vec<(Position, u128)> {
    let mut positions = Vec::new();
    for (name, view) in &snapshot.chains {
        let Ok(view) = view else { continue };
        for (asset, balance) in &view.balances {
            positions.push((Position::new(name.clone(), asset.clone()), balance.on_chain.units()));
        }
        if let Some(native) = snapshot.native_assets.get(name) {
            positions.push((Position::new(name.clone(), native.clone()), view.native.units()));
        }
    }
    positions.retain(|(position, _)| ledger.positions.iter().all(|one| one.position != *position));
    positions
}

/// Why nothing was booked.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An imbalance says nothing while transactions are on their way.
    #[error(
        "something is under way ({0}), so what the ledger cannot explain may be just that; nothing was booked, try again when it has ended"
    )]
    UnderWay(String),
    /// There is no such position, or it could not be read.
    #[error("{position} is not a position of the ledger that was read now ({reason}); nothing was booked")]
    Unread {
        /// Which.
        position: Position,
        /// Why.
        reason: String,
    },
    /// Nothing is unexplained.
    #[error("the chain shows exactly what the ledger expects of {0}; there is nothing to book")]
    Balanced(Position),
}

/// What was booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Where.
    pub position: Position,
    /// Deposit or withdrawal.
    pub cause: Cause,
    /// Base units, without sign.
    pub units: u128,
}

/// Books exactly what conservation cannot explain of `position` as a deposit or withdrawal, on an
/// operator's word. `before` is the ledger as it was before `snapshot` was taken.
///
/// # Errors
/// [`BookError`]; nothing is booked then.
pub async fn book(
    journal: &Journal,
    before: &Ledger,
    snapshot: &Snapshot,
    position: &Position,
    reason: &str,
    at: Timestamp,
) -> Result<Booked, BookError> {
    let open = journal.open_operations().await?;
    if let Some(one) = open.iter().find(|one| one.state != OperationState::NeedsOperator) {
        return Err(BookError::UnderWay(format!("operation {} is {}", one.id, one.state)));
    }
    let ledger = journal.ledger().await?;
    if ledger != *before || !is_quiet(journal, snapshot).await? {
        return Err(BookError::UnderWay("the ledger moved while the chains were read".to_owned()));
    }
    let found = imbalance(&ledger, snapshot).get(position).copied().ok_or_else(|| BookError::Unread {
        position: position.clone(),
        reason: match snapshot.chains.get(&position.chain) {
            Some(Err(reason)) => reason.clone(),
            Some(Ok(_)) => "the daemon has not opened it yet".to_owned(),
            None => "the chain is not configured".to_owned(),
        },
    })?;
    let units = u128::try_from(found.unsigned_abs())
        .map_err(|error| BookError::Unread { position: position.clone(), reason: error.to_string() })?;
    if units == 0 {
        return Err(BookError::Balanced(position.clone()));
    }
    let cause = if found.is_negative() { Cause::Withdrawal } else { Cause::Deposit };
    let reference = format!("operator {at} {position}: {reason}");
    journal.add_entries(&[Entry::external(reference, cause, position.clone(), units)], at).await?;
    Ok(Booked { position: position.clone(), cause, units })
}

/// Whether nothing is under way on any chain: only then the ledger must equal the chain.
///
/// Under way is a transaction of which no block is known, one in a block after the one that was read,
/// and a transfer that may be minted: anybody may do that, and it is booked when it is final.
pub async fn is_quiet(journal: &Journal, snapshot: &Snapshot) -> Result<bool, JournalError> {
    for (chain, view) in &snapshot.chains {
        let read = view.as_ref().map_or(u64::MAX, |view| view.block.number);
        let live = journal.live_attempts(chain).await?;
        let is_seen = |attempt: &Attempt| {
            attempt.state == AttemptState::Included && attempt.block_number.is_some_and(|block| block <= read)
        };
        if !live.iter().all(is_seen) {
            return Ok(false);
        }
    }
    let open = journal.open_operations().await?;
    Ok(!open.iter().any(|operation| operation.state == OperationState::Attested))
}
