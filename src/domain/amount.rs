//! Integer amounts tagged with their asset.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::AssetId;

/// Why two amounts could not be combined, or a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Two assets, or one asset with different decimals, met in one sum.
    #[error("amounts of {left} and {right} cannot be combined; nothing was changed")]
    Mismatch {
        /// What the left amount is of.
        left: String,
        /// What the right amount is of.
        right: String,
    },
    /// The result does not fit.
    #[error("amount of {asset} would leave the range 0..2^128; nothing was changed")]
    Overflow {
        /// The asset concerned.
        asset: AssetId,
    },
    /// The text is not a decimal number with at most the asset's decimals.
    #[error("`{text}` is not an amount with at most {decimals} decimals")]
    Parse {
        /// What was read.
        text: String,
        /// How many decimals the asset has.
        decimals: u8,
    },
}

/// An amount in base units (10⁻ᵈᵉᶜⁱᵐᵃˡˢ of the asset). Deliberately without `Add` and `Sub`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    asset: AssetId,
    decimals: u8,
    #[serde(with = "decimal_string")]
    units: u128,
}

impl Amount {
    /// `units` base units of `asset`, whose contract has `decimals` decimals.
    pub fn new(asset: AssetId, decimals: u8, units: u128) -> Self {
        Self { asset, decimals, units }
    }

    /// Parses a decimal number of whole units (`"12.5"`), refusing more decimals than the asset has.
    pub fn parse(asset: AssetId, decimals: u8, text: &str) -> Result<Self, AmountError> {
        let units = parse_fixed(text, u32::from(decimals))
            .ok_or_else(|| AmountError::Parse { text: text.to_owned(), decimals })?;
        Ok(Self { asset, decimals, units })
    }

    /// The asset.
    pub fn asset(&self) -> &AssetId {
        &self.asset
    }

    /// Decimals of the asset's contract.
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// Base units.
    pub fn units(&self) -> u128 {
        self.units
    }

    /// The same asset with other base units.
    pub fn with_units(&self, units: u128) -> Self {
        Self { asset: self.asset.clone(), decimals: self.decimals, units }
    }

    /// Whether there is nothing.
    pub fn is_zero(&self) -> bool {
        self.units == 0
    }

    /// The sum, or why there is none.
    pub fn checked_add(&self, other: &Self) -> Result<Self, AmountError> {
        self.same_asset(other)?;
        let units = self.units.checked_add(other.units).ok_or_else(|| self.overflow())?;
        Ok(self.with_units(units))
    }

    /// The difference, or why there is none.
    pub fn checked_sub(&self, other: &Self) -> Result<Self, AmountError> {
        self.same_asset(other)?;
        let units = self.units.checked_sub(other.units).ok_or_else(|| self.overflow())?;
        Ok(self.with_units(units))
    }

    fn same_asset(&self, other: &Self) -> Result<(), AmountError> {
        if self.asset == other.asset && self.decimals == other.decimals {
            return Ok(());
        }
        Err(AmountError::Mismatch {
            left: format!("{} ({} decimals)", self.asset, self.decimals),
            right: format!("{} ({} decimals)", other.asset, other.decimals),
        })
    }

    fn overflow(&self) -> AmountError {
        AmountError::Overflow { asset: self.asset.clone() }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", format_fixed(self.units, u32::from(self.decimals)), self.asset)
    }
}

/// Reads a plain decimal number (no sign, no exponent) as an integer of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ.
/// `None` when it is not one, has more decimals, or does not fit.
pub fn parse_fixed(text: &str, decimals: u32) -> Option<u128> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = decimals.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let fraction_units = match fraction {
        "" => 0,
        some => some.parse::<u128>().ok()?.checked_mul(10_u128.checked_pow(missing)?)?,
    };
    let whole_units = whole.parse::<u128>().ok()?.checked_mul(10_u128.checked_pow(decimals)?)?;
    whole_units.checked_add(fraction_units)
}

/// Writes an integer of 10⁻ᵈᵉᶜⁱᵐᵃˡˢ as a decimal number without trailing zeros.
pub fn format_fixed(units: u128, decimals: u32) -> String {
    let digits =
        format!("{units:0>width$}", width = usize::try_from(decimals).unwrap_or(0).saturating_add(1));
    let point = digits.len().saturating_sub(usize::try_from(decimals).unwrap_or(0));
    let (whole, fraction) = digits.split_at(point);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        some => format!("{whole}.{some}"),
    }
}

/// `u128` as a decimal string: JSON numbers lose precision above 2⁵³.
pub mod decimal_string {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the decimal digits.
    pub fn serialize<S: Serializer>(units: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(units)
    }

    /// Reads decimal digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("expected an integer in decimal digits"))
    }
}
