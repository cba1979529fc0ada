//! What the transactions of one transfer cost on one chain.

use crate::domain::price::Rounding;
use crate::domain::snapshot::{ChainView, Gas, GasPrice, LamportFees};
use crate::domain::{ChainName, Snapshot, Usd};
use crate::network::{GasUnits, Transaction};

/// What transactions of one chain cost together.
pub(super) struct Spent {
    /// What is gone afterwards, in dollars.
    pub(super) usd: Usd,
    /// Base units of the native coin that have to be there, those that come back later included.
    pub(super) native: u128,
}

/// The cost of `transactions` on `chain`, each with its layer 1 part and its rent.
pub(super) fn of(
    snapshot: &Snapshot,
    chain: &ChainName,
    units: &GasUnits,
    transactions: &[Transaction],
) -> Result<Spent, String> {
    let absurd = || format!("gas price of {chain} is absurd");
    let view = match snapshot.chains.get(chain) {
        Some(Ok(view)) => view,
        Some(Err(reason)) => return Err(reason.clone()),
        None => return Err(format!("chain {chain} is not configured")),
    };
    if let Gas::Evm(price) = view.gas
        && price.base_fee.checked_add(price.priority_fee) == Some(0)
    {
        return Err(format!("gas price of {chain} reads zero, which is not a price"));
    }
    let mut spent = Spent { usd: Usd::ZERO, native: 0 };
    for &transaction in transactions {
        let Fee { kept, lent } = match &view.gas {
            Gas::Evm(price) => evm(price, units.of(transaction)),
            Gas::Solana(fees) => solana(fees, transaction),
        }
        .ok_or_else(absurd)?;
        let usd = worth(snapshot, chain, view, kept)?;
        spent.usd = spent.usd.checked_add(usd).ok_or_else(absurd)?;
        let native = kept.checked_add(lent).and_then(|fee| spent.native.checked_add(fee));
        spent.native = native.ok_or_else(absurd)?;
    }
    if view.native.units() < spent.native {
        return Err(format!("not enough native coin for gas on {chain}: {} is there", view.native));
    }
    Ok(spent)
}

/// One transaction's cost in base units of the native coin.
struct Fee {
    /// Gone.
    kept: u128,
    /// Bound until it is reclaimed.
    lent: u128,
}

fn evm(price: &GasPrice, units: u64) -> Option<Fee> {
    let per_gas = price.base_fee.checked_add(price.priority_fee)?;
    let kept = per_gas.checked_mul(u128::from(units))?.checked_add(price.l1_fee)?;
    Some(Fee { kept, lent: 0 })
}

/// Signatures, compute units a little above what was measured, and rents. Nothing is approved on Solana.
fn solana(fees: &LamportFees, transaction: Transaction) -> Option<Fee> {
    let (signatures, units, kept, lent): (u64, u64, u64, u64) = match transaction {
        Transaction::Approve => return Some(Fee { kept: 0, lent: 0 }),
        Transaction::Burn => (2, 150_000, 0, fees.event_rent),
        Transaction::Mint => (1, 300_000, fees.nonce_rent, 0),
        Transaction::SwapV2 | Transaction::SwapV3 | Transaction::Aggregate => (1, 400_000, 0, 0),
    };
    let priority = u128::from(fees.compute_price).checked_mul(u128::from(units))?.div_ceil(1_000_000);
    let priority = priority.min(u128::from(fees.max_priority));
    let signing = u128::from(fees.signature).checked_mul(u128::from(signatures))?;
    let kept = signing.checked_add(priority)?.checked_add(u128::from(kept))?;
    Some(Fee { kept, lent: u128::from(lent) })
}

/// `units` of the chain's native coin in dollars, rounded up.
fn worth(snapshot: &Snapshot, chain: &ChainName, view: &ChainView, units: u128) -> Result<Usd, String> {
    let native = snapshot
        .native_assets
        .get(chain)
        .ok_or_else(|| format!("chain {chain} has no native asset configured"))?;
    let price = snapshot.price(native)?;
    price
        .value(&view.native.with_units(units), Rounding::Up)
        .ok_or_else(|| format!("gas cost on {chain} is absurd"))
}
