//! What 1inch answers, read from the bytes. Extra fields are tolerated, wrong types are not.

use alloy::primitives::{Address, Bytes};
use serde::Deserialize;

use super::error::OneInchError;

/// Most characters of a refusal's text that are kept.
const MAX_REASON_CHARS: usize = 200;

/// What `/quote` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// Base units that would be received; never zero.
    pub amount_out: u128,
}

/// What `/swap` answers: a quote, and the transaction it would have us send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Base units that would be received; never zero.
    pub amount_out: u128,
    /// Who should send it.
    pub from: Address,
    /// Contract it should go to.
    pub to: Address,
    /// Calldata.
    pub data: Bytes,
    /// Wei it should carry.
    pub value: u128,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuoteBody {
    dst_amount: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SwapBody {
    dst_amount: String,
    tx: TransactionBody,
}

#[derive(Deserialize)]
struct TransactionBody {
    from: Address,
    to: Address,
    data: Bytes,
    value: String,
}

#[derive(Deserialize)]
struct SpenderBody {
    address: Address,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Option<String>,
    description: Option<String>,
}

/// Reads the body of `/quote`.
///
/// # Errors
/// [`OneInchError::Unexpected`] when it is none, or quotes nothing.
pub fn quoted(body: &[u8]) -> Result<Quoted, OneInchError> {
    let reply: QuoteBody = read(body)?;
    Ok(Quoted { amount_out: positive("dstAmount", &reply.dst_amount)? })
}

/// Reads the body of `/swap`. What the calldata does is judged elsewhere.
///
/// # Errors
/// [`OneInchError::Unexpected`] when it is none, or quotes nothing.
pub fn written(body: &[u8]) -> Result<Written, OneInchError> {
    let SwapBody { dst_amount, tx: TransactionBody { from, to, data, value } } = read(body)?;
    let amount_out = positive("dstAmount", &dst_amount)?;
    Ok(Written { amount_out, from, to, data, value: units("tx.value", &value)? })
}

/// Reads the body of `/approve/spender`.
///
/// # Errors
/// [`OneInchError::Unexpected`] when it is none.
pub fn spender(body: &[u8]) -> Result<Address, OneInchError> {
    let reply: SpenderBody = read(body)?;
    Ok(reply.address)
}

/// What a refusal with HTTP `status` means. 429 is the client's business.
pub fn refusal(status: u16, body: &[u8]) -> OneInchError {
    let said = said(status, body);
    let words = said.to_ascii_lowercase();
    match status {
        401 | 403 => OneInchError::KeyRefused { said },
        408 | 500.. => OneInchError::Unavailable { reason: said },
        _ if words.contains("insufficient liquidity") => OneInchError::InsufficientLiquidity { said },
        _ if words.contains("not enough") => OneInchError::Funds { said },
        _ => OneInchError::Unexpected { reason: said },
    }
}

/// The status with the body's own words, or its beginning, as one printable line.
fn said(status: u16, body: &[u8]) -> String {
    let text = match serde_json::from_slice(body) {
        Ok(ErrorBody { description: Some(text), .. } | ErrorBody { error: Some(text), .. }) => text,
        Ok(ErrorBody { description: None, error: None }) | Err(_) => {
            String::from_utf8_lossy(body).into_owned()
        }
    };
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON_CHARS);
    format!("HTTP {status}: {}", line.collect::<String>())
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, OneInchError> {
    serde_json::from_slice(body).map_err(|error| OneInchError::Unexpected { reason: error.to_string() })
}

fn positive(what: &str, text: &str) -> Result<u128, OneInchError> {
    match units(what, text)? {
        0 => Err(OneInchError::Unexpected { reason: format!("its {what} is zero") }),
        units => Ok(units),
    }
}

/// Base units in decimal digits, and nothing else.
fn units(what: &str, text: &str) -> Result<u128, OneInchError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let units = if digits { text.parse().ok() } else { None };
    units.ok_or_else(|| OneInchError::Unexpected { reason: format!("its {what} is not an amount") })
}
