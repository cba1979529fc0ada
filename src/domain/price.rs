//! Prices and the value of an amount.

use std::fmt;

use alloy::primitives::U256;
use serde::{Deserialize, Serialize};

use crate::domain::amount::{decimal_string, format_fixed, parse_fixed};
use crate::domain::{Amount, AssetId, Usd};

/// Decimals of a price.
pub const PRICE_DECIMALS: u32 = 12;

/// Which way a value is rounded when it does not come out even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Towards zero: what we would receive.
    Down,
    /// Away from zero: what we would pay.
    Up,
}

/// Why something has no price or value in dollars now. Nothing was decided; what needs it waits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nobody is asked for its price.
    #[error("{0} has no price source")]
    NoSource(AssetId),
    /// Nobody's price can be used now: too old, in dispute, off its peg.
    #[error("{0}")]
    Unusable(String),
    /// The value leaves the range of dollars.
    #[error("{0} has an absurd value")]
    Absurd(Amount),
}

/// US dollars per whole unit of an asset, in 10⁻¹² dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(#[serde(with = "decimal_string")] u128);

impl Price {
    /// One dollar per whole unit.
    pub const ONE_DOLLAR: Self = Self(10_u128.pow(PRICE_DECIMALS));

    /// From 10⁻¹² dollars per whole unit; zero is not a price.
    pub fn from_pico(pico: u128) -> Option<Self> {
        (pico > 0).then_some(Self(pico))
    }

    /// 10⁻¹² dollars per whole unit.
    pub const fn pico(self) -> u128 {
        self.0
    }

    /// Parses a decimal text, dropping digits beyond the twelfth decimal; refuses zero and exponents.
    pub fn parse(text: &str) -> Option<Self> {
        let cut = match text.split_once('.') {
            Some((whole, fraction)) => {
                // What is dropped must be digits too, or junk beyond the cut would pass.
                if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                format!("{whole}.{}", fraction.get(..fraction.len().min(12))?)
            }
            None => text.to_owned(),
        };
        Self::from_pico(parse_fixed(&cut, PRICE_DECIMALS)?)
    }

    /// The value of `amount` at this price; `None` when it does not fit.
    pub fn value(self, amount: &Amount, rounding: Rounding) -> Option<Usd> {
        // units × 10⁻ᵈ × pico × 10⁻¹² dollars = units × pico / 10^(d + 6) micro-dollars
        let exponent = u32::from(amount.decimals()).checked_add(6)?;
        if let (Some(numerator), Some(denominator)) =
            (amount.units().checked_mul(self.0), 10_u128.checked_pow(exponent))
        {
            let micros = match rounding {
                Rounding::Up => numerator.div_ceil(denominator),
                Rounding::Down => numerator.checked_div(denominator)?,
            };
            return Some(Usd::from_micros(i128::try_from(micros).ok()?));
        }
        let numerator = U256::from(amount.units()).checked_mul(U256::from(self.0))?;
        let denominator = U256::from(10_u64).checked_pow(U256::from(exponent))?;
        let (quotient, remainder) =
            (numerator.checked_div(denominator)?, numerator.checked_rem(denominator)?);
        let rounded = match rounding {
            Rounding::Up if !remainder.is_zero() => quotient.checked_add(U256::from(1_u64))?,
            Rounding::Up | Rounding::Down => quotient,
        };
        Some(Usd::from_micros(i128::try_from(u128::try_from(rounded).ok()?).ok()?))
    }

    /// [`Price::value`], or [`PriceError::Absurd`].
    ///
    /// # Errors
    /// That it does not fit.
    pub fn worth(self, amount: &Amount, rounding: Rounding) -> Result<Usd, PriceError> {
        self.value(amount, rounding).ok_or_else(|| PriceError::Absurd(amount.clone()))
    }

    /// How many base units of an asset with `decimals` decimals `value` buys, rounded down.
    /// `None` for a negative value or when it does not fit.
    pub fn units_for(self, value: Usd, decimals: u8) -> Option<u128> {
        let micros = u128::try_from(value.micros()).ok()?;
        let exponent = u64::from(decimals).checked_add(6)?;
        let scale = U256::from(10_u64).checked_pow(U256::from(exponent))?;
        let units = U256::from(micros).checked_mul(scale)?.checked_div(U256::from(self.0))?;
        u128::try_from(units).ok()
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", format_fixed(self.0, PRICE_DECIMALS))
    }
}
