//! What is missing on Solana stops what would begin there.

use std::collections::BTreeMap;

use alloy::primitives::I256;
use purser::domain::{AssetId, ChainName, Position};
use purser::observe::accounting::missing_on_solana;
use solana_address::Address;

use super::world::snapshot;
use crate::journal::support::base;

fn found(chain: ChainName, units: i64) -> Option<String> {
    let mut snapshot = snapshot(10, 1);
    snapshot.wallets.solana = Some((ChainName::new("solana"), Address::from([7; 32]).into()));
    let position = Position::new(chain, AssetId::new("USDC"));
    let imbalance = BTreeMap::from([(position, I256::try_from(units).unwrap())]);
    missing_on_solana(&imbalance, &snapshot)
}

#[test]
fn less_than_the_ledger_expects_is_named_with_what_to_do() {
    let reason = found(ChainName::new("solana"), -5).unwrap();
    assert!(reason.contains("-5 base units of USDC on solana are missing"), "{reason}");
    assert!(reason.contains("purser ledger book --chain solana --asset USDC"), "{reason}");
}

#[test]
fn more_than_expected_and_other_chains_stop_nothing() {
    assert_eq!(found(ChainName::new("solana"), 5), None, "anybody can pay in");
    assert_eq!(found(ChainName::new("solana"), 0), None);
    assert_eq!(found(base(), -5), None, "there the nonce tells");
}
