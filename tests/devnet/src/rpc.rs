//! A small JSON-RPC client for talking to the local nodes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::RpcError;

/// The HTTP client of the whole process. `rustls` needs a provider before a
/// client can be built, even though the local servers speak plain HTTP.
pub fn http() -> reqwest::Client {
    static CLIENT: OnceLock<()> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // An error only says that a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    // One client per caller: a pooled connection must not outlive the runtime
    // of the test that opened it.
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .expect("an HTTP client without options can be built")
}

/// A connection to one JSON-RPC endpoint.
#[derive(Debug, Clone)]
pub struct Rpc {
    url: String,
    client: reqwest::Client,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

impl Rpc {
    /// A client for `url`; nothing is sent yet.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), client: http() }
    }

    /// The endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// One call; the `result` value.
    ///
    /// # Errors
    /// [`RpcError`] if the node refuses, is away, or answers nonsense.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let reply = self.post(method, &body).await?;
        result_of(method, reply)
    }

    /// Several calls in one request; one result per call, in the same order.
    /// The node may carry them out in any order.
    ///
    /// # Errors
    /// [`RpcError`] if the batch as a whole failed; single failures are inside.
    pub async fn batch(&self, calls: &[(&str, Value)]) -> Result<Vec<Result<Value, RpcError>>, RpcError> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let first = NEXT_ID.fetch_add(calls.len() as u64, Ordering::Relaxed);
        let body: Vec<Value> = (first..)
            .zip(calls)
            .map(|(id, (method, params))| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
            .collect();
        let reply = self.post("batch", &Value::Array(body)).await?;
        let Value::Array(mut items) = reply else {
            return result_of("batch", reply)
                .and_then(|_| Err(bad("batch", "the reply to a batch is not an array")));
        };
        let mut results = Vec::with_capacity(calls.len());
        for (id, (method, _)) in (first..).zip(calls) {
            let at = items
                .iter()
                .position(|item| item["id"] == json!(id))
                .ok_or_else(|| bad(method, "no reply has this call's id"))?;
            results.push(result_of(method, items.swap_remove(at)));
        }
        Ok(results)
    }

    /// [`Rpc::batch`], failing with the first failure inside.
    ///
    /// # Errors
    /// [`RpcError`] of the first call that failed.
    pub async fn batch_all(&self, calls: &[(&str, Value)]) -> Result<Vec<Value>, RpcError> {
        self.batch(calls).await?.into_iter().collect()
    }

    /// Several calls one after the other. A node may work on the calls of a
    /// batch at the same time; here each has ended before the next begins.
    ///
    /// # Errors
    /// [`RpcError`] of the first call that failed; the later ones are not made.
    pub async fn sequence(&self, calls: &[(&str, Value)]) -> Result<(), RpcError> {
        for (method, params) in calls {
            self.call(method, params.clone()).await?;
        }
        Ok(())
    }

    /// A call whose result is a hex quantity.
    ///
    /// # Errors
    /// [`RpcError`] as for [`Rpc::call`], or if the result is not a quantity.
    pub async fn quantity(&self, method: &str, params: Value) -> Result<u64, RpcError> {
        let value = self.call(method, params).await?;
        quantity(&value).ok_or_else(|| bad(method, &format!("{value} is not a hex quantity")))
    }

    async fn post(&self, method: &str, body: &Value) -> Result<Value, RpcError> {
        let transport = |error: reqwest::Error| RpcError::Transport {
            method: method.into(),
            url: self.url.clone(),
            reason: error.to_string(),
        };
        let reply = self.client.post(&self.url).json(body).send().await.map_err(transport)?;
        let bytes = reply.bytes().await.map_err(transport)?;
        serde_json::from_slice(&bytes).map_err(|error| bad(method, &error.to_string()))
    }
}

/// A JSON-RPC hex quantity as a number.
pub fn quantity(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}

fn bad(method: &str, reason: &str) -> RpcError {
    RpcError::Reply { method: method.into(), reason: reason.into() }
}

fn result_of(method: &str, mut reply: Value) -> Result<Value, RpcError> {
    if let Some(error) = reply.get("error").filter(|error| !error.is_null()) {
        return Err(RpcError::Node {
            method: method.into(),
            code: error["code"].as_i64().unwrap_or(0),
            message: error["message"].as_str().unwrap_or_default().into(),
            data: error["data"].as_str().map(str::to_owned),
        });
    }
    match reply.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(bad(method, "the reply has neither result nor error")),
    }
}
