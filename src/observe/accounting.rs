//! Conservation: what the chain shows against what the ledger expects, to the unit.

use std::collections::BTreeMap;

use alloy::primitives::I256;

use crate::domain::{AssetId, Position, Snapshot, Timestamp};
use crate::journal::{AttemptState, Journal, JournalError, Ledger};

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

/// Whether the snapshot shows a position that is not open yet.
pub async fn has_new_positions(journal: &Journal, snapshot: &Snapshot) -> Result<bool, JournalError> {
    let known = journal.ledger().await?;
    let is_known = |position: &Position| known.positions.iter().any(|one| one.position == *position);
    let shown = shown(snapshot);
    Ok(shown.iter().any(|(position, _)| !is_known(position)))
}

/// Every position of the snapshot with what the chain shows.
fn shown(snapshot: &Snapshot) -> Vec<(Position, u128)> {
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
    positions
}

/// Opens every position of the snapshot that is not open yet, at what the chain shows.
pub async fn open_positions(
    journal: &Journal,
    snapshot: &Snapshot,
    at: Timestamp,
) -> Result<(), JournalError> {
    let known = journal.ledger().await?;
    let is_known = |position: &Position| known.positions.iter().any(|one| one.position == *position);
    for (position, units) in shown(snapshot) {
        if !is_known(&position) {
            journal.open_position(&position, units, at).await?;
        }
    }
    Ok(())
}

/// Whether nothing is under way on any chain: only then the ledger must equal the chain.
pub async fn is_quiet(journal: &Journal, snapshot: &Snapshot) -> Result<bool, JournalError> {
    for chain in snapshot.chains.keys() {
        let live = journal.live_attempts(chain).await?;
        if live.iter().any(|attempt| attempt.state != AttemptState::Included) {
            return Ok(false);
        }
    }
    Ok(true)
}
