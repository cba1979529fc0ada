//! The client against a small server: what it asks, how often, and what it makes of the answers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use purser::config::OneInchConfig;
use purser::venues::oneinch::{Account, OneInch, OneInchError, Quoted};
use serde_json::json;
use tokio::net::TcpListener;

use super::{ROUTER, WALLET, exchange, recorded};

const KEY: &str = "a-key-that-must-not-be-seen";

#[derive(Clone)]
struct Server(Arc<Mutex<Script>>);

struct Script {
    status: u16,
    body: Vec<u8>,
    asked: Vec<(String, String)>,
}

impl Server {
    fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        let mut script = self.0.lock().unwrap();
        (script.status, script.body) = (status, body.into());
    }

    /// Path with query, and the key that came with it.
    fn asked(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().asked.clone()
    }
}

async fn handle(State(server): State<Server>, request: Request) -> Response {
    let mut script = server.0.lock().unwrap();
    let key = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    script.asked.push((request.uri().to_string(), key));
    (StatusCode::from_u16(script.status).unwrap(), script.body.clone()).into_response()
}

struct Bench {
    client: OneInch,
    config: OneInchConfig,
    server: Server,
    _key: tempfile::TempDir,
}

async fn bench(rate: u32) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server(Arc::new(Mutex::new(Script { status: 200, body: Vec::new(), asked: Vec::new() })));
    let app = Router::new().fallback(handle).with_state(server.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let config: OneInchConfig = serde_json::from_value(json!({
        "base_url": format!("http://{address}/"),
        "key": { "file": path },
        "requests_per_second": rate,
        "timeout_seconds": 2,
        "excluded_protocols": ["UNISWAP_V2", "UNISWAP_V3"],
    }))
    .unwrap();
    let client = OneInch::new(Account::new(&config).unwrap(), 8453, &config);
    Bench { client, config, server, _key: folder }
}

#[tokio::test]
async fn it_asks_as_the_interface_wants_it() {
    let bench = bench(50).await;
    bench.server.answer(200, r#"{"dstAmount":"999800000"}"#);
    assert_eq!(bench.client.quote(&exchange()).await, Ok(Quoted { amount_out: 999_800_000 }));
    bench.server.answer(200, recorded());
    assert_eq!(bench.client.swap(&exchange(), WALLET, 1_000).await.unwrap().to, ROUTER);
    bench.server.answer(200, json!({ "address": ROUTER }).to_string());
    assert_eq!(bench.client.spender().await, Ok(ROUTER));
    let asked = bench.server.asked();
    assert!(asked.iter().all(|(_, key)| *key == format!("Bearer {KEY}")));
    let urls: Vec<&str> = asked.iter().map(|(url, _)| url.as_str()).collect();
    let pair = "src=0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48&dst=0xdAC17F958D2ee523a2206206994597C13D831ec7\
                &amount=1000000000&excludedProtocols=UNISWAP_V2%2CUNISWAP_V3";
    assert_eq!(urls[0], format!("/swap/v6.1/8453/quote?{pair}"));
    assert_eq!(
        urls[1],
        format!(
            "/swap/v6.1/8453/swap?{pair}&from={WALLET}&origin={WALLET}&receiver={WALLET}&slippage=0.1\
             &allowPartialFill=false&disableEstimate=true&usePermit2=false"
        )
    );
    assert_eq!(urls[2], "/swap/v6.1/8453/approve/spender");
}

#[tokio::test]
async fn too_many_requests_stop_everybody_of_the_account() {
    let bench = bench(50).await;
    bench.server.answer(429, "");
    assert!(matches!(bench.client.quote(&exchange()).await, Err(OneInchError::RateLimited { .. })));
    bench.server.answer(200, r#"{"dstAmount":"1"}"#);
    let elsewhere = OneInch::new(bench.client.account().clone(), 1, &bench.config);
    for client in [&bench.client, &elsewhere] {
        assert!(matches!(client.quote(&exchange()).await, Err(OneInchError::RateLimited { .. })));
    }
    assert_eq!(bench.server.asked().len(), 1, "nobody asks during the stand-down");
    assert!(bench.client.account().is_of(&bench.config));
}

#[tokio::test]
async fn the_rate_is_kept() {
    let bench = bench(10).await;
    bench.server.answer(200, r#"{"dstAmount":"1"}"#);
    let begun = Instant::now();
    for _ in 0..4 {
        bench.client.quote(&exchange()).await.unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_millis(280), "four requests in {:?}", begun.elapsed());
}

#[tokio::test]
async fn what_cannot_be_used_says_what_to_do() {
    let bench = bench(50).await;
    bench.server.answer(401, r#"{"error":"Unauthorized","description":"Invalid API key"}"#);
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, OneInchError::KeyRefused { .. }), "{error:?}");
    assert!(error.to_string().contains("check `key`") && !error.passes());
    bench.server.answer(200, vec![b'x'; 600 * 1024]);
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, OneInchError::Unexpected { .. }), "{error:?}");
    bench.server.answer(302, "");
    assert!(matches!(bench.client.quote(&exchange()).await, Err(OneInchError::Unexpected { .. })));
    std::fs::remove_dir_all(bench._key.path()).unwrap();
    let error = bench.client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, OneInchError::KeyRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_unavailable_and_the_key_is_never_shown() {
    let bench = bench(50).await;
    let gone =
        OneInchConfig { base_url: purser::config::Url::known("http://127.0.0.1:1"), ..bench.config.clone() };
    let client = OneInch::new(Account::new(&gone).unwrap(), 1, &gone);
    let error = client.quote(&exchange()).await.unwrap_err();
    assert!(matches!(error, OneInchError::Unavailable { .. }) && error.passes(), "{error:?}");
    assert!(!bench.client.account().is_of(&gone), "another URL is another account");
    let shown = format!("{client:?} {error:?} {error} {:?}", bench.config);
    assert!(!shown.contains(KEY), "{shown}");
}
