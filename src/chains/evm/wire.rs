//! Strict decoding of what nodes answer.

use alloy::primitives::{Address, B256, Bytes, Log};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::chains::evm::errors::printable;
use crate::chains::evm::failure::RpcError;
use crate::chains::rpc::endpoint::Ask;
use crate::chains::rpc::stats::Method;
use crate::domain::snapshot::BlockRef;

/// Logs one receipt may hold. Ours have a handful.
const MAX_LOGS: usize = 1000;

fn malformed(what: &str, reason: &str) -> RpcError {
    RpcError::Malformed(format!("{what}: {}", printable(reason)))
}

fn typed<T: DeserializeOwned>(what: &str, value: &Value) -> Result<T, RpcError> {
    T::deserialize(value).map_err(|error| malformed(what, &error.to_string()))
}

/// Asks for the block of a tag (`latest`, `finalized`, `safe`).
pub(super) fn block_at(tag: &str) -> Ask {
    Ask::new(Method::GetBlockByNumber, json!([tag, false]))
}

/// Asks for the block at a height.
pub(super) fn block_number(number: u64) -> Ask {
    Ask::new(Method::GetBlockByNumber, json!([format!("0x{number:x}"), false]))
}

/// A hex quantity (`0x1a`).
///
/// # Errors
/// [`RpcError::Malformed`] when it is none, or has more than 128 bits.
pub fn quantity(what: &str, text: &str) -> Result<u128, RpcError> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    digits
        .and_then(|digits| u128::from_str_radix(digits, 16).ok())
        .ok_or_else(|| malformed(what, &format!("`{text}` is not a hex quantity of at most 128 bits")))
}

/// A hex quantity out of a JSON value.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none, or has more than 128 bits.
pub fn quantity_of(what: &str, value: &Value) -> Result<u128, RpcError> {
    quantity(what, value.as_str().ok_or_else(|| malformed(what, "a hex quantity is missing"))?)
}

/// A number that fits 64 bits.
///
/// # Errors
/// [`RpcError::Malformed`] when it does not.
pub fn small(what: &str, number: u128) -> Result<u64, RpcError> {
    u64::try_from(number).map_err(|_| malformed(what, "the number is absurdly large"))
}

/// A hash.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn hash(value: &Value) -> Result<B256, RpcError> {
    typed("hash", value)
}

/// Hex data.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none.
pub fn bytes(value: &Value) -> Result<Bytes, RpcError> {
    typed("data", value)
}

/// The fields of a block header we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Number, hash and time.
    pub block: BlockRef,
    /// Hash of the block before.
    pub parent: B256,
    /// Base fee in wei per gas.
    pub base_fee: u128,
    /// Gas its transactions used.
    pub gas_used: u64,
    /// Gas there was room for.
    pub gas_limit: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawHeader {
    number: String,
    hash: B256,
    parent_hash: B256,
    timestamp: String,
    base_fee_per_gas: String,
    gas_used: String,
    gas_limit: String,
}

/// A block.
///
/// # Errors
/// [`RpcError::Malformed`]; also for `null`, an unknown tag or height.
pub fn header(what: &'static str, value: &Value) -> Result<Header, RpcError> {
    if value.is_null() {
        return Err(malformed(what, "the node knows no such block"));
    }
    let raw: RawHeader = typed(what, value)?;
    let number = |text: &str| quantity(what, text).and_then(|number| small(what, number));
    Ok(Header {
        block: BlockRef { number: number(&raw.number)?, hash: raw.hash, timestamp: number(&raw.timestamp)? },
        parent: raw.parent_hash,
        base_fee: quantity(what, &raw.base_fee_per_gas)?,
        gas_used: number(&raw.gas_used)?,
        gas_limit: number(&raw.gas_limit)?,
    })
}

/// A receipt as one endpoint tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawReceipt {
    /// Number of its block.
    pub number: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// Whether it had its effect.
    pub success: bool,
    /// Gas used.
    pub gas_used: u64,
    /// Wei per gas paid.
    pub effective_gas_price: u128,
    /// Layer 1 fee in wei, zero where there is none.
    pub l1_fee: u128,
    /// What it logged.
    pub logs: Vec<Log>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptDto {
    transaction_hash: B256,
    block_hash: B256,
    block_number: String,
    status: String,
    gas_used: String,
    effective_gas_price: String,
    #[serde(default)]
    l1_fee: Option<String>,
    logs: Vec<LogDto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDto {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    #[serde(default)]
    removed: bool,
}

/// The receipt of `hash`; `None` for `null`.
///
/// # Errors
/// [`RpcError::Malformed`] when it is none, or another transaction's.
pub fn receipt(hash: B256, value: &Value) -> Result<Option<RawReceipt>, RpcError> {
    const WHAT: &str = "receipt";
    // Some nodes answer an object full of nulls for a transaction still in the pool.
    if value.is_null() || value.get("blockHash").is_some_and(Value::is_null) {
        return Ok(None);
    }
    let raw: ReceiptDto = typed(WHAT, value)?;
    if raw.transaction_hash != hash {
        return Err(malformed(WHAT, "it belongs to another transaction"));
    }
    if raw.logs.len() > MAX_LOGS || raw.logs.iter().any(|log| log.removed) {
        return Err(malformed(WHAT, "its logs are removed or too many"));
    }
    let success = match quantity(WHAT, &raw.status)? {
        0 => false,
        1 => true,
        other => return Err(malformed(WHAT, &format!("its status is {other}"))),
    };
    let mut logs = Vec::with_capacity(raw.logs.len());
    for log in raw.logs {
        logs.push(
            Log::new(log.address, log.topics, log.data)
                .ok_or_else(|| malformed(WHAT, "a log has more than four topics"))?,
        );
    }
    Ok(Some(RawReceipt {
        number: small(WHAT, quantity(WHAT, &raw.block_number)?)?,
        block_hash: raw.block_hash,
        success,
        gas_used: small(WHAT, quantity(WHAT, &raw.gas_used)?)?,
        effective_gas_price: quantity(WHAT, &raw.effective_gas_price)?,
        l1_fee: raw.l1_fee.as_deref().map_or(Ok(0), |text| quantity(WHAT, text))?,
        logs,
    }))
}

/// A log and its place in its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLog {
    /// Place among all logs of the block.
    pub index: u64,
    /// What was logged.
    pub log: Log,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockLogDto {
    block_hash: B256,
    log_index: String,
    #[serde(flatten)]
    log: LogDto,
}

/// The logs of the block with hash `block`, in its order.
///
/// # Errors
/// [`RpcError::Malformed`] when they are none, out of order, taken back, or another block's.
pub fn block_logs(block: B256, value: &Value) -> Result<Vec<BlockLog>, RpcError> {
    const WHAT: &str = "logs";
    let raw: Vec<BlockLogDto> = typed(WHAT, value)?;
    let mut logs: Vec<BlockLog> = Vec::with_capacity(raw.len());
    for BlockLogDto { block_hash, log_index, log } in raw {
        if block_hash != block || log.removed {
            return Err(malformed(WHAT, "a log is of another block or was taken back"));
        }
        let index = small(WHAT, quantity(WHAT, &log_index)?)?;
        if logs.last().is_some_and(|last| last.index >= index) {
            return Err(malformed(WHAT, "they are out of order"));
        }
        let log = Log::new(log.address, log.topics, log.data)
            .ok_or_else(|| malformed(WHAT, "a log has more than four topics"))?;
        logs.push(BlockLog { index, log });
    }
    Ok(logs)
}
