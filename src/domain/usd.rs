//! US dollars as integers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::amount::{format_fixed, parse_fixed};

/// US dollars in millionths (micro-USD), signed: every cost, value and limit has this one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(#[serde(with = "signed_decimal_string")] i128);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest value: what a sum that does not fit is taken as, where large means refused.
    pub const MAX: Self = Self(i128::MAX);

    /// From millionths of a dollar.
    pub const fn from_micros(micros: i128) -> Self {
        Self(micros)
    }

    /// Millionths of a dollar.
    pub const fn micros(self) -> i128 {
        self.0
    }

    /// Parses `"12.5"` or `"-0.25"`, at most six decimals.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let micros = i128::try_from(parse_fixed(digits, 6)?).ok()?;
        Some(Self(if negative { micros.checked_neg()? } else { micros }))
    }

    /// The sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` when it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, held at the ends of the range. For reports and for limits, where the end is refused.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at the ends of the range.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}${}", format_fixed(self.0.unsigned_abs(), 6))
    }
}

/// `i128` as a decimal string: JSON numbers lose precision above 2⁵³, and a value inside a tagged
/// enum could not be read back at all as a 128-bit number.
mod signed_decimal_string {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(micros: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(micros)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("expected an integer in decimal digits"))
    }
}
