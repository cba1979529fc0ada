//! A double of Jupiter's Swap API V2: it quotes from the pools, builds and
//! lands swaps, and misbehaves on command.

mod execute;
mod limits;
mod order;
mod plan;
mod quote;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use devnet::misbehave::{Handle, Server, json_reply};
use serde_json::json;
use solana_keypair::Keypair;

pub use settings::{Execution, JupiterSettings, JupiterState, Tamper};

use crate::client::Client;
use crate::error::Error;
use crate::steer::Steer;
use limits::Allowance;

/// The paths that can have a fault of their own.
pub const PATHS: [&str; 3] = ["/swap/v2/order", "/swap/v2/execute", "/swap/v2/build"];

/// Shared access to the server's settings.
pub type JupiterHandle = Handle<JupiterState>;

/// What answers requests.
#[derive(Clone)]
pub(crate) struct Jupiter {
    client: Client,
    handle: JupiterHandle,
    orders: Arc<AtomicU64>,
    maker: Arc<Keypair>,
}

/// A running Jupiter server. It ends when this is dropped.
pub struct JupiterServer {
    server: Server,
    handle: JupiterHandle,
}

impl JupiterServer {
    /// Starts the server on a free loopback port; it reads and lands through
    /// the node at `node_url`.
    ///
    /// # Errors
    /// [`Error::Server`] if no port can be bound.
    pub async fn start(node_url: &str, settings: JupiterSettings) -> Result<Self, Error> {
        let handle = Handle::new(JupiterState { settings, ..JupiterState::default() });
        let jupiter = Jupiter {
            client: Client::new(node_url),
            handle: handle.clone(),
            orders: Arc::default(),
            maker: Arc::new(Keypair::new()),
        };
        let router = Router::new()
            .route(PATHS[0], get(order))
            .route(PATHS[1], post(execute))
            .route(PATHS[2], get(build))
            .layer(middleware::from_fn_with_state(jupiter.clone(), guard))
            .with_state(jupiter);
        let server = Server::start(router, handle.gate()).await;
        let server = server.map_err(|source| Error::Server { server: "Jupiter", source })?;
        Ok(Self { server, handle })
    }

    /// The base URL, without `/swap/v2`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The handle to steer the server by.
    pub fn handle(&self) -> JupiterHandle {
        self.handle.clone()
    }
}

/// Requests so far, by [`PATHS`].
pub fn counts(handle: &JupiterHandle) -> BTreeMap<String, u64> {
    handle.with(|state| state.counts.clone())
}

impl Jupiter {
    /// An id that no other order has.
    fn next_id(&self) -> String {
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-7000-8000-{number:012x}")
    }

    /// Counts the request; the answer instead if it may not pass.
    fn admit(&self, path: &str, headers: &HeaderMap) -> Result<Allowance, Box<Response>> {
        let settings = self.handle.settings();
        let key = headers.get("x-api-key").map(|key| key.to_str().unwrap_or_default().to_owned());
        let limit = match &key {
            None => settings.keyless,
            Some(key) => *settings.keys.get(key).ok_or_else(|| {
                Box::new(json_reply(
                    StatusCode::UNAUTHORIZED,
                    &json!({ "code": 401, "message": "Unauthorized" }),
                ))
            })?,
        };
        let execute = path == PATHS[1];
        let whose = key.as_deref().unwrap_or("");
        let (bucket, limit) = match execute {
            true => (format!("execute {whose}"), settings.executes),
            false => (format!("swap {whose}"), limit),
        };
        let window = Duration::from_secs(settings.window_s);
        let allowance = self.handle.with(|state| {
            *state.counts.entry(path.to_owned()).or_default() += 1;
            state.windows.count(&bucket, limit, window, Instant::now())
        });
        if allowance.refused {
            let body = json!({ "code": 429, "message": "Too many requests" });
            let mut reply = json_reply(StatusCode::TOO_MANY_REQUESTS, &body);
            stamp(&mut reply, &allowance);
            return Err(Box::new(reply));
        }
        Ok(allowance)
    }
}

/// Writes the headers of the rate limit.
fn stamp(reply: &mut Response, allowance: &Allowance) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let reset = (now + allowance.reset).as_secs();
    let headers = reply.headers_mut();
    headers.insert("x-ratelimit-remaining", HeaderValue::from(allowance.remaining));
    headers.insert("x-ratelimit-current", HeaderValue::from(allowance.current));
    headers.insert("x-ratelimit-reset", HeaderValue::from(reset));
}

/// Limits, then faults, then the honest answer.
async fn guard(State(jupiter): State<Jupiter>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let allowance = match jupiter.admit(&path, request.headers()) {
        Ok(allowance) => allowance,
        Err(reply) => return *reply,
    };
    if let Some(answer) = jupiter.handle.faulty_answer().await {
        return answer;
    }
    let fault = jupiter.handle.settings().path_faults.get(&path).cloned();
    if let Some(fault) = fault
        && let Some(answer) = fault.answer().await
    {
        return answer;
    }
    let mut reply = next.run(request).await;
    if reply.status() == StatusCode::OK {
        stamp(&mut reply, &allowance);
    }
    reply
}

type Asked = Result<Query<order::Query>, axum::extract::rejection::QueryRejection>;

fn unfit(reason: &str) -> Response {
    json_reply(StatusCode::BAD_REQUEST, &json!({ "error": reason }))
}

async fn order(State(jupiter): State<Jupiter>, query: Asked) -> Response {
    let answer = match query {
        Ok(Query(query)) => jupiter.order(&query).await,
        Err(rejection) => Err(rejection.body_text()),
    };
    match answer {
        Ok(body) => json_reply(StatusCode::OK, &body),
        Err(reason) => unfit(&reason),
    }
}

async fn build(State(jupiter): State<Jupiter>, query: Asked) -> Response {
    let answer = match query {
        Ok(Query(query)) => jupiter.build(&query).await,
        Err(rejection) => Err(rejection.body_text()),
    };
    match answer {
        Ok(body) => json_reply(StatusCode::OK, &body),
        Err(reason) => unfit(&reason),
    }
}

async fn execute(State(jupiter): State<Jupiter>, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(body) => {
            let (status, reply) = jupiter.execute(&body).await;
            json_reply(status, &reply)
        }
        Err(error) => unfit(&error.to_string()),
    }
}
