//! Between Rust values and database columns. What does not decode is damage, never a default.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Row};

use crate::domain::{Operation, OperationId, PlanHash, Step, Timestamp, Usd};
use crate::journal::JournalError;

/// A text column parsed as `T`.
pub(super) fn parsed<T>(row: &SqliteRow, column: &str) -> Result<T, JournalError>
where
    T: FromStr,
    T::Err: Display,
    for<'a> &'a str: ColumnIndex<SqliteRow>,
{
    let text: &str = row.try_get(column)?;
    parse(text, column)
}

/// A text column that may be null, parsed as `T`.
pub(super) fn parsed_option<T>(row: &SqliteRow, column: &str) -> Result<Option<T>, JournalError>
where
    T: FromStr,
    T::Err: Display,
{
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| parse(text, column)).transpose()
}

pub(super) fn parse<T>(text: &str, column: &str) -> Result<T, JournalError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error| corrupt(column, error))
}

/// Micro-dollars in a text column.
pub(super) fn usd(row: &SqliteRow, column: &str) -> Result<Usd, JournalError> {
    Ok(Usd::from_micros(parsed::<i128>(row, column)?))
}

/// Micro-dollars in a text column that may be null.
pub(super) fn usd_option(row: &SqliteRow, column: &str) -> Result<Option<Usd>, JournalError> {
    Ok(parsed_option::<i128>(row, column)?.map(Usd::from_micros))
}

/// Milliseconds since the epoch.
pub(super) fn time(row: &SqliteRow, column: &str) -> Result<Timestamp, JournalError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

/// A non-negative integer column.
pub(super) fn unsigned(row: &SqliteRow, column: &str) -> Result<u64, JournalError> {
    let value: i64 = row.try_get(column)?;
    u64::try_from(value).map_err(|error| corrupt(column, error))
}

/// A non-negative integer column that may be null.
pub(super) fn unsigned_option(row: &SqliteRow, column: &str) -> Result<Option<u64>, JournalError> {
    let value: Option<i64> = row.try_get(column)?;
    value.map(|value| u64::try_from(value).map_err(|error| corrupt(column, error))).transpose()
}

/// An unsigned number as the database stores it.
pub(super) fn stored(value: u64, what: &'static str) -> Result<i64, JournalError> {
    i64::try_from(value).map_err(|error| JournalError::Unstorable { what, detail: error.to_string() })
}

/// Columns of an operation, in the order [`operation`] expects nothing of: it reads by name.
macro_rules! operation_columns {
    () => {
        "sequence, id, plan, step, state, leg, reason, expires_at, created_at, updated_at, \
         quoted_cost, realised_cost"
    };
}
pub(super) use operation_columns;

pub(super) fn operation(row: &SqliteRow) -> Result<Operation, JournalError> {
    let id: String = row.try_get("id")?;
    Ok(Operation {
        id: OperationId::new(id),
        plan: plan_hash(row.try_get("plan")?)?,
        step: step(row.try_get("step")?)?,
        state: parsed(row, "state")?,
        leg: parsed(row, "leg")?,
        reason: row.try_get("reason")?,
        expires_at: time(row, "expires_at")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        quoted_cost: usd(row, "quoted_cost")?,
        realised_cost: usd_option(row, "realised_cost")?,
    })
}

/// A step as stored.
pub(super) fn step(text: &str) -> Result<Step, JournalError> {
    serde_json::from_str(text).map_err(|error| corrupt("operations.step", error))
}

pub(super) fn plan_hash(text: &str) -> Result<PlanHash, JournalError> {
    PlanHash::deserialize(text.into_deserializer())
        .map_err(|error: serde::de::value::Error| corrupt("operations.plan", error))
}

/// What a column that does not decode is reported as.
pub(super) fn corrupt(what: &str, error: impl Display) -> JournalError {
    JournalError::Corrupt { detail: format!("{what}: {error}") }
}
