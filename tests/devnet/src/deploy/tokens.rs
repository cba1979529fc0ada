//! Minters and starting balances.

use alloy::primitives::{Address, U256};
use serde_json::json;

use super::Layout;
use super::batch::Batch;
use crate::abi::IToken;
use crate::chain::Asset;
use crate::error::Error;
use crate::rpc::Rpc;

/// A starting balance, in the asset's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The chain's name.
    pub chain: String,
    /// The asset.
    pub asset: Asset,
    /// The amount in the smallest unit.
    pub amount: U256,
}

/// Lets CCTP, the pools and the administrator mint, and mints the balances.
pub(super) fn fund(batch: &mut Batch, layout: &Layout, holders: &[Address], balances: &[Balance]) {
    for holder in holders {
        for balance in balances {
            let token = match balance.asset {
                Asset::Usdc => layout.usdc,
                Asset::Usdt => layout.usdt,
                Asset::Native | Asset::Weth => continue,
            };
            let call = IToken::mintCall { to: *holder, amount: balance.amount };
            batch.call("a starting balance", token, &call);
        }
    }
}

/// Makes the accounts that need it minters, without a limit that matters.
pub(super) fn minters(batch: &mut Batch, layout: &Layout, admin: Address) {
    let allowed = U256::MAX >> 1;
    for (token, minter) in [
        (layout.usdc, layout.minter),
        (layout.usdc, layout.seeder),
        (layout.usdc, admin),
        (layout.usdt, layout.seeder),
        (layout.usdt, admin),
    ] {
        batch.call("a minter", token, &IToken::configureMinterCall { minter, allowedAmount: allowed });
    }
}

/// Sets native balances, which needs no transaction.
pub(super) async fn fund_native(rpc: &Rpc, holders: &[Address], balances: &[Balance]) -> Result<(), Error> {
    let mut calls = Vec::new();
    for holder in holders {
        for balance in balances.iter().filter(|balance| balance.asset == Asset::Native) {
            calls.push(("anvil_setBalance", json!([holder, balance.amount])));
        }
    }
    rpc.batch_all(&calls).await?;
    Ok(())
}
