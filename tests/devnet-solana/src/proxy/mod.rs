//! An RPC provider in front of the node: honest by default, and on command
//! absent, slow, behind, forgetful or lying.

mod lie;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::misbehave::{Fault, Handle, Server, json_reply};
use devnet::proxy::RpcFailure;
use devnet::{Rpc, RpcError};
use serde_json::{Value, json};

use crate::client::from_base64;
use crate::error::Error;
use crate::steer::Steer;

pub use settings::{Fate, ProxySettings, ProxyState, Sending, SentTransaction, Statuses};

/// Shared access to a proxy.
pub type ProxyHandle = Handle<ProxyState>;

const SEND: &str = "sendTransaction";
/// Methods of the node that no provider has.
const PRIVATE: &str = "surfnet_";

/// HTTP requests so far, and JSON-RPC calls by method.
pub fn counts(handle: &ProxyHandle) -> (u64, BTreeMap<String, u64>) {
    handle.with(|state| (state.requests, state.calls.clone()))
}

/// The newest slot that a read was to have reached.
pub fn min_context_slot(handle: &ProxyHandle) -> u64 {
    handle.with(|state| state.min_context_slot)
}

/// The transactions handed over so far.
pub fn sent(handle: &ProxyHandle) -> Vec<SentTransaction> {
    handle.with(|state| state.sent.clone())
}

/// A running proxy. It ends when this is dropped.
pub struct Proxy {
    server: Server,
    inner: Arc<Inner>,
}

struct Inner {
    handle: ProxyHandle,
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
    /// [`Error::Server`] if no port can be bound.
    pub async fn start(node_url: &str, settings: ProxySettings) -> Result<Self, Error> {
        let handle = Handle::new(ProxyState { settings, ..ProxyState::default() });
        let inner = Arc::new(Inner { handle: handle.clone(), node: Rpc::new(node_url) });
        let router = Router::new().fallback(serve).with_state(inner.clone());
        let server = Server::start(router, handle.gate()).await;
        let server = server.map_err(|source| Error::Server { server: "RPC", source })?;
        Ok(Self { server, inner })
    }

    /// The URL of the provider.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The handle to steer the proxy by.
    pub fn handle(&self) -> ProxyHandle {
        self.inner.handle.clone()
    }

    /// What lets the held transactions go.
    pub fn releaser(&self) -> Releaser {
        Releaser(self.inner.clone())
    }
}

/// Lets the transactions go that a proxy holds.
#[derive(Clone)]
pub struct Releaser(Arc<Inner>);

impl Releaser {
    /// Sends every held transaction, in order, and answers what the node said
    /// to each: its signature, or an error object.
    pub async fn release(&self) -> Vec<Value> {
        let mut answers = Vec::new();
        loop {
            let next = self.0.handle.with(|state| {
                let held = state.sent.iter_mut().find(|sent| sent.fate == Fate::Held)?;
                held.fate = Fate::Forwarded;
                Some(held.raw.clone())
            });
            let Some(raw) = next else { return answers };
            let options = json!({ "encoding": "base64", "skipPreflight": true });
            answers.push(match self.0.node.call(SEND, json!([raw, options])).await {
                Ok(signature) => signature,
                Err(error) => json!({ "error": error.to_string() }),
            });
        }
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
        let body = failure(&Value::Null, &json!({ "code": 429, "message": "Too many requests" }));
        return json_reply(StatusCode::TOO_MANY_REQUESTS, &body);
    }
    if let Some(answer) = inner.handle.faulty_answer().await {
        return answer;
    }
    for fault in faults {
        if let Some(answer) = fault.answer().await {
            return answer;
        }
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
        Some(_) => replies.pop().unwrap_or(Value::Null),
        None => failure(&Value::Null, &json!({ "code": -32_700, "message": "Parse error" })),
    };
    json_reply(StatusCode::OK, &body)
}

fn failure(id: &Value, error: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

fn success(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// An error object as it was set.
fn error_object(error: &RpcFailure) -> Value {
    json!({ "code": error.code, "message": error.message, "data": error.data })
}

/// The node's refusal as the node put it; anything else as an internal error.
fn node_failure(id: &Value, error: &RpcError) -> Value {
    match error {
        RpcError::Node { code, message, .. } => failure(id, &json!({ "code": code, "message": message })),
        RpcError::Transport { .. } | RpcError::Reply { .. } => {
            failure(id, &json!({ "code": -32_603, "message": "the node behind this provider is away" }))
        }
    }
}

impl Inner {
    /// Answers one call under the settings in force.
    async fn answer(&self, call: &Value) -> Answer {
        let id = &call["id"];
        let Some(method) = call["method"].as_str() else {
            return Answer::Reply(failure(id, &json!({ "code": -32_600, "message": "Invalid request" })));
        };
        let settings = self.handle.settings();
        if settings.unsupported.contains(method) || method.starts_with(PRIVATE) {
            return Answer::Reply(failure(id, &json!({ "code": -32_601, "message": "Method not found" })));
        }
        if let Some(error) = settings.errors.get(method) {
            return Answer::Reply(failure(id, &error_object(error)));
        }
        let params = call.get("params").cloned().unwrap_or_else(|| json!([]));
        if method == SEND {
            return self.send(id, params, &settings.send).await;
        }
        let request = json!([method, params]).to_string();
        let frozen = self.handle.with(|state| {
            if !settings.frozen {
                state.answers.clear();
            }
            state.answers.get(&request).cloned()
        });
        let outcome = match frozen {
            Some(answer) => Ok(Ok(answer)),
            None => self.read(&settings, method, params).await,
        };
        Answer::Reply(match outcome {
            Ok(Ok(result)) => {
                if settings.frozen {
                    self.handle.with(|state| state.answers.insert(request, result.clone()));
                }
                success(id, &result)
            }
            Ok(Err(refusal)) => failure(id, &refusal),
            Err(error) => node_failure(id, &error),
        })
    }

    /// A read, or the error object that the settings lead to.
    async fn read(
        &self,
        settings: &ProxySettings,
        method: &str,
        params: Value,
    ) -> Result<Result<Value, Value>, RpcError> {
        if let Some(slot) = lie::min_context_slot(&params) {
            self.handle.with(|state| state.min_context_slot = state.min_context_slot.max(slot));
        }
        if let Some(refusal) = lie::too_new(&self.node, settings, &params).await? {
            return Ok(Err(refusal));
        }
        let mut honest = self.node.call(method, lie::without_minimum(params.clone())).await?;
        lie::invent(settings, method, &params, &mut honest);
        lie::told(&self.node, settings, method, honest).await.map(Ok)
    }

    async fn send(&self, id: &Value, params: Value, send: &Sending) -> Answer {
        let text = params[0].as_str().unwrap_or_default();
        let raw = match params[1]["encoding"].as_str() {
            Some("base64") => text.to_owned(),
            _ => bs58::decode(text).into_vec().map(|bytes| STANDARD.encode(bytes)).unwrap_or_default(),
        };
        let signature = from_base64(&raw).and_then(|sent| sent.signatures.first().map(ToString::to_string));
        let Some(signature) = signature else {
            let error = json!({ "code": -32_602, "message": "failed to deserialize the transaction" });
            return Answer::Reply(failure(id, &error));
        };
        let at_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |at| at.as_millis() as u64);
        let fate = self.handle.with(|state| {
            let number = state.sent.len() as u64;
            let fate = match send {
                Sending::Hold => Fate::Held,
                Sending::Swallow | Sending::Reject(_) => Fate::Lost,
                Sending::Drop { dropped, of } if number % of.max(&1) < *dropped => Fate::Lost,
                _ => Fate::Forwarded,
            };
            state.sent.push(SentTransaction { signature: signature.clone(), raw, at_ms, fate });
            fate
        });
        let honest = match fate {
            Fate::Forwarded => self.node.call(SEND, params).await,
            Fate::Lost | Fate::Held => Ok(json!(signature)),
        };
        match send {
            Sending::Forward | Sending::Swallow | Sending::Drop { .. } | Sending::Hold => {}
            Sending::Reject(error) | Sending::ForwardThenError(error) => {
                return Answer::Reply(failure(id, &error_object(error)));
            }
            Sending::ForwardThenFault(fault) => {
                if let Some(response) = fault.answer().await {
                    return Answer::Http(response);
                }
            }
            Sending::ForwardThenWrongSignature => {
                return Answer::Reply(success(id, &json!(flipped(&signature))));
            }
        }
        Answer::Reply(match honest {
            Ok(signature) => success(id, &signature),
            Err(error) => node_failure(id, &error),
        })
    }
}

/// A signature that is surely another one.
fn flipped(signature: &str) -> String {
    let mut bytes = bs58::decode(signature).into_vec().unwrap_or_default();
    for byte in &mut bytes {
        *byte = !*byte;
    }
    bs58::encode(bytes).into_string()
}
