//! Exact quotes at several sizes, for the concave envelope of a pool.

use super::{QuoteError, quote_exact_in};
use crate::domain::pool::Pool;

/// The smallest sampled size is the largest divided by this.
const SPAN: f64 = 10_000.0;

/// The largest amount not above `max_in` that the known state of the pool can quote; zero if none.
///
/// A pool that cannot quote a size because it is too large cannot quote a larger one either.
pub fn capacity(pool: &Pool, zero_for_one: bool, max_in: u128) -> u128 {
    let (mut fits, mut too_much) = match quote_exact_in(pool, zero_for_one, max_in) {
        Ok(_) => return max_in,
        Err(QuoteError::BeyondKnownTicks { absorbed, .. } | QuoteError::PartialFill { absorbed }) => {
            // What was absorbed before the end is within one step of the answer.
            (0, absorbed.saturating_add(1).min(max_in))
        }
        Err(
            QuoteError::ZeroInput
            | QuoteError::NoLiquidity
            | QuoteError::NothingOut
            | QuoteError::Inconsistent,
        ) => return 0,
    };
    if is_quotable(pool, zero_for_one, too_much) {
        return too_much;
    }
    // The answer is at most a fee below what was absorbed: try there before halving from zero.
    let near = too_much.saturating_sub(too_much >> 6);
    if is_quotable(pool, zero_for_one, near) {
        fits = near;
    }
    while too_much.saturating_sub(fits) > 1 {
        let middle = fits.midpoint(too_much);
        if is_quotable(pool, zero_for_one, middle) {
            fits = middle;
        } else {
            too_much = middle;
        }
    }
    fits
}

fn is_quotable(pool: &Pool, zero_for_one: bool, amount: u128) -> bool {
    match quote_exact_in(pool, zero_for_one, amount) {
        // Too small to give anything is not too large.
        Ok(_) | Err(QuoteError::NothingOut | QuoteError::ZeroInput) => true,
        Err(
            QuoteError::BeyondKnownTicks { .. }
            | QuoteError::PartialFill { .. }
            | QuoteError::NoLiquidity
            | QuoteError::Inconsistent,
        ) => false,
    }
}

/// Exact `(amount in, amount out)` pairs at up to `points` geometric sizes, ascending and without
/// repeats. The largest is [`capacity`]; sizes that give nothing are left out. Output is concave in
/// the input up to the rounding of single units.
pub fn sample(pool: &Pool, zero_for_one: bool, max_in: u128, points: usize) -> Vec<(u128, u128)> {
    let largest = capacity(pool, zero_for_one, max_in);
    let mut samples: Vec<(u128, u128)> = Vec::with_capacity(points);
    for index in 0..points {
        let size = size_at(largest, index, points);
        if samples.last().is_some_and(|(previous, _)| *previous >= size) {
            continue;
        }
        if let Ok(quote) = quote_exact_in(pool, zero_for_one, size)
            && quote.amount_out > 0
        {
            samples.push((size, quote.amount_out));
        }
    }
    samples
}

/// `largest · SPAN^(−(points − 1 − index)/(points − 1))`. How exactly it lands does not matter: the
/// quote is exact at whatever integer it is.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only chooses where to look; the result is clamped to 1..=largest"
)]
fn size_at(largest: u128, index: usize, points: usize) -> u128 {
    let last = points.saturating_sub(1);
    if index >= last {
        return largest;
    }
    let exponent = -(last.saturating_sub(index) as f64) / last as f64;
    ((largest as f64 * SPAN.powf(exponent)) as u128).clamp(1, largest.max(1))
}
