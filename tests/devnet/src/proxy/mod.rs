//! An RPC provider in front of a node: honest by default, and on command
//! absent, slow, behind, or lying.

mod lag;
mod lie;
mod settings;
mod websocket;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use alloy::primitives::{B256, Bytes, keccak256};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::error::RpcError;
use crate::misbehave::{Fault, Handle, Meter, Server, json_reply, patched, raw_reply};
use crate::rpc::{Rpc, http};
use websocket::Relay;

pub use settings::{ProxySettings, ProxyState, Ratio, Receipts, RpcFailure, Sending, SentTransaction};
pub use websocket::{Streams, WebSocket};

/// Shared access to a proxy.
pub type ProxyHandle = Handle<ProxyState>;

const SEND: &str = "eth_sendRawTransaction";

impl ProxyHandle {
    /// The settings in force.
    pub fn settings(&self) -> ProxySettings {
        self.with(|state| state.settings.clone())
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut ProxySettings)) {
        self.with(|state| {
            change(&mut state.settings);
            state.publish();
        });
    }

    /// Replaces the members of the settings that `patch` names.
    ///
    /// # Errors
    /// If a member is unknown or has the wrong type; nothing changes then.
    pub fn patch(&self, patch: Value) -> Result<(), String> {
        self.with(|state| {
            state.settings = patched(&state.settings, patch)?;
            state.publish();
            Ok(())
        })
    }

    /// HTTP requests so far.
    pub fn requests(&self) -> u64 {
        self.with(|state| state.requests)
    }

    /// JSON-RPC calls so far, by method.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.with(|state| state.calls.clone())
    }

    /// The transactions handed over so far.
    pub fn sent(&self) -> Vec<SentTransaction> {
        self.with(|state| state.sent.clone())
    }

    /// Forgets the counts and a block by the rate limit, not the transactions.
    pub fn reset_counts(&self) {
        self.with(|state| {
            state.requests = 0;
            state.calls.clear();
            state.meter = Meter::default();
        });
    }
}

/// A running proxy. It ends when this is dropped.
pub struct Proxy {
    server: Server,
    websocket: Relay,
    handle: ProxyHandle,
}

struct Inner {
    handle: ProxyHandle,
    client: reqwest::Client,
    node: Rpc,
}

/// One JSON-RPC reply, or the HTTP answer that replaces the whole response.
enum Answer {
    Reply(Value),
    Http(Response),
}

impl Proxy {
    /// Starts a proxy for the node at `node_url` on a free loopback port.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(node_url: &str, settings: ProxySettings) -> Result<Self, std::io::Error> {
        let handle = Handle::new(ProxyState { settings, ..ProxyState::default() });
        let node = Rpc::new(node_url);
        let inner = Arc::new(Inner { handle: handle.clone(), client: http(), node });
        let router = Router::new().fallback(serve).with_state(inner);
        let server = Server::start(router, handle.gate()).await?;
        let websocket = Relay::start(node_url, handle.clone()).await?;
        Ok(Self { server, websocket, handle })
    }

    /// The URL of the provider.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The WebSocket URL of the provider, on a port of its own.
    pub fn ws_url(&self) -> String {
        self.websocket.url()
    }

    /// The handle to steer the proxy by.
    pub fn handle(&self) -> ProxyHandle {
        self.handle.clone()
    }
}

async fn serve(State(inner): State<Arc<Inner>>, body: axum::body::Bytes) -> Response {
    let request: Option<Value> = serde_json::from_slice(&body).ok();
    let calls: Vec<&Value> = match &request {
        Some(Value::Array(calls)) => calls.iter().collect(),
        Some(call) => vec![call],
        None => Vec::new(),
    };
    let methods: Vec<&str> = calls.iter().filter_map(|call| call["method"].as_str()).collect();
    let (refused, faults) = inner.handle.with(|state| {
        state.requests += 1;
        for method in &methods {
            *state.calls.entry((*method).to_owned()).or_default() += 1;
        }
        let limit = state.settings.rate_limit.clone();
        let refused = state.meter.refuses(limit.as_ref(), Instant::now());
        let faults: Vec<Fault> =
            methods.iter().filter_map(|method| state.settings.method_faults.get(*method).cloned()).collect();
        (refused, faults)
    });
    if refused {
        return json_reply(StatusCode::TOO_MANY_REQUESTS, &failure(&Value::Null, -32005, "limit exceeded"));
    }
    if let Some(answer) = inner.handle.faulty_answer().await {
        return answer;
    }
    for fault in faults {
        if let Some(answer) = fault.answer().await {
            return answer;
        }
    }
    if inner.passes_through(&methods) {
        return inner.forward(body).await;
    }
    let mut replies = Vec::with_capacity(calls.len());
    for call in calls {
        match inner.answer(call).await {
            Answer::Reply(reply) => replies.push(reply),
            Answer::Http(response) => return response,
        }
    }
    let body = match request {
        Some(Value::Array(_)) => Value::Array(replies),
        Some(_) | None => replies.pop().unwrap_or_else(|| failure(&Value::Null, -32700, "parse error")),
    };
    json_reply(StatusCode::OK, &body)
}

fn failure(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

impl Inner {
    /// Whether the request can be handed to the node byte for byte.
    fn passes_through(&self, methods: &[&str]) -> bool {
        if methods.contains(&SEND) {
            return false;
        }
        let honest = ProxySettings::default();
        let now = self.handle.settings();
        // Faults and limits were dealt with before.
        now == ProxySettings {
            fault: now.fault.clone(),
            method_faults: now.method_faults.clone(),
            rate_limit: now.rate_limit.clone(),
            websocket: now.websocket,
            ..honest
        }
    }

    async fn forward(&self, body: axum::body::Bytes) -> Response {
        let request = self.client.post(self.node.url()).header("content-type", "application/json").body(body);
        let reply = async { request.send().await?.bytes().await };
        match reply.await {
            Ok(bytes) => raw_reply("application/json", bytes.to_vec()),
            Err(_) => json_reply(
                StatusCode::BAD_GATEWAY,
                &failure(&Value::Null, -32000, "the node behind this provider is away"),
            ),
        }
    }

    /// Answers one call under the settings in force.
    async fn answer(&self, call: &Value) -> Answer {
        let id = &call["id"];
        let Some(method) = call["method"].as_str() else {
            return Answer::Reply(failure(id, -32600, "invalid request"));
        };
        let settings = self.handle.settings();
        if settings.unsupported.contains(method) {
            let message = format!("the method {method} does not exist/is not available");
            return Answer::Reply(failure(id, -32601, &message));
        }
        if let Some(error) = settings.errors.get(method) {
            return Answer::Reply(error_reply(id, error));
        }
        let params = call.get("params").cloned().unwrap_or_else(|| json!([]));
        if method == SEND {
            return self.send(id, params, &settings.send).await;
        }
        let outcome = if settings.lag == 0 {
            self.node.call(method, params.clone()).await
        } else {
            lag::call(&self.node, settings.lag, method, params.clone()).await
        };
        match outcome {
            Ok(honest) => {
                let result = lie::told(&self.node, &settings, method, &params, honest).await;
                Answer::Reply(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
            }
            Err(error) => Answer::Reply(node_failure(id, error)),
        }
    }

    async fn send(&self, id: &Value, params: Value, send: &Sending) -> Answer {
        let raw: Option<Bytes> = params[0].as_str().and_then(|text| text.parse().ok());
        let Some(raw) = raw else {
            return Answer::Reply(failure(id, -32602, "invalid raw transaction"));
        };
        let hash = keccak256(&raw);
        let forwarded = !matches!(send, Sending::Swallow | Sending::Reject(_));
        self.handle.with(|state| state.sent.push(SentTransaction { hash, raw, forwarded }));
        let honest = if forwarded { self.node.call(SEND, params).await } else { Ok(json!(hash)) };
        match send {
            Sending::Forward | Sending::Swallow => {}
            Sending::Reject(error) | Sending::ForwardThenError(error) => {
                return Answer::Reply(error_reply(id, error));
            }
            Sending::ForwardThenFault(fault) => {
                if let Some(response) = fault.answer().await {
                    return Answer::Http(response);
                }
            }
            Sending::ForwardThenWrongHash => {
                return Answer::Reply(json!({ "jsonrpc": "2.0", "id": id, "result": flipped(hash) }));
            }
        }
        Answer::Reply(match honest {
            Ok(hash) => json!({ "jsonrpc": "2.0", "id": id, "result": hash }),
            Err(error) => node_failure(id, error),
        })
    }
}

/// A hash that is surely another one.
fn flipped(hash: B256) -> B256 {
    !hash
}

fn error_reply(id: &Value, error: &RpcFailure) -> Value {
    let mut reply = failure(id, error.code, &error.message);
    if let Some(data) = &error.data {
        reply["error"]["data"] = json!(data);
    }
    reply
}

/// The node's refusal as the node put it; anything else as an internal error.
fn node_failure(id: &Value, error: RpcError) -> Value {
    match error {
        RpcError::Node { code, message, data, .. } => error_reply(id, &RpcFailure { code, message, data }),
        RpcError::Transport { .. } | RpcError::Reply { .. } => {
            failure(id, -32603, "the node behind this provider is away")
        }
    }
}
