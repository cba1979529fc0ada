//! What Iris answers, read from the bytes. Extra fields are tolerated, wrong types are not, and
//! `decodedMessage` is never looked at: the raw bytes say the same and are what is signed.

use alloy::primitives::{B256, Bytes};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::decimal::scaled_json;
use crate::bridges::cctp::attestation::SIGNATURE_BYTES;
use crate::bridges::cctp::message::Message;
use crate::domain::price::Rounding;

/// Decimals of USDC, in which the allowance is counted.
const USDC_DECIMALS: u32 = 6;
/// Fees come in basis points: two decimals make millionths of the amount.
const BASIS_POINT_DECIMALS: u32 = 2;
/// A fee of the whole amount.
const WHOLE_PPM: u32 = 1_000_000;

/// Why a reply is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplyError(pub String);

/// Why a fast transfer takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delay {
    /// The maximum fee is below what fast costs; it goes on at standard speed.
    InsufficientFee,
    /// The amount is above what fast takes; it goes on at standard speed.
    AmountAboveMax,
    /// The fast allowance is used up; it goes on at standard speed.
    InsufficientAllowanceAvailable,
    /// A reason this version does not know.
    #[serde(other)]
    Other,
}

/// Where the attestation of a burn stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attestation {
    /// Iris has not seen the burn. Normal for a while; a wrong domain looks the same.
    NotSeen,
    /// Seen and not attested yet.
    Pending {
        /// Why it takes longer, when Iris says so.
        delay: Option<Delay>,
    },
    /// Attested for our burn by form. The signatures are still to be checked against the attesters.
    Ready {
        /// The message with Iris' four fields filled.
        message: Bytes,
        /// The signatures.
        attestation: Bytes,
    },
}

/// The fee Iris asks for one finality threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeTier {
    /// Finality threshold (1000 fast, 2000 standard).
    pub finality_threshold: u32,
    /// Fee in millionths of the amount, rounded up.
    pub fee_ppm: u32,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    message: Option<String>,
    attestation: Option<String>,
    status: Status,
    delay_reason: Option<Delay>,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Complete,
    #[serde(other)]
    NotComplete,
}

/// Reads `GET /v2/messages` and picks the entry that attests `burn`.
///
/// Ready means status `complete` with a real message and a real attestation that matches the burn in
/// every field. Among several entries ready wins over pending, pending over a mismatch. Two
/// different nonces for our one burn are refused.
pub fn attestation(body: &[u8], burn: &Message) -> Result<Attestation, ReplyError> {
    let reply: Messages = read(body)?;
    let mut pending = None;
    let mut refused = None;
    let mut ready: Option<(B256, Bytes, Bytes)> = None;
    for entry in reply.messages {
        match candidate(&entry, burn) {
            Ok(None) => pending = Some(pending.flatten().or(entry.delay_reason)),
            Ok(Some((nonce, ..))) if ready.as_ref().is_some_and(|(other, ..)| *other != nonce) => {
                return Err(ReplyError("two nonces were given for one burn".to_owned()));
            }
            Ok(Some(found)) => ready = Some(found),
            Err(error) => refused = Some(error),
        }
    }
    match (ready, pending, refused) {
        (Some((_, message, attestation)), ..) => Ok(Attestation::Ready { message, attestation }),
        (None, Some(delay), _) => Ok(Attestation::Pending { delay }),
        (None, None, Some(error)) => Err(error),
        (None, None, None) => Ok(Attestation::NotSeen),
    }
}

/// The attested bytes in `entry`, `None` while it is pending, or why they are not for `burn`.
fn candidate(entry: &Entry, burn: &Message) -> Result<Option<(B256, Bytes, Bytes)>, ReplyError> {
    if entry.status != Status::Complete {
        return Ok(None);
    }
    let (Some(message), Some(attestation)) = (
        real_hex("message", entry.message.as_deref())?,
        real_hex("attestation", entry.attestation.as_deref())?,
    ) else {
        return Ok(None);
    };
    if attestation.len().checked_rem(SIGNATURE_BYTES) != Some(0) {
        return Err(ReplyError(format!("its attestation has {} bytes", attestation.len())));
    }
    let decoded = Message::decode(&message).map_err(|error| ReplyError(error.to_string()))?;
    decoded.attests(burn).map_err(|error| ReplyError(error.to_string()))?;
    Ok(Some((decoded.nonce, message, attestation)))
}

/// The bytes of a hex text, `None` for the placeholders Iris uses while it waits.
fn real_hex(what: &str, text: Option<&str>) -> Result<Option<Bytes>, ReplyError> {
    let Some(text) = text else { return Ok(None) };
    if text.is_empty() || text.eq_ignore_ascii_case("0x") || text.eq_ignore_ascii_case("PENDING") {
        return Ok(None);
    }
    let digits = text.strip_prefix("0x").ok_or_else(|| ReplyError(format!("its {what} is not hex")))?;
    let bytes = hex::decode(digits).map_err(|error| ReplyError(format!("its {what} is not hex: {error}")))?;
    Ok(Some(Bytes::from(bytes)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tier {
    finality_threshold: u32,
    minimum_fee: Box<RawValue>,
}

/// Reads `GET /v2/burn/USDC/fees/…`. The fee may be fractional, and a number or a string.
pub fn fees(body: &[u8]) -> Result<Vec<FeeTier>, ReplyError> {
    let reply: Vec<Tier> = read(body)?;
    let mut tiers: Vec<FeeTier> = Vec::new();
    for tier in reply {
        let finality_threshold = tier.finality_threshold;
        if tiers.iter().any(|other| other.finality_threshold == finality_threshold) {
            return Err(ReplyError(format!("two fees were given for finality {finality_threshold}")));
        }
        let fee = scaled_json(&tier.minimum_fee, BASIS_POINT_DECIMALS, Rounding::Up)
            .map_err(|error| ReplyError(format!("its fee for finality {finality_threshold}: {error}")))?;
        let fee_ppm = u32::try_from(fee).ok().filter(|fee| *fee < WHOLE_PPM).ok_or_else(|| {
            ReplyError(format!("its fee for finality {finality_threshold} is the whole amount or more"))
        })?;
        tiers.push(FeeTier { finality_threshold, fee_ppm });
    }
    Ok(tiers)
}

#[derive(Deserialize)]
struct Allowance {
    allowance: Box<RawValue>,
}

/// Reads `GET /v2/fastBurn/USDC/allowance` in base units of USDC, rounded down.
pub fn allowance(body: &[u8]) -> Result<u128, ReplyError> {
    let reply: Allowance = read(body)?;
    scaled_json(&reply.allowance, USDC_DECIMALS, Rounding::Down)
        .map_err(|error| ReplyError(format!("its allowance: {error}")))
}

#[derive(Deserialize)]
struct Reattested {
    nonce: B256,
}

/// Reads `POST /v2/reattest/{nonce}`: the answer must be about our nonce.
pub fn reattested(body: &[u8], nonce: B256) -> Result<(), ReplyError> {
    let reply: Reattested = read(body)?;
    if reply.nonce == nonce {
        return Ok(());
    }
    Err(ReplyError(format!("it is about nonce {} instead of {nonce}", reply.nonce)))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ReplyError> {
    serde_json::from_slice(body).map_err(|error| ReplyError(error.to_string()))
}
