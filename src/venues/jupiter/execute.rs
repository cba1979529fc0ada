//! What `/execute` answers. It is Jupiter's word: what became of the transaction is for the chain to say.

use std::fmt;

use serde::Deserialize;
use solana_signature::Signature;

use super::body::{line, read, unexpected, units};
use super::error::JupiterError;
use super::reply::refusal;

/// What Jupiter says became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executed {
    /// It landed.
    Succeeded {
        /// Its signature.
        signature: Signature,
        /// Slot it landed in.
        slot: u64,
        /// Base units that left the wallet.
        amount_in: u64,
        /// Base units that arrived.
        amount_out: u64,
    },
    /// It did not, as far as Jupiter knows. It may still land or have landed: the chain is asked, and
    /// nothing is signed anew before the transaction is proven dead.
    Failed {
        /// Why.
        code: Code,
        /// Its signature, if Jupiter sent it.
        signature: Option<Signature>,
        /// Jupiter's words, shortened.
        said: String,
    },
}

/// A failure's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// -1: the order is unknown, or was forgotten.
    NoOrder,
    /// -2: the transaction cannot be read.
    InvalidTransaction,
    /// -3: its message is not the order's.
    OtherMessage,
    /// -1000 and -2000: it did not land in time.
    NotLanded,
    /// -1001 and -2001: Jupiter does not know.
    Unknown,
    /// -1002 and -2002: the transaction is not valid.
    Invalid,
    /// -1003: a signature is missing.
    NotFullySigned,
    /// -1004: the block height does not fit.
    InvalidBlockHeight,
    /// -2003: the market maker's quote had expired.
    QuoteExpired,
    /// -2004: the market maker refused.
    Rejected,
    /// Any other.
    Other(i64),
}

impl Code {
    /// From the number.
    pub const fn of(code: i64) -> Self {
        match code {
            -1 => Self::NoOrder,
            -2 => Self::InvalidTransaction,
            -3 => Self::OtherMessage,
            -1000 | -2000 => Self::NotLanded,
            -1001 | -2001 => Self::Unknown,
            -1002 | -2002 => Self::Invalid,
            -1003 => Self::NotFullySigned,
            -1004 => Self::InvalidBlockHeight,
            -2003 => Self::QuoteExpired,
            -2004 => Self::Rejected,
            other => Self::Other(other),
        }
    }

    /// Whether Jupiter says that it never sent the transaction. Only a reason to look sooner: what we
    /// handed out can be sent by whoever saw it until its blockhash ends.
    pub const fn was_refused(self) -> bool {
        match self {
            Self::NoOrder
            | Self::InvalidTransaction
            | Self::OtherMessage
            | Self::Invalid
            | Self::NotFullySigned
            | Self::InvalidBlockHeight
            | Self::QuoteExpired
            | Self::Rejected => true,
            Self::NotLanded | Self::Unknown | Self::Other(_) => false,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOrder => "the order is unknown or was forgotten",
            Self::InvalidTransaction => "the transaction cannot be read",
            Self::OtherMessage => "the message is not the order's",
            Self::NotLanded => "it did not land in time",
            Self::Unknown => "it is not known what became of it",
            Self::Invalid => "the transaction is not valid",
            Self::NotFullySigned => "a signature is missing",
            Self::InvalidBlockHeight => "the block height does not fit",
            Self::QuoteExpired => "the market maker's quote had expired",
            Self::Rejected => "the market maker refused",
            Self::Other(code) => return write!(f, "code {code}"),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecuteBody {
    status: String,
    signature: Option<String>,
    slot: Option<String>,
    error: Option<String>,
    code: Option<i64>,
    total_input_amount: Option<String>,
    total_output_amount: Option<String>,
}

#[derive(Deserialize)]
struct RefusalBody {
    error: Option<String>,
    code: i64,
}

/// Reads the body of `/execute`.
///
/// # Errors
/// [`JupiterError::Unexpected`] when it is none. The transaction may have been sent all the same.
pub fn executed(body: &[u8]) -> Result<Executed, JupiterError> {
    let reply: ExecuteBody = read(body)?;
    let signature = match reply.signature.as_deref() {
        None | Some("") => None,
        Some(text) => Some(signature(text)?),
    };
    match reply.status.as_str() {
        "Success" => {
            let text = |text: Option<String>| text.unwrap_or_default();
            Ok(Executed::Succeeded {
                signature: signature.ok_or_else(|| unexpected("it names no signature"))?,
                slot: units("slot", &text(reply.slot))?,
                amount_in: units("totalInputAmount", &text(reply.total_input_amount))?,
                amount_out: units("totalOutputAmount", &text(reply.total_output_amount))?,
            })
        }
        "Failed" => {
            let code = reply.code.filter(|code| *code != 0).map_or(Code::Unknown, Code::of);
            Ok(Executed::Failed { code, signature, said: line(&reply.error.unwrap_or_default()) })
        }
        _ => Err(unexpected("its status is neither Success nor Failed")),
    }
}

/// Reads a refusal of `/execute` with HTTP `status`. 429 is the client's business.
///
/// # Errors
/// [`JupiterError`] when it has no code.
pub fn refused(status: u16, body: &[u8]) -> Result<Executed, JupiterError> {
    match serde_json::from_slice::<RefusalBody>(body) {
        Ok(reply) if status == 400 && reply.code != 0 => Ok(Executed::Failed {
            code: Code::of(reply.code),
            signature: None,
            said: line(&reply.error.unwrap_or_default()),
        }),
        Ok(_) | Err(_) => Err(refusal(status, body)),
    }
}

fn signature(text: &str) -> Result<Signature, JupiterError> {
    // Base58 of 64 bytes is never longer.
    let signature = if text.len() <= 88 { text.parse().ok() } else { None };
    signature.ok_or_else(|| unexpected("its signature is not one"))
}
