//! Strict decoding of what Solana nodes answer.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use solana_address::Address;
use solana_hash::Hash;
use solana_signature::Signature;

use crate::chains::rpc::failure::RpcError;
use crate::chains::rpc::text::printable;
use crate::chains::solana::Commitment;
use crate::chains::solana::account::Account;

/// Entries of one list of fees that are looked at; nodes keep 150 slots.
const MAX_FEES: usize = 1000;
/// Log lines of a simulation that are kept.
const MAX_LOGS: usize = 256;

pub(crate) fn malformed(what: &str, reason: &str) -> RpcError {
    RpcError::Malformed(format!("{what}: {}", printable(reason)))
}

fn typed<T: DeserializeOwned>(what: &str, value: &Value) -> Result<T, RpcError> {
    T::deserialize(value).map_err(|error| malformed(what, &error.to_string()))
}

fn parsed<T: FromStr>(what: &str, text: &str) -> Result<T, RpcError> {
    text.parse().map_err(|_| malformed(what, &format!("`{text}` is not the base58 it should be")))
}

/// A hash.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn hash(what: &'static str, value: &Value) -> Result<Hash, RpcError> {
    parsed(what, value.as_str().ok_or_else(|| malformed(what, "it is no text"))?)
}

/// A whole number.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none or has more than 64 bits.
pub fn number(what: &'static str, value: &Value) -> Result<u64, RpcError> {
    value.as_u64().ok_or_else(|| malformed(what, "it is no whole number of 64 bits"))
}

/// The signature a node gives a transaction.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn signature(value: &Value) -> Result<Signature, RpcError> {
    parsed("signature", value.as_str().ok_or_else(|| malformed("signature", "it is no text"))?)
}

#[derive(Deserialize)]
struct Contextual {
    context: Context,
    value: Value,
}

#[derive(Deserialize)]
struct Context {
    slot: u64,
}

/// A value and the slot it is of.
///
/// # Errors
/// [`RpcError::Malformed`] when either is missing.
pub fn contextual(what: &'static str, value: &Value) -> Result<(u64, Value), RpcError> {
    let Contextual { context, value } = typed(what, value)?;
    Ok((context.slot, value))
}

#[derive(Deserialize)]
struct AccountDto {
    lamports: u64,
    owner: String,
    data: (String, String),
    executable: bool,
}

/// One account; `None` for `null`, which is how a node says that it does not exist.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn account(value: &Value) -> Result<Option<Account>, RpcError> {
    const WHAT: &str = "account";
    if value.is_null() {
        return Ok(None);
    }
    let AccountDto { lamports, owner, data: (data, encoding), executable } = typed(WHAT, value)?;
    if encoding != "base64" {
        return Err(malformed(WHAT, &format!("its data is `{encoding}`, not base64")));
    }
    let data = STANDARD.decode(data).map_err(|_| malformed(WHAT, "its data is not base64"))?;
    Ok(Some(Account { lamports, owner: parsed(WHAT, &owner)?, data, executable }))
}

/// The slot and the `count` accounts of one `getMultipleAccounts`.
///
/// # Errors
/// [`RpcError::Malformed`] when there are more or fewer.
pub fn accounts(value: &Value, count: usize) -> Result<(u64, Vec<Option<Account>>), RpcError> {
    let (slot, value) = contextual("accounts", value)?;
    let list = value.as_array().ok_or_else(|| malformed("accounts", "they are no list"))?;
    if list.len() != count {
        return Err(malformed("accounts", &format!("{} of {count} were answered", list.len())));
    }
    Ok((slot, list.iter().map(account).collect::<Result<_, _>>()?))
}

/// Where an epoch stands; every number is of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochInfo {
    /// Slot.
    pub absolute_slot: u64,
    /// Blocks so far; not every slot has one.
    pub block_height: u64,
}

/// `getEpochInfo`.
///
/// # Errors
/// [`RpcError::Malformed`]; also when there are more blocks than slots.
pub fn epoch_info(value: &Value) -> Result<EpochInfo, RpcError> {
    let info: EpochInfo = typed("epoch", value)?;
    if info.block_height > info.absolute_slot {
        return Err(malformed("epoch", "it has more blocks than slots"));
    }
    Ok(info)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockhashDto {
    blockhash: String,
    last_valid_block_height: u64,
}

/// Slot, blockhash and last valid height of `getLatestBlockhash`.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn latest_blockhash(value: &Value) -> Result<(u64, Hash, u64), RpcError> {
    let (slot, value) = contextual("blockhash", value)?;
    let dto: BlockhashDto = typed("blockhash", &value)?;
    Ok((slot, parsed("blockhash", &dto.blockhash)?, dto.last_valid_block_height))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FeeDto {
    prioritization_fee: u64,
}

/// The fees of `getRecentPrioritizationFees`, in micro-lamports per compute unit.
///
/// # Errors
/// [`RpcError::Malformed`] when they are none or absurdly many.
pub fn priority_fees(value: &Value) -> Result<Vec<u64>, RpcError> {
    let fees: Vec<FeeDto> = typed("priority fees", value)?;
    if fees.len() > MAX_FEES {
        return Err(malformed("priority fees", "there are too many"));
    }
    Ok(fees.into_iter().map(|fee| fee.prioritization_fee).collect())
}

/// Why the cluster, or a simulation, refused a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TransactionFailure {
    /// One instruction failed with a number of its program.
    Custom {
        /// Which instruction, from 0.
        instruction: u8,
        /// The program's error number.
        code: u32,
    },
    /// One instruction failed with an error that the runtime knows.
    Instruction {
        /// Which instruction, from 0.
        instruction: u8,
        /// Its name.
        name: String,
    },
    /// The transaction as a whole was not acceptable.
    Transaction(String),
}

impl fmt::Display for TransactionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom { instruction, code } => {
                write!(f, "instruction {instruction} failed with its program's error {code}")
            }
            Self::Instruction { instruction, name } => write!(f, "instruction {instruction} failed: {name}"),
            Self::Transaction(name) => f.write_str(name),
        }
    }
}

/// The `err` of a transaction; `None` for `null`, which means success.
pub fn failure(value: &Value) -> Option<TransactionFailure> {
    if value.is_null() {
        return None;
    }
    let text = || match value.as_str() {
        Some(name) => printable(name),
        None => printable(&value.to_string()),
    };
    let part = value.get("InstructionError").and_then(Value::as_array);
    let Some([index, error]) = part.map(Vec::as_slice) else {
        return Some(TransactionFailure::Transaction(text()));
    };
    let Some(instruction) = index.as_u64().and_then(|index| u8::try_from(index).ok()) else {
        return Some(TransactionFailure::Transaction(text()));
    };
    let code = error.get("Custom").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    Some(match (code, error.as_str()) {
        (Some(code), _) => TransactionFailure::Custom { instruction, code },
        (None, Some(name)) => TransactionFailure::Instruction { instruction, name: printable(name) },
        (None, None) => TransactionFailure::Instruction { instruction, name: printable(&error.to_string()) },
    })
}

/// What one node knows of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSignature {
    /// Slot it was processed in.
    pub slot: u64,
    /// How settled that slot is.
    pub commitment: Commitment,
    /// Why it failed; `None` when it had its effect.
    pub failure: Option<TransactionFailure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusDto {
    slot: u64,
    #[serde(default)]
    confirmations: Option<u64>,
    err: Value,
    #[serde(default)]
    confirmation_status: Option<String>,
}

/// The slot of the answer and what is known of the one signature asked for; `None` for `null`.
///
/// # Errors
/// [`RpcError::Malformed`] when the answer is not about exactly one signature.
pub fn signature_status(value: &Value) -> Result<(u64, Option<SeenSignature>), RpcError> {
    const WHAT: &str = "signature status";
    let (at, value) = contextual(WHAT, value)?;
    let Some([status]) = value.as_array().map(Vec::as_slice) else {
        return Err(malformed(WHAT, "it is not about one signature"));
    };
    if status.is_null() {
        return Ok((at, None));
    }
    let dto: StatusDto = typed(WHAT, status)?;
    if dto.slot > at {
        return Err(malformed(WHAT, "its slot is after the answer's"));
    }
    let commitment = match dto.confirmation_status.as_deref() {
        Some("processed") => Commitment::Processed,
        Some("confirmed") => Commitment::Confirmed,
        Some("finalized") => Commitment::Finalised,
        // Old nodes leave it out; no confirmations left to wait for means rooted.
        None if dto.confirmations.is_none() => Commitment::Finalised,
        None => Commitment::Processed,
        Some(other) => return Err(malformed(WHAT, &format!("`{other}` is no commitment"))),
    };
    Ok((at, Some(SeenSignature { slot: dto.slot, commitment, failure: failure(&dto.err) })))
}

/// What one node's simulation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// Slot it was run on.
    pub slot: u64,
    /// Why it failed.
    pub failure: Option<TransactionFailure>,
    /// Compute units used.
    pub units: u64,
    /// Log lines.
    pub logs: Vec<String>,
    /// The accounts asked for, afterwards; empty when it failed before they were loaded.
    pub accounts: Vec<Option<Account>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimulationDto {
    err: Value,
    #[serde(default)]
    logs: Option<Vec<String>>,
    #[serde(default)]
    accounts: Option<Vec<Value>>,
    #[serde(default)]
    units_consumed: Option<u64>,
}

/// `simulateTransaction` with `count` accounts asked for.
///
/// # Errors
/// [`RpcError::Malformed`]; also when a success comes without its accounts or units.
pub fn simulation(value: &Value, count: usize) -> Result<Simulated, RpcError> {
    const WHAT: &str = "simulation";
    let (slot, value) = contextual(WHAT, value)?;
    let dto: SimulationDto = typed(WHAT, &value)?;
    let failure = failure(&dto.err);
    let list = dto.accounts.unwrap_or_default();
    if failure.is_none() && (list.len() != count || dto.units_consumed.is_none()) {
        return Err(malformed(WHAT, "it succeeded without saying what became of the accounts"));
    }
    let accounts =
        if failure.is_some() { Vec::new() } else { list.iter().map(account).collect::<Result<_, _>>()? };
    let lines = dto.logs.unwrap_or_default().into_iter().take(MAX_LOGS);
    let logs = lines.map(|line| printable(&line)).collect();
    Ok(Simulated { slot, failure, units: dto.units_consumed.unwrap_or(0), logs, accounts })
}

/// Bytes as they are sent.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Addresses as they are sent.
pub(crate) fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(Address::to_string).collect()
}
