//! What `/order` answers, read from the bytes. Extra fields are tolerated, wrong types are not.

use serde::Deserialize;

use super::body::{address, bytes, line, positive, read, unexpected, units};
use super::client::Exchange;
use super::error::JupiterError;
use crate::chains::solana::transaction::MAX_TRANSACTION_BYTES;

/// Longest id of an order; they are UUIDs.
const MAX_ID: usize = 128;
/// Longest name of a router.
const MAX_ROUTER: usize = 32;
/// The whole in basis points.
pub(super) const WHOLE_BPS: u16 = 10_000;

/// What a reply quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quoted {
    /// Base units that would be received; never zero.
    pub amount_out: u64,
    /// Fewest base units the route would accept.
    pub min_out: u64,
    /// Slippage between the two, basis points.
    pub slippage_bps: u16,
}

/// What `/order` answers to a taker: a quote, and the transaction it would have us sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The quote.
    pub quoted: Quoted,
    /// Who found the route.
    pub router: String,
    /// By what `/execute` knows the order.
    pub request_id: String,
    /// The transaction, unsigned by us. What it does is judged elsewhere.
    pub transaction: Vec<u8>,
    /// Last block height at which it can land, by Jupiter's word.
    pub last_valid_block_height: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QuoteBody {
    input_mint: String,
    output_mint: String,
    in_amount: String,
    out_amount: String,
    other_amount_threshold: String,
    swap_mode: String,
    slippage_bps: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderBody {
    router: Option<String>,
    request_id: Option<String>,
    transaction: Option<String>,
    last_valid_block_height: Option<String>,
    error_code: Option<i64>,
    error_message: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Option<String>,
    message: Option<String>,
}

impl QuoteBody {
    /// The quote, if it is one of `exchange`.
    pub(super) fn of(&self, exchange: &Exchange) -> Result<Quoted, JupiterError> {
        let mint_in = address("inputMint", &self.input_mint)?;
        let mint_out = address("outputMint", &self.output_mint)?;
        let amount_in = units("inAmount", &self.in_amount)?;
        if (mint_in, mint_out, amount_in) != (exchange.mint_in, exchange.mint_out, exchange.amount_in)
            || self.swap_mode != "ExactIn"
        {
            return Err(unexpected("it quotes something else than was asked for"));
        }
        let amount_out = positive("outAmount", &self.out_amount)?;
        let min_out = units("otherAmountThreshold", &self.other_amount_threshold)?;
        if min_out > amount_out || self.slippage_bps > WHOLE_BPS {
            return Err(unexpected("its slippage makes no sense"));
        }
        Ok(Quoted { amount_out, min_out, slippage_bps: self.slippage_bps })
    }
}

/// Reads the body of `/order` without a taker.
///
/// # Errors
/// [`JupiterError::Unexpected`] when it is none, quotes nothing, or something else than `exchange`.
pub fn quoted(body: &[u8], exchange: &Exchange) -> Result<Quoted, JupiterError> {
    read::<QuoteBody>(body)?.of(exchange)
}

/// Reads the body of `/order` with a taker.
///
/// # Errors
/// [`JupiterError`] by the code that comes with an empty transaction; [`JupiterError::Unexpected`] when
/// there is none at all, or the rest is not an order of `exchange`.
pub fn order(body: &[u8], exchange: &Exchange) -> Result<Order, JupiterError> {
    let quoted = quoted(body, exchange)?;
    let order: OrderBody = read(body)?;
    let router = order.router.filter(|router| router.len() <= MAX_ROUTER).unwrap_or_default();
    let transaction = match order.transaction.as_deref() {
        None => return Err(unexpected("there is no transaction although a taker was named")),
        Some("") => {
            return Err(not_built(&router, order.error_code, order.error_message.as_deref()));
        }
        Some(text) => bytes("transaction", text, MAX_TRANSACTION_BYTES)?,
    };
    let request_id = order
        .request_id
        .filter(|id| !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic()));
    let request_id = request_id.ok_or_else(|| unexpected("its requestId is missing or no id"))?;
    let height = order.last_valid_block_height.unwrap_or_default();
    let last_valid_block_height = units("lastValidBlockHeight", &height)?;
    Ok(Order { quoted, router, request_id, transaction, last_valid_block_height })
}

/// What an empty transaction means. The code alone says nothing: each router has its own.
fn not_built(router: &str, code: Option<i64>, message: Option<&str>) -> JupiterError {
    let code_text = code.map_or_else(|| "no code".to_owned(), |code| format!("code {code}"));
    let said = line(&format!("{router}, {code_text}: {}", message.unwrap_or("no transaction")));
    match (router, code) {
        // The amount; lamports for the fee; too little to have the fee paid for us.
        ("metis" | "dflow" | "okx", Some(1..=3)) => JupiterError::Funds { said },
        // The amount; the account to receive in.
        ("jupiterz", Some(1 | 2)) => JupiterError::Funds { said },
        ("jupiterz", Some(3)) => JupiterError::NoRoute { said },
        _ => unexpected(said),
    }
}

/// What a refusal with HTTP `status` means. 429 is the client's business.
pub fn refusal(status: u16, body: &[u8]) -> JupiterError {
    let said = said(status, body);
    let words = said.to_ascii_lowercase();
    let names = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    match status {
        401 | 403 => JupiterError::KeyRefused { said },
        408 | 500.. => JupiterError::Unavailable { reason: said, sent: true },
        _ if names(&["insufficient"]) => JupiterError::Funds { said },
        _ if names(&["no routes found", "any route", "not tradable", "not_tradable", "get quotes"])
            || names(&["no_routes_found", "could_not_find_any_route"]) =>
        {
            JupiterError::NoRoute { said }
        }
        _ => unexpected(said),
    }
}

/// The status with the body's own words, or its beginning, as one printable line.
pub(super) fn said(status: u16, body: &[u8]) -> String {
    let text = match serde_json::from_slice(body) {
        Ok(ErrorBody { error: Some(text), .. } | ErrorBody { message: Some(text), .. }) => text,
        Ok(ErrorBody { error: None, message: None }) | Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    format!("HTTP {status}: {}", line(&text))
}
