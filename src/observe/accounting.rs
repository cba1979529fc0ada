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

/// Opens every position of the snapshot that is not open yet, at what the chain shows.
pub async fn open_positions(
    journal: &Journal,
    snapshot: &Snapshot,
    at: Timestamp,
) -> Result<(), JournalError> {
    let known = journal.ledger().await?;
    let is_known = |position: &Position| known.positions.iter().any(|one| one.position == *position);
    for (name, view) in &snapshot.chains {
        let Ok(view) = view else { continue };
        let mut positions: Vec<(Position, u128)> = view
            .balances
            .iter()
            .map(|(asset, balance)| (Position::new(name.clone(), asset.clone()), balance.on_chain.units()))
            .collect();
        if let Some(native) = snapshot.native_assets.get(name) {
            positions.push((Position::new(name.clone(), native.clone()), view.native.units()));
        }
        for (position, units) in positions {
            if !is_known(&position) {
                journal.open_position(&position, units, at).await?;
            }
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
