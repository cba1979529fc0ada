//! Numbers as people write them in the file, kept as integers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::domain::Usd;
use crate::domain::amount::{format_fixed, parse_fixed};

/// A percentage, kept in millionths of one (5 % = 50,000). Written `5`, `0.5` or `"0.5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "f64")]
pub struct Percent(u32);

impl Percent {
    /// From millionths of one.
    pub const fn from_ppm(ppm: u32) -> Self {
        Self(ppm)
    }

    /// Millionths of one.
    pub const fn ppm(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", format_fixed(u128::from(self.0), 4))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_fixed(u128::from(self.0), 4))
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Number::deserialize(deserializer)?.text();
        parse_fixed(&text, 4).and_then(|ppm| u32::try_from(ppm).ok()).map(Self).ok_or_else(|| {
            D::Error::custom("expected a percentage with at most four decimals, such as 5, 0.5 or \"0.5\"")
        })
    }
}

/// US dollars of the file. Written `10`, `0.5` or `"0.5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "f64")]
pub struct UsdSetting(Usd);

impl UsdSetting {
    /// Whole dollars.
    pub const fn from_dollars(dollars: u32) -> Self {
        Self(Usd::from_micros((dollars as i128).saturating_mul(1_000_000)))
    }

    /// The value.
    pub const fn usd(self) -> Usd {
        self.0
    }
}

impl Serialize for UsdSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_fixed(self.0.micros().unsigned_abs(), 6))
    }
}

impl<'de> Deserialize<'de> for UsdSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Number::deserialize(deserializer)?.text();
        match Usd::parse(&text) {
            Some(usd) if usd >= Usd::ZERO => Ok(Self(usd)),
            _ => Err(D::Error::custom(
                "expected an amount of dollars, not negative and with at most six decimals, such as 10 or 0.5",
            )),
        }
    }
}

/// A number in any of TOML's spellings. A float's shortest text is exact for what a person writes.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a number such as 5, 0.5 or \"0.5\"")]
enum Number {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl Number {
    fn text(self) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Text(text) => text,
        }
    }
}
