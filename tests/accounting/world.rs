//! A snapshot of two chains as the ledger is compared with it.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256};
use purser::domain::snapshot::{Balance, BlockRef, ChainView, GasPrice};
use purser::domain::{Amount, AssetId, ChainName, Snapshot, Timestamp, Wallets};

use crate::journal::support::{base, ethereum, usdc};

/// What both chains hold: USDC as given for Base, 500 on Ethereum, and coins for gas; read at `block`.
pub(super) fn snapshot(on_base: u128, block: u64) -> Snapshot {
    let view = |units: u128| {
        let balance = Balance { on_chain: usdc(units), reserved: usdc(0), in_flight: usdc(0) };
        ChainView {
            block: BlockRef { number: block, hash: B256::ZERO, timestamp: 1_700_000_000 }.into(),
            native: Amount::new(AssetId::new("ETH"), 18, 1_000_000_000),
            balances: BTreeMap::from([(AssetId::new("USDC"), balance)]),
            pools: Vec::new(),
            gas: GasPrice { base_fee: 1, priority_fee: 1, l1_fee: 0 }.into(),
        }
    };
    let chains: [(ChainName, u128); 2] = [(base(), on_base), (ethereum(), 500)];
    Snapshot {
        taken_at: Timestamp::from_millis(1_700_000_000_000),
        wallets: Wallets::evm(Address::ZERO),
        native_assets: chains.iter().map(|(name, _)| (name.clone(), AssetId::new("ETH"))).collect(),
        chains: chains.into_iter().map(|(name, units)| (name, Ok(view(units)))).collect(),
        prices: BTreeMap::new(),
        bridges: Vec::new(),
        quotes: Vec::new(),
        haircuts: BTreeMap::new(),
    }
}
