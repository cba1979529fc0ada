//! The endpoints, with the parameters and the error bodies of the real ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{SolCall, SolValue};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use super::settings::{OneInchHandle, OneInchSettings, Refusal, Twist};
use crate::abi::{IAggregationRouterV6, IToken};
use crate::chain::Chain;
use crate::misbehave::{Fault, json_reply};

/// Carries routes out on the real network; here the router does it alone.
const EXECUTOR: Address = Address::repeat_byte(0xee);
/// Who gains when the server misbehaves.
const STRANGER: Address = Address::repeat_byte(0x66);
/// What the real API appends to its calldata.
const TAG: [u8; 4] = [0x2a, 0x94, 0xd1, 0x14];
const MILLION: i128 = 1_000_000;

/// What the routes share.
#[derive(Clone)]
pub(super) struct Shared(Arc<Inner>);

struct Inner {
    handle: OneInchHandle,
    chains: BTreeMap<u64, Chain>,
}

impl Shared {
    pub(super) fn new(handle: OneInchHandle, chains: BTreeMap<u64, Chain>) -> Self {
        Self(Arc::new(Inner { handle, chains }))
    }
}

type Parameters = Query<BTreeMap<String, String>>;
type Answer = Result<Value, Refusal>;

fn refuse<T>(status: u16, description: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, description: description.into() })
}

/// The body of an error, as the API's types describe it.
fn reply(answer: Answer) -> Response {
    match answer {
        Ok(body) => json_reply(StatusCode::OK, &body),
        Err(Refusal { status, description }) => {
            let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let error = code.canonical_reason().unwrap_or("Error");
            let body = json!({
                "error": error, "description": description, "statusCode": status,
                "requestId": "00000000-0000-4000-8000-000000000000", "meta": [],
            });
            json_reply(code, &body)
        }
    }
}

/// Counts, limits, and asks for the key.
pub(super) async fn admit(State(handle): State<OneInchHandle>, request: Request, next: Next) -> Response {
    let path: Vec<&str> = request.uri().path().split('/').skip(4).collect();
    let endpoint = path.join("/");
    let (refused, key) = handle.with(|state| {
        *state.requests.entry(endpoint).or_default() += 1;
        let limit = state.settings.rate_limit.clone();
        (state.meter.refuses(limit.as_ref(), Instant::now()), state.settings.key.clone())
    });
    if refused && let Some(answer) = (Fault::Status { code: 429, retry_after: None }).answer().await {
        return answer;
    }
    if let Some(answer) = handle.faulty_answer().await {
        return answer;
    }
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {key}")) {
        return reply(refuse(401, "Invalid API key"));
    }
    next.run(request).await
}

pub(super) async fn quote(
    State(shared): State<Shared>,
    Path(chain): Path<u64>,
    parameters: Parameters,
) -> Response {
    reply(on_the_node(shared, chain, parameters, quoted).await)
}

pub(super) async fn swap(
    State(shared): State<Shared>,
    Path(chain): Path<u64>,
    parameters: Parameters,
) -> Response {
    reply(on_the_node(shared, chain, parameters, swapped).await)
}

pub(super) async fn spender(State(shared): State<Shared>, Path(chain): Path<u64>) -> Response {
    let settings = shared.0.handle.settings();
    let known = shared.0.chains.get(&chain).map(|chain| chain.info().aggregation_router);
    reply(match settings.spender.or(known) {
        Some(address) => Ok(json!({ "address": address })),
        None => refuse(404, "unknown chain"),
    })
}

/// A chain's futures stay on one thread: they get a thread of their own.
async fn on_the_node<F>(shared: Shared, chain: u64, Query(asked): Parameters, answer: F) -> Answer
where
    F: AsyncFnOnce(&OneInchSettings, &Chain, &BTreeMap<String, String>) -> Answer + Send + 'static,
{
    let runtime = tokio::runtime::Handle::current();
    let work = move || {
        let settings = shared.0.handle.settings();
        match shared.0.chains.get(&chain) {
            Some(chain) => runtime.block_on(answer(&settings, chain, &asked)),
            None => refuse(404, "unknown chain"),
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| refuse(500, error.to_string()))
}

fn text<'a>(asked: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str, Refusal> {
    asked.get(name).map(String::as_str).map_or_else(|| refuse(400, format!("{name} is not set")), Ok)
}

fn address(asked: &BTreeMap<String, String>, name: &str) -> Result<Address, Refusal> {
    text(asked, name)?.parse().or_else(|_| refuse(400, format!("{name} must be an Ethereum address")))
}

/// What the router would pay now, moved by `off_ppm`.
async fn rate(chain: &Chain, asked: &BTreeMap<String, String>, off_ppm: i64) -> Result<U256, Refusal> {
    let (src, dst) = (address(asked, "src")?, address(asked, "dst")?);
    let amount: U256 = text(asked, "amount")?.parse().or_else(|_| refuse(400, "amount must be a number"))?;
    if amount.is_zero() || src == dst {
        return refuse(400, "amount is not set");
    }
    let call = IAggregationRouterV6::quoteCall { srcToken: src, dstToken: dst, amount };
    let paid = chain.read(chain.info().aggregation_router, &call).await;
    let paid = paid.or_else(|error| refuse(400, format!("Cannot sync token: {error}")))?;
    if paid.is_zero() {
        return refuse(400, "Insufficient liquidity");
    }
    let factor = u128::try_from(MILLION + i128::from(off_ppm)).unwrap_or(0);
    Ok(paid * U256::from(factor) / U256::from(MILLION as u128))
}

async fn quoted(settings: &OneInchSettings, chain: &Chain, asked: &BTreeMap<String, String>) -> Answer {
    if let Some(refusal) = &settings.refuse_quote {
        return Err(refusal.clone());
    }
    let out = rate(chain, asked, settings.quote_off_ppm).await?;
    Ok(json!({ "dstAmount": out.to_string() }))
}

async fn swapped(settings: &OneInchSettings, chain: &Chain, asked: &BTreeMap<String, String>) -> Answer {
    if let Some(refusal) = &settings.refuse_swap {
        return Err(refusal.clone());
    }
    let (from, _) = (address(asked, "from")?, address(asked, "origin")?);
    let out = rate(chain, asked, settings.swap_off_ppm).await?;
    let slippage =
        text(asked, "slippage")?.parse::<f64>().ok().filter(|slippage| (0.0..=50.0).contains(slippage));
    let Some(slippage) = slippage else { return refuse(400, "slippage must be from 0 to 50") };
    let (src, dst) = (address(asked, "src")?, address(asked, "dst")?);
    let amount: U256 = text(asked, "amount")?.parse().or_else(|_| refuse(400, "amount must be a number"))?;
    let router = chain.info().aggregation_router;
    if asked.get("disableEstimate").map(String::as_str) != Some("true") {
        estimate(chain, src, from, router, amount).await?;
    }
    let least = out * U256::from(MILLION as u128 - (slippage * 10_000.0).round() as u128)
        / U256::from(MILLION as u128);
    let receiver = asked.get("receiver").map_or(Ok(from), |_| address(asked, "receiver"))?;
    let twist = settings.twist;
    let call = IAggregationRouterV6::swapCall {
        executor: EXECUTOR,
        desc: IAggregationRouterV6::SwapDescription {
            srcToken: src,
            dstToken: if twist == Twist::OtherToken { STRANGER } else { dst },
            srcReceiver: EXECUTOR,
            dstReceiver: if twist == Twist::OtherRecipient { STRANGER } else { receiver },
            amount: if twist == Twist::OtherAmount { amount + U256::from(1) } else { amount },
            minReturnAmount: if twist == Twist::NoMinimum {
                U256::ZERO
            } else if twist == Twist::LowMinimum {
                least / U256::from(2)
            } else {
                least
            },
            flags: U256::from(u8::from(twist == Twist::PartialFill)),
        },
        data: if twist == Twist::TakesHalf {
            U256::from(1).abi_encode().into()
        } else if twist == Twist::PaysHalf {
            U256::from(2).abi_encode().into()
        } else {
            Bytes::new()
        },
    };
    let (to, data): (Address, Bytes) = if twist == Twist::EndlessApproval {
        (src, IToken::approveCall { spender: STRANGER, value: U256::MAX }.abi_encode().into())
    } else {
        let data =
            if twist == Twist::NoData { Vec::new() } else { [call.abi_encode(), TAG.to_vec()].concat() };
        (if twist == Twist::OtherRouter { STRANGER } else { router }, data.into())
    };
    let value = if twist == Twist::NativeValue { "1" } else { "0" };
    let tx = json!({
        "from": from, "to": to, "data": data, "value": value, "gas": 0, "gasPrice": "1000000000",
    });
    if twist == Twist::Empty {
        return Ok(json!({}));
    }
    Ok(json!({ "dstAmount": out.to_string(), "tx": if twist == Twist::Null { Value::Null } else { tx } }))
}

/// Without `disableEstimate` the swap must be possible now.
async fn estimate(
    chain: &Chain,
    token: Address,
    owner: Address,
    spender: Address,
    amount: U256,
) -> Result<(), Refusal> {
    let failed = |error: crate::Error| Refusal { status: 500, description: error.to_string() };
    let balance = chain.read(token, &IToken::balanceOfCall { account: owner }).await.map_err(failed)?;
    if balance < amount {
        return refuse(400, format!("Not enough {token} balance. Amount: {amount}. Balance: {balance}."));
    }
    let allowance = chain.read(token, &IToken::allowanceCall { owner, spender }).await.map_err(failed)?;
    if allowance < amount {
        let words = format!(
            "Not enough allowance. Amount: {amount}. Current allowance: {allowance}. Spender: {spender}"
        );
        return refuse(400, words);
    }
    Ok(())
}
