//! Decimal numbers of JSON, read exactly: no float in between.

use serde_json::value::RawValue;

use crate::domain::price::Rounding;

/// Longest number read; anything longer is not an amount or a fee.
const MAX_DIGITS: usize = 38;

/// Why a text is not a usable number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Neither a number nor a number in quotes.
    #[error("it is not a number")]
    NotANumber,
    /// Below zero.
    #[error("it is negative")]
    Negative,
    /// More digits, or a larger exponent, than any amount or fee has.
    #[error("it has too many digits or too large an exponent")]
    TooLong,
}

/// Reads a JSON number, or a string holding one, as an integer of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ, rounded as asked.
pub fn scaled_json(raw: &RawValue, decimals: u32, rounding: Rounding) -> Result<u128, DecimalError> {
    let text = raw.get();
    if text.starts_with('"') {
        let inner: String = serde_json::from_str(text).map_err(|_| DecimalError::NotANumber)?;
        return scaled(&inner, decimals, rounding);
    }
    scaled(text, decimals, rounding)
}

/// Reads `digits[.digits][e[±]digits]` as an integer of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ, rounded as asked.
pub fn scaled(text: &str, decimals: u32, rounding: Rounding) -> Result<u128, DecimalError> {
    if text.starts_with('-') {
        return Err(DecimalError::Negative);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return Err(DecimalError::NotANumber),
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(DecimalError::NotANumber);
    }
    let all = format!("{}{fraction}", whole.trim_start_matches('0'));
    if all.len() > MAX_DIGITS {
        return Err(DecimalError::TooLong);
    }
    let significant: u128 =
        if all.is_empty() { 0 } else { all.parse().map_err(|_| DecimalError::TooLong)? };
    if significant == 0 {
        return Ok(0);
    }
    let fraction_digits = i64::try_from(fraction.len()).map_err(|_| DecimalError::TooLong)?;
    let shift = exponent.saturating_add(i64::from(decimals)).saturating_sub(fraction_digits);
    let factor = u32::try_from(shift.unsigned_abs()).ok().and_then(|shift| 10_u128.checked_pow(shift));
    if shift >= 0 {
        return factor.and_then(|factor| significant.checked_mul(factor)).ok_or(DecimalError::TooLong);
    }
    // A divisor beyond u128 leaves nothing but the remainder.
    let quotient = factor.map_or(0, |factor| significant.checked_div(factor).unwrap_or(0));
    let exact = factor.is_some_and(|factor| significant.checked_rem(factor) == Some(0));
    match rounding {
        Rounding::Up if !exact => quotient.checked_add(1).ok_or(DecimalError::TooLong),
        Rounding::Up | Rounding::Down => Ok(quotient),
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn power(text: &str) -> Result<i64, DecimalError> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.is_empty() || !digits(text) {
        return Err(DecimalError::NotANumber);
    }
    let value: i64 = text.parse().map_err(|_| DecimalError::TooLong)?;
    if value > 100 {
        return Err(DecimalError::TooLong);
    }
    Ok(value.saturating_mul(sign))
}
