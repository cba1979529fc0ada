//! Doubles of the three price sources, each with its own reply format.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::misbehave::{Fault, Faulty, Handle, Meter, RateLimit, Server, json_reply, patched};

/// Which price source a server imitates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Coingecko,
    Kraken,
    Binance,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 3] = [Self::Coingecko, Self::Kraken, Self::Binance];

    /// Its name in the manifest and the control endpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coingecko => "coingecko",
            Self::Kraken => "kraken",
            Self::Binance => "binance",
        }
    }
}

/// Settings of a price server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSettings {
    /// Fault of every endpoint.
    pub fault: Fault,
    /// Requests per second, and how long the server blocks afterwards.
    pub rate_limit: Option<RateLimit>,
    /// US dollars by asset: `USDC`, `USDT`, `ETH`, `SOL`. An asset that is not here
    /// is unknown to the source.
    pub usd: BTreeMap<String, f64>,
    /// Age of the prices in seconds; negative lies in the future. Only
    /// CoinGecko tells it.
    pub age_s: i64,
    /// Half the distance between bid and ask, in basis points.
    pub half_spread_bps: f64,
    /// Kraken: entries of `error` in a reply with HTTP 200.
    pub errors: Vec<String>,
    /// Assets whose price is null or the empty string.
    pub void: BTreeSet<String>,
}

impl Default for PriceSettings {
    fn default() -> Self {
        let usd = [("USDC", 1.0), ("USDT", 0.9998), ("ETH", 3_000.0), ("SOL", 150.0)];
        Self {
            fault: Fault::Healthy,
            rate_limit: None,
            usd: usd.map(|(asset, price)| (asset.to_owned(), price)).into(),
            age_s: 5,
            half_spread_bps: 0.5,
            errors: Vec::new(),
            void: BTreeSet::new(),
        }
    }
}

/// What a price server remembers.
#[derive(Debug, Default)]
pub struct PriceState {
    pub settings: PriceSettings,
    pub requests: u64,
    pub meter: Meter,
}

impl Faulty for PriceState {
    fn fault(&self) -> &Fault {
        &self.settings.fault
    }
}

/// Shared access to a price server.
pub type PriceHandle = Handle<PriceState>;

impl PriceHandle {
    /// The settings in force.
    pub fn settings(&self) -> PriceSettings {
        self.with(|state| state.settings.clone())
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut PriceSettings)) {
        self.with(|state| change(&mut state.settings));
    }

    /// Sets one price in US dollars.
    pub fn set_usd(&self, asset: &str, price: f64) {
        self.set(|settings| {
            settings.usd.insert(asset.to_owned(), price);
        });
    }

    /// Replaces the members of the settings that `patch` names.
    ///
    /// # Errors
    /// If a member is unknown or has the wrong type; nothing changes then.
    pub fn patch(&self, patch: Value) -> Result<(), String> {
        self.with(|state| {
            state.settings = patched(&state.settings, patch)?;
            Ok(())
        })
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.with(|state| state.requests)
    }
}

/// A running price server. It ends when this is dropped.
pub struct Prices {
    source: Source,
    server: Server,
    handle: PriceHandle,
}

impl Prices {
    /// Starts the double of `source` on a free loopback port.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(source: Source, settings: PriceSettings) -> Result<Self, std::io::Error> {
        let handle = Handle::new(PriceState { settings, ..PriceState::default() });
        let routes = match source {
            Source::Coingecko => Router::new().route("/api/v3/simple/price", get(coingecko)),
            Source::Kraken => Router::new().route("/0/public/Ticker", get(kraken)),
            Source::Binance => Router::new()
                .route("/api/v3/ticker/bookTicker", get(binance_book))
                .route("/api/v3/ticker/price", get(binance_price)),
        };
        let router = routes.layer(from_fn_with_state(handle.clone(), admit)).with_state(handle.clone());
        let server = Server::start(router, handle.gate()).await?;
        Ok(Self { source, server, handle })
    }

    /// The base URL, without the path of the API.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Which source this is.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The handle to steer the server by.
    pub fn handle(&self) -> PriceHandle {
        self.handle.clone()
    }
}

async fn admit(State(prices): State<PriceHandle>, request: Request, next: Next) -> Response {
    let refused = prices.with(|state| {
        state.requests += 1;
        let limit = state.settings.rate_limit.clone();
        state.meter.refuses(limit.as_ref(), Instant::now())
    });
    if refused {
        let fault = Fault::Status { code: 429, retry_after: Some(60) };
        if let Some(answer) = fault.answer().await {
            return answer;
        }
    }
    match prices.faulty_answer().await {
        Some(answer) => answer,
        None => next.run(request).await,
    }
}

type Parameters = Query<BTreeMap<String, String>>;

fn listed<'a>(parameters: &'a Parameters, name: &str) -> Vec<&'a str> {
    parameters.get(name).map(|list| list.split(',').collect()).unwrap_or_default()
}

/// Unknown ids are left out, as CoinGecko does.
async fn coingecko(State(prices): State<PriceHandle>, parameters: Parameters) -> Response {
    if !listed(&parameters, "vs_currencies").contains(&"usd") {
        let error = json!({ "error": "Missing parameter vs_currencies" });
        return json_reply(StatusCode::UNPROCESSABLE_ENTITY, &error);
    }
    let settings = prices.settings();
    let dated = parameters.get("include_last_updated_at").is_some_and(|value| value == "true");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut body = Map::new();
    for id in listed(&parameters, "ids") {
        let asset = match id {
            "usd-coin" => "USDC",
            "tether" => "USDT",
            "ethereum" => "ETH",
            "solana" => "SOL",
            _ => continue,
        };
        let Some(price) = settings.usd.get(asset) else { continue };
        let price = if settings.void.contains(asset) { Value::Null } else { json!(price) };
        let mut entry = json!({ "usd": price });
        if dated {
            entry["last_updated_at"] = json!(now.saturating_add_signed(-settings.age_s));
        }
        body.insert(id.to_owned(), entry);
    }
    json_reply(StatusCode::OK, &Value::Object(body))
}

/// Pairs are answered under Kraken's own names, and every failure is HTTP 200.
async fn kraken(State(prices): State<PriceHandle>, parameters: Parameters) -> Response {
    let settings = prices.settings();
    let mut result = Map::new();
    let mut errors = settings.errors.clone();
    for pair in listed(&parameters, "pair") {
        let (asset, key) = match pair {
            "USDCUSD" => ("USDC", "USDCUSD"),
            "USDTUSD" | "USDTZUSD" => ("USDT", "USDTZUSD"),
            "ETHUSD" | "XETHZUSD" => ("ETH", "XETHZUSD"),
            "SOLUSD" => ("SOL", "SOLUSD"),
            _ => ("", ""),
        };
        let Some(usd) = settings.usd.get(asset) else {
            errors.push("EQuery:Unknown asset pair".to_owned());
            continue;
        };
        let (bid, ask) = sides(*usd, &settings);
        let text = |price: f64| {
            if settings.void.contains(asset) { String::new() } else { format!("{price:.5}") }
        };
        let (last, bid, ask) = (text(*usd), text(bid), text(ask));
        result.insert(
            key.to_owned(),
            json!({
                "a": [ask, "12000", "12000.000"],
                "b": [bid, "15000", "15000.000"],
                "c": [last, "250.00000000"],
                "v": ["1000000.00000000", "2000000.00000000"],
                "p": [last, last],
                "t": [1200, 2400],
                "l": [bid, bid],
                "h": [ask, ask],
                "o": last,
            }),
        );
    }
    if errors.is_empty() {
        return json_reply(StatusCode::OK, &json!({ "error": [], "result": result }));
    }
    json_reply(StatusCode::OK, &json!({ "error": errors }))
}

async fn binance_book(State(prices): State<PriceHandle>, parameters: Parameters) -> Response {
    binance(&prices.settings(), &parameters, |symbol, settings, price, text| {
        let (bid, ask) = sides(price, settings);
        json!({
            "symbol": symbol,
            "bidPrice": text(bid),
            "bidQty": "150000.00000000",
            "askPrice": text(ask),
            "askQty": "120000.00000000",
        })
    })
}

async fn binance_price(State(prices): State<PriceHandle>, parameters: Parameters) -> Response {
    binance(
        &prices.settings(),
        &parameters,
        |symbol, _, price, text| json!({ "symbol": symbol, "price": text(price) }),
    )
}

/// One object for `symbol=`, a list for `symbols=["A","B"]`; one bad symbol
/// fails the request. Prices are in USDT, not in dollars.
fn binance(
    settings: &PriceSettings,
    parameters: &Parameters,
    entry: impl Fn(&str, &PriceSettings, f64, &dyn Fn(f64) -> String) -> Value,
) -> Response {
    let bad = |code: i64, message: &str| {
        json_reply(StatusCode::BAD_REQUEST, &json!({ "code": code, "msg": message }))
    };
    let (symbols, single) = match (parameters.get("symbol"), parameters.get("symbols")) {
        (Some(symbol), None) => (vec![symbol.clone()], true),
        (None, Some(list)) => match serde_json::from_str::<Vec<String>>(list) {
            Ok(symbols) => (symbols, false),
            Err(_) => return bad(-1100, "Illegal characters found in parameter 'symbols'."),
        },
        _ => return bad(-1128, "Combination of optional parameters invalid."),
    };
    let mut entries = Vec::new();
    for symbol in &symbols {
        let asset = symbol.strip_suffix("USDT").unwrap_or_default();
        let (Some(usd), Some(tether)) = (settings.usd.get(asset), settings.usd.get("USDT")) else {
            return bad(-1121, "Invalid symbol.");
        };
        if asset == "USDT" {
            return bad(-1121, "Invalid symbol.");
        }
        let text = |price: f64| {
            if settings.void.contains(asset) { String::new() } else { format!("{price:.8}") }
        };
        entries.push(entry(symbol, settings, usd / tether, &text));
    }
    let body = if single { entries.remove(0) } else { Value::Array(entries) };
    json_reply(StatusCode::OK, &body)
}

/// Bid and ask around `price`.
fn sides(price: f64, settings: &PriceSettings) -> (f64, f64) {
    let half = price * settings.half_spread_bps / 10_000.0;
    (price - half, price + half)
}
