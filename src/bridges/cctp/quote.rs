//! What a transfer costs and how much may move: integers, rounded against ourselves.

use alloy::primitives::U256;

use crate::bridges::cctp::ends::FarEnd;
use crate::bridges::cctp::iris::FeeTier;
use crate::config::Percent;
use crate::domain::Speed;
use crate::domain::snapshot::{BridgeTier, BridgeView};

/// A fee of the whole amount, in millionths.
const PPM: u128 = 1_000_000;
/// `MIN_FEE_MULTIPLIER` of TokenMessengerV2.
const MIN_FEE_MULTIPLIER: u128 = 10_000_000;

/// Why no maximum fee can be named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// The fee would take the whole amount.
    #[error(
        "a transfer of {amount} base units costs up to {fee} in fees, all of it; it is not sent, move more at once"
    )]
    NotWorthIt {
        /// Base units.
        amount: u128,
        /// Base units.
        fee: u128,
    },
    /// The numbers do not fit.
    #[error("the fee of {amount} base units does not fit any integer; it is not sent")]
    Overflow {
        /// Base units.
        amount: u128,
    },
}

/// The speeds offered from `source`: those Iris names a fee for.
///
/// Fast is offered only with a known allowance, because a tier without allowance counts as
/// unlimited.
pub fn tiers(source: &impl FarEnd, fees: &[FeeTier], allowance: Option<u128>) -> Vec<BridgeTier> {
    let fee = |speed: Speed| {
        fees.iter()
            .find(|tier| tier.finality_threshold == speed.finality_threshold())
            .map(|tier| tier.fee_ppm)
    };
    let fast = fee(Speed::Fast).zip(allowance).map(|(fee_ppm, allowance)| BridgeTier {
        speed: Speed::Fast,
        fee_ppm,
        allowance: Some(allowance),
        expected_seconds: source.seconds(Speed::Fast),
    });
    let standard = fee(Speed::Standard).map(|fee_ppm| BridgeTier {
        speed: Speed::Standard,
        fee_ppm,
        allowance: None,
        expected_seconds: source.seconds(Speed::Standard),
    });
    fast.into_iter().chain(standard).collect()
}

/// What a chain's contracts or programs demand of a burn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BurnLimits {
    /// Largest single burn in base units.
    pub burn_limit: u128,
    /// Minimum fee in units of 1/10,000,000 of the amount.
    pub min_fee: u64,
}

/// The bridge from `source` to `destination` as the snapshot holds it; `limits` are the source's.
pub fn view(
    source: &impl FarEnd,
    destination: &impl FarEnd,
    limits: BurnLimits,
    fees: &[FeeTier],
    allowance: Option<u128>,
) -> BridgeView {
    BridgeView {
        from: source.chain().clone(),
        to: destination.chain().clone(),
        asset: source.asset().clone(),
        tiers: tiers(source, fees, allowance),
        burn_limit: limits.burn_limit,
        min_fee: limits.min_fee,
    }
}

/// `amount × ppm / 1,000,000` in base units, rounded up; `None` when it does not fit.
pub fn fee(amount: u128, ppm: u32) -> Option<u128> {
    share(amount, u128::from(ppm), PPM, true)
}

/// What the contract demands at least: `max(1, ⌊amount × minFee / 10,000,000⌋)`, or nothing while its
/// `minFee` is zero (`TokenMessengerV2._calcMinFeeAmount`). `None` when it does not fit.
pub fn min_fee(amount: u128, min_fee: u64) -> Option<u128> {
    if min_fee == 0 {
        return Some(0);
    }
    Some(share(amount, u128::from(min_fee), MIN_FEE_MULTIPLIER, false)?.max(1))
}

/// The most the bridge will be allowed to keep of `amount` base units at `tier`: the larger of Iris'
/// and the contract's fee, and `buffer` of it on top, each rounded up.
///
/// Always at least the contract's minimum; an error unless it is below the amount, as the contract
/// demands.
pub fn max_fee(
    amount: u128,
    tier: &BridgeTier,
    contract_min_fee: u64,
    buffer: Percent,
) -> Result<u128, QuoteError> {
    let buffered = || {
        let base = fee(amount, tier.fee_ppm)?.max(min_fee(amount, contract_min_fee)?);
        base.checked_add(fee(base, buffer.ppm())?)
    };
    let fee = buffered().ok_or(QuoteError::Overflow { amount })?;
    if fee < amount {
        return Ok(fee);
    }
    Err(QuoteError::NotWorthIt { amount, fee })
}

/// `amount × numerator / denominator` through 256 bits.
fn share(amount: u128, numerator: u128, denominator: u128, up: bool) -> Option<u128> {
    let product = U256::from(amount).checked_mul(U256::from(numerator))?;
    let (quotient, remainder) =
        (product.checked_div(U256::from(denominator))?, product.checked_rem(U256::from(denominator))?);
    let round = up && !remainder.is_zero();
    u128::try_from(quotient.checked_add(U256::from(u8::from(round)))?).ok()
}
