//! What a constant-product pool pays.

/// The whole in basis points.
pub const WHOLE_BPS: u64 = 10_000;

/// Minor units paid out for `amount`: `⌊out × a / (in + a)⌋` with `a =
/// ⌊amount × (10,000 − fee) / 10,000⌋`. The product of the reserves never
/// falls. `None` if the fee is above the whole.
pub fn output(reserve_in: u64, reserve_out: u64, amount: u64, fee_bps: u16) -> Option<u64> {
    let kept = WHOLE_BPS.checked_sub(fee_bps.into())?;
    let added = u128::from(amount) * u128::from(kept) / u128::from(WHOLE_BPS);
    let total = u128::from(reserve_in) + added;
    if total == 0 {
        return Some(0);
    }
    u64::try_from(u128::from(reserve_out) * added / total).ok()
}

/// The least that `quoted` may become: `⌈quoted × (10,000 − slippage) / 10,000⌉`.
pub fn threshold(quoted: u64, slippage_bps: u16) -> u64 {
    let kept = WHOLE_BPS.saturating_sub(slippage_bps.into());
    let least = (u128::from(quoted) * u128::from(kept)).div_ceil(u128::from(WHOLE_BPS));
    u64::try_from(least).unwrap_or(u64::MAX)
}
