//! What the transactions of one transfer cost on one chain.

use crate::domain::{ChainName, Snapshot, Usd};

/// Gas of some transactions on one chain.
pub(super) struct Gas {
    pub(super) usd: Usd,
    pub(super) wei: u128,
}

/// The cost of one transaction per entry of `units`, each with its layer 1 part.
pub(super) fn of(snapshot: &Snapshot, chain: &ChainName, units: &[u64]) -> Result<Gas, String> {
    let absurd = || format!("gas price of {chain} is absurd");
    let view = match snapshot.chains.get(chain) {
        Some(Ok(view)) => view,
        Some(Err(reason)) => return Err(reason.clone()),
        None => return Err(format!("chain {chain} is not configured")),
    };
    let per_gas = view.gas.base_fee.checked_add(view.gas.priority_fee).ok_or_else(absurd)?;
    if per_gas == 0 {
        return Err(format!("gas price of {chain} reads zero, which is not a price"));
    }
    let mut gas = Gas { usd: Usd::ZERO, wei: 0 };
    for &unit in units {
        gas.usd = gas.usd.checked_add(snapshot.gas_cost(chain, unit)?).ok_or_else(absurd)?;
        gas.wei = per_gas
            .checked_mul(u128::from(unit))
            .and_then(|wei| wei.checked_add(view.gas.l1_fee))
            .and_then(|wei| wei.checked_add(gas.wei))
            .ok_or_else(absurd)?;
    }
    if view.native.units() < gas.wei {
        return Err(format!("not enough native coin for gas on {chain}: {} is there", view.native));
    }
    Ok(gas)
}
