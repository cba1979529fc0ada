//! The control endpoint: everything a test can do to the chain, over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use devnet::misbehave::{Server, json_reply, letter};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::cctp::ledger::Log;
use crate::conditions::{self, Command};
use crate::error::Error;
use crate::jupiter::{self, JupiterHandle, JupiterSettings};
use crate::node::ChainState;
use crate::proxy::{self, ProxyHandle, ProxySettings, Releaser};
use crate::steer::Steer;

/// What the control server steers.
#[derive(Clone)]
pub struct ControlConfig {
    /// The chain.
    pub chain: ChainState,
    /// The messages that left it.
    pub log: Log,
    /// Jupiter.
    pub jupiter: JupiterHandle,
    /// The providers; the first is `a`, the second `b`, and so on.
    pub proxies: Vec<(ProxyHandle, Releaser)>,
}

/// A running control server. It ends when this is dropped.
pub struct Control {
    server: Server,
    manifest: Arc<watch::Sender<Value>>,
    /// Shuts the server when it is dropped.
    _open: watch::Sender<bool>,
}

struct Inner {
    network: ControlConfig,
    jupiter: JupiterSettings,
    proxies: Vec<ProxySettings>,
    manifest: watch::Receiver<Value>,
}

type Shared = State<Arc<Inner>>;
/// A refusal is an HTTP status and the reason.
type Answer = Result<Value, (StatusCode, String)>;

impl Control {
    /// Starts the server on a free loopback port. The settings now in force
    /// are those that `POST /heal` goes back to.
    ///
    /// # Errors
    /// [`Error::Server`] if no port can be bound.
    pub async fn start(network: ControlConfig) -> Result<Self, Error> {
        let (sender, manifest) = watch::channel(Value::Null);
        let inner = Inner {
            jupiter: network.jupiter.settings(),
            proxies: network.proxies.iter().map(|(handle, _)| handle.settings()).collect(),
            network,
            manifest,
        };
        let router = Router::new()
            .route("/manifest", get(async |State(inner): Shared| reply(Ok(inner.manifest.borrow().clone()))))
            .route("/state", get(async |State(inner): Shared| reply(inner.state().await)))
            .route("/heal", post(async |State(inner): Shared| reply(Ok(inner.heal()))))
            .route("/jupiter", post(jupiter_settings))
            .route("/proxies/{provider}", post(proxies))
            .route("/proxies/{provider}/sent", get(sent))
            .route("/proxies/{provider}/release", post(release))
            .route("/chain/{command}", post(chain))
            .route("/cctp/messages", get(messages))
            .route("/cctp/messages/{signature}", get(messages_of))
            .with_state(Arc::new(inner));
        let (open, gate) = watch::channel(true);
        let server = Server::start(router, gate).await;
        let server = server.map_err(|source| Error::Server { server: "control", source })?;
        Ok(Self { server, manifest: Arc::new(sender), _open: open })
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Sets what `GET /manifest` answers.
    pub fn publish(&self, manifest: &crate::Manifest) {
        self.manifest.send_replace(json!(manifest));
    }
}

fn reply(answer: Answer) -> Response {
    match answer {
        Ok(body) => json_reply(StatusCode::OK, &body),
        Err((status, error)) => json_reply(status, &json!({ "error": error })),
    }
}

fn unfit(reason: impl ToString) -> (StatusCode, String) {
    (StatusCode::UNPROCESSABLE_ENTITY, reason.to_string())
}

fn failed(error: impl ToString) -> (StatusCode, String) {
    (StatusCode::BAD_GATEWAY, error.to_string())
}

/// The JSON of a body; an empty body is an empty object.
fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, (StatusCode, String)> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(unfit)
}

async fn jupiter_settings(State(inner): Shared, body: Bytes) -> Response {
    let jupiter = &inner.network.jupiter;
    reply(parse(&body).and_then(|patch| {
        jupiter.patch(patch).map_err(unfit)?;
        Ok(json!(jupiter.settings()))
    }))
}

/// A letter names one provider, `all` names every one.
async fn proxies(State(inner): Shared, Path(provider): Path<String>, body: Bytes) -> Response {
    reply(inner.providers(&provider).and_then(|named| {
        let patch: Value = parse(&body)?;
        for (handle, _) in &named {
            handle.patch(patch.clone()).map_err(unfit)?;
        }
        Ok(named.iter().map(|(handle, _)| json!(handle.settings())).collect())
    }))
}

async fn sent(State(inner): Shared, Path(provider): Path<String>) -> Response {
    reply(inner.providers(&provider).map(|named| {
        named.iter().flat_map(|(handle, _)| proxy::sent(handle)).map(|sent| json!(sent)).collect()
    }))
}

async fn release(State(inner): Shared, Path(provider): Path<String>) -> Response {
    let named = match inner.providers(&provider) {
        Ok(named) => named,
        Err(refusal) => return reply(Err(refusal)),
    };
    let mut released = Vec::new();
    for (_, releaser) in named {
        released.extend(releaser.release().await);
    }
    reply(Ok(Value::Array(released)))
}

async fn chain(State(inner): Shared, Path(command): Path<String>, body: Bytes) -> Response {
    let command = parse::<Value>(&body).and_then(|fields| {
        let tagged = Value::Object(Map::from_iter([(command, fields)]));
        serde_json::from_value::<Command>(tagged).map_err(unfit)
    });
    let command = match command {
        Ok(command) => command,
        Err(refusal) => return reply(Err(refusal)),
    };
    // The chain's state blocks the thread.
    let done = tokio::task::spawn_blocking(move || conditions::run(command, &inner.network.chain)).await;
    reply(done.map_err(failed).and_then(|done| done.map_err(failed)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn messages(State(inner): Shared, Query(Since { since }): Query<Since>) -> Response {
    let log = &inner.network.log;
    // The heads come first: a message may be newer than them, not the other way round.
    reply(log.heads().await.map_err(failed).map(|[processed, confirmed, finalized]| {
        json!({
            "domain": crate::ids::DOMAIN,
            "processed": processed,
            "confirmed": confirmed,
            "finalized": finalized,
            "messages": log.since(since),
        })
    }))
}

async fn messages_of(State(inner): Shared, Path(signature): Path<String>) -> Response {
    reply(Ok(json!({ "messages": inner.network.log.of(&signature) })))
}

impl Inner {
    fn providers(&self, provider: &str) -> Result<Vec<(ProxyHandle, Releaser)>, (StatusCode, String)> {
        let named = self.network.proxies.iter().enumerate();
        let named: Vec<_> = named
            .filter(|(index, _)| provider == "all" || letter(*index) == provider)
            .map(|(_, found)| found.clone())
            .collect();
        let absent = || (StatusCode::NOT_FOUND, format!("the chain has no provider {provider}"));
        if named.is_empty() { Err(absent()) } else { Ok(named) }
    }

    /// Every server as it was at the start; what happened stays counted.
    fn heal(&self) -> Value {
        self.network.jupiter.set(|settings| *settings = self.jupiter.clone());
        for ((handle, _), first) in self.network.proxies.iter().zip(&self.proxies) {
            handle.set(|settings| *settings = first.clone());
        }
        Value::Null
    }

    async fn state(&self) -> Answer {
        let network = &self.network;
        let [processed, confirmed, finalized] = network.log.heads().await.map_err(failed)?;
        let proxies = network.proxies.iter().enumerate().map(|(index, (handle, _))| {
            let (requests, calls) = proxy::counts(handle);
            let state = json!({
                "settings": handle.settings(),
                "requests": requests,
                "calls": calls,
                "sent": proxy::sent(handle).len(),
                "min_context_slot": proxy::min_context_slot(handle),
            });
            (letter(index), state)
        });
        Ok(json!({
            "slots": { "processed": processed, "confirmed": confirmed, "finalized": finalized },
            "messages": network.log.since(0).len(),
            "jupiter": {
                "settings": network.jupiter.settings(),
                "counts": jupiter::counts(&network.jupiter),
            },
            "proxies": proxies.collect::<BTreeMap<_, _>>(),
        }))
    }
}
