//! The control endpoint: everything a test can do to the network, over HTTP.

mod chains;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::chain::Chain;
use crate::error::Error;
use crate::iris::{IrisHandle, IrisSettings};
use crate::misbehave::{Server, json_reply, letter};
use crate::oneinch::{OneInchHandle, OneInchSettings};
use crate::prices::{PriceHandle, PriceSettings, Source};
use crate::proxy::{ProxyHandle, ProxySettings};

pub use chains::ChainCommand;

/// What the control server steers.
#[derive(Clone)]
pub struct ControlConfig {
    pub chains: BTreeMap<String, Chain>,
    pub iris: IrisHandle,
    pub oneinch: OneInchHandle,
    pub prices: BTreeMap<Source, PriceHandle>,
    /// By chain; the first provider is `a`, the second `b`, and so on.
    pub proxies: BTreeMap<String, Vec<ProxyHandle>>,
}

/// A running control server. It ends when this is dropped.
pub struct Control {
    server: Server,
    /// Shuts the server when it is dropped.
    _open: watch::Sender<bool>,
}

struct Inner {
    network: ControlConfig,
    iris: IrisSettings,
    oneinch: OneInchSettings,
    prices: BTreeMap<Source, PriceSettings>,
    proxies: BTreeMap<String, Vec<ProxySettings>>,
}

type Shared = State<Arc<Inner>>;
/// A refusal is an HTTP status and the reason.
type Answer = Result<Value, (StatusCode, String)>;

impl Control {
    /// Starts the server on a free loopback port. The settings now in force
    /// are those that `POST /heal` goes back to.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(network: ControlConfig) -> Result<Self, std::io::Error> {
        let settings = |handles: &Vec<ProxyHandle>| handles.iter().map(ProxyHandle::settings).collect();
        let inner = Inner {
            iris: network.iris.settings(),
            oneinch: network.oneinch.settings(),
            prices: network.prices.iter().map(|(source, handle)| (*source, handle.settings())).collect(),
            proxies: network.proxies.iter().map(|(name, list)| (name.clone(), settings(list))).collect(),
            network,
        };
        let router = Router::new()
            .route("/state", get(async |State(inner): Shared| reply(inner.state().await)))
            .route("/heal", post(async |State(inner): Shared| reply(Ok(inner.heal()))))
            .route("/iris", post(iris))
            .route("/oneinch", post(oneinch))
            .route("/prices/{source}", post(prices))
            .route("/proxies/{chain}/{provider}", post(proxies))
            .route("/proxies/{chain}/{provider}/sent", get(sent))
            .route("/proxies/{chain}/{provider}/cut", post(cut))
            .route("/chains/{name}/{command}", post(chain))
            .with_state(Arc::new(inner));
        let (open, gate) = watch::channel(true);
        Ok(Self { server: Server::start(router, gate).await?, _open: open })
    }

    /// The base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }
}

fn reply(answer: Answer) -> Response {
    match answer {
        Ok(body) => json_reply(StatusCode::OK, &body),
        Err((status, error)) => json_reply(status, &json!({ "error": error })),
    }
}

fn unknown(what: &str, name: &str) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, format!("the network has no {what} {name}"))
}

fn unfit(reason: String) -> (StatusCode, String) {
    (StatusCode::UNPROCESSABLE_ENTITY, reason)
}

fn failed(error: Error) -> (StatusCode, String) {
    (StatusCode::BAD_GATEWAY, error.to_string())
}

/// The JSON of a body; an empty body is an empty object.
fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, (StatusCode, String)> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| unfit(error.to_string()))
}

async fn iris(State(inner): Shared, body: Bytes) -> Response {
    let iris = &inner.network.iris;
    reply(parse(&body).and_then(|patch| {
        iris.patch(patch).map_err(unfit)?;
        Ok(json!(iris.settings()))
    }))
}

async fn oneinch(State(inner): Shared, body: Bytes) -> Response {
    let oneinch = &inner.network.oneinch;
    reply(parse(&body).and_then(|patch| {
        oneinch.patch(patch).map_err(unfit)?;
        Ok(json!(oneinch.settings()))
    }))
}

async fn prices(State(inner): Shared, Path(source): Path<String>, body: Bytes) -> Response {
    let found = inner.network.prices.iter().find(|(known, _)| known.name() == source);
    reply(found.ok_or_else(|| unknown("price source", &source)).and_then(|(_, handle)| {
        handle.patch(parse(&body)?).map_err(unfit)?;
        Ok(json!(handle.settings()))
    }))
}

/// A letter names one provider of the chain, `all` names every one.
async fn proxies(
    State(inner): Shared,
    Path((chain, provider)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    reply(inner.providers(&chain, &provider).and_then(|handles| {
        let patch: Value = parse(&body)?;
        for handle in &handles {
            handle.patch(patch.clone()).map_err(unfit)?;
        }
        Ok(handles.iter().map(|handle| json!(handle.settings())).collect())
    }))
}

async fn sent(State(inner): Shared, Path((chain, provider)): Path<(String, String)>) -> Response {
    let handles = inner.providers(&chain, &provider);
    reply(
        handles.map(|handles| handles.iter().flat_map(|handle| handle.sent()).map(|tx| json!(tx)).collect()),
    )
}

async fn cut(State(inner): Shared, Path((chain, provider)): Path<(String, String)>) -> Response {
    reply(inner.providers(&chain, &provider).map(|handles| {
        handles.iter().for_each(|handle| handle.cut());
        Value::Null
    }))
}

async fn chain(State(inner): Shared, Path((name, command)): Path<(String, String)>, body: Bytes) -> Response {
    // A chain's futures stay on one thread: they get a thread of their own.
    let runtime = tokio::runtime::Handle::current();
    let change = move || runtime.block_on(inner.change(&name, &command, &body));
    let done = tokio::task::spawn_blocking(change).await;
    reply(done.unwrap_or_else(|error| Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))))
}

impl Inner {
    fn providers(&self, chain: &str, provider: &str) -> Result<Vec<&ProxyHandle>, (StatusCode, String)> {
        let of_chain = self.network.proxies.get(chain).ok_or_else(|| unknown("chain", chain))?;
        let named = of_chain.iter().enumerate();
        let named: Vec<_> = named
            .filter(|(index, _)| provider == "all" || letter(*index) == provider)
            .map(|(_, handle)| handle)
            .collect();
        if named.is_empty() { Err(unknown("provider", provider)) } else { Ok(named) }
    }

    async fn change(&self, name: &str, command: &str, body: &Bytes) -> Answer {
        let chain = self.network.chains.get(name).ok_or_else(|| unknown("chain", name))?;
        let fields: Value = parse(body)?;
        let tagged = Value::Object(Map::from_iter([(command.to_owned(), fields)]));
        let command: ChainCommand =
            serde_json::from_value(tagged).map_err(|error| unfit(error.to_string()))?;
        command.run(chain).await.map_err(failed)
    }

    /// Every server as it was at the start; what happened stays counted.
    fn heal(&self) -> Value {
        self.network.iris.set(|settings| *settings = self.iris.clone());
        self.network.oneinch.set(|settings| *settings = self.oneinch.clone());
        for (source, first) in &self.prices {
            self.network.prices[source].set(|settings| *settings = first.clone());
        }
        for (chain, firsts) in &self.proxies {
            for (handle, first) in self.network.proxies[chain].iter().zip(firsts) {
                handle.set(|settings| *settings = first.clone());
            }
        }
        Value::Null
    }

    async fn state(&self) -> Answer {
        let network = &self.network;
        let mut chain_states = Map::new();
        for (name, chain) in &network.chains {
            chain_states.insert(name.clone(), chains::state(chain).await.map_err(failed)?);
        }
        let price =
            |handle: &PriceHandle| json!({ "settings": handle.settings(), "requests": handle.requests() });
        let proxy = |handle: &ProxyHandle| {
            json!({
                "settings": handle.settings(),
                "requests": handle.requests(),
                "calls": handle.calls(),
                "sent": handle.sent().len(),
                "websockets": handle.websockets(),
            })
        };
        let proxies = network.proxies.iter().map(|(chain, handles)| {
            let handles = handles.iter().enumerate();
            (chain, handles.map(|(index, handle)| (letter(index), proxy(handle))).collect::<BTreeMap<_, _>>())
        });
        let iris = &network.iris;
        Ok(json!({
            "chains": chain_states,
            "iris": {
                "settings": iris.settings(),
                "counts": iris.counts(),
                "peak_per_second": iris.peak_per_second(),
                "burns": iris.burns(),
            },
            "oneinch": {
                "settings": network.oneinch.settings(),
                "requests": network.oneinch.with(|state| json!(state.requests)),
            },
            "prices": network
                .prices
                .iter()
                .map(|(source, handle)| (source.name(), price(handle)))
                .collect::<BTreeMap<_, _>>(),
            "proxies": proxies.collect::<BTreeMap<_, _>>(),
        }))
    }
}
