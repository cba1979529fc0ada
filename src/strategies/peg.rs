//! Prices that may be decided on: usable, and near the peg where there is one.

use std::collections::BTreeMap;

use crate::domain::{AssetId, Price, Snapshot};

/// One, in millionths.
const WHOLE: u128 = 1_000_000;

/// The range a stablecoin's price has to lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peg {
    /// Its price when it is sound.
    pub price: Price,
    /// How far from it the price may be, in millionths.
    pub tolerance_ppm: u32,
}

/// The price of `asset`, or why nothing may be decided on it.
pub(super) fn sound_price(
    snapshot: &Snapshot,
    pegs: &BTreeMap<AssetId, Peg>,
    asset: &AssetId,
) -> Result<Price, String> {
    let price = snapshot.price(asset).map_err(|reason| format!("{asset} has no usable price: {reason}"))?;
    if let Some(peg) = pegs.get(asset) {
        let apart = price.pico().abs_diff(peg.price.pico()).checked_mul(WHOLE);
        let allowed = peg.price.pico().checked_mul(u128::from(peg.tolerance_ppm));
        let near = matches!((apart, allowed), (Some(apart), Some(allowed)) if apart <= allowed);
        if !near {
            return Err(format!(
                "{asset} is at {price}, more than {} ppm from its peg of {}; nothing that needs it happens",
                peg.tolerance_ppm, peg.price
            ));
        }
    }
    Ok(price)
}
