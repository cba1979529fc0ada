//! Iris' HTTP endpoints.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use alloy::primitives::B256;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::attest::public_keys;
use super::settings::{MessageMode, Reattest};
use super::state::{CONFIRMED, FINALIZED, SourceTx};
use super::{IrisHandle, reply};
use crate::misbehave::json_reply;

/// The paths that requests are counted under and `path_faults` names.
pub const PATHS: [&str; 6] = [
    "/v2/messages",
    "/v2/reattest",
    "/v2/burn/USDC/fees",
    "/v2/fastBurn/USDC/allowance",
    "/v2/publicKeys",
    "other",
];

pub fn router(iris: IrisHandle) -> Router {
    Router::new()
        .route("/v2/messages/{domain}", get(messages))
        .route("/v2/reattest/{nonce}", post(reattest))
        .route("/v2/burn/USDC/fees/{source}/{destination}", get(fees))
        .route("/v2/fastBurn/USDC/allowance", get(allowance))
        .route("/v2/publicKeys", get(keys))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "Not found") })
        .layer(from_fn_with_state(iris.clone(), admit))
        .with_state(iris)
}

/// Counts the request, then applies the rate limit and the faults in force.
async fn admit(State(iris): State<IrisHandle>, request: Request, next: Next) -> Response {
    let uri = request.uri().path();
    let path = PATHS.into_iter().find(|path| uri.starts_with(path)).unwrap_or("other");
    let (refused, fault) = iris.with(|state| {
        *state.counts.entry(path.to_owned()).or_default() += 1;
        let limit = state.settings.rate_limit.clone();
        let refused = state.meter.refuses(limit.as_ref(), Instant::now());
        (refused, state.settings.path_faults.get(path).cloned())
    });
    if refused {
        return refusal(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
    }
    if let Some(answer) = iris.faulty_answer().await {
        return answer;
    }
    if let Some(fault) = fault
        && let Some(answer) = fault.answer().await
    {
        return answer;
    }
    next.run(request).await
}

fn refusal(status: StatusCode, error: &str) -> Response {
    json_reply(status, &json!({ "error": error }))
}

fn found(body: &Value) -> Response {
    json_reply(StatusCode::OK, body)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageQuery {
    transaction_hash: Option<String>,
    nonce: Option<String>,
}

async fn messages(
    State(iris): State<IrisHandle>,
    Path(domain): Path<u32>,
    Query(query): Query<MessageQuery>,
) -> Response {
    let (key, by_nonce) = match (&query.transaction_hash, &query.nonce) {
        (Some(hash), None) => (hash, false),
        (None, Some(nonce)) => (nonce, true),
        _ => return refusal(StatusCode::BAD_REQUEST, "Either transactionHash or nonce is required"),
    };
    let absent = || refusal(StatusCode::NOT_FOUND, "Message not found for provided parameters");
    let (nonce, tx) = (key.parse::<B256>().ok().filter(|_| by_nonce), SourceTx::parse(key));
    if by_nonce && nonce.is_none() {
        return absent();
    }
    iris.with(|state| {
        if state.settings.concerns(domain) {
            match state.settings.message_mode {
                MessageMode::NotFound => return absent(),
                MessageMode::Empty => return found(&json!({ "messages": [] })),
                MessageMode::Normal | MessageMode::Pending | MessageMode::CompleteWithoutAttestation => {}
            }
        }
        let burns: Vec<_> = state
            .burns
            .iter()
            .filter(|burn| burn.domain == domain)
            .filter(|burn| nonce.map_or(burn.sent.tx_hash == tx, |nonce| burn.nonce == nonce))
            .collect();
        let Some(first) = burns.first() else { return absent() };
        let entries: Vec<Value> = burns.iter().map(|burn| reply::entry(state, burn)).collect();
        found(&json!({ "messages": entries, "sourceTxHash": first.sent.tx_hash }))
    })
}

async fn reattest(State(iris): State<IrisHandle>, Path(nonce): Path<String>) -> Response {
    let Ok(key) = nonce.parse::<B256>() else {
        return refusal(StatusCode::BAD_REQUEST, "Invalid nonce");
    };
    iris.with(|state| {
        let mode = state.settings.reattest;
        let Some(burn) = state.burns.iter_mut().find(|burn| burn.nonce == key) else {
            return refusal(StatusCode::NOT_FOUND, "Message not found for provided parameters");
        };
        match burn.executed() {
            None => return refusal(StatusCode::BAD_REQUEST, "Message is pending confirmations"),
            Some(executed) if executed >= FINALIZED => {
                return refusal(StatusCode::BAD_REQUEST, "Message is already finalized");
            }
            Some(_) if mode == Reattest::Refused => {
                return refusal(StatusCode::BAD_REQUEST, "Message is already finalized");
            }
            Some(_) => burn.reattest_requested = true,
        }
        found(&json!({ "message": "Re-attestation successfully requested for nonce.", "nonce": key }))
    })
}

async fn fees(State(iris): State<IrisHandle>, Path((source, destination)): Path<(u32, u32)>) -> Response {
    iris.with(|state| {
        let known = state.heads.contains_key(&destination) && source != destination;
        let Some(fees) = state.settings.fees.get(&source).filter(|_| known) else {
            return refusal(StatusCode::BAD_REQUEST, "Invalid source or destination domain");
        };
        let as_string = state.settings.fees_as_strings;
        let tier = |threshold: u32, fee: u64| {
            json!({ "finalityThreshold": threshold, "minimumFee": basis_points(fee, as_string) })
        };
        let mut tiers: Vec<Value> = fees.fast.map(|fee| tier(CONFIRMED, fee)).into_iter().collect();
        tiers.push(tier(FINALIZED, fees.standard));
        found(&Value::Array(tiers))
    })
}

/// A fee in basis points, as a JSON number with a fraction only if needed.
fn basis_points(milli_bps: u64, as_string: bool) -> Value {
    let (whole, rest) = (milli_bps / 1_000, milli_bps % 1_000);
    let text = match rest {
        0 => whole.to_string(),
        _ => format!("{whole}.{rest:03}").trim_end_matches('0').to_owned(),
    };
    if as_string {
        return Value::String(text);
    }
    serde_json::from_str(&text).expect("digits with at most one point are a JSON number")
}

async fn allowance(State(iris): State<IrisHandle>) -> Response {
    let left = iris.with(|state| state.allowance_left()).saturating_to::<u64>();
    let whole = format!("{}.{:06}", left / 1_000_000, left % 1_000_000);
    let number: Value = serde_json::from_str(&whole).expect("digits with one point are a JSON number");
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    found(&json!({ "allowance": number, "lastUpdated": iso_8601(seconds) }))
}

async fn keys() -> Response {
    let keys: Vec<Value> =
        public_keys().into_iter().map(|key| json!({ "publicKey": key, "cctpVersion": 2 })).collect();
    found(&json!({ "publicKeys": keys }))
}

/// UTC date and time of a Unix timestamp. The date is Howard Hinnant's
/// `civil_from_days`.
pub fn iso_8601(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}
