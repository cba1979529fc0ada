//! What every reply is read with: strict numbers and keys, bounded lists, printable words.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, SeqAccess, Visitor};
use solana_address::Address;

use super::error::JupiterError;

/// Most characters of a refusal's text that are kept.
const MAX_SAID_CHARS: usize = 200;
/// Base58 of 32 bytes is never longer.
const MAX_ADDRESS_CHARS: usize = 44;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, JupiterError> {
    serde_json::from_slice(body).map_err(|error| unexpected(line(&error.to_string())))
}

pub(super) fn unexpected(reason: impl Into<String>) -> JupiterError {
    JupiterError::Unexpected { reason: reason.into() }
}

/// The beginning of a text as one printable line.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SAID_CHARS).collect()
}

/// Base units in decimal digits, and nothing else.
pub(super) fn units(what: &str, text: &str) -> Result<u64, JupiterError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let units = if digits { text.parse().ok() } else { None };
    units.ok_or_else(|| unexpected(format!("its {what} is not an amount")))
}

pub(super) fn positive(what: &str, text: &str) -> Result<u64, JupiterError> {
    match units(what, text)? {
        0 => Err(unexpected(format!("its {what} is zero"))),
        units => Ok(units),
    }
}

pub(super) fn address(what: &str, text: &str) -> Result<Address, JupiterError> {
    let address = if text.len() <= MAX_ADDRESS_CHARS { text.parse().ok() } else { None };
    address.ok_or_else(|| unexpected(format!("its {what} is not an address")))
}

/// Base64 of at most `most` bytes.
pub(super) fn bytes(what: &str, text: &str, most: usize) -> Result<Vec<u8>, JupiterError> {
    let fits = text.len() <= most.div_ceil(3).saturating_mul(4);
    let bytes = if fits { STANDARD.decode(text).ok() } else { None };
    bytes
        .filter(|bytes| bytes.len() <= most)
        .ok_or_else(|| unexpected(format!("its {what} is not base64, or too long")))
}

/// A list of at most `N` entries; a longer one is not read to its end.
pub(super) struct Few<T, const N: usize>(pub(super) Vec<T>);

impl<T, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Few<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Read<T, N> {
            type Value = Few<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = list.next_element()? {
                    if entries.len() >= N {
                        return Err(A::Error::invalid_length(N.saturating_add(1), &self));
                    }
                    entries.push(entry);
                }
                Ok(Few(entries))
            }
        }
        deserializer.deserialize_seq(Read(PhantomData))
    }
}
