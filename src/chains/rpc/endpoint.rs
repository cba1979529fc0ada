//! One JSON-RPC endpoint: requests, batches, counters.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::{Value, json};

use crate::chains::http::read_bounded;
use crate::chains::rpc::dialect::Dialect;
use crate::chains::rpc::envelope::{self, Reply};
use crate::chains::rpc::failure::RpcError;
use crate::chains::rpc::health::{Health, RATE_LIMIT_MAX, RATE_LIMIT_PAUSE, WRONG_CHAIN_PAUSE};
use crate::chains::rpc::stats::{Counters, Method, Outcome};

/// Largest reply that is read: a scan of hundreds of pools stays far below it.
pub const MAX_REPLY_BYTES: usize = 8 * 1024 * 1024;

/// One JSON-RPC call.
#[derive(Clone)]
pub(in crate::chains) struct Ask {
    pub(in crate::chains) method: Method,
    params: Value,
}

impl Ask {
    pub(in crate::chains) const fn new(method: Method, params: Value) -> Self {
        Self { method, params }
    }
}

/// Judges what an endpoint answers when asked which chain it serves.
pub(in crate::chains) type IdentityCheck = Arc<dyn Fn(&Value) -> Result<(), RpcError> + Send + Sync>;

/// One endpoint. No `Debug`: its URL may hold a key.
pub(in crate::chains) struct Endpoint {
    url: Url,
    label: String,
    dialect: &'static Dialect,
    is_ours: IdentityCheck,
    client: reqwest::Client,
    health: Mutex<Health>,
    pub(in crate::chains) counters: Counters,
}

impl Endpoint {
    pub(in crate::chains) fn new(
        url: Url,
        label: String,
        dialect: &'static Dialect,
        is_ours: IdentityCheck,
        client: reqwest::Client,
    ) -> Self {
        Self {
            url,
            label,
            dialect,
            is_ours,
            client,
            health: Mutex::new(Health::default()),
            counters: Counters::default(),
        }
    }

    /// Origin of the endpoint, safe to print.
    pub(in crate::chains) fn label(&self) -> &str {
        &self.label
    }

    pub(in crate::chains) fn health(&self) -> MutexGuard<'_, Health> {
        // A panic elsewhere leaves a consistent value: every update is one assignment.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers how an exchange went.
    pub(in crate::chains) fn note<T>(&self, result: &Result<T, RpcError>) {
        let mut health = self.health();
        match result {
            Ok(_) => health.succeeded(),
            Err(error) if error.means_unwell() => {
                let pause = if let RpcError::RateLimited(pause) = error {
                    Some(pause.unwrap_or(RATE_LIMIT_PAUSE).min(RATE_LIMIT_MAX))
                } else if matches!(error, RpcError::WrongChain { .. } | RpcError::WrongCluster { .. }) {
                    Some(WRONG_CHAIN_PAUSE)
                } else {
                    None
                };
                health.failed(Instant::now(), pause);
                tracing::warn!(endpoint = %self.label, %error, "an RPC endpoint failed");
            }
            Err(_) => {}
        }
    }

    /// [`Endpoint::ask`] for one call, with a refusal as an error.
    pub(in crate::chains) async fn ask_one(&self, call: Ask) -> Result<Value, RpcError> {
        let mut replies = self.ask(vec![call]).await?;
        match replies.pop() {
            Some(reply) => reply.map_err(RpcError::Node),
            None => Err(RpcError::Malformed("the reply is missing".to_owned())),
        }
    }

    /// [`Endpoint::ask`] where no refusal is expected: the first one is the error.
    pub(in crate::chains) async fn ask_all(&self, calls: Vec<Ask>) -> Result<Vec<Value>, RpcError> {
        self.ask(calls).await?.into_iter().map(|reply| reply.map_err(RpcError::Node)).collect()
    }

    /// Sends `calls` in one HTTP request; one reply per call, in their order. Which chain it serves is
    /// asked along from time to time, and nothing is believed when it is another one.
    pub(in crate::chains) async fn ask(&self, mut calls: Vec<Ask>) -> Result<Vec<Reply>, RpcError> {
        let check = self.health().needs_chain_check(Instant::now());
        if check {
            calls.push(Ask::new(self.dialect.identity, json!([])));
        }
        let started = Instant::now();
        let result = self.exchange(&calls).await;
        self.counters.request(started.elapsed());
        for (index, call) in calls.iter().enumerate() {
            let outcome = match &result {
                Ok(replies) => match replies.get(index) {
                    Some(Ok(_)) => Outcome::Ok,
                    Some(Err(_)) | None => Outcome::Refused,
                },
                Err(error) => error.outcome(),
            };
            self.counters.call(call.method, outcome);
        }
        let mut replies = result?;
        if check {
            let answer = replies.pop().unwrap_or(Ok(Value::Null)).map_err(RpcError::Node)?;
            (self.is_ours)(&answer)?;
            self.health().chain_checked(Instant::now());
        }
        Ok(replies)
    }

    async fn exchange(&self, calls: &[Ask]) -> Result<Vec<Reply>, RpcError> {
        let mut items: Vec<Value> = (1_u64..)
            .zip(calls)
            .map(|(id, call)| {
                json!({"jsonrpc": "2.0", "id": id, "method": call.method.as_str(), "params": call.params})
            })
            .collect();
        // Not every node takes a batch of one.
        let body = if items.len() == 1 { items.pop().unwrap_or_default() } else { Value::Array(items) };
        let response = self
            .client
            .post(self.url.clone())
            .json(&body)
            .send()
            .await
            .map_err(|error| RpcError::Http(error.into()))?;
        let status = response.status().as_u16();
        if status == 429 {
            let seconds = response
                .headers()
                .get(reqwest::header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.trim().parse().ok());
            return Err(RpcError::RateLimited(seconds.map(Duration::from_secs)));
        }
        if status != 200 {
            return Err(RpcError::Status(status));
        }
        let body = read_bounded(response, MAX_REPLY_BYTES).await?;
        envelope::replies(&body, calls.len(), self.dialect, |text| self.redact(text))
    }

    /// Providers like to quote the key in their errors; it is the long part of the URL.
    fn redact(&self, text: &str) -> String {
        let path = self.url.path_segments().into_iter().flatten().map(str::to_owned);
        let query = self.url.query_pairs().map(|(_, value)| value.into_owned());
        let login = [self.url.username().to_owned(), self.url.password().unwrap_or_default().to_owned()];
        path.chain(query)
            .chain(login)
            .filter(|part| part.len() >= 8)
            .fold(text.to_owned(), |text, part| text.replace(&part, "…"))
    }
}
